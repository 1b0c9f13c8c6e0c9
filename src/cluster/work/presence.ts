/**
 * Who is there to work, as others see it.
 *
 * @module
 */
import { hostname } from "node:os";

import { fieldsOf } from "../../core/json.ts";
import { version } from "../../sync/version.ts";
import type { Ground } from "../ground.ts";
import { latest } from "../job/stored.ts";
import type { Standing } from "./stand-back.ts";

const words = "worker.";

/** What others can see of a worker. */
export interface WorkerPresence {
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly slots: number;
  /** Runs of jobs that it does not get on with. */
  readonly standsBackFrom?: readonly string[] | undefined;
  /** When it said so, in milliseconds since 1970, by its own clock; `undefined`: its version does not tell. */
  readonly at?: number | undefined;
}

/** Whether a record is one of a worker. */
function isPresence(value: unknown): value is WorkerPresence {
  const { host, pid, version: its, slots, at } = fieldsOf(value) ?? {};
  const areTexts = typeof host === "string" && typeof its === "string";
  if (at !== undefined && typeof at !== "number") return false;
  return areTexts && typeof pid === "number" && typeof slots === "number";
}

/** Who is there. */
export async function workersOf(ground: Ground): Promise<WorkerPresence[]> {
  return [...(await presences(ground)).values()];
}

/** By the keys of their records. */
async function presences(ground: Ground): Promise<Map<string, WorkerPresence>> {
  const workers = new Map<string, WorkerPresence>();
  for (const { key, value } of await latest(ground.presence.all(words))) {
    if (isPresence(value)) workers.set(key, value);
  }
  return workers;
}

/** What a worker tells of itself, and knows of others. */
export class Presence implements Standing {
  private readonly key = `${words}${crypto.randomUUID()}`;
  private readonly leftAlone = new Set<string>();
  private isOver = false;

  constructor(
    private readonly ground: Ground,
    private readonly slots: number,
  ) {}

  /** Says that it is there. To be said again and again. */
  async tell(): Promise<void> {
    if (this.isOver) return;
    const presence: WorkerPresence = {
      ...{ host: hostname(), pid: process.pid, version, slots: this.slots, at: Date.now() },
      ...(this.leftAlone.size === 0 ? {} : { standsBackFrom: [...this.leftAlone] }),
    };
    await this.ground.presence.put(this.key, presence);
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.ground.presence.remove(this.key);
  }

  async standBack(run: string): Promise<void> {
    if (this.leftAlone.has(run)) return;
    this.leftAlone.add(run);
    await this.tell();
  }

  backTo(run: string): void {
    this.leftAlone.delete(run);
  }

  async isForOthers(run: string): Promise<boolean> {
    for (const [key, worker] of await presences(this.ground)) {
      // Those of other versions leave its job alone.
      const isAble = worker.version === version && !worker.standsBackFrom?.includes(run);
      if (isAble && key !== this.key) return true;
    }
    return false;
  }
}
