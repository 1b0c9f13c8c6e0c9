/**
 * The thread of one script: it may compute for ever, or eat memory, without the rest of the program standing still.
 *
 * @module
 */
import fs from "node:fs";

import { hostFunctions } from "./host.ts";
import {
  functionNames,
  type Outcome,
  type ScriptReply,
  type ScriptRequest,
  type ScriptSetup,
} from "./protocol.ts";
import type { LuaValue } from "./values.ts";
import { LuaError, LuaVm } from "./vm.ts";

declare const self: Worker;

/** Outcomes are told after so many milliseconds at the latest. */
const patienceMs = 20;

let script: { readonly vm: LuaVm; readonly name: string } | undefined;

self.addEventListener("message", ({ data }: MessageEvent<ScriptRequest>) => {
  if (data.type === "load") load(data.setup);
  else callAll(data.calls);
});

function load(setup: ScriptSetup): void {
  try {
    const host = hostFunctions(
      (text) => post({ type: "printed", text }),
      (code) => post({ type: "exited", code }),
    );
    const vm = new LuaVm(setup.limits, setup.libraries, host);
    vm.run(fs.readFileSync(setup.file), `@${setup.file}`);
    const name = functionNames[setup.kind];
    if (!vm.hasFunction(name)) throw new LuaError("script", `it has no function ${name}`);
    script = { vm, name };
    post({ type: "loaded" });
  } catch (error) {
    post({ type: "refused", message: messageOf(error) });
  }
}

function callAll(calls: readonly (readonly LuaValue[])[]): void {
  let outcomes: Outcome[] = [];
  let toldAt = performance.now();
  for (const args of calls) {
    outcomes.push(call(args));
    if (performance.now() - toldAt < patienceMs) continue;
    post({ type: "called", outcomes });
    [outcomes, toldAt] = [[], performance.now()];
  }
  if (outcomes.length > 0) post({ type: "called", outcomes });
}

function call(args: readonly LuaValue[]): Outcome {
  try {
    return { kind: "values", values: script?.vm.call(script.name, args) ?? [] };
  } catch (error) {
    return { kind: "failure", message: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function post(reply: ScriptReply): void {
  self.postMessage(reply);
}
