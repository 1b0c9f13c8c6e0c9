/**
 * Callbacks in a module that is loaded when the program runs. It has all rights that the program has.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

import {
  callbackError,
  callbackNames as names,
  type Callbacks,
  type ListedObject,
  strangerAmong,
} from "../core/callbacks.ts";
import { onOneLine, SyncError } from "../core/errors.ts";

type Name = (typeof names)[number];

/**
 * Loads a module of TypeScript or JavaScript, and all that it imports.
 *
 * @param file relative to the current directory
 * @throws SyncError `usage` for a module that cannot be loaded, or has something else than callbacks
 */
export async function loadHooks(file: string): Promise<Callbacks> {
  const place = path.resolve(file);
  if (!fs.existsSync(place)) throw refusal(file, "there is no such file");
  const url = pathToFileURL(place).href;
  let loaded: Readonly<Record<string, unknown>>;
  try {
    loaded = (await import(url)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw refusal(file, explained(cause), cause);
  }
  return callbacksIn(file, fs.realpathSync(place), loaded);
}

function callbacksIn(
  file: string,
  place: string,
  loaded: Readonly<Record<string, unknown>>,
): Callbacks {
  const { default: whole, ...named } = loaded;
  if (whole !== undefined && (typeof whole !== "object" || whole === null)) {
    const fix = isClass(whole) ? "a class; write export default new …" : typeof whole;
    throw refusal(file, `its default export is no object but ${fix}`);
  }
  const unknown = strangerAmong({ ...named }) ?? strangerAmong(whole);
  if (unknown !== undefined) {
    throw refusal(file, `it exports ${unknown}; known are ${names.join(", ")}`);
  }
  const callbacks: Partial<Record<Name, unknown>> = {};
  for (const name of names) {
    // The methods of an object may want it, and its other properties are its own.
    const owner = Object.hasOwn(named, name) ? named : (whole as typeof named | undefined);
    const value = owner?.[name];
    if (value === undefined) continue;
    if (typeof value !== "function") {
      throw refusal(file, `${name} is no function but ${typeof value}`);
    }
    callbacks[name] = located(name, place, value.bind(owner));
  }
  if (Object.keys(callbacks).length === 0) {
    throw refusal(file, `it exports none of ${names.join(", ")}`);
  }
  return callbacks as Callbacks;
}

function isClass(value: unknown): boolean {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}

/** A callback whose errors tell the line of the module. */
function located(
  name: Name,
  place: string,
  call: (...given: readonly unknown[]) => unknown,
): typeof call {
  return (...given) => {
    const fail = (cause: unknown): never => {
      const isAboutOne = name === "filter" || name === "preprocess";
      const key = isAboutOne ? (given[0] as ListedObject).key : undefined;
      throw callbackError(name, key, cause, lineIn(place, cause));
    };
    try {
      const answer = call(...given);
      return answer instanceof Promise ? answer.catch(fail) : answer;
    } catch (cause) {
      return fail(cause);
    }
  };
}

/** The innermost line of a module in a stack, as `file:line:column`. */
function lineIn(place: string, cause: unknown): string | undefined {
  const stack = cause instanceof Error ? (cause.stack ?? "") : "";
  const [, position] = stack.split(`${place}:`, 2);
  const [numbers] = /^\d+:\d+/.exec(position ?? "") ?? [];
  return numbers === undefined ? undefined : `${place}:${numbers}`;
}

/** What Bun says of a module that it cannot read, with the place. */
function explained(cause: unknown): string {
  const [first = cause]: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [];
  const text = first instanceof Error || isMessage(first) ? first.message : String(first);
  const place = placeOf(first);
  const line = onOneLine(text);
  return place === undefined ? line : `${line} (${place})`;
}

interface Message {
  readonly message: string;
  readonly position?: { readonly file: string; readonly line: number; readonly column: number };
}

function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && "message" in value;
}

/** Where it is: told of what cannot be read, else the first line of the stack that is in a file. */
function placeOf(thrown: unknown): string | undefined {
  if (!isMessage(thrown)) return undefined;
  const { position } = thrown;
  if (position !== undefined && position !== null) {
    return `${position.file}:${position.line}:${position.column}`;
  }
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  return /\(?((?:\/|[A-Za-z]:\\)[^\s()]*:\d+:\d+)\)?/.exec(stack ?? "")?.[1];
}

function refusal(file: string, what: string, cause?: unknown): SyncError {
  return new SyncError("usage", `--callback ${file}: ${what}`, { path: file, cause });
}
