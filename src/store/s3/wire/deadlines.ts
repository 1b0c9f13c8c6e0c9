/**
 * Deadlines of requests in flight. Bun's own timeouts are coarse, count connecting not at all and do not
 * see a body that drips; so every request is watched here. One timer serves them all.
 *
 * @module
 */
import { SyncError } from "../../../core/errors.ts";

/** How long a request may go without progress. All in milliseconds; 0 means: for ever. */
export interface Patience {
  /** From the last byte sent to the first byte of the answer. */
  readonly answerMs: number;
  /** Between two pieces of a body, in either direction. */
  readonly stallMs: number;
  /** The whole attempt. */
  readonly attemptMs: number;
}

/** Fewer bytes than this in one `stallMs` count as a stall: a body that drips is as good as dead. */
const leastBytesPerStall = 20;
/** Bytes per millisecond that a line has at the least. */
const slowestLine = 16;
const tickMs = 250;

/** What passed in a request that is over. */
export interface Passed {
  /** Bytes of the body that went out. */
  readonly sentBytes: number;
  /** Bytes of the body that came in. */
  readonly receivedBytes: number;
  readonly durationMs: number;
}

/** One request under watch. */
export class Watched {
  /** Aborts the request when a deadline passes or the run is stopped. */
  readonly controller = new AbortController();
  private readonly startedAt = performance.now();
  private deadline: number;
  private hasAnswer = false;
  private leftToSend = 0;
  private moved = 0;
  private sentBytes = 0;
  private receivedBytes = 0;
  private isOver = false;
  /** Of the patience, while somebody is busy with the bytes that came. */
  private leftMs = 0;

  constructor(
    private readonly all: Set<Watched>,
    private readonly operation: string,
    private readonly patience: Patience,
    private readonly outer: AbortSignal,
    private readonly onEnd: (passed: Passed) => void,
  ) {
    this.deadline = after(this.startedAt, patience.answerMs);
    if (outer.aborted) this.stopByCaller();
    else outer.addEventListener("abort", this.stopByCaller, { once: true });
  }

  /** A body goes out at once, its progress is not seen: it has the time that a slow line takes. */
  sendsWhole(bytes: number): void {
    this.sentBytes += bytes;
    const { answerMs } = this.patience;
    this.deadline = after(performance.now(), answerMs === 0 ? 0 : answerMs + bytes / slowestLine);
  }

  /** A body goes out piece by piece: until its last one was taken, it has to move. */
  sendsPieces(bytes: number): void {
    this.leftToSend = bytes;
  }

  /** Bytes moved in either direction. */
  progress(bytes: number): void {
    if (!this.hasAnswer) {
      this.sentBytes += bytes;
      this.leftToSend -= bytes;
      const { answerMs, stallMs } = this.patience;
      const isSending = stallMs !== 0 && this.leftToSend > 0;
      const limitMs = isSending ? stallMs + bytes / slowestLine : answerMs;
      this.deadline = after(performance.now(), limitMs);
      return;
    }
    this.receivedBytes += bytes;
    this.moved += bytes;
    if (this.moved < leastBytesPerStall) return;
    this.moved = 0;
    this.deadline = after(performance.now(), this.patience.stallMs);
  }

  /** The head of the answer is here; from now on its body has to move. */
  answered(): void {
    this.hasAnswer = true;
    this.deadline = after(performance.now(), this.patience.stallMs);
  }

  /** The body comes in one go, its progress is not seen: it has the time that a slow line takes. */
  expectWhole(bytes: number): void {
    const { stallMs } = this.patience;
    this.deadline = after(performance.now(), stallMs === 0 ? 0 : stallMs + bytes / slowestLine);
  }

  /** The body came in one go. */
  cameWhole(bytes: number): void {
    this.receivedBytes += bytes;
  }

  /** Whoever takes the bytes is busy with them: that is no stall. */
  hold(): void {
    this.leftMs = this.deadline - performance.now();
    this.deadline = Number.POSITIVE_INFINITY;
  }

  /** More bytes are wanted. */
  resume(): void {
    this.deadline = performance.now() + this.leftMs;
  }

  /** The exchange is over. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.all.delete(this);
    this.outer.removeEventListener("abort", this.stopByCaller);
    const { sentBytes, receivedBytes } = this;
    this.onEnd({ sentBytes, receivedBytes, durationMs: performance.now() - this.startedAt });
  }

  /** Aborts the request if it is late. */
  check(now: number): void {
    const { attemptMs } = this.patience;
    const overall = attemptMs === 0 ? Number.POSITIVE_INFINITY : this.startedAt + attemptMs;
    if (now < Math.min(this.deadline, overall)) return;
    const waited = ((now - this.startedAt) / 1000).toFixed(1);
    const stalled = this.hasAnswer ? "the body stalled" : "no answer";
    const what = now < overall ? stalled : "not done";
    this.controller.abort(
      new SyncError("timeout", `${what} after ${waited} s`, {
        operation: this.operation,
        retryable: true,
      }),
    );
    this.end();
  }

  private readonly stopByCaller = (): void => {
    const reason: unknown = this.outer.reason;
    this.controller.abort(
      reason instanceof SyncError ? reason : new SyncError("aborted", "the run was stopped"),
    );
    this.end();
  };
}

function ignore(): void {}

function after(now: number, milliseconds: number): number {
  return milliseconds === 0 ? Number.POSITIVE_INFINITY : now + milliseconds;
}

/** Watches requests. The timer runs only while there are some. */
export class Deadlines {
  private readonly live = new Set<Watched>();
  private timer: Timer | undefined;

  /** @param onEnd hears once that the request is over, and what passed */
  watch(
    operation: string,
    patience: Patience,
    signal: AbortSignal,
    onEnd: (passed: Passed) => void = ignore,
  ): Watched {
    const watched = new Watched(this.live, operation, patience, signal, onEnd);
    this.live.add(watched);
    this.timer ??= setInterval(() => this.tick(), tickMs);
    return watched;
  }

  private tick(): void {
    const now = performance.now();
    for (const watched of this.live) watched.check(now);
    if (this.live.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
