/**
 * Opens an S3 store: the SDK for who and where, the direct client for the traffic, the SDK client where the
 * direct one cannot sign.
 *
 * @module
 */
import { isDirectoryBucket } from "../../config/place.ts";
import type { ChecksumRule } from "../../core/checksum.ts";
import { SyncError } from "../../core/errors.ts";
import type { Side, SyncEvent } from "../../core/events.ts";
import type { DigestChoice } from "../../hash/digest.ts";
import type { Ticket } from "../store.ts";
import type { S3Api } from "./api.ts";
import { readAuthorities } from "./authorities.ts";
import type { Credentials, CredentialSource } from "./credentials.ts";
import { directApi } from "./direct/api.ts";
import type { EncryptionOptions } from "./encryption.ts";
import { type Endpoint, serviceOf } from "./endpoint.ts";
import { connect, type Connection, type ConnectionOptions } from "./sdk/connection.ts";
import { watchExchanges } from "./sdk/exchanges.ts";
import { S3Store } from "./store.ts";
import { DirectClient } from "./wire/client.ts";
import { Deadlines, type Patience } from "./wire/deadlines.ts";
import { isBehindProxy, requireKnownProxy } from "./wire/proxy.ts";
import type { RetryPolicy } from "./wire/retry.ts";
import type { Connections } from "./wire/send.ts";

/** Everything about one S3 side. */
export interface S3Options extends ConnectionOptions {
  readonly prefix: string;
  /** Which side of a run it is, for hints; `undefined` where there is only one. */
  readonly side?: Side | undefined;
  /** The option that names the bucket, if it is another one than the side's. */
  readonly namedBy?: string | undefined;
  readonly maxKeys: number;
  readonly digestsFirst: DigestChoice;
  readonly checksum: ChecksumRule | undefined;
  readonly encryption: EncryptionOptions;
  readonly readsChecksums: boolean;
  /** Show what the bucket held at this time, in milliseconds since 1970. */
  readonly pointInTimeMs: number | undefined;
  readonly deletesOnlyKnown: boolean;
  readonly requestPayer: boolean;
  readonly retry: RetryPolicy;
  readonly patience: Patience;
  readonly connectMs: number;
  readonly operationMs: number;
  readonly userAgent: string;
  /** Tell of requests already when they go out. */
  readonly tellsStarts: boolean;
}

/** What requests tell: that they are tried again, and what passed. */
export type WireEvent = Extract<SyncEvent, { type: "retry" | "request" | "request-started" }>;

/** Hears what requests tell. */
export type WireListener = (event: WireEvent) => void;

/** What another thread needs to send requests to the same bucket. */
export interface S3Ticket extends Ticket {
  readonly kind: "s3";
  readonly options: S3Options;
  readonly endpoint: Endpoint;
  /** Good at the time of posting; renewed with every job. */
  readonly credentials: Credentials | undefined;
}

/** What is told while a bucket is opened, too. */
export type OpenEvent = WireEvent | Extract<SyncEvent, { type: "warning" }>;

/** Opens a bucket. Sends nothing yet. */
export async function openS3(
  options: S3Options,
  hear: (event: OpenEvent) => void,
): Promise<S3Store> {
  const { connection, endpoint } = await connected(options, hear);
  if (endpoint.signing.scheme === "sigv4-s3express") {
    const { sdkApi } = await import("./sdk/api.ts");
    watchExchanges(connection.client, options.bucket, hear);
    return store(sdkApi(connection.client, options.bucket, options.encryption), options, endpoint);
  }
  const client = directClient(options, connection, hear);
  return store(directApi(client), options, endpoint, async () => ({
    kind: "s3",
    options,
    endpoint: await client.endpoint(),
    credentials: await connection.credentials(),
  }));
}

/** @throws SyncError for a proxy that cannot be used */
async function connected(
  options: S3Options,
  hear: (event: OpenEvent) => void,
): Promise<{ readonly connection: Connection; readonly endpoint: Endpoint }> {
  const connection = await connect(options, (error) =>
    hear({ type: "warning", error, key: undefined }),
  );
  const endpoint = await connection.endpoint();
  requireKnownProxy(new URL(endpoint.origin), options.proxies);
  return { connection, endpoint };
}

/** A bucket for requests of one's own, and the keys that they are signed with. */
export interface DirectAccess {
  readonly client: DirectClient;
  /** What its requests go through. */
  readonly connections: Connections;
  readonly credentials: CredentialSource;
  /** Whether requests go by a proxy. */
  readonly isBehindProxy: boolean;
}

/**
 * Opens a bucket without a store around it. Sends nothing yet.
 *
 * @throws SyncError `unsupported` where only the SDK can sign
 */
export async function openDirect(
  options: S3Options,
  hear: (event: OpenEvent) => void,
): Promise<DirectAccess> {
  const { connection, endpoint } = await connected(options, hear);
  const { signing } = endpoint;
  if (signing.scheme === "sigv4-s3express") {
    const what = `s3://${options.bucket} needs signatures of the kind ${signing.scheme}`;
    throw new SyncError("unsupported", `${what}, which only a run can make`, {
      bucket: options.bucket,
    });
  }
  const connections = openConnections(options, hear);
  const client = directClient(options, connection, hear, connections);
  const { credentials } = connection;
  return { client, connections, credentials, isBehindProxy: isBehindProxy(options.proxies) };
}

/** Whether a ticket is one for a bucket. */
export function isS3Ticket(ticket: Ticket): ticket is S3Ticket {
  return ticket.kind === "s3";
}

/** Opens a bucket in another thread, without the SDK. */
export function openS3Ticket(ticket: S3Ticket, hear: WireListener): S3Store {
  const source = {
    endpoint: () => Promise.resolve(ticket.endpoint),
    credentials: () => Promise.resolve(ticket.credentials),
  };
  const api = directApi(directClient(ticket.options, source, hear));
  return store(api, ticket.options, ticket.endpoint);
}

function store(
  api: S3Api,
  options: S3Options,
  endpoint: Endpoint,
  ticket?: () => Promise<S3Ticket>,
): S3Store {
  const { prefix, maxKeys, digestsFirst, checksum, readsChecksums, deletesOnlyKnown, bucket } =
    options;
  const { pointInTimeMs } = options;
  const service = serviceOf(endpoint, bucket);
  const isGeneralPurpose = !isDirectoryBucket(bucket);
  const { customerKey } = options.encryption;
  const how = {
    customerKey,
    settings: { encryption: options.encryption, checksum },
    ordered: isGeneralPurpose,
    isGeneralPurpose,
    prefix,
    maxKeys,
    digestsFirst,
    checksum,
    readsChecksums,
    deletesOnlyKnown,
    pointInTimeMs,
    service,
    ticket,
  };
  return new S3Store(api, how);
}

function openConnections(
  { caFile, bucket, tellsStarts, proxies }: S3Options,
  hear: WireListener,
): Connections {
  const ca = readAuthorities(caFile);
  // As far as certificates go, the environment is not asked (NODE_TLS_REJECT_UNAUTHORIZED).
  const tls = { tls: { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) } };
  return {
    shared: new Bun.FetchSession(tls),
    single: new Bun.FetchSession({ ...tls, keepAlive: false }),
    ca,
    proxies,
    deadlines: new Deadlines(),
    onStart: tellsStarts
      ? (started) => hear({ type: "request-started", bucket, ...started })
      : undefined,
    onExchange: (exchange) => hear({ type: "request", bucket, ...exchange }),
  };
}

function directClient(
  options: S3Options,
  source: Pick<Connection, "endpoint" | "credentials">,
  hear: WireListener,
  connections = openConnections(options, hear),
): DirectClient {
  return new DirectClient({
    bucket: options.bucket,
    side: options.side,
    namedBy: options.namedBy,
    endpoint: source.endpoint,
    credentials: source.credentials,
    retry: options.retry,
    patience: options.patience,
    connectMs: options.connectMs,
    operationMs: options.operationMs,
    userAgent: options.userAgent,
    headers: options.requestPayer ? { "x-amz-request-payer": "requester" } : {},
    connections,
    encryption: options.encryption,
    onRetry: (retry) => hear({ type: "retry", ...retry }),
  });
}
