/**
 * The rules that turn a bucket into an endpoint, evaluated without sending a request.
 *
 * @module
 */
import type { S3Client } from "@aws-sdk/client-s3";

import { SyncError } from "../../../core/errors.ts";
import type { Endpoint } from "../endpoint.ts";
import type { EndpointUrl } from "./endpoint-url.ts";

/** What the rules are asked for. */
export interface EndpointQuestion {
  readonly bucket: string;
  readonly accelerate: boolean;
  /** Where somebody wants the requests to go. */
  readonly endpoint: EndpointUrl | undefined;
}

/**
 * Asks a client's rules.
 *
 * @throws SyncError that says which setting does not fit the others
 */
export async function resolveEndpoint(
  client: S3Client,
  question: EndpointQuestion,
): Promise<Endpoint> {
  const { GetObjectCommand } = await import("@aws-sdk/client-s3");
  const { getEndpointFromInstructions } = await import("@smithy/core/endpoints");
  try {
    const region = await client.config.region();
    const resolved = await getEndpointFromInstructions(
      { Bucket: question.bucket, Key: "key" },
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
    throw endpointError(cause, question);
  }
}

/** The rules print what they cannot make a URL of; they throw it as well, and that reaches us. */
export function silenceRules(client: S3Client): void {
  const rules = client.config.endpointProvider;
  client.config.endpointProvider = (...given) => {
    const usual = globalThis.console;
    globalThis.console = { ...usual, error: () => undefined };
    try {
      return rules(...given);
    } finally {
      globalThis.console = usual;
    }
  };
}

/** @see https://smithy.io/2.0/aws/rules-engine/auth-schemes.html */
interface AuthScheme {
  readonly name?: string;
  readonly signingRegion?: string;
  readonly signingName?: string;
  readonly signingRegionSet?: readonly string[];
}

function signingOf(
  properties: Readonly<Record<string, unknown>> | undefined,
  region: string,
): Endpoint["signing"] {
  const schemes = (properties?.["authSchemes"] ?? []) as readonly AuthScheme[];
  // Outposts take both: that which is made for one region costs less.
  const chosen = schemes.find((scheme) => scheme.name === "sigv4") ?? schemes[0] ?? {};
  const { name, signingRegion, signingName, signingRegionSet } = chosen;
  return {
    scheme: name === "sigv4a" || name === "sigv4-s3express" ? name : "sigv4",
    region: signingRegion ?? signingRegionSet?.join(",") ?? region,
    service: signingName ?? "s3",
  };
}

const accelerateOptions = "--source-accelerate or --target-accelerate";

function endpointError(cause: unknown, question: EndpointQuestion): SyncError {
  if (cause instanceof SyncError) return cause;
  const { bucket, endpoint } = question;
  const said = cause instanceof Error ? cause.message : String(cause);
  const fail = (message: string, hint: string): SyncError =>
    new SyncError("usage", message, { bucket, hint, cause });
  if (/region is missing|region must be set|region=""/i.test(said)) {
    return fail(
      `no region for s3://${bucket}`,
      `Set AWS_REGION, --region, or a region in the profile${endpoint === undefined ? "" : "; servers of one's own mostly take us-east-1"}.`,
    );
  }
  if (question.accelerate && endpoint !== undefined) {
    return fail(
      `s3://${bucket} cannot be accelerated at ${hostOf(endpoint)}: only AWS's own endpoints can do that`,
      `Leave ${accelerateOptions} away, or the endpoint URL.`,
    );
  }
  if (bucket.startsWith("arn:") && endpoint !== undefined) {
    return fail(
      `s3://${bucket} cannot be reached at ${hostOf(endpoint)}: ${said}`,
      "Access points need AWS's own endpoints: leave the endpoint URL away.",
    );
  }
  const why = `s3://${bucket} has no endpoint: ${said}`;
  if (/partition/i.test(said)) {
    return fail(why, "Set --region to a region of that partition.");
  }
  if (/accelerate/i.test(said)) return fail(why, `Leave ${accelerateOptions} away.`);
  if (/path-style/i.test(said)) {
    return fail(why, "Leave --force-path-style away, or that of the one side.");
  }
  if (/region/i.test(said)) {
    return fail(why, "Check AWS_REGION or --region.");
  }
  return new SyncError("no-such-bucket", why, { bucket, hint: "Check the bucket's name.", cause });
}

/** Without what else a URL may hold: it could be a password. */
function hostOf({ url, origin }: EndpointUrl): string {
  return `${new URL(url).origin} (${origin})`;
}
