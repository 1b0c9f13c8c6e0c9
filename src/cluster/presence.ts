/**
 * Who is there to work, as others see it.
 *
 * @module
 */
import { fieldsOf } from "../core/json.ts";
import type { Ground } from "./ground.ts";
import { latest } from "./stored.ts";

const words = "worker.";

/** What others can see of a worker. */
export interface WorkerPresence {
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly slots: number;
}

/** Whether a record is one of a worker. */
function isPresence(value: unknown): value is WorkerPresence {
  const { host, pid, version: its, slots } = fieldsOf(value) ?? {};
  const areTexts = typeof host === "string" && typeof its === "string";
  return areTexts && typeof pid === "number" && typeof slots === "number";
}

/** Names the record of a worker. */
export function presenceKey(): string {
  return `${words}${crypto.randomUUID()}`;
}

/** Who is there. */
export async function workersOf(ground: Ground): Promise<WorkerPresence[]> {
  const workers: WorkerPresence[] = [];
  for (const { value } of await latest(ground.presence.all(words))) {
    if (isPresence(value)) workers.push(value);
  }
  return workers;
}
