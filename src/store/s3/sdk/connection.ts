/**
 * What the AWS SDK knows best: credentials, regions, profiles, and the rules that turn a bucket into an
 * endpoint. It is loaded only when an S3 store is opened: importing it is most of the start-up time.
 *
 * @module
 */
import http from "node:http";
import https from "node:https";

import type { S3Client } from "@aws-sdk/client-s3";

import { SyncError } from "../../../core/errors.ts";
import { readAuthorities } from "../authorities.ts";
import type { Credentials, CredentialSource } from "../credentials.ts";
import type { Endpoint, EndpointResolver } from "../endpoint.ts";

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
  /** Send requests unsigned. */
  readonly anonymous: boolean;
  readonly configFile: string | undefined;
  readonly credentialsFile: string | undefined;
  readonly maxAttempts: number;
  /** PEM file of the authorities to believe, instead of the system's. */
  readonly caFile: string | undefined;
}

/** A configured SDK client, and what the direct client takes from it. */
export interface Connection {
  readonly client: S3Client;
  readonly endpoint: EndpointResolver;
  readonly credentials: CredentialSource;
}

/** Loads the SDK and configures it. Nothing is sent, nothing is looked up yet. */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const sdk = await import("@aws-sdk/client-s3");
  useFiles(options);
  const clientFor = (region: string | undefined): S3Client =>
    new sdk.S3Client({
      ...(region === undefined ? {} : { region }),
      ...(options.endpointUrl === undefined ? {} : { endpoint: options.endpointUrl }),
      ...(options.profile === undefined ? {} : { profile: options.profile }),
      ...explicitCredentials(options),
      ...trust(options),
      logger: silent,
      forcePathStyle: options.forcePathStyle,
      useAccelerateEndpoint: options.accelerate,
      useArnRegion: true,
      maxAttempts: options.maxAttempts,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    });
  const client = clientFor(options.region);
  return {
    client,
    endpoint: (region) =>
      resolveEndpoint(region === undefined ? client : clientFor(region), options.bucket),
    credentials: () =>
      options.anonymous ? Promise.resolve(undefined) : resolveCredentials(client),
  };
}

/** What the SDK would print of its own accord; errors reach us as errors. */
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}

/** The SDK reads the names of its files from the environment only. */
function useFiles(options: ConnectionOptions): void {
  if (options.configFile !== undefined) process.env["AWS_CONFIG_FILE"] = options.configFile;
  if (options.credentialsFile !== undefined) {
    process.env["AWS_SHARED_CREDENTIALS_FILE"] = options.credentialsFile;
  }
}

/** The SDK does not look at `AWS_CA_BUNDLE` by itself. */
function trust({ caFile }: ConnectionOptions): {
  requestHandler: { httpsAgent: https.Agent; httpAgent: http.Agent };
} {
  const ca = readAuthorities(caFile);
  const common = { keepAlive: true, maxSockets: 50, proxyEnv: process.env };
  const httpsAgent = new https.Agent({ ...common, ...(ca === undefined ? {} : { ca }) });
  return { requestHandler: { httpsAgent, httpAgent: new http.Agent(common) } };
}

function explicitCredentials(options: ConnectionOptions): {
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
} {
  const { credentials } = options;
  if (credentials === undefined) return {};
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
  };
}

async function resolveCredentials(client: S3Client): Promise<Credentials> {
  try {
    const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
    return { accessKeyId, secretAccessKey, sessionToken };
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new SyncError("credentials", `no credentials: ${said}`, {
      hint: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile, or sign in with `aws sso login`.",
      cause,
    });
  }
}

async function resolveEndpoint(client: S3Client, bucket: string): Promise<Endpoint> {
  const { GetObjectCommand } = await import("@aws-sdk/client-s3");
  const { getEndpointFromInstructions } = await import("@smithy/core/endpoints");
  try {
    const region = await client.config.region();
    const resolved = await getEndpointFromInstructions(
      { Bucket: bucket, Key: "key" },
      GetObjectCommand as unknown as Parameters<typeof getEndpointFromInstructions>[1],
      client.config as unknown as Parameters<typeof getEndpointFromInstructions>[2],
    );
    const url = new URL(String(resolved.url));
    return {
      origin: url.origin,
      host: url.host,
      basePath: url.pathname.replace(/\/+$/, ""),
      signing: signingOf(resolved.properties, region),
    };
  } catch (cause) {
    throw endpointError(cause, bucket);
  }
}

/** @see https://smithy.io/2.0/aws/rules-engine/auth-schemes.html */
function signingOf(
  properties: Readonly<Record<string, unknown>> | undefined,
  region: string,
): Endpoint["signing"] {
  const schemes: unknown = properties?.["authSchemes"];
  const first: unknown = Array.isArray(schemes) ? schemes[0] : undefined;
  const fields = (first ?? {}) as Readonly<Record<string, unknown>>;
  const { name, signingRegion, signingName, signingRegionSet } = fields as {
    name?: string;
    signingRegion?: string;
    signingName?: string;
    signingRegionSet?: readonly string[];
  };
  return {
    scheme: name === "sigv4a" || name === "sigv4-s3express" ? name : "sigv4",
    region: signingRegion ?? signingRegionSet?.join(",") ?? region,
    service: signingName ?? "s3",
  };
}

function endpointError(cause: unknown, bucket: string): SyncError {
  if (cause instanceof SyncError) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  if (/region/i.test(said)) {
    return new SyncError("usage", `no region for s3://${bucket}`, {
      bucket,
      hint: "Set AWS_REGION, --source-region or --target-region, or a region in the profile.",
      cause,
    });
  }
  return new SyncError("no-such-bucket", `s3://${bucket} has no endpoint: ${said}`, {
    bucket,
    hint: "Check the bucket's name.",
    cause,
  });
}
