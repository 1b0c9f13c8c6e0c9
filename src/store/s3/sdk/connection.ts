/**
 * What the AWS SDK knows best: credentials, regions, profiles and endpoints. It is loaded only when an S3 store is opened: importing it is most of the start-up time.
 *
 * @module
 */
import http from "node:http";
import https from "node:https";

import type { S3Client } from "@aws-sdk/client-s3";

import { SyncError } from "../../../core/errors.ts";
import { readAuthorities } from "../authorities.ts";
import type { Credentials, CredentialSource } from "../credentials.ts";
import type { EndpointResolver } from "../endpoint.ts";
import type { Patience } from "../wire/deadlines.ts";
import { type Proxies, proxyEnvironment } from "../wire/proxy.ts";
import type { HearTrouble } from "./boto.ts";
import { resolveEndpoint, silenceRules } from "./endpoint-rules.ts";
import { findEndpointUrl, isLocalhost } from "./endpoint-url.ts";
import { readProfiles, requireProfile, useFiles } from "./files.ts";
import { fresh, type Given, type Provider } from "./fresh-credentials.ts";
import { type KeyringChoice, ownProvider } from "./own-credentials.ts";
import { plainError } from "./plain-errors.ts";

/** What a user can say about one side. Absent values come from the environment and the AWS files. */
export interface ConnectionOptions {
  readonly bucket: string;
  readonly region: string | undefined;
  readonly endpointUrl: string | undefined;
  readonly forcePathStyle: boolean;
  readonly accelerate: boolean;
  readonly profile: string | undefined;
  /** Explicit keys; they win over everything else. */
  readonly credentials: Credentials | undefined;
  /** The system's keyring that has the secret. */
  readonly keyring: KeyringChoice | undefined;
  /** Send requests unsigned. */
  readonly anonymous: boolean;
  readonly configFile: string | undefined;
  readonly credentialsFile: string | undefined;
  readonly maxAttempts: number;
  readonly proxies: Proxies;
  /** PEM file of the authorities to believe, instead of the system's. */
  readonly caFile: string | undefined;
  /** For requests that the SDK sends itself. Default: its own. */
  readonly userAgent?: string;
  /** Milliseconds to open a connection; 0 means no limit. */
  readonly connectMs?: number;
  /** How long the SDK's own requests are waited for. */
  readonly patience?: Pick<Patience, "answerMs">;
}

/** A configured SDK client, and what the direct client takes from it. */
export interface Connection {
  readonly client: S3Client;
  readonly endpoint: EndpointResolver;
  readonly credentials: CredentialSource;
}

/**
 * Loads the SDK and configures it. Nothing is sent yet.
 *
 * @param warn hears of files that are broken, but not needed by all means
 * @throws SyncError `usage` when a file, a profile or an endpoint URL is none
 */
export async function connect(
  options: ConnectionOptions,
  warn: HearTrouble = () => undefined,
): Promise<Connection> {
  const { bucket, accelerate, profile } = options;
  const sdk = await import("@aws-sdk/client-s3");
  useFiles(options);
  // Who brings keys or needs none does not care about a profile in the environment.
  const asksProfile =
    options.credentials === undefined && options.keyring === undefined && !options.anonymous;
  const profiles = await readProfiles();
  if (asksProfile || profile !== undefined) requireProfile(profile, profiles);
  const own =
    asksProfile || options.keyring !== undefined
      ? ownProvider(options.keyring, profile, profiles, warn)
      : undefined;
  const endpoint = await findEndpointUrl(options);
  const byPath = endpoint !== undefined && isLocalhost(endpoint.url) && !bucket.startsWith("arn:");
  const clientFor = (region: string | undefined): S3Client => {
    const client: S3Client = new sdk.S3Client({
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint: endpoint.url }),
      ...(options.profile === undefined ? {} : { profile: options.profile }),
      credentials: asSdkProvider(options.credentials, own, () => client),
      ...trust(options),
      logger: silent,
      ...(options.userAgent === undefined ? {} : { customUserAgent: options.userAgent }),
      forcePathStyle: options.forcePathStyle || byPath,
      useAccelerateEndpoint: accelerate,
      useArnRegion: true,
      maxAttempts: options.maxAttempts,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    });
    silenceRules(client);
    return client;
  };
  const client = clientFor(options.region);
  return {
    client,
    endpoint: (region) =>
      resolveEndpoint(region === undefined ? client : clientFor(region), {
        bucket,
        accelerate,
        endpoint,
      }),
    credentials: options.anonymous
      ? () => Promise.resolve(undefined)
      : fresh(own ?? ((anew) => resolveCredentials(client, anew))),
  };
}

/** What the SDK would print of its own accord; errors reach us as errors. */
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}

/** The SDK does not look at `AWS_CA_BUNDLE` by itself. */
function trust({ caFile, connectMs = 0, patience, proxies }: ConnectionOptions): {
  requestHandler: {
    httpsAgent: https.Agent;
    httpAgent: http.Agent;
    connectionTimeout: number;
    socketTimeout: number;
  };
} {
  const ca = readAuthorities(caFile);
  const common = { keepAlive: true, maxSockets: 50, proxyEnv: proxyEnvironment(proxies) };
  const believed = { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) };
  const httpsAgent = new https.Agent({ ...common, ...believed });
  const httpAgent = new http.Agent(common);
  const limits = { connectionTimeout: connectMs, socketTimeout: patience?.answerMs ?? 0 };
  return { requestHandler: { httpsAgent, httpAgent, ...limits } };
}

interface SdkCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

type SdkProvider = ReturnType<S3Client["config"]["credentialDefaultProvider"]>;

/** For what the SDK signs itself. Without any it looks by itself. */
function asSdkProvider(
  credentials: Credentials | undefined,
  own: Provider | undefined,
  client: () => S3Client,
): SdkCredentials | SdkProvider {
  if (credentials !== undefined) return asSdk(credentials);
  if (own === undefined) return usualProvider(client);
  return async () => asSdk((await own(false)).credentials);
}

/** The SDK's own way, but single sign-on, too, goes by our proxy and believes our authorities. */
function usualProvider(client: () => S3Client): SdkProvider {
  let provider: SdkProvider | undefined;
  return (options) => {
    const { config } = client();
    const { requestHandler, logger } = config;
    provider ??= config.credentialDefaultProvider({
      ...config,
      parentClientConfig: config,
      clientConfig: { requestHandler, logger },
    });
    return provider(options);
  };
}

function asSdk({ accessKeyId, secretAccessKey, sessionToken }: Credentials): SdkCredentials {
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

async function resolveCredentials(client: S3Client, anew: boolean): Promise<Given> {
  try {
    if (anew) await readProfiles();
    const given = await client.config.credentials(anew ? { forceRefresh: true } : {});
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = given;
    return {
      credentials: { accessKeyId, secretAccessKey, sessionToken },
      expiresMs: expiration?.getTime(),
    };
  } catch (thrown) {
    const cause = plainError(thrown);
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new SyncError("credentials", `no credentials: ${said}`, {
      hint: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile, or sign in with `aws sso login`.",
      cause,
    });
  }
}
