/**
 * Scripts in a VM of their own, without a thread.
 *
 * @module
 */
import { hostFunctions } from "../../../src/script/lua/host.ts";
import type { LuaValue } from "../../../src/script/lua/values.ts";
import { type Libraries, LuaError, LuaVm } from "../../../src/script/lua/vm.ts";
import { MiB } from "../../support/trees.ts";

/** What a script is given. */
export interface LuaOptions {
  readonly libraries?: Libraries;
  readonly memoryBytes?: number;
  readonly timeoutMs?: number;
}

/** A VM, and what its scripts print. */
export function newVm(options: LuaOptions = {}): { vm: LuaVm; printed: () => string } {
  let text = "";
  const { libraries = "safe", memoryBytes = 64 * MiB, timeoutMs = 20_000 } = options;
  const host = hostFunctions(
    (piece) => {
      text += piece;
    },
    (code) => {
      throw new Error(`exit ${code}`);
    },
  );
  return { vm: new LuaVm({ memoryBytes, timeoutMs }, libraries, host), printed: () => text };
}

/** Runs a script. */
export function lua(source: string, options: LuaOptions = {}): string {
  const { vm, printed } = newVm(options);
  vm.run(Buffer.from(source), "@t.lua");
  return printed().trimEnd();
}

/** What an expression gives, as text. */
export function value(expression: string, options: LuaOptions = {}): string {
  return lua(`print(${expression})`, options);
}

/** How a script fails. */
export function failure(source: string, options: LuaOptions = {}): LuaError {
  try {
    lua(source, options);
  } catch (error) {
    if (error instanceof LuaError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

/** A function of Lua, as one of ours. */
export function luaFunction(
  source: string,
  options: LuaOptions = {},
): (...args: LuaValue[]) => LuaValue {
  const { vm } = newVm(options);
  vm.run(Buffer.from(source), "@t.lua");
  return (...args) => vm.call("f", args)[0];
}
