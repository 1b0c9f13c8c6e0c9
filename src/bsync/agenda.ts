/**
 * What a look at both sides has found to do. It is on disk where it is long.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import type { Key } from "../core/key.ts";
import { Spill } from "../list/spill.ts";
import type { FileFacts, Known } from "../state/index-db.ts";
import type { Half } from "./conflict.ts";
import type { Step } from "./judge.ts";

/** A step without what the index knows by itself: plain data. */
export type Change =
  | Extract<Step, { kind: "upload" | "download" }>
  | Omit<Extract<Step, { kind: "look" | "both" }>, "past">
  | Omit<Extract<Step, { kind: "look-before-delete" }>, "past">;

/** Something that was in step and is gone from one side, while the other one still holds it as it was. */
export interface Gone {
  /** What the other side holds. */
  readonly entry: Entry;
  readonly past: Known;
}

/** What is to be done. Dispose of it. */
export class Agenda implements Disposable {
  /** Of keys that both sides know, or knew. */
  readonly changes: Spill<Change>;
  /** What one side has, and the other never had: new, or moved there. */
  readonly fresh: Readonly<Record<Half, Spill<Entry>>>;
  /** What is gone from a side. */
  readonly gone: Readonly<Record<Half, Map<Key, Gone>>> = { local: new Map(), s3: new Map() };
  /** What is gone from both. */
  readonly forgotten: Key[] = [];
  /** How many objects and files the sides have. */
  readonly found: Record<Half, number> = { local: 0, s3: 0 };

  /** A part of a listing is missing, so that nobody knows what it would have shown. */
  isIncomplete = false;

  constructor(tempDir: string) {
    this.changes = new Spill(tempDir);
    this.fresh = { local: new Spill(tempDir), s3: new Spill(tempDir) };
  }

  [Symbol.dispose](): void {
    this.changes[Symbol.dispose]();
    this.fresh.local[Symbol.dispose]();
    this.fresh.s3[Symbol.dispose]();
  }

  add(key: Key, step: Step, past: Known | undefined): void {
    switch (step.kind) {
      case "nothing":
        return;
      case "forget":
        this.forgotten.push(key);
        return;
      case "delete-remote":
        if (past !== undefined) this.gone.local.set(key, { entry: step.remote, past });
        return;
      case "delete-local":
        if (past !== undefined) this.gone.s3.set(key, { entry: step.local, past });
        return;
      case "upload":
        if (past === undefined) this.fresh.local.add(step.local);
        else this.changes.add(step);
        return;
      case "download":
        if (past === undefined) this.fresh.s3.add(step.remote);
        else this.changes.add(step);
        return;
      case "look":
      case "both":
      case "look-before-delete": {
        // The index has it again, and it is no plain data.
        const { past: _past, ...rest } = step;
        this.changes.add(rest);
      }
    }
  }
}

/** By which a file is known again under another name. */
export function identityOf({ mtimeNs, inode }: FileFacts): string {
  return `${inode} ${mtimeNs}`;
}
