/**
 * Journals: what a run has begun and done, for a later one that goes on with it.
 *
 * A journal is a file of lines, each a CRC-32 in hexadecimal, a blank, and a JSON object. The first line says
 * `s3sync_journal` with the version of the format, and `about` what it is: what follows depends on that. There are
 * `transfer` (an object on its way in parts), `plan` (a plan that is being applied) and `run` (what a run has changed, so
 * that it can be taken back).
 *
 * Lines are only ever appended, each with one call. A line that is cut, or does not fit its checksum, ends the journal:
 * it is the last one, and was being written when the process or the machine died. So a journal needs no second name
 * while it is created; one without a whole first line is none. Nothing is trusted because it is written here: whoever
 * goes on compares it with what is there.
 *
 * When the disk has to have it (`sync`): as soon as something is left elsewhere that only the journal can find again,
 * like the id of an upload. Not after each part: a line that is lost costs that part again, and no more.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { SyncError } from "../core/errors.ts";

/** Changes only if the lines mean something else. */
const formatVersion = 1;

/** What a line holds. */
export type Line = Readonly<Record<string, unknown>>;

/** What a journal says. */
export interface JournalText {
  readonly about: string;
  /** The first line. */
  readonly head: Line;
  /** All others, in their order. */
  readonly lines: readonly Line[];
}

/**
 * A journal that is being written. It is opened for each line, where large objects in work are many, and lines are few;
 * one that gets a line for each object can be held open.
 */
export class Journal {
  private held: Held | undefined;

  private constructor(
    readonly file: string,
    readonly text: JournalText,
  ) {}

  /** Begins one in a new file. Only its owner can read it. */
  static create(file: string, about: string, more: Line): Journal {
    const head = { s3sync_journal: formatVersion, about, ...more };
    fs.writeFileSync(file, formatted(head), { flag: "ax", mode: 0o600 });
    return new Journal(file, { about, head, lines: [] });
  }

  /** Goes on with one; `undefined` if the file holds none. What was cut is taken off. */
  static reopen(file: string): Journal | undefined {
    const found = read(file);
    if (found === undefined) return undefined;
    fs.truncateSync(file, found.wholeBytes);
    return new Journal(file, found.text);
  }

  /** Goes on with one that was scanned: its text is empty. What was cut is taken off. */
  static goOn(file: string, { about, head, wholeBytes }: ScannedJournal): Journal {
    fs.truncateSync(file, wholeBytes);
    return new Journal(file, { about, head, lines: [] });
  }

  /** Keeps the file open from now on. Close it. */
  hold(): void {
    if (this.held !== undefined) return;
    const descriptor = this.open();
    // Not all file systems count names.
    this.held = { descriptor, hasName: fs.fstatSync(descriptor).nlink > 0 };
  }

  /** Lets go of a file that was held open. */
  close(): void {
    if (this.held !== undefined) fs.closeSync(this.held.descriptor);
    this.held = undefined;
  }

  /** @throws also when the file is not there any more: then it is somebody else's, or nobody's */
  append(line: Line): void {
    const bytes = Buffer.from(formatted(line));
    const descriptor = this.held?.descriptor ?? this.open();
    try {
      this.requireName();
      const written = fs.writeSync(descriptor, bytes);
      if (written === bytes.byteLength) return;
      // On a full disk. Half a line would end the journal, also for those that follow.
      fs.ftruncateSync(descriptor, fs.fstatSync(descriptor).size - written);
      const { file } = this;
      throw new SyncError("disk-full", `cannot write ${file}: no space left on the disk`, {
        operation: "write",
        path: file,
      });
    } finally {
      if (this.held === undefined) fs.closeSync(descriptor);
    }
  }

  /** Waits until the disk has the journal and its name. */
  async sync(): Promise<void> {
    await fsync(this.open());
    // Windows keeps names by itself, and lets nobody open a directory for that.
    if (process.platform !== "win32") await fsync(fs.openSync(path.dirname(this.file), "r"));
  }

  /** What is held open could be written to for ever, and nobody would find it. */
  private requireName(): void {
    if (this.held?.hasName !== true || fs.fstatSync(this.held.descriptor).nlink > 0) return;
    const { file } = this;
    const text = `cannot write ${file}: somebody has removed it`;
    throw new SyncError("file-system", text, { operation: "write", path: file });
  }

  private open(): number {
    return fs.openSync(this.file, fs.constants.O_WRONLY | fs.constants.O_APPEND);
  }
}

/** A file that is held open. */
interface Held {
  readonly descriptor: number;
  /** Whether it is known when it loses its name. */
  readonly hasName: boolean;
}

/** Reads a journal; `undefined` if the file holds none. */
export function readJournal(file: string): JournalText | undefined {
  return read(file)?.text;
}

function read(file: string): { text: JournalText; wholeBytes: number } | undefined {
  const lines: Line[] = [];
  const found = scanJournal(file, (line) => lines.push(line));
  if (found === undefined) return undefined;
  const { about, head, wholeBytes } = found;
  return { text: { about, head, lines }, wholeBytes };
}

/** A journal whose lines were told one by one. */
export interface ScannedJournal {
  readonly about: string;
  readonly head: Line;
  /** What follows was cut, or never belonged to it. */
  readonly wholeBytes: number;
}

/**
 * Reads a journal that may be long, line by line; `undefined` if the file holds none.
 *
 * @param hear gets all lines but the first
 */
export function scanJournal(file: string, hear: (line: Line) => void): ScannedJournal | undefined {
  const descriptor = fs.openSync(file, "r");
  try {
    let head: Line | undefined;
    let wholeBytes = 0;
    for (const bytes of linesIn(descriptor)) {
      const line = parsed(bytes.toString("utf8"));
      if (line === undefined) break;
      if (head !== undefined) hear(line);
      else if (line["s3sync_journal"] === formatVersion) head = line;
      else return undefined;
      wholeBytes += bytes.byteLength + 1;
    }
    return head && { about: String(head["about"]), head, wholeBytes };
  } finally {
    fs.closeSync(descriptor);
  }
}

const chunkBytes = 64 * 1024;

/** Lines without their ends. Each is good until the next one is asked for. What has no end is none. */
function* linesIn(descriptor: number): Generator<Buffer, void, undefined> {
  let rest = Buffer.alloc(0);
  for (;;) {
    // Twice as much each time, so that long lines are not copied again and again.
    const data = Buffer.allocUnsafe(rest.byteLength + Math.max(chunkBytes, rest.byteLength));
    rest.copy(data);
    const got = fs.readSync(
      descriptor,
      data,
      rest.byteLength,
      data.byteLength - rest.byteLength,
      null,
    );
    if (got === 0) return;
    const filled = data.subarray(0, rest.byteLength + got);
    let start = 0;
    let end = filled.indexOf("\n", rest.byteLength);
    for (; end !== -1; end = filled.indexOf("\n", start)) {
      yield filled.subarray(start, end);
      start = end + 1;
    }
    rest = filled.subarray(start);
  }
}

function formatted(line: Line): string {
  const json = JSON.stringify(line);
  return `${checksum(json)} ${json}\n`;
}

function parsed(text: string): Line | undefined {
  const json = text.slice(checksumLength + 1);
  if (!text.startsWith(`${checksum(json)} `)) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? (value as Line) : undefined;
  } catch {
    return undefined;
  }
}

const checksumLength = 8;

function checksum(json: string): string {
  return Bun.hash.crc32(Buffer.from(json)).toString(16).padStart(checksumLength, "0");
}

/** Closes what it was given, too. */
function fsync(descriptor: number): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    fs.fsync(descriptor, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  }).finally(() => fs.closeSync(descriptor));
}
