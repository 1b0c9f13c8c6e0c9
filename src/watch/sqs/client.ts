/**
 * The three requests to a queue, in AWS JSON 1.0: signed, sent and tried again by what buckets are asked with.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html
 * @module
 */
import type { Queue } from "../../config/queue.ts";
import { aborted, pause } from "../../core/cancel.ts";
import { SyncError, toSyncError } from "../../core/errors.ts";
import { type Credentials, type CredentialSource, hasOthers } from "../../store/s3/credentials.ts";
import type { Endpoint } from "../../store/s3/endpoint.ts";
import type { Patience } from "../../store/s3/wire/deadlines.ts";
import { buildRequest, type Signers } from "../../store/s3/wire/operation.ts";
import { Reachability } from "../../store/s3/wire/reachability.ts";
import { backoffMs, type RetryPolicy } from "../../store/s3/wire/retry.ts";
import { type Connections, send } from "../../store/s3/wire/send.ts";
import { Signer } from "../../store/s3/wire/sigv4.ts";
import { SetSigner } from "../../store/s3/wire/sigv4a.ts";
import { type QueueMessage, receivedMessages } from "./messages.ts";
import { readQueueRefusal } from "./refusals.ts";

/** What a client needs to know. */
export interface QueueSetup {
  readonly queue: Queue;
  /** Where its address names none. */
  readonly region: string;
  readonly credentials: CredentialSource;
  readonly connections: Connections;
  readonly retry: RetryPolicy;
  readonly patience: Patience;
  /** Milliseconds to open a connection; 0 means no limit. */
  readonly connectMs: number;
  readonly userAgent: string;
}

/** SQS gives and takes no more at once. */
export const mostAtOnce = 10;
/** While a long poll waits, nothing comes: on top of that, the usual patience. */
const longestPollSeconds = 20;
/** A signature that is refused by a clock this far off is refused for that. */
const suspiciousSkewMs = 240_000;

type Outcome =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly error: SyncError; readonly serverTimeMs: number | undefined };

/** Asks one queue. */
export class QueueClient {
  private readonly endpoint: Endpoint;
  private readonly signers: Signers = { sigv4: new Signer(), sigv4a: new SetSigner() };
  private readonly reachability: Reachability;
  /** Server time minus ours. */
  private clockOffsetMs = 0;

  constructor(private readonly setup: QueueSetup) {
    this.endpoint = endpointOf(setup.queue, setup.region);
    this.reachability = new Reachability(setup.connectMs, setup.connections.proxies);
  }

  /**
   * Takes up to ten messages.
   *
   * @param waitSeconds how long the service may wait for one, 20 at most
   * @param hiddenSeconds for how long nobody else gets them
   * @throws SyncError what the service refused or the transport reported, after all tries; `aborted`
   */
  async receive(
    waitSeconds: number,
    hiddenSeconds: number,
    signal: AbortSignal,
  ): Promise<QueueMessage[]> {
    const wanted = {
      MaxNumberOfMessages: mostAtOnce,
      WaitTimeSeconds: Math.min(waitSeconds, longestPollSeconds),
      VisibilityTimeout: hiddenSeconds,
    };
    return receivedMessages(await this.call("ReceiveMessage", wanted, signal));
  }

  /** Takes up to ten messages out of the queue. Those that it keeps come again. */
  async remove(handles: readonly string[], signal: AbortSignal): Promise<void> {
    const Entries = handles.map((ReceiptHandle, at) => ({ Id: String(at), ReceiptHandle }));
    await this.call("DeleteMessageBatch", { Entries }, signal);
  }

  /** Nobody else is to get these, up to ten, for so long from now on. */
  async hide(handles: readonly string[], seconds: number, signal: AbortSignal): Promise<void> {
    const Entries = handles.map((ReceiptHandle, at) => ({
      Id: String(at),
      ReceiptHandle,
      VisibilityTimeout: seconds,
    }));
    await this.call("ChangeMessageVisibilityBatch", { Entries }, signal);
  }

  /** Closes idle connections. */
  close(): void {
    this.setup.connections.shared.close();
    this.setup.connections.single.close();
  }

  private async call(operation: string, fields: object, signal: AbortSignal): Promise<string> {
    const { retry, queue, credentials } = this.setup;
    const body = Buffer.from(JSON.stringify({ QueueUrl: queue.url, ...fields }));
    let cured = false;
    for (let attempt = 1; ; attempt++) {
      if (signal.aborted) throw aborted(signal);
      const keys = await credentials();
      const outcome = await this.attempt(operation, body, keys, signal);
      if (outcome.ok) return outcome.text;
      const { error, serverTimeMs } = outcome;
      if (!cured && isAboutKeys(error)) {
        cured = true;
        if (this.setClock(serverTimeMs)) continue;
        if (keys !== undefined && (await hasOthers(credentials, keys))) continue;
      }
      if (!error.retryable || attempt >= retry.maxAttempts) throw error;
      if (error.status === undefined) this.reachability.doubt();
      await pause(backoffMs(retry, attempt, Math.random(), undefined), signal);
    }
  }

  private async attempt(
    operation: string,
    bytes: Uint8Array,
    credentials: Credentials | undefined,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { queue, connections, userAgent } = this.setup;
    try {
      await this.reachability.check(this.endpoint.origin, signal);
      const nowMs = Date.now() + this.clockOffsetMs;
      const request = buildRequest(
        {
          name: operation,
          method: "POST",
          headers: {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": `AmazonSQS.${operation}`,
          },
          body: { kind: "bytes", bytes },
          payloadHash: Bun.SHA256.hash(bytes, "hex"),
        },
        this.endpoint,
        { userAgent, headers: {} },
        { signers: this.signers, credentials, nowMs },
      );
      const response = await send(request, connections, this.patience(), signal);
      if (response.status < 300) return { ok: true, text: await response.text() };
      return { ok: false, ...(await readQueueRefusal(response, operation, queue)) };
    } catch (thrown) {
      return { ok: false, error: located(thrown, operation, queue), serverTimeMs: undefined };
    }
  }

  private patience(): Patience {
    const { answerMs, stallMs } = this.setup.patience;
    const longer = answerMs === 0 ? 0 : answerMs + longestPollSeconds * 1000;
    return { answerMs: longer, stallMs, attemptMs: 0 };
  }

  private setClock(serverTimeMs: number | undefined): boolean {
    if (serverTimeMs === undefined) return false;
    const offMs = serverTimeMs - Date.now();
    if (Math.abs(offMs - this.clockOffsetMs) < suspiciousSkewMs) return false;
    this.clockOffsetMs = offMs;
    return true;
  }
}

/** Where its requests go, and how they are signed. */
export function endpointOf({ origin, host, region }: Queue, otherwise: string): Endpoint {
  const signing = { scheme: "sigv4", region: region ?? otherwise, service: "sqs" } as const;
  return { origin, host, basePath: "", signing };
}

function isAboutKeys({ code }: SyncError): boolean {
  return code === "credentials" || code === "clock-skew";
}

function located(thrown: unknown, operation: string, queue: Queue): SyncError {
  const error = toSyncError(thrown, operation);
  if (error.code === "aborted") return error;
  const message = `${operation} of ${queue.url} failed: ${error.message}`;
  return new SyncError(error.code, message, { ...error, operation, cause: error.cause });
}
