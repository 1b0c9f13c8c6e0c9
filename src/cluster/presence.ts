/**
 * Who is there to work, as others see it.
 *
 * @module
 */
import { fieldsOf } from "../core/json.ts";

/** What others can see of a worker. */
export interface WorkerPresence {
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly slots: number;
}

/** Whether a record is one of a worker. */
export function isPresence(value: unknown): value is WorkerPresence {
  const { host, pid, version: its, slots } = fieldsOf(value) ?? {};
  const areTexts = typeof host === "string" && typeof its === "string";
  return areTexts && typeof pid === "number" && typeof slots === "number";
}
