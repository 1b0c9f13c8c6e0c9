/**
 * A lock against a second run on the same state. It is a file that names its owner, so that one whose owner is no
 * more does not keep anybody out. Of processes of other machines and containers nobody here can tell; but whoever
 * holds a lock touches it, and one that was not touched for long is left over.
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";

import { pause } from "../core/cancel.ts";
import { isError, SyncError } from "../core/errors.ts";
import { fileError, lacksLinks, systemCode } from "../store/local/fs-errors.ts";
import { dropDraft } from "../store/local/leftovers.ts";
import { bootId, isAlive } from "../store/local/owner.ts";

/** Who holds a lock. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Of the machine's start: process ids begin anew with it. Empty where the system does not tell. */
  readonly boot: string;
  /** When the process started: ids are given again, in a container the same one each time. Empty as above. */
  readonly started: string;
}

/** How to wait for a lock that somebody else has. */
export interface Patience {
  /** Milliseconds. */
  readonly waitMs: number;
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** Hears once who has it. */
  readonly onWait: (held: SyncError) => void;
}

/** How often it is looked whether a lock is free, in milliseconds. */
const lookMs = 200;

/** How often a holder shows that it still runs, in milliseconds. */
const touchEveryMs = 60_000;
/** After so long without that, in milliseconds, a holder of whom nobody here can tell is no more. */
const silentMs = 15 * 60_000;

/** A lock that is held. Dispose of it. */
export class Lock implements Disposable {
  private readonly loss = new AbortController();
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly file: string,
    private readonly text: string,
    private readonly what: string,
  ) {
    this.timer = setInterval(() => this.touch(), touchEveryMs);
    this.timer.unref();
  }

  /**
   * Fires when somebody else has the lock: this process was stopped for long, or the file was deleted. Its reason is
   * the error to end with.
   */
  get lost(): AbortSignal {
    return this.loss.signal;
  }

  /**
   * Takes a lock, also from an owner that is no more.
   *
   * @param what is locked, for people
   * @throws SyncError `locked` when somebody else has it
   */
  static take(file: string, what: string): Lock {
    const text = JSON.stringify({ ...me(), token: crypto.randomUUID() });
    // Once for an owner that is no more, and once for one that has just gone.
    for (let attempt = 0; attempt < 3; attempt++) {
      const silent = create(file, text);
      if (silent === undefined) return new Lock(file, text, what);
      const found = read(file);
      if (found === undefined) continue;
      const owner = ownerIn(found);
      if (mayRun(owner, silent)) throw held(file, what, owner);
      takeAway(file, found);
    }
    throw held(file, what, undefined);
  }

  /**
   * Takes a lock, and waits for it if somebody else has it.
   *
   * @throws SyncError `locked` when somebody has it still at the end, `aborted`
   */
  static async wait(
    file: string,
    what: string,
    { waitMs, signal, onWait }: Patience,
  ): Promise<Lock> {
    const until = performance.now() + waitMs;
    for (let isFirst = true; ; isFirst = false) {
      try {
        return Lock.take(file, what);
      } catch (thrown) {
        const leftMs = until - performance.now();
        if (!isError(thrown, "locked") || leftMs <= 0) throw thrown;
        if (isFirst) onWait(thrown);
        await pause(Math.min(lookMs, leftMs), signal);
      }
    }
  }

  /**
   * Makes sure that it is still held.
   *
   * @throws SyncError `locked` when somebody else has it
   */
  requireHeld(): void {
    this.touch();
    this.lost.throwIfAborted();
  }

  private touch(): void {
    if (this.lost.aborted || renew(this.file, this.text)) return;
    clearInterval(this.timer);
    const text = `${this.what} was taken over by somebody else, and this run ends`;
    this.loss.abort(new SyncError("locked", text, { path: this.file }));
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
    if (read(this.file) === this.text) fs.rmSync(this.file, { force: true });
  }
}

/** @returns for how many milliseconds one that is there was not touched; `undefined`: there was none, and now is ours */
function create(file: string, text: string): number | undefined {
  // A file that exists is complete: nobody may see half of it and take it for damaged.
  const draft = `${file}.${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
  try {
    fs.writeFileSync(draft, text, { flag: "wx", mode: 0o600 });
    linkOrWrite(draft, file, text);
    return undefined;
  } catch (cause) {
    if (systemCode(cause) === "EEXIST") return timeBetween(file, draft);
    throw fileError(cause, "make", file);
  } finally {
    dropDraft(draft);
  }
}

function linkOrWrite(draft: string, file: string, text: string): void {
  try {
    fs.linkSync(draft, file);
  } catch (cause) {
    if (!lacksLinks(cause)) throw cause;
    fs.writeFileSync(file, text, { flag: "wx", mode: 0o600 });
  }
}

/** Both by the clock of the file system, which may be another machine's. */
function timeBetween(file: string, later: string): number {
  const [from, to] = [file, later].map((each) => fs.statSync(each, { throwIfNoEntry: false }));
  return from === undefined || to === undefined ? 0 : to.mtimeMs - from.mtimeMs;
}

/**
 * Gives a lock a new time, by writing what it holds: so it is the file system's.
 *
 * @returns whether it is ours, as far as can be known now
 */
function renew(file: string, text: string): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(file, "r+");
    if (fs.readFileSync(descriptor, "utf8") !== text) return false;
    fs.writeSync(descriptor, text, 0);
    return true;
  } catch (cause) {
    // Another time it may be readable.
    return systemCode(cause) !== "ENOENT";
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** Moves it away first: of two that find it stale, only one may remove it, and none the new one of the other. */
function takeAway(file: string, found: string): void {
  const away = `${file}.stale-${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
  try {
    fs.renameSync(file, away);
  } catch {
    return;
  }
  // Somebody else was faster, and it is theirs: it goes back, unless they have let go of it meanwhile.
  if (read(away) !== found) {
    try {
      fs.linkSync(away, file);
    } catch {
      // There is a new one.
    }
  }
  fs.rmSync(away, { force: true });
}

function ownerIn(text: string): Owner | undefined {
  try {
    const { pid, host, boot, started = "" } = JSON.parse(text) as Partial<Owner>;
    return typeof pid === "number" && typeof host === "string" && typeof boot === "string"
      ? { pid, host, boot, started }
      : undefined;
  } catch {
    return undefined;
  }
}

function me(): Owner {
  const { pid } = process;
  return { pid, host: os.hostname(), boot: bootId, started: startOf(pid) };
}

/** The 22nd field of Linux's `stat`; the second one, a name in brackets, may hold anything. */
function startOf(pid: number): string {
  const stat = read(`/proc/${pid}/stat`) ?? "";
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

/**
 * Whether the owner may still run.
 *
 * @param silent for how many milliseconds the lock was not touched
 */
function mayRun(owner: Owner | undefined, silent: number): boolean {
  if (owner === undefined || owner.host !== os.hostname()) return silent <= silentMs;
  const { pid, boot, started } = owner;
  if (boot !== bootId || !isAlive(pid)) return false;
  return started === "" || started === startOf(pid);
}

function held(file: string, what: string, owner: Owner | undefined): SyncError {
  const who = owner === undefined ? "somebody" : `process ${owner.pid} on ${owner.host}`;
  const hint =
    owner?.host === os.hostname()
      ? `If that is not so any more, delete ${file}.`
      : `If that run is no more, the lock counts for ${silentMs / 60_000} minutes; to go on at once, delete ${file}.`;
  return new SyncError("locked", `${what} is in use by ${who}`, { path: file, hint });
}
