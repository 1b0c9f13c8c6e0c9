/**
 * What a cluster stands on, within this process: any number of workers share it, and each can die at any call.
 *
 *     const servers = new MemoryServers({ leaseMs: 50 });
 *     await using ground = servers.connect("worker 1");
 *     ground.crash(); // what it holds goes to others after 50 ms
 *
 * @module
 */
import type { Ground, Lease, Notes, Records, TaskQueue } from "../../src/cluster/ground.ts";
import { checkedWord, recordText } from "../../src/cluster/words.ts";
import { aborted } from "../../src/core/cancel.ts";
import { type Call, MemoryRecords, type Shelf } from "./memory-records.ts";

/** How the servers behave. */
export interface MemoryServerOptions {
  /** How long after its holder's death a task is somebody else's. Default: 30 s. */
  readonly leaseMs?: number;
  /** How long a record of presence stays that nobody writes. Default: 30 s. */
  readonly presenceMs?: number;
  /** What is given back waits so many times as long as was asked for. Default: 1. */
  readonly delayFactor?: number;
  /**
   * Called at each call of any client, before it does anything and when it is done: may wait, throw, or have the client
   * crash. What throws afterwards is an answer that was lost.
   */
  readonly onCall?: (call: Call & { readonly ground: MemoryGround }) => Promise<void> | void;
}

interface Task {
  readonly job: string;
  readonly id: string;
  holder: MemoryGround | undefined;
}

interface Waiter {
  readonly ground: MemoryGround;
  give(task: Task): void;
}

/** What all share. */
export class MemoryServers {
  private readonly options: MemoryServerOptions;
  readonly records: Shelf = { entries: new Map(), listeners: new Set() };
  readonly presence: Shelf = { entries: new Map(), listeners: new Set() };
  readonly notes = new Map<string, { sequence: number; text: string }[]>();
  /** Ids of notes that have been; servers, too, know them longer than the notes. */
  readonly noted = new Set<string>();
  private readonly tasks = new Set<Task>();
  /** Those that nobody holds. */
  private readonly free = new Set<Task>();
  private readonly waiters = new Set<Waiter>();
  private lastSequence = 0;

  constructor(options: MemoryServerOptions = {}) {
    this.options = options;
  }

  /** One more that works with them. */
  connect(name = "memory"): MemoryGround {
    const { leaseMs = 30_000, presenceMs = 30_000, delayFactor = 1, onCall } = this.options;
    return new MemoryGround(this, name, { leaseMs, presenceMs, delayFactor, onCall });
  }

  nextSequence(): number {
    return (this.lastSequence += 1);
  }

  /** Tasks of a job, whoever holds them. */
  tasksOf(job: string): Task[] {
    return [...this.tasks].filter((task) => task.job === job);
  }

  put(job: string, id: string): void {
    const task = { job, id, holder: undefined };
    this.tasks.add(task);
    this.free.add(task);
    this.offer();
  }

  /** Somebody else may have it; nothing happens if it is gone by now. */
  putBack(task: Task, holder: MemoryGround): void {
    if (!this.tasks.has(task) || task.holder !== holder) return;
    task.holder = undefined;
    this.free.add(task);
    this.offer();
  }

  forget(task: Task): void {
    this.tasks.delete(task);
    this.free.delete(task);
  }

  heldBy(ground: MemoryGround): Task[] {
    return [...this.tasks].filter(({ holder }) => holder === ground);
  }

  /** Waits for a task that nobody holds. */
  async next(ground: MemoryGround, signal: AbortSignal): Promise<Task> {
    const { promise, resolve, reject } = Promise.withResolvers<Task>();
    const waiter = { ground, give: resolve };
    const stop = (): void => reject(aborted(signal));
    const die = (): void => reject(ground.crashed.reason);
    signal.addEventListener("abort", stop);
    ground.crashed.addEventListener("abort", die);
    if (signal.aborted) stop();
    else this.waiters.add(waiter);
    this.offer();
    try {
      return await promise;
    } finally {
      this.waiters.delete(waiter);
      signal.removeEventListener("abort", stop);
      ground.crashed.removeEventListener("abort", die);
    }
  }

  /** Those that wait longest get what waits longest. */
  private offer(): void {
    for (const task of this.free) {
      const [waiter] = this.waiters;
      if (waiter === undefined) return;
      this.waiters.delete(waiter);
      this.free.delete(task);
      task.holder = waiter.ground;
      waiter.give(task);
    }
  }
}

interface ClientOptions {
  readonly leaseMs: number;
  readonly presenceMs: number;
  readonly delayFactor: number;
  readonly onCall: MemoryServerOptions["onCall"];
}

/** One that works with the servers. */
export class MemoryGround implements Ground {
  readonly tasks: TaskQueue;
  readonly records: Records;
  readonly presence: Records;
  readonly notes: Notes;
  private readonly death = new AbortController();

  constructor(
    private readonly servers: MemoryServers,
    readonly name: string,
    private readonly options: ClientOptions,
  ) {
    const common = {
      around: this.around.bind(this),
      sequence: servers.nextSequence.bind(servers),
      crashed: this.crashed,
    };
    this.records = new MemoryRecords(servers.records, { ...common, called: "records" });
    this.presence = new MemoryRecords(servers.presence, {
      ...{ ...common, called: "presence", lifeMs: options.presenceMs },
    });
    this.tasks = this.makeTasks();
    this.notes = this.makeNotes();
  }

  /** Fires when it is dead; its reason is what calls throw then. */
  get crashed(): AbortSignal {
    return this.death.signal;
  }

  /** From now on it is dead: each call fails, and what it holds goes to others when its leases end. */
  crash(): void {
    if (this.crashed.aborted) return;
    this.death.abort(new Error(`${this.name} has crashed`));
    for (const task of this.servers.heldBy(this)) this.letGoOf(task, this.options.leaseMs);
  }

  // oxlint-disable-next-line typescript/require-await -- the interface waits, this need not
  async [Symbol.asyncDispose](): Promise<void> {
    this.crash();
  }

  private letGoOf(task: Task, delayMs: number): void {
    setTimeout(() => this.servers.putBack(task, this), delayMs).unref();
  }

  private async around<T>(operation: string, work: () => Promise<T> | T): Promise<T> {
    await this.pass(operation, "before");
    const result = await work();
    await this.pass(operation, "after");
    return result;
  }

  /** A turn of the event loop passes, as it would with a server. */
  private async pass(operation: string, moment: Call["moment"]): Promise<void> {
    await new Promise((resolve) => void setImmediate(resolve));
    this.crashed.throwIfAborted();
    await this.options.onCall?.({ ground: this, operation, moment });
    this.crashed.throwIfAborted();
  }

  private makeTasks(): TaskQueue {
    const { servers } = this;
    const around = this.around.bind(this);
    return {
      add: (job, ids) =>
        around("tasks.add", () => {
          for (const id of ids) servers.put(checkedWord(job), checkedWord(id));
        }),
      take: (signal) => this.take(signal),
      count: (job) => around("tasks.count", () => servers.tasksOf(job).length),
      clear: (job) =>
        around("tasks.clear", () => {
          for (const task of servers.tasksOf(job)) servers.forget(task);
        }),
    };
  }

  /** What was taken by somebody who was never told so goes to others in the end. */
  private async take(signal: AbortSignal): Promise<Lease> {
    let task: Task | undefined;
    try {
      await this.around("tasks.take", async () => {
        task = await this.servers.next(this, signal);
      });
    } catch (error) {
      if (task !== undefined) this.letGoOf(task, this.options.leaseMs);
      throw error;
    }
    if (task === undefined) throw new Error("no task, and no error");
    return this.lease(task);
  }

  private lease(task: Task): Lease {
    const { servers } = this;
    const { job, id } = task;
    return {
      ...{ job, id },
      done: () => this.around("lease.done", () => servers.forget(task)),
      giveBack: (delayMs = 0) =>
        this.around("lease.giveBack", () => {
          if (delayMs === 0) servers.putBack(task, this);
          else this.letGoOf(task, delayMs * this.options.delayFactor);
        }),
    };
  }

  private makeNotes(): Notes {
    const { notes, noted } = this.servers;
    return {
      add: (job, id, value) =>
        this.around("notes.add", () => {
          const name = `${checkedWord(job)}.${checkedWord(id)}`;
          if (noted.has(name)) return;
          noted.add(name);
          const list = notes.get(job) ?? [];
          list.push({ sequence: this.servers.nextSequence(), text: recordText(value, name) });
          notes.set(job, list);
        }),
      read: (job, after) => this.readNotes(job, after),
      clear: (job) => this.around("notes.clear", () => void notes.delete(job)),
    };
  }

  private async *readNotes(job: string, after: number): ReturnType<Notes["read"]> {
    const found = await this.around("notes.read", () => [...(this.servers.notes.get(job) ?? [])]);
    for (const { sequence, text } of found) {
      if (sequence > after) yield { sequence, value: JSON.parse(text) as unknown };
    }
  }
}
