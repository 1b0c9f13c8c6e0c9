/**
 * Tells of changes in a directory, by the events of the file system.
 *
 * Events are no more than hints. Some are lost without a word, and some ask for a look at everything: one without a
 * name (the kernel's queue was full), one about the root itself, and that there are no watches left.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { SyncError } from "../core/errors.ts";
import { asKey, type Key } from "../core/key.ts";
import { systemCode } from "../store/local/fs-errors.ts";
import { isTempName } from "../store/local/names/temp-name.ts";
import { ignoreFileName } from "../sync/opening/filter.ts";
import type { ChangeSource, Hint, HintSink } from "./hints.ts";
import { type Look, Unfinished } from "./unfinished.ts";

/** What to watch, and how. */
export interface LocalChangesOptions {
  readonly root: string;
  /** For people. */
  readonly shownAs: string;
  /** What is ours changes whenever we do something. */
  readonly ignores?: ((file: string) => boolean) | undefined;
  /** The key for a file, by its names below the root; `undefined` if no key has it. */
  readonly keyOf: (names: readonly string[]) => Key | undefined;
  /** Directories are objects, and whether they are can depend on what is in them. */
  readonly keepsDirectories?: boolean | undefined;
  /** A file is not told of before nothing has happened to it for so long. */
  readonly debounceMs: number;
  /** How often everything is looked at where not every directory can be watched. */
  readonly pollMs: number;
  readonly warn: (error: SyncError) => void;
}

/** How often it is looked whether the root is still the one that is watched, in milliseconds. */
const rootLookMs = 1000;
/** Looks at files within the time in which they are to be quiet. */
const looks = 4;

/** A directory. */
export class LocalChanges implements ChangeSource {
  /** Files that are being written. */
  readonly unfinished: Unfinished;
  private hasWarned = false;

  constructor(private readonly options: LocalChangesOptions) {
    const { root, debounceMs } = options;
    this.unfinished = new Unfinished((name) => lookAt(path.join(root, name)), debounceMs);
  }

  get name(): string {
    return this.options.root;
  }

  async begin(hear: HintSink, signal: AbortSignal): Promise<{ readonly ended: Promise<void> }> {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const identity = requireDirectory(this.options);
    const session = new Session(this.options, this.unfinished, hear, (thrown) => this.warn(thrown));
    session.watch();
    const stop = (): void => {
      clearInterval(rootTimer);
      session.close();
      signal.removeEventListener("abort", stop);
      resolve();
    };
    const rootTimer = setInterval(() => {
      if (identityOf(this.options.root) !== identity) stop();
    }, rootLookMs);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    return { ended };
  }

  /** Once is enough: there may be one such error for each directory. */
  private warn(thrown: unknown): void {
    if (this.hasWarned) return;
    this.hasWarned = true;
    const code = systemCode(thrown);
    const message = `not every directory in ${this.options.root} can be watched (${code ?? String(thrown)}): all of it is looked at every --poll as well`;
    const hint = howToRaise[code ?? ""];
    this.options.warn(new SyncError("file-system", message, { cause: thrown, hint }));
  }
}

const howToRaise: Readonly<Record<string, string>> = {
  ENOSPC:
    "The system has no more watches: sysctl fs.inotify.max_user_watches=1048576 (as root) raises the limit.",
  EMFILE:
    "Too many programs of this user watch directories: sysctl fs.inotify.max_user_instances=1024 (as root) raises the limit, or else ulimit -n.",
};

/** From one beginning to its end. */
class Session {
  private watcher: fs.FSWatcher | undefined;
  private timer: Timer | undefined;
  private pollTimer: Timer | undefined;
  /** What has changed could not be told. */
  private hasLost = false;
  private isClosed = false;

  constructor(
    private readonly options: LocalChangesOptions,
    private readonly unfinished: Unfinished,
    private readonly hear: HintSink,
    private readonly warn: (thrown: unknown) => void,
  ) {}

  /** What cannot be watched is looked at from time to time. */
  watch(): void {
    try {
      this.watcher = fs.watch(this.options.root, { recursive: true }, (event, name) => {
        this.take(name, event === "rename");
      });
      this.watcher.on("error", (thrown) => this.poll(thrown));
    } catch (thrown) {
      if (systemCode(thrown) === "ENOENT") throw thrown;
      this.poll(thrown);
    }
    if (this.unfinished.size > 0) this.lookLater();
  }

  close(): void {
    this.isClosed = true;
    this.watcher?.close();
    clearTimeout(this.timer);
    clearInterval(this.pollTimer);
  }

  private poll(thrown: unknown): void {
    this.warn(thrown);
    if (this.isClosed) return;
    this.pollTimer ??= setInterval(() => this.hear([{ kind: "all" }]), this.options.pollMs);
  }

  /** @param name `null`: events were lost. `undefined`: the root itself. */
  private take(name: string | null | undefined, isMoved: boolean): void {
    if (this.isClosed || name === undefined) return;
    if (name === null) this.hasLost = true;
    else if (this.isOurs(name)) return;
    else this.touch(name.split(path.sep), isMoved);
    this.lookLater();
  }

  private isOurs(name: string): boolean {
    const { root, ignores } = this.options;
    return isTempName(path.basename(name)) || ignores?.(path.join(root, name)) === true;
  }

  private touch(names: readonly string[], isMoved: boolean): void {
    // The system's name cannot be told: what is in the directory is looked at.
    const odd = names.findIndex((name) => name.includes("\ufffd"));
    const known = odd === -1 ? names : names.slice(0, odd);
    const key = known.length === 0 ? undefined : this.options.keyOf(known);
    if (key === undefined) this.hasLost = true;
    else this.unfinished.touch(key, known.join(path.sep), isMoved, performance.now());
  }

  private lookLater(): void {
    this.timer ??= setTimeout(() => this.look(), Math.max(5, this.options.debounceMs / looks));
  }

  private look(): void {
    this.timer = undefined;
    const hints: Hint[] = this.hasLost ? [{ kind: "all" }] : [];
    this.hasLost = false;
    for (const { key, look, isMoved } of this.unfinished.settle(performance.now())) {
      hints.push({ kind: "key", key });
      // A file may have taken the place of a folder, and what is gone may have been one.
      if (isMoved || look.kind !== "file") hints.push({ kind: "prefix", prefix: `${key}/` });
      if (isMoved && this.options.keepsDirectories === true) hints.push(...directoryOf(key));
      hints.push(...ruledBy(key));
    }
    if (hints.length > 0) this.hear(hints);
    if (this.unfinished.size > 0) this.lookLater();
  }
}

/** The root is none. */
function directoryOf(key: Key): Hint[] {
  const end = key.lastIndexOf("/") + 1;
  return end === 0 ? [] : [{ kind: "key", key: asKey(key.slice(0, end)) }];
}

/** Other rules may let in what was there before, and nothing else tells of it. */
function ruledBy(key: Key): Hint[] {
  const end = key.lastIndexOf("/") + 1;
  return key.slice(end) === ignoreFileName ? [{ kind: "prefix", prefix: key.slice(0, end) }] : [];
}

/** Links are followed, as they are where files are sent. */
function lookAt(file: string): Look {
  try {
    const stats = fs.statSync(file, { throwIfNoEntry: false }) ?? fs.lstatSync(file);
    if (stats.isDirectory()) return { kind: "directory" };
    const { size, mtimeMs, ino } = stats;
    return { kind: "file", mark: `${size} ${mtimeMs} ${ino}` };
  } catch {
    return { kind: "gone" };
  }
}

function identityOf(root: string): string | undefined {
  try {
    const { dev, ino } = fs.statSync(root);
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}

/**
 * Makes sure that there is a directory to be watched.
 *
 * @returns by what it is told apart from another one that has its name later
 * @throws SyncError `usage`
 */
export function requireDirectory({
  root,
  shownAs,
}: Pick<LocalChangesOptions, "root" | "shownAs">): string {
  const identity = identityOf(root);
  const isFile = identity !== undefined && !fs.statSync(root).isDirectory();
  if (identity !== undefined && !isFile) return identity;
  const message = isFile
    ? `--watch needs a directory, ${shownAs} is a file`
    : `${shownAs} does not exist`;
  throw new SyncError("usage", message, { path: root });
}
