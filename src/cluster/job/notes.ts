/**
 * Notes of what went wrong with objects: written by workers, read by whoever waits for a job.
 *
 * @module
 */
import { type ErrorCode, SyncError } from "../../core/errors.ts";
import type { SyncEvent } from "../../core/events.ts";
import { fieldsOf } from "../../core/json.ts";
import { asKey } from "../../core/key.ts";
import { wordFor } from "../words.ts";

/** Something that went wrong with an object, or is doubtful. */
export type Trouble = Extract<SyncEvent, { type: "error" | "warning" }>;

/**
 * The same trouble with the same object has the same id: who does a slice again notes it once.
 *
 * @param startedAt when the job began, or was begun once more: then it is noted again
 */
export function noteOf(
  { type, key, error }: Trouble,
  startedAt: number,
): { id: string; value: unknown } {
  const { code, message, operation, bucket, hint } = error;
  const value = { type, key, code, message, operation, bucket, hint };
  const text = JSON.stringify([type, key, code, startedAt]);
  return { id: wordFor(text), value };
}

/** What a note tells; `undefined`: it is none. */
export function troubleOf(value: unknown): Trouble | undefined {
  const { type, key, code, message, ...others } = fieldsOf(value) ?? {};
  if ((type !== "error" && type !== "warning") || typeof message !== "string") return undefined;
  const text = (name: string): string | undefined => {
    const found = others[name];
    return typeof found === "string" ? found : undefined;
  };
  const details = { operation: text("operation"), bucket: text("bucket"), hint: text("hint") };
  const about = typeof key === "string" ? asKey(key) : undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by this very version
  const error = new SyncError(code as ErrorCode, message, { ...details, key: about });
  return { type, key: about, error };
}
