/**
 * What a watch is to try again, kept for the next one: a small file for each pair of places, in the folder `watch` of
 * the state directory. It holds keys and what was said of errors, and no secret. It is never believed: keys are looked at.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { asKey, type Key } from "../core/key.ts";
import { pairFile, writePairFile } from "./pair-file.ts";

/** An object that failed. */
export interface RetryNote {
  readonly key: Key;
  /** When it first failed, in milliseconds since 1970. */
  readonly since: number;
  readonly tries: number;
  /** What was said of it. */
  readonly message: string;
}

const version = 1;

/** Keeps the notes of one pair. */
export class RetryNotes {
  private readonly file: string;

  constructor(directory: string, source: string, target: string) {
    this.file = pairFile(path.join(directory, "watch"), source, target);
  }

  /** What is noted. What cannot be read is as good as nothing: all is looked at anyway. */
  read(): RetryNote[] {
    try {
      const { s3sync_watch: found, queue } = JSON.parse(fs.readFileSync(this.file, "utf8")) as {
        readonly s3sync_watch?: unknown;
        readonly queue?: unknown;
      };
      return found === version && Array.isArray(queue) ? queue.flatMap(noteOf) : [];
    } catch {
      return [];
    }
  }

  /**
   * Writes them in place of what was there.
   *
   * @throws what the file system says against it
   */
  write(queue: readonly RetryNote[]): void {
    if (queue.length === 0) {
      fs.rmSync(this.file, { force: true });
      return;
    }
    writePairFile(this.file, { s3sync_watch: version, queue });
  }
}

function noteOf(read: unknown): RetryNote[] {
  if (typeof read !== "object" || read === null) return [];
  const { key, since, tries, message } = read as Record<string, unknown>;
  if (typeof key !== "string" || typeof since !== "number" || typeof tries !== "number") return [];
  return [{ key: asKey(key), since, tries, message: typeof message === "string" ? message : "" }];
}
