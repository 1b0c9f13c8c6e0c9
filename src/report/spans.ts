/**
 * Records of when steps begin and end: the run, each transfer, each request.
 *
 * @module
 */
import type { Route, SyncEvent } from "../core/events.ts";
import type { FieldValue, LogRecord } from "./records.ts";
import { targetOf } from "./targets.ts";

/** A step under way. */
interface Step {
  readonly beganAt: number;
  readonly fields: Readonly<Record<string, FieldValue>>;
}

/** Makes records of the beginnings and ends that events tell. */
export class Spans {
  private run: Step | undefined;
  private readonly transfers = new Map<string, Step>();

  /** @param clock milliseconds */
  constructor(private readonly clock: () => number = () => performance.now()) {}

  recordOf(event: SyncEvent, route: Route | undefined): LogRecord | undefined {
    const target = targetOf(event, route);
    switch (event.type) {
      case "start":
        this.run = this.step({ source: event.source, target: event.target });
        return began("sync", target, this.run);
      case "end":
        return this.run === undefined ? undefined : this.ended("sync", target, this.run);
      case "started": {
        const step = this.step({ key: event.key, size: event.size });
        this.transfers.set(event.key, step);
        return began("transfer", target, step);
      }
      case "synced":
      case "error":
      case "warning":
        return this.transferEnded(target, event.key);
      case "request-started":
        return began("request", target, this.step(requestFields(event)));
      case "request": {
        const step = { beganAt: this.clock() - event.durationMs, fields: requestFields(event) };
        return this.ended("request", target, step);
      }
      default:
        return undefined;
    }
  }

  private transferEnded(target: string, key: string | undefined): LogRecord | undefined {
    const step = key === undefined ? undefined : this.transfers.get(key);
    if (key === undefined || step === undefined) return undefined;
    this.transfers.delete(key);
    return this.ended("transfer", target, step);
  }

  private step(fields: Step["fields"]): Step {
    return { beganAt: this.clock(), fields };
  }

  private ended(span: string, target: string, { beganAt, fields }: Step): LogRecord {
    const time = duration(this.clock() - beganAt);
    return {
      level: "debug",
      target,
      span,
      message: "close",
      fields: { "time.total": time, ...fields },
    };
  }
}

function began(span: string, target: string, { fields }: Step): LogRecord {
  return { level: "debug", target, span, message: "new", fields };
}

function requestFields({
  operation,
  bucket,
  key,
}: Extract<SyncEvent, { type: "request" | "request-started" }>): Step["fields"] {
  return { operation, bucket, ...(key === undefined ? {} : { key }) };
}

/** Three digits and a unit: `12.3ms`. */
function duration(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toPrecision(3)}s`;
  if (milliseconds >= 1) return `${milliseconds.toPrecision(3)}ms`;
  return `${(milliseconds * 1000).toPrecision(3)}µs`;
}
