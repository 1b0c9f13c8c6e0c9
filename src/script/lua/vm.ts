/**
 * A Lua VM that is held to its time and its memory, with no way out but the functions that it is given.
 *
 * @module
 */
import { Census } from "./census.ts";
import * as dates from "./dates.ts";
import { type Fengari, loadFengari, type NativeFunction, type Thread } from "./fengari.ts";
import { literalText, numberText, sprintf } from "./format.ts";
import * as integers from "./integers.ts";
import { Meter } from "./meter.ts";
import preludeOfOs from "./prelude-os.lua" with { type: "text" };
import prelude from "./prelude.lua" with { type: "text" };
import { asLua53, chunkName, LuaSyntaxError } from "./syntax.ts";
import { byteText, type HostFunction, latin1, type LuaValue, utf8, Values } from "./values.ts";

/** A script failed: the message has file and line. */
export class LuaError extends Error {
  override readonly name = "LuaError";

  constructor(
    readonly kind: "script" | "time" | "memory",
    message: string,
  ) {
    super(message);
  }
}

/** How far a VM may go. */
export interface VmLimits {
  /** 0: no limit. */
  readonly memoryBytes: number;
  /** Milliseconds for loading a script, and for each call. */
  readonly timeoutMs: number;
}

/** What scripts may have beyond the language itself. */
export type Libraries = "safe" | "os" | "unsafe";

/** fengari's `CIST_LUA`: such a frame has no room for what we would push. */
const isLuaFunction = 2;

/** One VM, with one script. */
export class LuaVm {
  private readonly fengari: Fengari;
  private readonly thread: Thread;
  private readonly meter: Meter;
  private readonly values: Values;
  private readonly names = new Map<string, Uint8Array>();
  private readonly killed = new WeakSet<Thread>();

  /** @param host what the prelude builds on */
  constructor(
    private readonly limits: VmLimits,
    libraries: Libraries,
    host: Readonly<Record<string, HostFunction>>,
  ) {
    const meter = new Meter(
      limits.memoryBytes,
      () => this.survey(),
      (thread, message) => this.fail(thread, message),
    );
    this.meter = meter;
    this.fengari = loadFengari({
      ...integers,
      ...dates,
      numberText,
      literalText,
      sprintf,
      latin1: (bytes: Uint8Array) => latin1.decode(bytes),
      repeat: (into: Uint8Array, unit: Uint8Array | number[]) =>
        Buffer.from(into.buffer, into.byteOffset, into.byteLength).fill(Uint8Array.from(unit)),
      bytes: (text: string) => latin1.encode(text),
      fail: (thread: Thread, message: string) => this.fail(thread, this.placed(thread, message)),
      integer: (thread: unknown, result: number) =>
        Number.isSafeInteger(result) ? result + 0 : this.fail(thread, integers.tooLarge),
      look: (bytes: number) => meter.look(bytes),
      indexOf: (bytes: Uint8Array, wanted: Uint8Array) => {
        meter.look(bytes.length);
        return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(wanted);
      },
      spend: (thread: unknown, steps: number) => meter.spend(thread, steps),
      take: (bytes: number) => meter.take(bytes),
      reserve: (thread: unknown, bytes: number) => meter.reserve(thread, bytes),
    });
    this.values = new Values(this.fengari);
    this.thread = this.fengari.lauxlib.luaL_newstate();
    this.fengari.lua.lua_atnativeerror(this.thread, (thread) => this.nameNativeError(thread));
    this.openLibraries(libraries);
    this.runPrelude(prelude, host);
    if (libraries !== "safe") this.runPrelude(preludeOfOs, host);
  }

  /** Bytes that the VM's values take, as far as is known. */
  get usedBytes(): number {
    return this.meter.used;
  }

  /**
   * Runs a script from its first line to its last.
   *
   * @throws LuaError
   */
  run(source: Uint8Array, name: string): void {
    this.load(latin1.decode(source), name);
    this.protectedCall(0, 0);
  }

  /** Whether the script has made such a global function. */
  hasFunction(name: string): boolean {
    const { lua } = this.fengari;
    const isFunction = lua.lua_getglobal(this.thread, this.nameBytes(name)) === lua.LUA_TFUNCTION;
    lua.lua_pop(this.thread, 1);
    return isFunction;
  }

  /**
   * Calls a global function.
   *
   * @returns all that it returns
   * @throws LuaError
   */
  call(name: string, args: readonly LuaValue[]): readonly LuaValue[] {
    const { lua } = this.fengari;
    lua.lua_settop(this.thread, 0);
    lua.lua_getglobal(this.thread, this.nameBytes(name));
    for (const arg of args) this.values.push(this.thread, arg, utf8);
    this.protectedCall(args.length, lua.LUA_MULTRET);
    const count = lua.lua_gettop(this.thread);
    const results: LuaValue[] = [];
    for (let index = 1; index <= count; index++) {
      results.push(this.values.read(this.thread, index, utf8));
    }
    lua.lua_settop(this.thread, 0);
    return results;
  }

  private openLibraries(libraries: Libraries): void {
    const { lua, lauxlib, lualib } = this.fengari;
    const wanted = ["base", "coroutine", "table", "string", "utf8", "math"] as const;
    const more = {
      safe: [],
      os: ["os"] as const,
      unsafe: ["os", "debug"] as const,
    }[libraries];
    for (const name of [...wanted, ...more]) {
      const global = Buffer.from(name === "base" ? "_G" : name);
      lauxlib.luaL_requiref(this.thread, global, lualib[`luaopen_${name}`], true);
      lua.lua_pop(this.thread, 1);
    }
  }

  /** Scripts see what the preludes leave and add. */
  private runPrelude(text: string, host: Readonly<Record<string, HostFunction>>): void {
    const { lua } = this.fengari;
    this.load(text, "=prelude");
    lua.lua_createtable(this.thread, 0, 0);
    const functions = { ...host, translate: translate };
    for (const [name, native] of Object.entries(functions)) {
      lua.lua_pushcfunction(this.thread, this.native(native));
      lua.lua_setfield(this.thread, -2, this.nameBytes(name));
    }
    lua.lua_pushcfunction(this.thread, (thread) => this.killThread(thread));
    lua.lua_setfield(this.thread, -2, this.nameBytes("kill"));
    lua.lua_pushcfunction(this.thread, (thread) => {
      lua.lua_pushnumber(thread, this.meter.used / 1024);
      return 1;
    });
    lua.lua_setfield(this.thread, -2, this.nameBytes("used"));
    this.protectedCall(1, 0);
  }

  private load(text: string, name: string): void {
    const { lua } = this.fengari;
    let source: string;
    try {
      source = asLua53(text.replace(/^#[^\n]*/, ""), chunkName(name));
    } catch (error) {
      if (error instanceof LuaSyntaxError) throw new LuaError("script", error.message);
      throw error;
    }
    const pieces = [latin1.encode(source)];
    this.meter.start(this.limits.timeoutMs);
    const next = (): Uint8Array | null => pieces.pop() ?? null;
    const status = lua.lua_load(this.thread, next, null, Buffer.from(name), Buffer.from("t"));
    this.meter.rest();
    if (status !== lua.LUA_OK) throw this.takeError();
  }

  private protectedCall(args: number, results: number): void {
    const { lua } = this.fengari;
    this.meter.start(this.limits.timeoutMs);
    const status = lua.lua_pcall(this.thread, args, results, 0);
    this.meter.rest();
    if (status !== lua.LUA_OK) throw this.takeError();
  }

  private takeError(): LuaError {
    const { lua, lauxlib } = this.fengari;
    let isLate = this.meter.expired;
    // The message is made by the script, perhaps: `__tostring`.
    this.meter.startMessage(this.limits.timeoutMs);
    lua.lua_pushcfunction(this.thread, (thread) => {
      lauxlib.luaL_tolstring(thread, 1);
      return 1;
    });
    lua.lua_insert(this.thread, -2);
    lua.lua_pcall(this.thread, 1, 1, 0);
    this.meter.rest();
    isLate ||= this.meter.expired;
    const text = utf8.decode(lua.lua_tostring(this.thread, -1) ?? Buffer.from("an error"));
    lua.lua_settop(this.thread, 0);
    const kind = isLate ? "time" : text.endsWith("not enough memory") ? "memory" : "script";
    return new LuaError(kind, text);
  }

  /** Bugs, and depths of which JavaScript has had enough: an error like others, without a way to our objects. */
  private nameNativeError(thread: Thread): number {
    const { lua } = this.fengari;
    const error = lua.lua_touserdata(thread, 1);
    const text =
      error instanceof RangeError ? "stack overflow" : error instanceof Error ? error.message : "";
    lua.lua_pushstring(thread, Buffer.from(text));
    return 1;
  }

  private fail(thread: unknown, message: string): never {
    return this.fengari.ldebug.luaG_runerror(
      thread ?? this.thread,
      Buffer.from(message.replaceAll("%", "%%")),
    );
  }

  /** In a native function it is the line of its caller that says something. */
  private placed(thread: Thread, message: string): string {
    const { lua, lauxlib } = this.fengari;
    if ((thread.ci.callstatus & isLuaFunction) !== 0) return message;
    lauxlib.luaL_where(thread, 1);
    const where = utf8.decode(lua.lua_tostring(thread, -1) ?? Buffer.alloc(0));
    lua.lua_pop(thread, 1);
    return where + message;
  }

  private survey(): number {
    return new Census([this.thread, this.thread.l_G]).total();
  }

  /** What a coroutine failed with is told once. */
  private killThread(thread: Thread): number {
    const { lua } = this.fengari;
    const other = lua.lua_tothread(thread, 1);
    const hasFailed =
      other !== null && !this.killed.has(other) && lua.lua_status(other) > lua.LUA_YIELD;
    lua.lua_pushboolean(thread, !hasFailed);
    if (other === null) return 1;
    if (hasFailed) lua.lua_xmove(other, thread, 1);
    this.killed.add(other);
    Object.assign(other, { status: lua.LUA_ERRRUN });
    return hasFailed ? 2 : 1;
  }

  private native(run: HostFunction): NativeFunction {
    const { lua } = this.fengari;
    return (thread) => {
      const args: LuaValue[] = [];
      for (let index = 1; index <= lua.lua_gettop(thread); index++) {
        args.push(this.values.read(thread, index, latin1));
      }
      let results: readonly LuaValue[];
      try {
        results = run(...args);
      } catch (error) {
        return this.fail(thread, error instanceof Error ? error.message : String(error));
      }
      for (const result of results) this.values.push(thread, result, latin1);
      return results.length;
    };
  }

  private nameBytes(name: string): Uint8Array {
    let bytes = this.names.get(name);
    if (bytes === undefined) this.names.set(name, (bytes = Buffer.from(name)));
    return bytes;
  }
}

const translate: HostFunction = (source, name) => {
  const text = byteText(source);
  if (text.startsWith("\x1b")) return [undefined, "attempt to load a binary chunk (mode is 't')"];
  try {
    return [asLua53(text, chunkName(byteText(name)))];
  } catch (error) {
    if (error instanceof LuaSyntaxError) return [undefined, error.message];
    throw error;
  }
};
