/**
 * Jobs on a cluster within this process, with stores in memory.
 *
 * @module
 */
import { follow, type FollowHandlers } from "../../src/cluster/control/follow.ts";
import { submit } from "../../src/cluster/control/submit.ts";
import type { Trouble } from "../../src/cluster/job/notes.ts";
import type { OrderInput } from "../../src/cluster/job/order.ts";
import { Worker, type WorkerOptions } from "../../src/cluster/work/worker.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import {
  type MemoryGround,
  type MemoryServerOptions,
  MemoryServers,
} from "../support/memory-ground.ts";

export const never = new AbortController().signal;

/** Small enough that a few hundred keys are cut many times. */
const smallSlices = { mostKeys: 100, leastKeys: 32, leastMs: 0 };

/** A worker, and how to be rid of it. */
export interface WorkerHandle {
  readonly ground: MemoryGround;
  /** Lets it finish what is in work. */
  end(): Promise<void>;
  /** When it has ended by itself; why, if by an error. */
  readonly ended: Promise<void>;
}

/** A cluster with two stores. Dispose of it. */
export class JobScene implements AsyncDisposable {
  readonly servers: MemoryServers;
  readonly source = new MemoryStore("source:", () => Date.parse("2020-01-01"));
  readonly target = new MemoryStore("target:");
  private readonly ends: AbortController[] = [];
  private readonly running: Promise<void>[] = [];

  constructor(options: MemoryServerOptions = {}) {
    this.servers = new MemoryServers(options);
  }

  /** Lets a worker work; it ends with the scene. */
  work(options: Partial<WorkerOptions> = {}): WorkerHandle {
    const end = new AbortController();
    this.ends.push(end);
    const ground = this.servers.connect(`worker ${this.ends.length}`);
    const stores = { source: this.source, target: this.target };
    const worker = new Worker(ground, {
      ...{ stores, ending: end.signal, lookMs: 20, slices: smallSlices },
      ...options,
    });
    const run = worker.run().catch((thrown: unknown) => {
      if (!ground.crashed.aborted) throw thrown;
    });
    this.running.push(run);
    return {
      ground,
      ended: run,
      end: async () => {
        end.abort();
        await run;
      },
    };
  }

  /** Puts a job in, waits for it, and gives what came of it. */
  async carryOut(input: Partial<OrderInput> = {}, handlers: Partial<FollowHandlers> = {}) {
    const ground = this.servers.connect("submitter");
    await submit(ground, "nightly", { source: "s3://a/", target: "s3://b/", ...input });
    return await this.outcome(handlers);
  }

  async outcome(handlers: Partial<FollowHandlers> = {}) {
    const troubles: Trouble[] = [];
    const ground = this.servers.connect("onlooker");
    const onTrouble = (trouble: Trouble): void => void troubles.push(trouble);
    const { job, summary } = await follow(ground, "nightly", {
      ...{ signal: never, everyMs: 5, onTrouble },
      ...handlers,
    });
    return { job, summary, troubles };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.ends) end.abort();
    await Promise.allSettled(this.running);
  }
}
