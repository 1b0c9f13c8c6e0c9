/**
 * Threads that move parts: each reads, hashes, signs and sends whole parts by itself, because MD5 and
 * SHA-256 are what limits a verified transfer. Only small messages cross.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import type { EventSink } from "../../core/events.ts";
import {
  type PartJob,
  revivedError,
  revivedEvent,
  type ThreadReply,
  type ThreadRequest,
} from "./thread-protocol.ts";

/** What a moved part tells. */
export type MovedReply = Extract<ThreadReply, { type: "moved" }>;

/**
 * The thread's file. In a compiled binary it is an entry point of its own, named relative to the main one;
 * elsewhere it lies beside this file.
 */
const script = Bun.isStandaloneExecutable
  ? "./transfer/threads/thread.ts"
  : new URL("./thread.ts", import.meta.url).href;

interface Waiting {
  readonly resolve: (reply: MovedReply) => void;
  readonly reject: (error: SyncError) => void;
}

/** One thread. A death, however quiet, rejects all that it was working on. */
class Thread {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();

  constructor(
    private readonly emit: EventSink,
    private readonly onDeath: (thread: Thread) => void,
  ) {
    this.worker = new Worker(script);
    this.worker.addEventListener("message", ({ data }: MessageEvent<ThreadReply>) =>
      this.take(data),
    );
    this.worker.addEventListener("error", ({ message }) => this.die(message));
    this.worker.addEventListener("close", () => this.die("it ended"));
  }

  get load(): number {
    return this.waiting.size;
  }

  run(id: number, job: PartJob, signal: AbortSignal): Promise<MovedReply> {
    const { promise, resolve, reject } = Promise.withResolvers<MovedReply>();
    const stop = (): void => this.post({ type: "stop", id });
    this.waiting.set(id, { resolve, reject });
    signal.addEventListener("abort", stop, { once: true });
    this.post({ type: "move", id, job });
    if (signal.aborted) stop();
    return promise.finally(() => signal.removeEventListener("abort", stop));
  }

  terminate(): void {
    this.worker.terminate();
  }

  private post(request: ThreadRequest): void {
    this.worker.postMessage(request);
  }

  private take(reply: ThreadReply): void {
    if (reply.type === "told") {
      this.emit(revivedEvent(reply.event));
      return;
    }
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (reply.type === "moved") waiting?.resolve(reply);
    else waiting?.reject(revivedError(reply.error));
  }

  private die(why: string): void {
    this.onDeath(this);
    for (const { reject } of this.waiting.values()) {
      reject(new SyncError("internal", `a transfer thread died: ${why}`));
    }
    this.waiting.clear();
  }
}

/** A small pool of threads, started when first needed. */
export class Threads {
  private readonly threads: Thread[] = [];
  private nextId = 1;

  /** @param count how many at most; 0 means none */
  constructor(
    readonly count: number,
    private readonly emit: EventSink,
  ) {}

  /** Parts that the thread with least to do is working on. */
  get leastLoad(): number {
    if (this.threads.length < this.count) return 0;
    return Math.min(...this.threads.map(({ load }) => load));
  }

  /** Moves a part on the thread that has least to do. */
  run(job: PartJob, signal: AbortSignal): Promise<MovedReply> {
    return this.leastBusy().run(this.nextId++, job, signal);
  }

  /** Ends all threads. */
  close(): void {
    for (const thread of this.threads) thread.terminate();
    this.threads.length = 0;
  }

  private leastBusy(): Thread {
    const idlest = this.threads.reduce<Thread | undefined>(
      (best, thread) => (best === undefined || thread.load < best.load ? thread : best),
      undefined,
    );
    if (idlest !== undefined && (idlest.load === 0 || this.threads.length >= this.count)) {
      return idlest;
    }
    const thread = new Thread(this.emit, (dead) => {
      const index = this.threads.indexOf(dead);
      if (index !== -1) this.threads.splice(index, 1);
    });
    this.threads.push(thread);
    return thread;
  }
}
