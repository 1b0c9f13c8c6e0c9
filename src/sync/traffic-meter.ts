/**
 * Counts requests.
 *
 * @module
 */
import type { SyncEvent } from "../core/events.ts";
import type { Exchange, Traffic } from "../core/traffic.ts";

/** Adds up what events tell of traffic. */
export class TrafficMeter {
  private readonly counts = new Map<string, number>();
  private sentBytes = 0;
  private receivedBytes = 0;

  hear(event: SyncEvent): void {
    if (event.type === "request") this.take(event);
    else if (event.type === "planned") this.add(event.traffic);
  }

  private take({ operation, sentBytes, receivedBytes }: Exchange): void {
    this.count(operation, 1);
    this.sentBytes += sentBytes;
    this.receivedBytes += receivedBytes;
  }

  private add({ requests, sentBytes, receivedBytes }: Traffic): void {
    for (const [operation, count] of Object.entries(requests)) this.count(operation, count);
    this.sentBytes += sentBytes;
    this.receivedBytes += receivedBytes;
  }

  /** What has been counted so far, operations in alphabetical order. */
  get traffic(): Traffic {
    const requests = Object.fromEntries([...this.counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    return { requests, sentBytes: this.sentBytes, receivedBytes: this.receivedBytes };
  }

  private count(operation: string, count: number): void {
    this.counts.set(operation, (this.counts.get(operation) ?? 0) + count);
  }
}
