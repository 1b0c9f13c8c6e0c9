/**
 * A list that grows on disk: what is to be done at the end is not kept in memory meanwhile.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { SyncError } from "../core/errors.ts";

/** Items gathered in memory before they go to disk. */
const batchSize = 5000;

/** Items of plain data, written once and read in order. The file has no name and goes away with the process. */
export class Spill<Item> implements Disposable {
  private batch: Item[] = [];
  private descriptor: number | undefined;
  private readonly lengths: number[] = [];
  private total = 0;

  /** @param directory where the file goes, if there are enough items to need one */
  constructor(private readonly directory: string) {}

  /** How many were added. */
  get count(): number {
    return this.total;
  }

  add(item: Item): void {
    this.total += 1;
    this.batch.push(item);
    if (this.batch.length >= batchSize) this.flush();
  }

  /** The items in the order in which they were added, in batches. */
  *batches(): Generator<readonly Item[], void, undefined> {
    let at = 0;
    for (const length of this.lengths) {
      yield this.readAt(at, length);
      at += length;
    }
    if (this.batch.length > 0) yield this.batch;
  }

  /** The same from the last item to the first. */
  *backwards(): Generator<readonly Item[], void, undefined> {
    if (this.batch.length > 0) yield this.batch.toReversed();
    let at = this.lengths.reduce((sum, length) => sum + length, 0);
    for (const length of this.lengths.toReversed()) {
      at -= length;
      yield this.readAt(at, length).toReversed();
    }
  }

  private readAt(at: number, length: number): Item[] {
    const bytes = Buffer.allocUnsafe(length);
    fs.readSync(this.opened(), bytes, 0, length, at);
    return JSON.parse(bytes.toString("utf8")) as Item[];
  }

  [Symbol.dispose](): void {
    if (this.descriptor !== undefined) fs.closeSync(this.descriptor);
    this.descriptor = undefined;
    this.batch = [];
  }

  private flush(): void {
    const bytes = Buffer.from(JSON.stringify(this.batch));
    try {
      const descriptor = this.opened();
      for (let at = 0; at < bytes.byteLength;) at += fs.writeSync(descriptor, bytes, at);
    } catch (cause) {
      throw spillError(cause, this.directory);
    }
    this.lengths.push(bytes.byteLength);
    this.batch = [];
  }

  private opened(): number {
    this.descriptor ??= openNameless(this.directory);
    return this.descriptor;
  }
}

/** Makes a file that has no name. @throws SyncError `file-system` */
export function openNameless(directory: string): number {
  const name = path.join(directory, `.s3sync-spill-${crypto.randomUUID()}`);
  try {
    const descriptor = fs.openSync(name, "wx+", 0o600);
    fs.unlinkSync(name);
    return descriptor;
  } catch (cause) {
    throw spillError(cause, directory);
  }
}

/** What is said when such a file cannot be written. */
export function spillError(cause: unknown, directory: string): SyncError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new SyncError("file-system", `cannot keep the list of what is to be done: ${message}`, {
    operation: "write",
    path: directory,
    hint: "Name a directory with enough room: --temp-dir.",
    cause,
  });
}
