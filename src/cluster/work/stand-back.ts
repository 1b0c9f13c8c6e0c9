/**
 * Leaves a job to others where a worker may be what is wrong: its keys, its network, a directory that it does not have.
 *
 * What it takes of that job it gives back, and nobody counts that as a try of the range; now and then a single task shows
 * whether all is well by now. Where no other worker is there who has not failed, it goes on, and tries are counted: else
 * nobody would ever give up.
 *
 * @module
 */
import type { ErrorCode, SyncError } from "../../core/errors.ts";
import { backoffMs } from "../../watch/backoff.ts";

/** Others may be better off. */
const mayBeOwn: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(["credentials", "access-denied", "clock-skew", "wrong-region", "certificate"] as const),
  ...(["network", "timeout", "file-system", "disk-full"] as const),
]);

/** Whether what failed may go well on another machine. */
export function isOfOwnMaking({ code }: SyncError): boolean {
  return mayBeOwn.has(code);
}

/** Longer would be noticed when all is well again. */
const longestMs = 60_000;

/** What others know of it. */
export interface Standing {
  /** Says that this worker does not get on with a job. */
  standBack(run: string): Promise<void>;
  /** It does again. */
  backTo(run: string): void;
  /** Whether somebody else is there who may get on with it. */
  isForOthers(run: string): Promise<boolean>;
}

/** How a worker gets on with a job. */
export class StandBack {
  private failures = 0;
  private until = 0;
  private isTrying = false;
  private isForOthers = false;

  /** @param now in milliseconds */
  constructor(
    private readonly run: string,
    private readonly standing: Standing,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Begins a task, until what is given is disposed of; `undefined`: it is for others. */
  begin(): Disposable | undefined {
    if (this.failures === 0 || !this.isForOthers) return { [Symbol.dispose]: () => undefined };
    if (this.isTrying || this.now() < this.until) return undefined;
    this.isTrying = true;
    return { [Symbol.dispose]: () => void (this.isTrying = false) };
  }

  /**
   * Something failed that may be of its own making.
   *
   * @returns whether others may do better: then it was no try
   */
  async failed(): Promise<boolean> {
    // What was begun at the same time fails at the same time, and once is enough.
    if (this.now() >= this.until) {
      this.failures += 1;
      this.until = this.now() + Math.min(longestMs, backoffMs(this.failures));
    }
    await this.standing.standBack(this.run);
    this.isForOthers = await this.standing.isForOthers(this.run);
    return this.isForOthers;
  }

  /** Something went well. */
  wentWell(): void {
    if (this.failures === 0) return;
    this.failures = 0;
    this.until = 0;
    this.standing.backTo(this.run);
  }
}
