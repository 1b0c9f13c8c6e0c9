/**
 * The journal of one object on its way in parts: what it was begun with, by what the target finds it, and which parts
 * are finished.
 *
 * Secrets are not in it. All that decides what the object becomes (attributes, tags, encryption, the customer's key)
 * is there only as one salted SHA-256 of everything together, which tells no more than whether it is the same.
 *
 * @module
 */
import type { Checksum } from "../../core/checksum.ts";
import type { ETag } from "../../core/etag.ts";
import { hex, sha256Hex } from "../../hash/digest.ts";
import type { Journal, Line } from "../../state/journal.ts";
import type { StateDirectory } from "../../state/state-directory.ts";
import type { PartReceipt, WriteNote } from "../../store/store.ts";

/** What a transfer is begun with. A later one goes on with it only if all of that is the same. */
export interface TransferTask {
  /** The object in the target, among those of all places. */
  readonly address: string;
  /** Which state of which source. */
  readonly source: Line;
  readonly partSize: number;
  /** Everything else that decides what is written. Only its hash is kept. */
  readonly settings: unknown;
}

/** A part that was finished. */
export interface FinishedPart {
  readonly receipt: PartReceipt;
  readonly md5: Uint8Array | undefined;
  readonly checksum: Checksum | undefined;
}

/** What kind of journal this is. */
export const aboutTransfers = "transfer";

/** A journal in work. */
export class TransferJournal {
  private noteFound: WriteNote | undefined;
  private readonly finished = new Map<number, FinishedPart>();
  private isClosed = false;

  private constructor(
    private readonly state: StateDirectory,
    private readonly journal: Journal,
  ) {
    for (const line of journal.text.lines) this.read(line);
  }

  /** @throws what the file system says against it */
  static begin(state: StateDirectory, task: TransferTask): TransferJournal {
    return new TransferJournal(state, state.begin(aboutTransfers, task.address, headOf(task)));
  }

  /** Takes over those of the same object that nobody works on any more. */
  static *abandoned(
    state: StateDirectory,
    { address }: TransferTask,
  ): Generator<TransferJournal, void, undefined> {
    for (const journal of state.abandoned(aboutTransfers, address)) {
      yield new TransferJournal(state, journal);
    }
  }

  /** By what the target finds it; `undefined` if nothing was left there. */
  get note(): WriteNote | undefined {
    return this.noteFound;
  }

  /** Whether what happens is noted. */
  get isOpen(): boolean {
    return !this.isClosed;
  }

  /** Whether there is anything worth going on with. */
  get hasParts(): boolean {
    return this.finished.size > 0;
  }

  /** What was noted of a part when it was finished. */
  part(number: number): FinishedPart | undefined {
    return this.finished.get(number);
  }

  /** Whether it was begun with the same. */
  fits(task: TransferTask): boolean {
    return isHeadOf(this.journal.text.head, task);
  }

  /** Keeps by what the target finds it, until the disk has it. */
  async noteDown(note: WriteNote): Promise<void> {
    this.noteFound = note;
    this.journal.append({ note });
    await this.journal.sync();
  }

  /** A part is finished. What cannot be noted is sent again one day. */
  finish({ receipt, md5, checksum }: FinishedPart): void {
    const { number, etag } = receipt;
    const known = this.finished.get(number);
    if (this.isClosed || (known !== undefined && known.receipt.etag === etag)) return;
    this.finished.set(number, { receipt, md5, checksum });
    try {
      this.journal.append({ part: number, etag, md5: md5 && hex(md5), checksum });
    } catch {
      this.leave();
    }
  }

  /** Somebody may go on with it. */
  leave(): void {
    if (!this.isClosed) this.state.leave(this.journal);
    this.isClosed = true;
  }

  /** There is nothing to go on with. */
  remove(): void {
    this.isClosed = true;
    this.state.finish(this.journal);
  }

  private read({ note, part, etag, md5, checksum }: Line): void {
    if (typeof note === "object" && note !== null) this.noteFound = note as WriteNote;
    if (typeof part !== "number") return;
    this.finished.set(part, {
      receipt: { number: part, etag: typeof etag === "string" ? (etag as ETag) : undefined },
      md5: typeof md5 === "string" ? Uint8Array.fromHex(md5) : undefined,
      checksum: checksum as Checksum | undefined,
    });
  }
}

/** What a task is known again by, without anything secret. Salted: each time it is another one. */
export function headOf(task: TransferTask): Line {
  const salt = crypto.randomUUID();
  return { ...plain(task), salt, settings: fingerprint(task, salt) };
}

/** Whether it was made of the same task. */
export function isHeadOf({ salt, settings, ...head }: Line, task: TransferTask): boolean {
  const isSame = Object.entries(plain(task)).every(
    ([name, value]) => JSON.stringify(head[name]) === JSON.stringify(value),
  );
  return isSame && settings === fingerprint(task, String(salt));
}

function plain({ address, source, partSize }: TransferTask): Line {
  return { target: address, source, partSize };
}

function fingerprint({ settings }: TransferTask, salt: string): string {
  return sha256Hex(`${salt} ${JSON.stringify(settings)}`);
}
