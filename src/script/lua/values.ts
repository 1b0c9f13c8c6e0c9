/**
 * Values on their way between Lua and us.
 *
 * @module
 */
import type { Fengari, Thread } from "./fengari.ts";
import { numberText } from "./format.ts";

/** What crosses between Lua and us. `undefined` and `null` are `nil`, tables come with their keys as text. */
export type LuaValue =
  | undefined
  | null
  | boolean
  | number
  | string
  | readonly LuaValue[]
  | { readonly [key: string]: LuaValue };

/** A function for scripts. Texts are bytes: a character each. Errors become Lua's. */
export type HostFunction = (...args: LuaValue[]) => readonly LuaValue[];

/** How texts become bytes, and back. */
export interface Coding {
  encode(text: string): Uint8Array;
  decode(bytes: Uint8Array): string;
}

type Decoder = (this: Uint8Array, from: number, to: number) => string;

/** They take any bytes; to make a Buffer of these first would cost more than the rest. */
const decoders = Buffer.prototype as unknown as Readonly<
  Record<"utf8Slice" | "latin1Slice", Decoder>
>;

/** Keys, metadata and messages. */
export const utf8: Coding = {
  encode: (text) => Buffer.from(text),
  decode: (bytes) => decoders.utf8Slice.call(bytes, 0, bytes.byteLength),
};

/** A character for each byte: scripts and files. */
export const latin1: Coding = {
  encode: (text) => Buffer.from(text, "latin1"),
  decode: (bytes) => decoders.latin1Slice.call(bytes, 0, bytes.byteLength),
};

/** A value where Lua's own functions take texts: numbers are texts, too. */
export function byteText(value: LuaValue): string {
  return typeof value === "number" ? numberText(value) : typeof value === "string" ? value : "";
}

/** Slots of the stack that a table with tables in it may take when it is read. */
const deepest = 60;

/** Puts values on the stack of a thread, and reads them from there. */
export class Values {
  constructor(private readonly fengari: Fengari) {}

  /** Pushes one value. */
  push(thread: Thread, value: LuaValue, coding: Coding): void {
    const { lua } = this.fengari;
    if (value === undefined || value === null) lua.lua_pushnil(thread);
    else if (typeof value === "boolean") lua.lua_pushboolean(thread, value);
    else if (typeof value === "string") lua.lua_pushstring(thread, coding.encode(value));
    else if (typeof value === "number") {
      if (Number.isSafeInteger(value)) lua.lua_pushinteger(thread, value + 0);
      else lua.lua_pushnumber(thread, value);
    } else this.pushTable(thread, value, coding);
  }

  private pushTable(
    thread: Thread,
    table: readonly LuaValue[] | { readonly [key: string]: LuaValue },
    coding: Coding,
  ): void {
    const { lua } = this.fengari;
    lua.lua_checkstack(thread, 4);
    lua.lua_createtable(thread, 0, 0);
    const isList = Array.isArray(table);
    for (const [key, value] of Object.entries(table)) {
      if (value === undefined || value === null) continue;
      if (isList) lua.lua_pushinteger(thread, Number(key) + 1);
      else lua.lua_pushstring(thread, coding.encode(key));
      this.push(thread, value, coding);
      lua.lua_rawset(thread, -3);
    }
  }

  /** Functions and threads mean nothing outside. */
  read(thread: Thread, index: number, coding: Coding): LuaValue {
    const { lua } = this.fengari;
    switch (lua.lua_type(thread, index)) {
      case lua.LUA_TBOOLEAN:
        return lua.lua_toboolean(thread, index);
      case lua.LUA_TNUMBER:
        return lua.lua_tonumber(thread, index);
      case lua.LUA_TSTRING:
        return coding.decode(lua.lua_tostring(thread, index) ?? Buffer.alloc(0));
      case lua.LUA_TTABLE:
        return this.readTable(thread, index, coding);
      default:
        return undefined;
    }
  }

  private readTable(thread: Thread, index: number, coding: Coding): LuaValue {
    const { lua } = this.fengari;
    const table: Record<string, LuaValue> = Object.create(null);
    lua.lua_checkstack(thread, 4);
    if (lua.lua_gettop(thread) > deepest)
      throw new RangeError("a table is in itself, or has too many within each other");
    const at = index > 0 ? index : lua.lua_gettop(thread) + index + 1;
    lua.lua_pushnil(thread);
    while (lua.lua_next(thread, at) !== 0) {
      const key = this.read(thread, -2, coding);
      const value = this.read(thread, -1, coding);
      if (typeof key === "string" || typeof key === "number") table[String(key)] = value;
      lua.lua_pop(thread, 1);
    }
    return table;
  }
}
