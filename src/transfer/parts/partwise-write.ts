/**
 * A write in parts, with a journal where the target can take it up again: then a later run, or the next try of this
 * one, goes on where it ended.
 *
 * What is left and what is cleaned up: what the user stops is cleaned up, unless `--keep-partial`; so is what failed
 * in a way that going on would not help (the source has changed, wrong bytes, no access, a full disk), and what has no
 * finished part. Everything else can be gone on with, and is left: what dies without a word, what the network broke,
 * and what was still under way when an error ended the run.
 *
 * @module
 */
import { isError, toSyncError } from "../../core/errors.ts";
import type { Written } from "../../core/object.ts";
import type { DigestChoice } from "../../hash/digest.ts";
import type {
  Held,
  HeldPart,
  Part,
  PartReceipt,
  Resumption,
  WriteNote,
  Writer,
} from "../../store/store.ts";
import type { Resuming, TransferContext } from "../context.ts";
import type { SharedParts } from "./part-help.ts";
import { beginShared } from "./shared-write.ts";
import { type FinishedPart, TransferJournal, type TransferTask } from "./transfer-journal.ts";
import { taskOf, type WriteOrder } from "./write-order.ts";

/** A part that the target holds, and what was noted of its bytes. */
export interface KnownPart extends HeldPart {
  readonly md5: Uint8Array | undefined;
}

/** What keeps what is known of a write: a journal of ours, or what all who help know. */
interface Notes {
  /** Only ours. */
  readonly journal?: TransferJournal | undefined;
  readonly shared?: SharedParts | undefined;
}

/** A write under way. Commit it, or say why it failed. */
export class PartwiseWrite {
  private constructor(
    private readonly context: TransferContext,
    readonly order: WriteOrder,
    readonly writer: Writer,
    private readonly notes: Notes,
    /** What there is of an earlier try. */
    readonly held: Held | undefined,
  ) {}

  /** Goes on with an earlier try, or begins anew. */
  static async begin(
    context: TransferContext,
    order: WriteOrder,
    signal: AbortSignal,
  ): Promise<PartwiseWrite> {
    const { resume } = context.options;
    const { resumable } = context.target;
    const joint = await beginShared(context, order, signal);
    if (joint !== undefined) {
      const { writer, shared, held } = joint;
      return new PartwiseWrite(context, order, writer, { shared }, held);
    }
    if (resume !== undefined && resumable !== undefined) {
      const opening = new Opening(context, order, resume, resumable);
      const { writer, journal, held } = await opening.open(signal);
      return new PartwiseWrite(context, order, writer, { journal }, held);
    }
    const writer = await context.target.beginWrite(order.spec, signal);
    return new PartwiseWrite(context, order, writer, {}, undefined);
  }

  private get noteBook(): TransferJournal | SharedParts | undefined {
    return this.notes.journal ?? this.notes.shared;
  }

  /** What was noted of a part, whether the target still holds it or not. */
  noted({ number }: Part): FinishedPart | undefined {
    return this.held === undefined ? undefined : this.noteBook?.part(number);
  }

  /** A part that somebody else has moved or is moving, when it is there; `undefined`: it is left to us. */
  async ofOthers(part: Part, signal: AbortSignal): Promise<FinishedPart | undefined> {
    return await this.notes.shared?.take(part, signal);
  }

  /** A part that the target tells it holds. Its bytes have still to be compared. */
  heldPart(part: Part): KnownPart | undefined {
    if (this.held?.kind !== "parts") return undefined;
    const there = this.held.parts.get(part.number);
    if (there === undefined || there.length !== part.length) return undefined;
    const noted = this.noted(part);
    const isNoted = noted !== undefined && noted.receipt.etag === there.etag;
    return {
      ...there,
      md5: isNoted ? noted.md5 : undefined,
      checksum: there.checksum ?? (isNoted ? noted.checksum : undefined),
    };
  }

  /**
   * A part that the target holds as it was noted, with the digests that are wanted. Enough where the source tells by
   * an ETag that it is the same as then.
   */
  trustedPart(part: Part, wanted: DigestChoice): FinishedPart | undefined {
    const [there, noted] = [this.heldPart(part), this.noted(part)];
    if (there === undefined || noted === undefined || there.etag !== noted.receipt.etag) {
      return undefined;
    }
    const hasMd5 = !wanted.md5 || noted.md5 !== undefined;
    const hasSum = wanted.checksum === undefined || noted.checksum?.algorithm === wanted.checksum;
    if (!hasMd5 || !hasSum) return undefined;
    const { number, etag } = there;
    return { ...noted, receipt: { number, etag, checksum: noted.checksum } };
  }

  /** A part is in the target. */
  finish(part: FinishedPart): void {
    this.noteBook?.finish(part);
  }

  async commit(receipts: readonly PartReceipt[], signal: AbortSignal): Promise<Written> {
    const written = await this.writer.commit(receipts, signal);
    await this.noteBook?.remove();
    return written;
  }

  /** Leaves what there is for another try, or throws it away. Call it when no part is under way any more. */
  async fail(thrown: unknown): Promise<void> {
    const { writer, noteBook: journal, context } = this;
    const { shared } = this.notes;
    // Whoever has taken over is writing into it.
    if (shared !== undefined && !(await shared.isOurs())) return await shared.leave();
    const hasParts = journal?.isOpen === true && journal.hasParts;
    const isKept = hasParts && this.isWorthKeeping(thrown);
    if (hasParts && !isKept && context.userStop.aborted) context.noteThrownAway();
    if (isKept && writer.leave !== undefined) {
      await writer.leave();
      await journal.leave();
      return;
    }
    const error = await writer.abort();
    if (error === undefined) await journal?.remove();
    else {
      await journal?.leave();
      context.emit({ type: "warning", key: this.order.entry.key, error });
    }
  }

  private isWorthKeeping(thrown: unknown): boolean {
    const { options, userStop } = this.context;
    if (userStop.aborted) return options.resume?.keepsPartial === true;
    const error = toSyncError(thrown);
    return error.retryable || isError(error, "aborted", "credentials");
  }
}

/** Finds an earlier try to go on with, or begins one. */
class Opening {
  private readonly task: TransferTask;

  constructor(
    private readonly context: TransferContext,
    readonly order: WriteOrder,
    private readonly resume: Resuming,
    private readonly resumable: Resumption,
  ) {
    this.task = taskOf(context, order, resumable);
  }

  async open(signal: AbortSignal): Promise<{
    readonly writer: Writer;
    readonly journal: TransferJournal | undefined;
    readonly held: Held | undefined;
  }> {
    const { spec } = this.order;
    for (const journal of TransferJournal.abandoned(this.resume.state, this.task)) {
      const found = await this.takeUp(journal, signal);
      if (found !== undefined) return { ...found, journal };
    }
    const journal = this.beginJournal();
    if (journal === undefined) {
      const writer = await this.context.target.beginWrite(spec, signal);
      return { writer, journal, held: undefined };
    }
    try {
      const noteDown = (note: WriteNote): Promise<void> => this.noteDown(journal, note);
      const writer = await this.resumable.begin(spec, noteDown, signal);
      return { writer, journal, held: undefined };
    } catch (thrown) {
      journal.remove();
      throw thrown;
    }
  }

  private async noteDown(journal: TransferJournal, note: WriteNote): Promise<void> {
    try {
      await journal.noteDown(note);
    } catch (cause) {
      journal.remove();
      this.context.explainNoResume(cause);
    }
  }

  /** What cannot be gone on with is thrown away. */
  private async takeUp(
    journal: TransferJournal,
    signal: AbortSignal,
  ): Promise<{ readonly writer: Writer; readonly held: Held } | undefined> {
    const { note } = journal;
    const { spec } = this.order;
    try {
      const fits = note !== undefined && journal.fits(this.task);
      const found = fits ? await this.resumable.resume(note, spec, signal) : undefined;
      if (found !== undefined) return found;
    } catch (thrown) {
      const error = toSyncError(thrown);
      // The server may tell next time.
      if (error.retryable || error.code === "aborted") {
        journal.leave();
        throw thrown;
      }
    }
    const error = note === undefined ? undefined : await this.resumable.drop(note, spec.key);
    if (error === undefined) journal.remove();
    else journal.leave();
    return undefined;
  }

  /** Without a journal the object is sent all the same. */
  private beginJournal(): TransferJournal | undefined {
    try {
      return TransferJournal.begin(this.resume.state, this.task);
    } catch (cause) {
      this.context.explainNoResume(cause);
      return undefined;
    }
  }
}
