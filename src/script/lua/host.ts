/**
 * What the prelude builds on: output, files of modules, and, where they are allowed, `os` and `io`. Runs in the
 * script's own thread. Texts are bytes, a character each.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { byteText, type HostFunction, type LuaValue } from "./values.ts";

/** Where modules are looked for, unless `LUA_PATH` says so. */
const defaultPath =
  "/usr/local/share/lua/5.4/?.lua;/usr/local/share/lua/5.4/?/init.lua;./?.lua;./?/init.lua";

/**
 * @param write takes what scripts print
 * @param exit ends the program, for `os.exit`
 */
export function hostFunctions(
  write: (text: string) => void,
  exit: (code: number) => void,
): Readonly<Record<string, HostFunction>> {
  return {
    write: (text) => nothing(write(utf8(text))),
    path: () => [modulePath()],
    readfile: (name) => [readable(utf8(name))],
    ...files(write),
    getenv: (name) => [process.env[utf8(name)]],
    remove: (name) => attempt(() => fs.rmSync(utf8(name)), utf8(name)),
    rename: (from, to) => attempt(() => fs.renameSync(utf8(from), utf8(to))),
    tmpname: () => [temporaryFile()],
    execute: (command) => executed(command),
    exit: (code) => nothing(exit(code === false ? 1 : typeof code === "number" ? code : 0)),
  };
}

function modulePath(): string {
  const wanted = process.env["LUA_PATH_5_4"] ?? process.env["LUA_PATH"];
  return wanted === undefined ? defaultPath : wanted.replace(";;", `;${defaultPath};`);
}

function readable(name: string): string | undefined {
  try {
    return fs.readFileSync(name, "latin1");
  } catch {
    return undefined;
  }
}

/** It is there at once, so that nobody else takes the name. */
function temporaryFile(): string {
  const name = path.join(os.tmpdir(), `lua_${crypto.randomUUID()}`);
  fs.closeSync(fs.openSync(name, "wx", 0o600));
  return name;
}

function files(write: (text: string) => void): Readonly<Record<string, HostFunction>> {
  return {
    open: (name, mode) => opened(utf8(name), utf8(mode).replace("b", "")),
    read: (handle, count, position) => {
      const bytes = Buffer.alloc(Number(count));
      const at = typeof position === "number" ? position : null;
      try {
        const length = fs.readSync(Number(handle), bytes, 0, bytes.byteLength, at);
        return [bytes.subarray(0, length).toString("latin1")];
      } catch (error) {
        return refusal(error, undefined);
      }
    },
    writefile: (handle, text, position) => {
      // What goes to stdout keeps its place among what is printed.
      if (handle === 1) return attempt(() => write(utf8(text)));
      const at = typeof position === "number" ? position : null;
      const bytes = fromText(text);
      return attempt(() => fs.writeSync(Number(handle), bytes, 0, bytes.byteLength, at));
    },
    filesize: (handle) => [fs.fstatSync(Number(handle)).size],
    close: (handle) => attempt(() => fs.closeSync(Number(handle))),
  };
}

function opened(name: string, mode: string): readonly LuaValue[] {
  try {
    return [fs.openSync(name, mode)];
  } catch (error) {
    return refusal(error, name);
  }
}

function attempt(act: () => unknown, name?: string): readonly LuaValue[] {
  try {
    act();
    return [true];
  } catch (error) {
    return refusal(error, name);
  }
}

/** What C's library says. */
const texts: Readonly<Record<string, string>> = {
  EACCES: "Permission denied",
  EBADF: "Bad file descriptor",
  EEXIST: "File exists",
  EISDIR: "Is a directory",
  ENOENT: "No such file or directory",
  ENOTDIR: "Not a directory",
  ENOTEMPTY: "Directory not empty",
};

/** As C's library says it: `nil`, a text, a number. */
function refusal(error: unknown, name: string | undefined): readonly LuaValue[] {
  const { code, errno, message } = error as NodeJS.ErrnoException;
  const text = texts[code ?? ""] ?? message;
  return [undefined, name === undefined ? text : `${name}: ${text}`, Math.abs(errno ?? 0)];
}

function executed(command: LuaValue): readonly LuaValue[] {
  if (command === undefined || command === null) return [true];
  const { status, signal } = spawnSync(utf8(command), { shell: true, stdio: "inherit" });
  if (status === null) return [undefined, "signal", os.constants.signals[signal ?? "SIGKILL"]];
  return [status === 0 ? true : undefined, "exit", status];
}

function nothing(_done: void): readonly LuaValue[] {
  return [];
}

/** Names and output are UTF-8 outside. */
function utf8(text: LuaValue): string {
  return fromText(text).toString("utf8");
}

function fromText(text: LuaValue): Buffer {
  return Buffer.from(byteText(text), "latin1");
}
