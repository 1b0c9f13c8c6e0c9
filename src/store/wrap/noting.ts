/**
 * A store that notes what it replaces, writes and removes, so that it can be taken back one day.
 *
 * The note comes first, and says what is there and what is going to be: what cannot be noted is not done. So whenever
 * a run dies, nothing was touched of which no note tells; whether it was really done is seen by looking.
 *
 * @module
 */
import { type Entry, storeKeyOf } from "../../core/entry.ts";
import { type ETag, etagForm } from "../../core/etag.ts";
import type { Key } from "../../core/key.ts";
import type { ObjectInfo, Written } from "../../core/object.ts";
import type { Digests } from "../../hash/digest.ts";
import { multipartETag, singleETag } from "../../hash/etag.ts";
import type { Body } from "../body.ts";
import type { PartReceipt, Removal, ServerSideCopy, Store, Writer, WriteSpec } from "../store.ts";
import { aroundCommit, aroundCommits, type Committing } from "./around-commit.ts";
import { Wrapper } from "./wrapper.ts";

/** By what an object is known again. */
export interface Trace {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtimeMs: number;
  readonly etag: ETag | undefined;
  readonly versionId: string | undefined;
}

/** Where it is noted what happens to objects. */
export interface Notebook {
  /**
   * An object is about to be written.
   *
   * @param before what is there; `undefined`: nothing
   * @param after what is going to be there, as far as that can be told
   * @throws what keeps it from being noted
   */
  writing(key: Key, before: Trace | undefined, after: Trace): void;
  /** It is written. Never throws. */
  wrote(key: Key, after: Trace): void;
  /**
   * Objects are about to be removed. Waits until the disk has it.
   *
   * @throws what keeps it from being noted
   */
  removing(entries: readonly Entry[]): Promise<void>;
  /** One of them is removed. Never throws. */
  removed(key: Key): void;
}

/** Notes before it writes or removes, and after. */
class Noting extends Wrapper {
  private readonly committing: Committing = (spec, receipts, signal, commit) =>
    this.noted(spec, etagOf(receipts), signal, commit);

  constructor(
    inner: Store,
    private readonly notes: Notebook,
  ) {
    super(inner);
    const copier = inner.serverSideCopy;
    if (copier !== undefined) this.serverSideCopy = this.notingCopy(copier);
    if (inner.resumable !== undefined) {
      this.resumable = aroundCommits(inner.resumable, this.committing);
    }
  }

  override write(
    spec: WriteSpec,
    body: Body,
    digests: Digests,
    signal: AbortSignal,
  ): Promise<Written> {
    const etag = digests.md5 === undefined ? undefined : singleETag(digests.md5);
    const sure = this.capabilities.etags ? madeSureOf(spec, etag) : undefined;
    const write = (): Promise<Written> => this.inner.write(spec, body, digests, signal);
    return this.noted(spec, etag, signal, write, sure);
  }

  override async beginWrite(spec: WriteSpec, signal: AbortSignal): Promise<Writer> {
    return aroundCommit(await this.inner.beginWrite(spec, signal), spec, this.committing);
  }

  override async remove(
    entries: readonly Entry[],
    signal: AbortSignal,
  ): Promise<readonly Removal[]> {
    const objects = entries.filter(({ fileType }) => fileType !== "directory");
    if (objects.length > 0) await this.notes.removing(objects);
    const removals = await this.inner.remove(entries, signal);
    for (const { entry, error } of removals) {
      if (error === undefined && entry.fileType !== "directory") {
        this.notes.removed(storeKeyOf(entry));
      }
    }
    return removals;
  }

  /**
   * Notes, does it, and notes that it is done.
   *
   * @param sure what is there, if nobody need be asked
   */
  private async noted(
    spec: WriteSpec,
    etag: ETag | undefined,
    signal: AbortSignal,
    write: () => Promise<Written>,
    sure?: Sure,
  ): Promise<Written> {
    const { key, size, mtimeMs } = spec;
    // A directory replaces nothing.
    if (key.endsWith("/") && this.capabilities.hierarchical) return write();
    const { before } = sure ?? { before: await this.inner.head(key, signal) };
    const after = { size, mtimeMs, etag: this.capabilities.etags ? etag : undefined };
    this.notes.writing(key, before && traceOf(before), { ...after, versionId: undefined });
    const written = await write();
    this.notes.wrote(key, {
      ...after,
      etag: written.etag ?? after.etag,
      versionId: written.versionId,
    });
    return written;
  }

  private notingCopy(copier: ServerSideCopy): ServerSideCopy {
    return {
      accepts: copier.accepts.bind(copier),
      copyPart: copier.copyPart.bind(copier),
      copy: (source, from, to, signal) => {
        const { etag } = from.info;
        const stays = etag !== undefined && etagForm(etag).kind === "md5";
        return this.noted(to, stays ? etag : undefined, signal, () =>
          copier.copy(source, from, to, signal),
        );
      },
    };
  }
}

/** What is there; `undefined`: nothing. */
interface Sure {
  readonly before: Seen | undefined;
}

type Seen = Pick<ObjectInfo, "size" | "mtimeMs" | "etag"> & {
  readonly versionId?: string | undefined;
};

function traceOf({ size, mtimeMs, etag, versionId }: Seen): Trace {
  return { size, mtimeMs, etag, versionId };
}

/**
 * What the server makes sure of, because it writes over nothing else. Copies and uploads in parts are another matter:
 * not all servers that know conditions know them there. The same bytes are known by their version only.
 */
function madeSureOf({ expected, replaces }: WriteSpec, etag: ETag | undefined): Sure | undefined {
  if (expected?.kind === "nothing") return { before: undefined };
  const isOther = expected?.kind === "etag" && etag !== undefined && etag !== expected.etag;
  return isOther && replaces?.etag === expected.etag ? { before: replaces } : undefined;
}

/** The ETag that the object will have, if those of its parts are MD5s. */
function etagOf(receipts: readonly PartReceipt[]): ETag | undefined {
  const digests = receipts.map(({ etag }) => etag);
  if (!digests.every((etag) => etag !== undefined && etagForm(etag).kind === "md5"))
    return undefined;
  return multipartETag(digests.map((etag) => Buffer.from(etag ?? "", "hex")));
}

/** Makes a store note what it replaces, writes and removes. */
export function noting(store: Store, notes: Notebook): Store {
  return new Noting(store, notes);
}
