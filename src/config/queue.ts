/**
 * What tells of changes in a bucket: a queue, or the server itself.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/sqs-service.html
 * @module
 */
import { checkedText } from "./kinds.ts";

/** A queue of SQS, or of a server that speaks like it. */
export interface Queue {
  /** As the service names it. */
  readonly url: string;
  readonly origin: string;
  readonly host: string;
  /** That of its address, if it has one. */
  readonly region: string | undefined;
}

/** The word for the server that has the bucket. */
export const listenWord = "listen";

/** `sqs.eu-west-1.amazonaws.com`, also behind `vpce-….`, and those of servers that are named alike. */
const regional = /(?:^|\.)sqs(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d+)\./;
/** Old addresses, which queues may still be known by. */
const old = /^(?:([a-z0-9-]+)\.)?queue\.amazonaws\.com(?:\.cn)?$/;

/** `listen`, or the URL of a queue. It is shown, and so may hold no password. */
export const eventSource = checkedText("QUEUE", (text) =>
  text === listenWord || parseQueue(text) !== undefined
    ? undefined
    : "listen, or a queue's URL such as https://sqs.REGION.amazonaws.com/ACCOUNT/NAME, is allowed",
);

/** Reads the URL of a queue. `sqs://` is https; `http://` is for servers of one's own. */
export function parseQueue(text: string): Queue | undefined {
  const url = URL.parse(text.replace(/^sqs:\/\//i, "https://"));
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const { origin, host, hostname, pathname, username, password, search, hash } = url;
  if (username + password + search + hash !== "" || !/^(?:\/[^/]+)+$/.test(pathname)) {
    return undefined;
  }
  return { url: origin + pathname, origin, host, region: regionOf(hostname) };
}

function regionOf(hostname: string): string | undefined {
  const [, region] = regional.exec(hostname) ?? [];
  if (region !== undefined) return region;
  const matched = old.exec(hostname);
  return matched === null ? undefined : (matched[1] ?? "us-east-1");
}
