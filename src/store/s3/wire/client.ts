/**
 * The direct client: signs, sends, understands refusals, and tries again. The files of the API families
 * beside this room say what to send and what the answers mean.
 *
 * @module
 */
import { aborted, pause } from "../../../core/cancel.ts";
import { SyncError } from "../../../core/errors.ts";
import type { Side } from "../../../core/events.ts";
import { type Credentials, type CredentialSource, hasOthers } from "../credentials.ts";
import {
  asTheBucketSays,
  customerKeyHeaders,
  encryptionHeaders,
  type EncryptionOptions,
} from "../encryption.ts";
import type { Endpoint, EndpointResolver } from "../endpoint.ts";
import { advised } from "./advice.ts";
import type { Patience } from "./deadlines.ts";
import { buildRequest, type Common, type Operation } from "./operation.ts";
import { Reachability } from "./reachability.ts";
import type { HttpResponse } from "./response.ts";
import { backoffMs, type RetryPolicy } from "./retry.ts";
import { nameOf, readRefusal, type Refusal } from "./s3-errors.ts";
import { type Connections, send } from "./send.ts";
import { Signer } from "./sigv4.ts";
import { SetSigner } from "./sigv4a.ts";
import { isS3Refusal, mayBeClock, mayBeCredentials, mayBeRegion } from "./symptoms.ts";

/** Hears that a request is about to be tried again. */
export type RetryListener = (retry: {
  readonly operation: string;
  readonly key: string | undefined;
  /** The number of the try that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: SyncError;
}) => void;

/** What a client needs to know. */
export interface ClientSetup extends Common {
  readonly bucket: string;
  /** Which side of a run it is, for hints. */
  readonly side?: Side | undefined;
  /** The option that names the bucket, if it is another one than the side's. */
  readonly namedBy?: string | undefined;
  readonly endpoint: EndpointResolver;
  readonly credentials: CredentialSource;
  readonly retry: RetryPolicy;
  readonly patience: Patience;
  /** Milliseconds to open a connection; 0 means no limit. */
  readonly connectMs: number;
  /** Milliseconds for one operation with all its tries; 0 means no limit. */
  readonly operationMs: number;
  readonly connections: Connections;
  readonly encryption?: EncryptionOptions | undefined;
  readonly onRetry: RetryListener;
}

/** Tries while the endpoint has never answered, or never as S3 does: a wrong address should not cost a minute. */
const attemptsBeforeContact = 3;
/** What a server may need before it answers a slow operation. */
const slowAnswerMs = 600_000;
/** What a request was sent with. Meanwhile another one may have mended it. */
interface Circumstances {
  endpoint: Endpoint | undefined;
  credentials: Credentials | undefined;
  readonly clockOffsetMs: number;
}

/** What was taken away already. */
type Cured = Record<"region" | "clock" | "credentials", boolean>;

type Attempt<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

/** Sends operations on one bucket. */
export class DirectClient {
  readonly bucket: string;
  /** For requests that make an object. */
  readonly writeHeaders: Readonly<Record<string, string | undefined>>;
  /** For requests about the bytes of an object. */
  readonly objectHeaders: Readonly<Record<string, string | undefined>>;
  private readonly signers = { sigv4: new Signer(), sigv4a: new SetSigner() };
  private readonly reachability: Reachability;
  private resolved: Promise<Endpoint> | undefined;
  /** Server time minus ours. */
  private clockOffsetMs = 0;
  private lastAnswer: { readonly date: string | undefined; readonly atMs: number } | undefined;
  private contacted = false;
  /** An answer made sense. */
  private understood = false;

  constructor(private readonly setup: ClientSetup) {
    this.bucket = setup.bucket;
    const { encryption = asTheBucketSays } = setup;
    this.objectHeaders = customerKeyHeaders(encryption.customerKey);
    this.writeHeaders = { ...encryptionHeaders(encryption), ...this.objectHeaders };
    this.reachability = new Reachability(setup.connectMs, setup.connections.proxies);
  }

  /**
   * Carries out an operation, with as many tries as the policy allows.
   *
   * @param read makes the result of an answer with a status below 300; what it throws is tried again
   *   like any other failure, so a broken body costs another request, not the run
   * @throws SyncError what the server refused or the transport reported
   */
  async call<T>(
    operation: Operation,
    read: (response: HttpResponse) => T | Promise<T>,
    outer: AbortSignal,
  ): Promise<T> {
    const { operationMs } = this.setup;
    if (operationMs === 0) return this.try(operation, read, outer);
    using limit = new OperationLimit(operation.name, operationMs);
    return await this.try(operation, read, AbortSignal.any([outer, limit.signal]));
  }

  private async try<T>(
    operation: Operation,
    read: (response: HttpResponse) => T | Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const { retry } = this.setup;
    const cured: Cured = { region: false, clock: false, credentials: false };
    for (let attempt = 1; ; attempt++) {
      if (signal.aborted) throw aborted(signal);
      const { clockOffsetMs } = this;
      const before: Circumstances = { endpoint: undefined, credentials: undefined, clockOffsetMs };
      const result = await this.attempt(operation, read, signal, before);
      this.understood ||= result.ok || isS3Refusal(result.refusal.error);
      if (result.ok) return result.value;
      if (await this.cure(result.refusal, cured, before)) continue;
      const { error, retryAfterMs } = result.refusal;
      const isS3 = error.code === "protocol" ? this.understood : this.contacted;
      const most = isS3 ? retry.maxAttempts : Math.min(attemptsBeforeContact, retry.maxAttempts);
      const isFinal =
        !error.retryable || (operation.damaged === true && error.code === "integrity");
      if (isFinal || attempt >= most) {
        const advice = this.advise(result.refusal, before);
        throw attempt === 1 ? advice : asRepeated(advice);
      }
      if (error.status === undefined) this.reachability.doubt();
      const delayMs = backoffMs(retry, attempt, Math.random(), retryAfterMs);
      const { name, key } = operation;
      this.setup.onRetry({ operation: name, key, attempt, delayMs, error });
      await pause(delayMs, signal);
    }
  }

  /** How far the server's clock was ahead of ours at its last answer. It tells whole seconds. */
  get observedOffsetMs(): number | undefined {
    const { date, atMs = 0 } = this.lastAnswer ?? {};
    const offsetMs = Date.parse(date ?? "") + 500 - atMs;
    return Number.isNaN(offsetMs) ? undefined : offsetMs;
  }

  /** Closes idle connections. */
  close(): void {
    this.setup.connections.shared.close();
    this.setup.connections.single.close();
  }

  /** One try: the result, or the reason why there is none. */
  private async attempt<T>(
    operation: Operation,
    read: (response: HttpResponse) => T | Promise<T>,
    signal: AbortSignal,
    sentWith: Circumstances,
  ): Promise<Attempt<T>> {
    const { setup, signers } = this;
    try {
      const endpoint = await this.endpoint();
      sentWith.endpoint = endpoint;
      await this.reachability.check(endpoint.origin, signal);
      const credentials = await setup.credentials();
      sentWith.credentials = credentials;
      const nowMs = Date.now() + this.clockOffsetMs;
      const request = buildRequest(operation, endpoint, setup, { signers, credentials, nowMs });
      const response = await send(request, setup.connections, this.patience(operation), signal);
      this.contacted = true;
      this.lastAnswer = { date: response.header("date"), atMs: Date.now() };
      if (response.status < 300) return { ok: true, value: await read(response) };
      const place = { operation: operation.name, bucket: this.bucket, key: operation.key };
      return { ok: false, refusal: await readRefusal(response, place) };
    } catch (thrown) {
      return { ok: false, refusal: transportRefusal(thrown, operation, this.bucket) };
    }
  }

  /** Takes away, once each, what can be taken away at once: a wrong region, a wrong clock, keys that are no more. */
  private async cure(refusal: Refusal, cured: Cured, before: Circumstances): Promise<boolean> {
    const { error, region, serverTimeMs } = refusal;
    if (region !== undefined && !cured.region && mayBeRegion(error)) {
      cured.region = true;
      return this.moveTo(region, before.endpoint);
    }
    if (
      serverTimeMs !== undefined &&
      !cured.clock &&
      mayBeClock(error, serverTimeMs - before.clockOffsetMs)
    ) {
      cured.clock = true;
      this.clockOffsetMs = serverTimeMs - Date.now();
      return true;
    }
    if (mayBeCredentials(error) && before.credentials !== undefined && !cured.credentials) {
      cured.credentials = true;
      return hasOthers(this.setup.credentials, before.credentials);
    }
    return false;
  }

  private advise({ error, region, serverTimeMs }: Refusal, before: Circumstances): SyncError {
    const { bucket, side, namedBy, connections } = this.setup;
    const { proxies } = connections;
    const skewMs = serverTimeMs === undefined ? undefined : serverTimeMs - Date.now();
    const at = { bucket, side, namedBy, endpoint: before.endpoint };
    return advised(error, { ...at, proxies, region, skewMs });
  }

  /** Resolves the endpoint anew, by the SDK's rules; an address out of an answer is never followed. */
  private async moveTo(region: string, before: Endpoint | undefined): Promise<boolean> {
    if (before === undefined) return false;
    const after = await this.setup.endpoint(region);
    if (before.origin.startsWith("https:") && !after.origin.startsWith("https:")) return false;
    if (after.origin === before.origin && after.signing.region === before.signing.region) {
      return false;
    }
    this.resolved = Promise.resolve(after);
    return true;
  }

  /** Where requests go now. */
  endpoint(): Promise<Endpoint> {
    this.resolved ??= this.setup.endpoint().catch((thrown: unknown) => {
      this.resolved = undefined;
      throw thrown;
    });
    return this.resolved;
  }

  private patience(operation: Operation): Patience {
    const { patience } = this.setup;
    if (operation.slow !== true) return patience;
    // While it works the server may answer 200 and send a blank now and then.
    const patient = (limitMs: number): number =>
      limitMs === 0 ? 0 : Math.max(limitMs, slowAnswerMs);
    const { answerMs, stallMs } = patience;
    return { ...patience, answerMs: patient(answerMs), stallMs: patient(stallMs) };
  }
}

function asRepeated(error: SyncError): SyncError {
  return new SyncError(error.code, error.message, { ...error, repeated: true, cause: error.cause });
}

/** Stops an operation with all its tries. The reason is an error of ours: one without counts as the user's. */
class OperationLimit implements Disposable {
  private readonly controller = new AbortController();
  private readonly timer: Timer;

  constructor(operation: string, milliseconds: number) {
    const late = new SyncError("timeout", `not done within ${milliseconds} ms`, { operation });
    this.timer = setTimeout(() => this.controller.abort(late), milliseconds);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.timer);
  }
}

/** A refusal that came from no server; the error learns where it happened. */
function transportRefusal(thrown: unknown, operation: Operation, bucket: string): Refusal {
  return {
    error: located(thrown, operation, bucket),
    region: undefined,
    retryAfterMs: undefined,
    serverTimeMs: undefined,
  };
}

function located(thrown: unknown, operation: Operation, bucket: string): SyncError {
  if (!(thrown instanceof SyncError)) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new SyncError("internal", message, { operation: operation.name, cause: thrown });
  }
  // An error with a path is of the file that the bytes come from.
  const isElsewhere = thrown.bucket !== undefined || thrown.path !== undefined;
  if (isElsewhere || thrown.code === "aborted") return thrown;
  const place = { operation: operation.name, bucket, key: operation.key };
  return new SyncError(
    thrown.code,
    `${operation.name} of ${nameOf(place)} failed: ${thrown.message}`,
    { ...thrown, ...place, cause: thrown.cause },
  );
}
