/**
 * fengari, the Lua VM, from its sources: changed where `patches.ts` says so, and run without `process`, `require`
 * and whatever else leads out of it.
 *
 * @see https://github.com/fengari-lua/fengari
 * @module
 */
import { sources } from "./fengari-sources.ts";
import { patches } from "./patches.ts";

/** Text as Lua has it: bytes. */
export type LuaString = Uint8Array;
/** A thread of a VM. Its fields are fengari's own. */
export type Thread = object & {
  readonly l_G: { readonly mainthread: Thread };
  readonly ci: { readonly callstatus: number };
};
/** A function that Lua can call. Returns how many results it has pushed. */
export type NativeFunction = (thread: Thread) => number;

/** What we use of fengari's interface, which is Lua's for C. @see https://www.lua.org/manual/5.3/manual.html#4.8 */
export interface Fengari {
  readonly lua: {
    readonly LUA_OK: number;
    readonly LUA_MULTRET: number;
    readonly LUA_TNIL: number;
    readonly LUA_TBOOLEAN: number;
    readonly LUA_TNUMBER: number;
    readonly LUA_TSTRING: number;
    readonly LUA_TTABLE: number;
    readonly LUA_TFUNCTION: number;
    readonly LUA_ERRRUN: number;
    readonly LUA_YIELD: number;
    lua_atnativeerror(thread: Thread, handler: NativeFunction): void;
    lua_call(thread: Thread, args: number, results: number): void;
    lua_checkstack(thread: Thread, slots: number): boolean;
    lua_createtable(thread: Thread, items: number, fields: number): void;
    lua_error(thread: Thread): never;
    lua_getglobal(thread: Thread, name: LuaString): number;
    lua_gettop(thread: Thread): number;
    lua_insert(thread: Thread, index: number): void;
    lua_isinteger(thread: Thread, index: number): boolean;
    lua_load(
      thread: Thread,
      reader: () => LuaString | null,
      data: unknown,
      name: LuaString,
      mode: LuaString,
    ): number;
    lua_next(thread: Thread, index: number): number;
    lua_pcall(thread: Thread, args: number, results: number, handler: number): number;
    lua_pop(thread: Thread, count: number): void;
    lua_pushboolean(thread: Thread, value: boolean): void;
    lua_pushcfunction(thread: Thread, native: NativeFunction): void;
    lua_pushinteger(thread: Thread, value: number): void;
    lua_pushnil(thread: Thread): void;
    lua_pushnumber(thread: Thread, value: number): void;
    lua_pushstring(thread: Thread, text: LuaString): void;
    lua_pushvalue(thread: Thread, index: number): void;
    lua_rawset(thread: Thread, index: number): void;
    lua_rotate(thread: Thread, index: number, count: number): void;
    lua_setfield(thread: Thread, index: number, name: LuaString): void;
    lua_setglobal(thread: Thread, name: LuaString): void;
    lua_settop(thread: Thread, index: number): void;
    lua_status(thread: Thread): number;
    lua_toboolean(thread: Thread, index: number): boolean;
    lua_tonumber(thread: Thread, index: number): number;
    lua_tostring(thread: Thread, index: number): LuaString | null;
    lua_tothread(thread: Thread, index: number): Thread | null;
    lua_touserdata(thread: Thread, index: number): unknown;
    lua_type(thread: Thread, index: number): number;
    lua_upvalueindex(index: number): number;
    lua_xmove(from: Thread, to: Thread, count: number): void;
  };
  readonly lauxlib: {
    luaL_newstate(): Thread;
    luaL_requiref(thread: Thread, name: LuaString, open: NativeFunction, global: boolean): void;
    luaL_tolstring(thread: Thread, index: number): LuaString;
    luaL_checkstring(thread: Thread, index: number): LuaString;
    luaL_where(thread: Thread, level: number): void;
  };
  readonly lualib: Readonly<
    Record<
      | "luaopen_base"
      | "luaopen_coroutine"
      | "luaopen_table"
      | "luaopen_os"
      | "luaopen_string"
      | "luaopen_utf8"
      | "luaopen_math"
      | "luaopen_debug",
      NativeFunction
    >
  >;
  readonly ldebug: { luaG_runerror(thread: unknown, message: LuaString): never };
}

interface Module {
  exports: unknown;
}

/**
 * Makes a VM's code.
 *
 * @param host what the patches call `$`
 * @throws Error when the sources are not those that the patches are for
 */
export function loadFengari(host: object): Fengari {
  const loaded = new Map<string, Module>();
  const load = (request: string): unknown => {
    const name = request.replace(/^\.\/|\.js$/g, "");
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const module: Module = { exports: {} };
    loaded.set(name, module);
    // Only the language itself is visible beside the parameters; scripts see none of it.
    const parameters = ["module", "exports", "require", "$", "process", "console"];
    const run = new Function(...parameters, patched(name));
    run(module, module.exports, load, host, undefined, undefined);
    return module.exports;
  };
  const [lua, lauxlib, lualib, ldebug] = ["lua", "lauxlib", "lualib", "ldebug"].map(load);
  return { lua, lauxlib, lualib, ldebug } as Fengari;
}

function patched(name: string): string {
  let text = sources[name] ?? "";
  for (const [from, to, times = 1] of patches[name] ?? []) {
    const parts: readonly string[] = text.split(from);
    if (parts.length !== times + 1) {
      throw new Error(`fengari's ${name}.js is not what it was: ${from}`);
    }
    text = parts.join(to);
  }
  return text;
}
