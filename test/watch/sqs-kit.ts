/**
 * A queue that answers as a test wants, the client that asks it, and signatures made by other code than ours.
 *
 * @module
 */
import { createHash, createHmac } from "node:crypto";

import { parseQueue, type Queue } from "../../src/config/queue.ts";
import { Deadlines } from "../../src/store/s3/wire/deadlines.ts";
import { noneNamed } from "../../src/store/s3/wire/proxy.ts";
import { QueueClient, type QueueSetup } from "../../src/watch/sqs/client.ts";
import type { RawRequest } from "../support/raw-server.ts";
import { exampleCredentials } from "../support/stub-s3.ts";

/** A client for a queue. Closes its connections. */
export class TestQueueClient extends QueueClient implements Disposable {
  constructor(url: string, setup: Partial<QueueSetup> = {}) {
    super({
      queue: queueAt(url),
      region: "us-east-1",
      credentials: () => Promise.resolve(exampleCredentials),
      connections: {
        proxies: noneNamed,
        shared: new Bun.FetchSession({}),
        single: new Bun.FetchSession({ keepAlive: false }),
        ca: undefined,
        deadlines: new Deadlines(),
        onExchange: () => undefined,
      },
      retry: { maxAttempts: 3, initialBackoffMs: 1 },
      patience: { answerMs: 5000, stallMs: 5000, attemptMs: 0 },
      connectMs: 2000,
      userAgent: "s3sync-test",
      ...setup,
    });
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The queue of a URL. */
export function queueAt(url: string): Queue {
  const queue = parseQueue(url);
  if (queue === undefined) throw new Error(`no queue: ${url}`);
  return queue;
}

/**
 * The Authorization that a request ought to have, made from the bytes that came.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function authorizationFor(
  request: RawRequest,
  region: string,
  names: readonly string[],
): string {
  const date = request.headers["x-amz-date"] ?? "";
  const scope = `${date.slice(0, 8)}/${region}/sqs/aws4_request`;
  const canonical = [
    request.method,
    request.target,
    "",
    ...names.map((name) => `${name}:${request.headers[name] ?? "?"}`),
    "",
    names.join(";"),
    sha256(request.body),
  ].join("\n");
  const { accessKeyId, secretAccessKey } = exampleCredentials;
  const toSign = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
  const key = scope
    .split("/")
    .reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${hmac(key, toSign).toString("hex")}`;
}

/** In hexadecimal. */
export function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
