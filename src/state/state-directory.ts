/**
 * Where journals lie: `$XDG_STATE_HOME/s3sync`, else `~/.local/state/s3sync`; on Windows `%LOCALAPPDATA%\s3sync`.
 *
 * A journal's name says what it is about (a hash), and who works on it. Taking it over is one rename, which only one
 * of several can do; there is no moment at which it is nobody's, or lost.
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { sha256Hex } from "../hash/digest.ts";
import { isAbandoned, ownerOf, ownTag, tagForm } from "../store/local/owner.ts";
import { Journal, type JournalText, type Line, readJournal } from "./journal.ts";

/** Where state is kept if nobody says anything. */
export function defaultStateDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const { LOCALAPPDATA = "", XDG_STATE_HOME = "" } = environment;
  if (process.platform === "win32" && LOCALAPPDATA !== "") return path.join(LOCALAPPDATA, "s3sync");
  // A relative path is to be ignored, says the specification.
  if (path.isAbsolute(XDG_STATE_HOME)) return path.join(XDG_STATE_HOME, "s3sync");
  return path.join(os.homedir(), ".local", "state", "s3sync");
}

const form = new RegExp(`^([a-z]+)-([0-9a-f]{32})-(${tagForm})-[0-9a-z]+\\.journal$`);

/** Journals that this process works on, in whichever run. */
const inWork = new Set<string>();
let counter = 0;

/** A journal that is there, whoever it belongs to. */
export interface FoundJournal {
  readonly file: string;
  readonly text: JournalText;
  /** When it was last written, in milliseconds since 1970. */
  readonly mtimeMs: number;
  /** A run that lives works on it, as far as that can be known. */
  readonly isInWork: boolean;
}

/** The journals of a user. Reads the directory once, when it is first asked, and makes it when it is first needed. */
export class StateDirectory {
  private names: Set<string> | undefined;
  private partFiles: ReadonlySet<string> | undefined;

  constructor(readonly directory: string) {}

  /**
   * Begins a journal.
   *
   * @param about in lower case: `transfer`
   * @param id what it is about
   * @throws what the file system says against it
   */
  begin(about: string, id: string, head: Line): Journal {
    fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const journal = Journal.create(path.join(this.directory, newName(about, id)), about, head);
    this.found().add(path.basename(journal.file));
    inWork.add(journal.file);
    return journal;
  }

  /** Takes over the journals about something that nobody works on any more, one after the other. */
  *abandoned(about: string, id: string): Generator<Journal, void, undefined> {
    const start = `${about}-${hashOf(id)}-`;
    for (const name of [...this.found()]) {
      if (!name.startsWith(start)) continue;
      const journal = this.takeOver(name, newName(about, id));
      if (journal !== undefined) yield journal;
    }
  }

  /** Lets go of a journal: whoever comes next may go on with it. */
  leave({ file }: Journal): void {
    inWork.delete(file);
  }

  /** It is not needed any more. One that cannot be removed does no harm: it is compared with what is there. */
  finish(journal: Journal): void {
    this.leave(journal);
    tryTo(() => this.forget(journal.file));
  }

  /**
   * Removes a journal that nobody works on.
   *
   * @throws what the file system says against it
   */
  forget(file: string): void {
    fs.rmSync(file, { force: true });
    this.names?.delete(path.basename(file));
  }

  /** All journals about something of a kind. */
  *all(about: string): Generator<FoundJournal, void, undefined> {
    for (const name of this.found()) {
      const [, itsKind, , tag = ""] = form.exec(name) ?? [];
      if (itsKind !== about) continue;
      const file = path.join(this.directory, name);
      const found = tryTo(() => ({ text: readJournal(file), mtimeMs: fs.statSync(file).mtimeMs }));
      if (found?.text === undefined) continue;
      const { text, mtimeMs } = found;
      yield { file, text, mtimeMs, isInWork: !this.isFree(name, tag, mtimeMs) };
    }
  }

  /** Whether a journal is about an unfinished file of this name. Those that this very run begins are its own. */
  knowsPartFile(name: string): boolean {
    this.partFiles ??= new Set(
      Array.from(this.all("transfer"), ({ text }) => text.lines)
        .flat()
        .map(({ note }) => note as { readonly name?: unknown } | undefined)
        .flatMap((note) => (typeof note?.name === "string" ? [note.name] : [])),
    );
    return this.partFiles.has(name);
  }

  private takeOver(name: string, newOne: string): Journal | undefined {
    const [file, ownFile] = [path.join(this.directory, name), path.join(this.directory, newOne)];
    const [, , , tag = ""] = form.exec(name) ?? [];
    return tryTo(() => {
      if (!this.isFree(name, tag, fs.statSync(file).mtimeMs)) return undefined;
      this.names?.delete(name);
      fs.renameSync(file, ownFile);
      this.names?.add(newOne);
      const journal = Journal.reopen(ownFile);
      if (journal === undefined) this.forget(ownFile);
      else inWork.add(ownFile);
      return journal;
    });
  }

  private isFree(name: string, tag: string, mtimeMs: number): boolean {
    if (ownerOf(tag) === "ours") return !inWork.has(path.join(this.directory, name));
    return isAbandoned(tag, mtimeMs, Date.now());
  }

  private found(): Set<string> {
    this.names ??= new Set(
      tryTo(() => fs.readdirSync(this.directory))?.filter((it) => form.test(it)),
    );
    return this.names;
  }
}

function newName(about: string, id: string): string {
  counter += 1;
  return `${about}-${hashOf(id)}-${ownTag}-${counter.toString(36)}.journal`;
}

function hashOf(id: string): string {
  return sha256Hex(id).slice(0, 32);
}

/** What is not there, or not ours, is as good as nothing. */
function tryTo<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
