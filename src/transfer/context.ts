/**
 * What all transfers of a run share.
 *
 * @module
 */
import type { Preprocess } from "../core/callbacks.ts";
import type { Entry } from "../core/entry.ts";
import { onOneLine, SyncError } from "../core/errors.ts";
import type { EventSink } from "../core/events.ts";
import type { ObjectInfo, UserMetadata } from "../core/object.ts";
import type { DigestChoice } from "../hash/digest.ts";
import type { StateDirectory } from "../state/state-directory.ts";
import type { Part, Store, Writer } from "../store/store.ts";
import type { AttributeRules } from "./attributes.ts";
import { Allowance } from "./limits/limits.ts";
import { PartSlots } from "./limits/part-slots.ts";
import type { Memory } from "./memory.ts";
import type { MovedPart, MoveSetup } from "./parts/move-part.ts";
import type { PartHelp } from "./parts/part-help.ts";
import { Threads } from "./threads/threads.ts";

/** What goes with objects by calls of its own. */
export interface CompanionRules {
  readonly acl: boolean;
  readonly annotations: boolean;
  /** Annotations are the same if their ETags are; else if they have one size and the target's is not older. */
  readonly byETag: boolean;
}

/** How what is interrupted is gone on with. */
export interface Resuming {
  /** Where journals are kept. */
  readonly state: StateDirectory;
  /** What the user stops is left to be gone on with, too. */
  readonly keepsPartial: boolean;
  /** Somebody asked for it, and wants to know when it is in vain. */
  readonly isWish: boolean;
}

/** How objects are to be moved. Sizes in bytes. */
export interface TransferOptions {
  /** From this size on an object is moved in parts. */
  readonly thresholdBytes: number;
  /** What the user wants as part size; `undefined`: the source's own, or the default. */
  readonly chunkBytes: number | undefined;
  readonly verifyETags: boolean;
  /** Compare additional checksums, where objects have them. */
  readonly verifyChecksums: boolean;
  readonly attributes: AttributeRules;
  /** Somebody else's word on them. */
  readonly preprocess?: Preprocess | undefined;
  /** `undefined`: nothing. */
  readonly companions?: CompanionRules | undefined;
  /** Have the target check that it still holds what the run has seen there. */
  readonly guards?: "absence" | "state" | undefined;
  /** Compare ETags and checksums that are made of parts, too. */
  readonly verifyParts: boolean;
  /** Keep the source's parts, and its single one: only then the target's ETag is the source's. */
  readonly keepsParts: boolean;
  /** Read what was written, and compare it. */
  readonly readsBack: boolean;
  readonly serverSideCopy: boolean;
  /** Take from what is replaced what is the same. */
  readonly delta?: boolean | undefined;
  /** What is written carries a checksum that nobody has asked for by name: it need not be shown. */
  readonly isChecksumImplied?: boolean | undefined;
  /** What all buffers together may take. */
  readonly maxMemoryBytes: number;
  /** Parts on the way at the same time. */
  readonly parallelParts: number;
  readonly threads: number;
  /** For bodies that do not fit into their share of the memory. */
  readonly tempDir: string;
  /** How often an object is done over, and the wait before that in milliseconds. */
  readonly redo: { readonly count: number; readonly intervalMs: number };
  /** `undefined`: nothing is left to be gone on with, and nothing is gone on with. */
  readonly resume?: Resuming | undefined;
  /** Others who move parts of large objects; `undefined`: there are none. */
  readonly help?: PartHelp | undefined;
  /** Hears of what was sent, and knows what was sent before. */
  readonly memory?: Memory | undefined;
}

/** An object that is to be moved. */
export interface Job extends Entry {
  /** What it replaces in the target, as far as the run has seen. */
  readonly replaces?: Entry | undefined;
  /** That was written by this very run: an attempt before. */
  readonly replacesOwn?: boolean | undefined;
  /** An earlier try in this run has told of what it moved. */
  readonly isRetried?: boolean | undefined;
  /** Nothing is taken from what it replaces: that went wrong. */
  readonly inFull?: boolean | undefined;
}

/** A body up to this part of the memory is held in it; four such can always be on their way. */
const shares = 4;

/** Stores, bounds and threads of a run. Close it. */
export class TransferContext {
  readonly memory: Allowance;
  readonly partSlots: PartSlots;
  readonly threads: Threads;
  /** Parts that this thread moves itself. */
  partsHere = 0;
  /** The source was asked for the parts of an object, and could not tell. */
  hidesParts = false;
  /** It was said why everything is sent. */
  hasToldOfDelta = false;
  private hasToldOfParts = false;
  private hasToldOfChecksums = false;
  private hasToldOfJournals = false;
  private thrownAway = 0;
  readonly move: MoveSetup;
  /** Whether parts can be copied only into uploads without checksums; `undefined` until somebody wants to know. */
  copiesPlain: Promise<boolean> | undefined;
  /** Hears what belongs to a directory: that can only be brought in step when all is in it. */
  noteDirectory: ((directory: Entry, metadata: UserMetadata) => void) | undefined;
  private readonly written = new WeakSet<Job>();

  /** @param userStop fires when the user stops the run, and not when an error does */
  constructor(
    readonly source: Store,
    readonly target: Store,
    readonly options: TransferOptions,
    readonly emit: EventSink,
    readonly userStop: AbortSignal = new AbortController().signal,
  ) {
    this.memory = new Allowance(options.maxMemoryBytes);
    this.partSlots = new PartSlots(options.parallelParts);
    this.threads = new Threads(options.threads, emit);
    const first = target.capabilities.digestsFirst;
    this.move = {
      digests: {
        md5: options.verifyETags || options.readsBack || first?.md5 === true,
        sha256: first?.sha256 === true,
        checksum: first?.checksum,
      },
      shareBytes: Math.floor(options.maxMemoryBytes / shares),
      tempDir: options.tempDir,
    };
  }

  /** Whether what stores show is compared with the bytes that pass. */
  get isVerifying(): boolean {
    return this.options.verifyETags || this.options.verifyChecksums;
  }

  /**
   * How an object's bytes are to be hashed: the target's checksum goes first, else that of the source is made to
   * be compared.
   */
  digestsFor({ checksum }: ObjectInfo): DigestChoice {
    const { digests } = this.move;
    if (checksum === undefined || digests.checksum !== undefined) return digests;
    return this.options.verifyChecksums ? { ...digests, checksum: checksum.algorithm } : digests;
  }

  /** Notes that an object has reached the target: what is there now is the run's own doing. */
  hasWritten(job: Job): void {
    if (this.options.guards !== undefined) this.written.add(job);
  }

  /** Whether this very job has reached the target already. */
  isWritten(job: Job): boolean {
    return this.written.has(job);
  }

  /** Says once why objects cannot be verified, if that is because nobody tells their parts. */
  explainUnverified(): void {
    if (!this.hidesParts || this.hasToldOfParts) return;
    this.hasToldOfParts = true;
    const error = new SyncError(
      "unsupported",
      `${this.source.name} does not tell in which parts objects were uploaded, so not all of them can be verified`,
      { hint: "If they have parts of one size, say it with --multipart-chunksize." },
    );
    this.emit({ type: "warning", key: undefined, error });
  }

  /** Says once that the target does not show the checksums that go to it. */
  explainUnshown(): void {
    if (this.hasToldOfChecksums) return;
    this.hasToldOfChecksums = true;
    const error = new SyncError(
      "unsupported",
      `${this.target.name} does not tell the checksums of what is written, so they prove nothing`,
      { hint: "Leave --additional-checksum-algorithm away: ETags are compared without it." },
    );
    this.emit({ type: "warning", key: undefined, error });
  }

  /** Tells of a part that is in the target. What an earlier try of this run has brought was told then. */
  tellPart(
    { key, isRetried }: Job,
    { number, length: bytes }: Part,
    { uploadId }: Writer,
    { wasThere, isReused }: Pick<MovedPart, "wasThere" | "isReused">,
  ): void {
    if (isReused === true) this.emit({ type: "reused", key, bytes });
    else if (wasThere !== true)
      this.emit({ type: "moved", key, bytes, part: { number, uploadId } });
    else if (isRetried !== true) this.emit({ type: "kept", key, bytes });
  }

  /** Says once that what is interrupted will begin anew, and why. */
  explainNoResume(cause: unknown): void {
    if (this.hasToldOfJournals) return;
    this.hasToldOfJournals = true;
    const why = onOneLine(cause instanceof Error ? cause.message : String(cause));
    const message = `no journal can be kept, so what is interrupted begins anew: ${why}. Name another directory: --state-dir; or use --no-resume`;
    // Of what somebody asked for it is told without being asked again.
    this.emit({ type: "notice", message, isDoubtful: this.options.resume?.isWish });
  }

  /** Says once why everything is sent, although parts of it are there. */
  explainNoDelta(why: string): void {
    if (this.hasToldOfDelta) return;
    this.hasToldOfDelta = true;
    const message = `--delta: parts are sent although ${this.target.name} has them: ${why}`;
    this.emit({ type: "notice", message, isDoubtful: true });
  }

  /** Notes that what the user stopped had finished parts, and was cleaned up. */
  noteThrownAway(): void {
    this.thrownAway += 1;
  }

  close(): void {
    // Who works with others cannot keep anything for the next run.
    const isAlone = this.options.help === undefined;
    if (isAlone && this.thrownAway > 0) this.explainThrownAway(this.thrownAway);
    this.threads.close();
  }

  /** Hours of work may be lost by it. */
  private explainThrownAway(count: number): void {
    const what = count === 1 ? "1 large object was" : `${count} large objects were`;
    const message = `${what} on the way, and the parts that had arrived are thrown away: --keep-partial leaves them to the next run`;
    this.emit({ type: "notice", message, isDoubtful: true });
  }
}
