/**
 * Writes in parts of a wrapped store, with something done around the moment in which they take their place.
 *
 * @module
 */
import type { SyncError } from "../../core/errors.ts";
import type { Written } from "../../core/object.ts";
import type { Digests } from "../../hash/digest.ts";
import type { Body } from "../body.ts";
import type { Part, PartReceipt, Resumption, Ticket, Writer, WriteSpec } from "../store.ts";

/** Does what is to be done when all parts are there, and has them take their place by `commit`. */
export type Committing = (
  spec: WriteSpec,
  receipts: readonly PartReceipt[],
  signal: AbortSignal,
  commit: () => Promise<Written>,
) => Promise<Written>;

/** The same writer, with that done around its commit. */
export function aroundCommit(writer: Writer, spec: WriteSpec, committing: Committing): Writer {
  return new CommittingWriter(writer, spec, committing);
}

/** The same for writes that a later run can take up again. */
export function aroundCommits(inner: Resumption, committing: Committing): Resumption {
  const { settings } = inner;
  return {
    settings,
    // Whoever joins does not commit.
    ...(inner.join === undefined ? {} : { join: inner.join.bind(inner) }),
    address: (key) => inner.address(key),
    begin: async (spec, noteDown, signal) =>
      aroundCommit(await inner.begin(spec, noteDown, signal), spec, committing),
    resume: async (note, spec, signal) => {
      const found = await inner.resume(note, spec, signal);
      return found && { ...found, writer: aroundCommit(found.writer, spec, committing) };
    },
    drop: (note, key) => inner.drop(note, key),
  };
}

class CommittingWriter implements Writer {
  readonly ticket: Ticket | undefined;
  readonly uploadId: string | undefined;
  readonly writeAt?: (offset: number, bytes: Uint8Array) => Promise<void>;
  readonly leave?: () => Promise<void>;

  constructor(
    private readonly inner: Writer,
    private readonly spec: WriteSpec,
    private readonly committing: Committing,
  ) {
    this.ticket = inner.ticket;
    this.uploadId = inner.uploadId;
    if (inner.writeAt !== undefined) this.writeAt = inner.writeAt.bind(inner);
    if (inner.leave !== undefined) this.leave = inner.leave.bind(inner);
  }

  writePart(part: Part, body: Body, digests: Digests, signal: AbortSignal): Promise<PartReceipt> {
    return this.inner.writePart(part, body, digests, signal);
  }

  commit(receipts: readonly PartReceipt[], signal: AbortSignal): Promise<Written> {
    const commit = (): Promise<Written> => this.inner.commit(receipts, signal);
    return this.committing(this.spec, receipts, signal, commit);
  }

  abort(): Promise<SyncError | undefined> {
    return this.inner.abort();
  }
}
