/**
 * Where a queue is: pure.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/sqs-service.html
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import type { Endpoint } from "../../store/s3/endpoint.ts";

/** A queue of SQS, or of a server that speaks like it. */
export interface Queue {
  /** As the service names it. */
  readonly url: string;
  readonly origin: string;
  readonly host: string;
  /** That of its address, if it has one. */
  readonly region: string | undefined;
}

/** `sqs.eu-west-1.amazonaws.com`, also behind `vpce-….`, and those of servers that are named alike. */
const regional = /(?:^|\.)sqs(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d+)\./;
/** Old addresses, which queues may still be known by. */
const old = /^(?:([a-z0-9-]+)\.)?queue\.amazonaws\.com(?:\.cn)?$/;

const hint =
  "Write the queue's URL: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME, or the same with sqs:// in front.";

/**
 * Reads the URL of a queue. `sqs://` is https; `http://` is for servers of one's own.
 *
 * @throws SyncError `usage`; what may be a password in it is not told
 */
export function parseQueue(text: string): Queue {
  const spelled = text.replace(/^sqs:\/\//i, "https://");
  const url = URL.canParse(spelled) ? new URL(spelled) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new SyncError("usage", "--source-events names no queue", { hint });
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new SyncError("usage", "a queue's URL has neither a user nor a query", { hint });
  }
  if (!/^(?:\/[^/]+)+$/.test(url.pathname)) {
    throw new SyncError("usage", `${url.origin}${url.pathname} names no queue`, { hint });
  }
  const { origin, host, hostname } = url;
  return { url: `${origin}${url.pathname}`, origin, host, region: regionOf(hostname) };
}

function regionOf(hostname: string): string | undefined {
  const [, region] = regional.exec(hostname) ?? [];
  if (region !== undefined) return region;
  const matched = old.exec(hostname);
  return matched === null ? undefined : (matched[1] ?? "us-east-1");
}

/** Where its requests go, and how they are signed. */
export function endpointOf({ origin, host, region }: Queue, otherwise: string): Endpoint {
  const signing = { scheme: "sigv4", region: region ?? otherwise, service: "sqs" } as const;
  return { origin, host, basePath: "", signing };
}
