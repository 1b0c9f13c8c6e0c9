/**
 * What the main thread and the thread of a script say to each other.
 *
 * @module
 */
import type { LuaValue } from "./values.ts";
import type { Libraries, VmLimits } from "./vm.ts";

/** What a script is for. */
export type ScriptKind = "filter" | "preprocess" | "event";

/** The function that a script of a kind must have. */
export const functionNames: Readonly<Record<ScriptKind, string>> = {
  filter: "filter",
  preprocess: "preprocess_callback",
  event: "on_event",
};

/** A script, and how far it may go. */
export interface ScriptSetup {
  readonly kind: ScriptKind;
  readonly file: string;
  readonly limits: VmLimits;
  readonly libraries: Libraries;
}

export type ScriptRequest =
  | { readonly type: "load"; readonly setup: ScriptSetup }
  /** Calls, in order, each with its arguments. */
  | { readonly type: "call"; readonly calls: readonly (readonly LuaValue[])[] };

/** How a call ended. */
export type Outcome =
  | { readonly kind: "values"; readonly values: readonly LuaValue[] }
  | { readonly kind: "failure"; readonly message: string };

export type ScriptReply =
  | { readonly type: "loaded" }
  | { readonly type: "refused"; readonly message: string }
  /** Outcomes of calls, in order. */
  | { readonly type: "called"; readonly outcomes: readonly Outcome[] }
  | { readonly type: "printed"; readonly text: string }
  | { readonly type: "exited"; readonly code: number };
