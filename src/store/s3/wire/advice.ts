/**
 * What to type: hints for errors that somebody meets on the first day, made of where the request went.
 *
 * @module
 */
import { type ErrorDetails, SyncError } from "../../../core/errors.ts";
import type { Side } from "../../../core/events.ts";
import type { Endpoint } from "../endpoint.ts";
import { isBehindProxy, noneNamed, type Proxies, proxyNameFor } from "./proxy.ts";

/** Where a request went that failed. */
export interface Situation {
  readonly bucket: string;
  /** Which side of a run it is; `undefined` where there is only one. */
  readonly side: Side | undefined;
  /** The option that names it, if it is another bucket than that of the side. */
  readonly namedBy?: string | undefined;
  /** `undefined` if none could be found. */
  readonly endpoint: Endpoint | undefined;
  readonly proxies?: Proxies;
  /** The region that the server named. */
  readonly region: string | undefined;
  /** The server's clock minus ours, in milliseconds. */
  readonly skewMs: number | undefined;
}

/** The same error with the hint for its situation, if there is a better one than it has. */
export function advised(error: SyncError, situation: Situation): SyncError {
  const { endpoint } = situation;
  const hint = endpoint === undefined ? undefined : hintFor(error, endpoint, situation);
  const generic =
    hint ?? (error.code === "credentials" ? credentialHint(error, situation) : undefined);
  if (generic === undefined || generic === error.hint) return error;
  const details: ErrorDetails = { ...error, hint: generic, cause: error.cause };
  return new SyncError(error.code, error.message, details);
}

type Hinter = (error: SyncError, endpoint: Endpoint, situation: Situation) => string | undefined;

/** The first that has something to say is right: those that know more come first. */
const hinters: readonly Hinter[] = [
  proxyHint,
  schemeHint,
  pathStyleHint,
  certificateHint,
  clockHint,
  regionHint,
  bucketHint,
  permissionHint,
  featureHint,
  addressHint,
];

function hintFor(error: SyncError, endpoint: Endpoint, situation: Situation): string | undefined {
  for (const hinter of hinters) {
    const hint = hinter(error, endpoint, situation);
    if (hint !== undefined) return hint;
  }
  return undefined;
}

/** `--target-region`, or `--region` where there is one side only. */
function option({ side }: Situation, name: string): string {
  return side === undefined ? `--${name}` : `--${side}-${name}`;
}

function isAws({ host }: Endpoint): boolean {
  return /\.amazonaws\.com(?:\.cn)?$/.test(host);
}

/** Whether the bucket is in the host name at a server that may want it in the path. */
function isByHost(endpoint: Endpoint, bucket: string): boolean {
  return endpoint.basePath === "" && endpoint.host.startsWith(`${bucket}.`) && !isAws(endpoint);
}

/** Failures in which nobody speaks but the network. */
const unreachable: ReadonlySet<string | undefined> = new Set([
  "ECONNREFUSED",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ERR_PROXY_TUNNEL",
]);

/** Behind a proxy, nothing but the proxy is ever connected to. */
function proxyHint(
  error: SyncError,
  { origin }: Endpoint,
  { proxies = noneNamed }: Situation,
): string | undefined {
  const isSign = error.status === undefined && unreachable.has(error.reason);
  if (!isSign || !isBehindProxy(proxies)) return undefined;
  const url = new URL(origin);
  const proxy = proxyNameFor(url, proxies);
  // One that wants a password has its own hint.
  if (proxy === undefined || /password/.test(error.hint ?? "")) return undefined;
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  return `This went to the proxy ${proxy}: check --${name.toLowerCase().replace("_", "-")} or ${name}, or go around it with NO_PROXY=${url.hostname}`;
}

const handshakes: ReadonlySet<string | undefined> = new Set([
  "EPROTO",
  "ERR_SSL_WRONG_VERSION_NUMBER",
]);
const noHttp: ReadonlySet<string | undefined> = new Set([
  "Malformed_HTTP_Response",
  "InvalidHTTPResponse",
  "HPE_INVALID_CONSTANT",
]);

/** http at an https port, or the other way round. */
function schemeHint(
  error: SyncError,
  endpoint: Endpoint,
  situation: Situation,
): string | undefined {
  const isHttps = endpoint.origin.startsWith("https:");
  const name = option(situation, "endpoint-url");
  const host = serverHost(endpoint, situation.bucket);
  if (isHttps && handshakes.has(error.reason)) {
    return `If this port does not speak https: ${name} http://${host}`;
  }
  const isTold = error.status === 400 && /https/i.test(error.message);
  if (!isHttps && isTold) return `Write ${name} https://${host}`;
  if (!isHttps && noHttp.has(error.reason))
    return `If this port speaks https: ${name} https://${host}`;
  return undefined;
}

/** The host of the service, without the bucket. */
function serverHost(endpoint: Endpoint, bucket: string): string {
  return isByHost(endpoint, bucket) ? endpoint.host.slice(bucket.length + 1) : endpoint.host;
}

const nameless: ReadonlySet<string | undefined> = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** The bucket was put before the host, where it does not belong at many servers. */
function pathStyleHint(
  error: SyncError,
  endpoint: Endpoint,
  situation: Situation,
): string | undefined {
  if (!isByHost(endpoint, situation.bucket)) return undefined;
  const isSign =
    nameless.has(error.reason) || error.code === "protocol" || error.reason === "NoSuchBucket";
  if (!isSign) return undefined;
  return `If this server wants bucket names in the path, as most do: ${option(situation, "force-path-style")}; else check ${option(situation, "endpoint-url")}`;
}

function certificateHint(
  error: SyncError,
  endpoint: Endpoint,
  situation: Situation,
): string | undefined {
  if (error.reason !== "ERR_TLS_CERT_ALTNAME_INVALID") return undefined;
  return `Use a name that is in the certificate instead of ${endpoint.host}: ${option(situation, "endpoint-url")} https://NAME`;
}

function clockHint(
  error: SyncError,
  _endpoint: Endpoint,
  { skewMs }: Situation,
): string | undefined {
  if (error.code !== "clock-skew" || skewMs === undefined) return undefined;
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  if (minutes === 0) return undefined;
  const way = skewMs > 0 ? "behind" : "ahead of";
  return `This machine's clock is ${minutes} min ${way} the server's: set it, for example with timedatectl set-ntp true`;
}

function regionHint(
  error: SyncError,
  _endpoint: Endpoint,
  situation: Situation,
): string | undefined {
  if (error.code !== "wrong-region") return undefined;
  const name = option(situation, "region");
  if (situation.region !== undefined) return `Write ${name} ${situation.region}`;
  return `Write ${name} with the bucket's region, or set AWS_REGION`;
}

function bucketHint(
  error: SyncError,
  endpoint: Endpoint,
  situation: Situation,
): string | undefined {
  if (error.reason !== "NoSuchBucket") return undefined;
  const { bucket, side, namedBy } = situation;
  const ofSide = side === undefined ? "The bucket" : `${side.toUpperCase()}'s bucket`;
  const whose = namedBy === undefined ? ofSide : `The bucket of ${namedBy}`;
  const place = isAws(endpoint) ? "" : ` at ${endpoint.origin}`;
  const where = isAws(endpoint)
    ? ` --region ${endpoint.signing.region}`
    : ` --endpoint-url ${endpoint.origin}`;
  return `${whose} does not exist${place}: check its name${place === "" ? "" : ` and ${option(situation, "endpoint-url")}`}, or make it with: aws s3 mb s3://${bucket}${where}`;
}

const writes = "s3:PutObject";

/** What the policy of the one who asks has to allow. */
const permissions: Readonly<Record<string, string>> = {
  ListObjectsV2: "s3:ListBucket",
  HeadObject: "s3:GetObject",
  GetObject: "s3:GetObject",
  GetObjectTagging: "s3:GetObjectTagging",
  PutObject: writes,
  CreateMultipartUpload: writes,
  UploadPart: writes,
  CompleteMultipartUpload: writes,
  CopyObject: `${writes} here and s3:GetObject where it comes from`,
  UploadPartCopy: `${writes} here and s3:GetObject where it comes from`,
  DeleteObject: "s3:DeleteObject",
  DeleteObjects: "s3:DeleteObject",
};

function permissionHint(
  error: SyncError,
  _endpoint: Endpoint,
  { bucket }: Situation,
): string | undefined {
  const needed = permissions[error.operation ?? ""];
  if (error.code !== "access-denied" || needed === undefined || error.hint !== undefined) {
    return undefined;
  }
  return `Whoever asks needs ${needed} in s3://${bucket}`;
}

/** What not every server has. Some say so by a code of their own, others in words only. */
function featureHint(
  { reason, message }: SyncError,
  _endpoint: Endpoint,
  { bucket }: Situation,
): string | undefined {
  const isUnknown = reason === "NotImplemented";
  const tell = `s3sync doctor s3://${bucket}/ tells what this server has`;
  if (reason === "InvalidStorageClass" || (isUnknown && /storage.class/i.test(message))) {
    return `Leave --storage-class out, or write --storage-class STANDARD; ${tell}`;
  }
  const isEncryption =
    reason === "InvalidEncryptionAlgorithmError" || (isUnknown && /encrypt|\bKMS\b/i.test(message));
  return isEncryption ? `Leave --sse out, if the server need not encrypt; ${tell}` : undefined;
}

function addressHint(
  error: SyncError,
  endpoint: Endpoint,
  situation: Situation,
): string | undefined {
  if (error.status !== undefined || isAws(endpoint)) return undefined;
  const name = option(situation, "endpoint-url");
  if (error.reason === "ECONNREFUSED") {
    return `Nobody listens at ${endpoint.host}: is the server running, and is the address in ${name} right?`;
  }
  if (error.reason === "ENOTFOUND") return `Check the host's name in ${name}`;
  return undefined;
}

/** Keys that are wrong, or that are for another service. */
function credentialHint({ reason, hint }: SyncError, situation: Situation): string | undefined {
  const keys = option(situation, "access-key");
  const profile = option(situation, "profile");
  switch (reason) {
    case undefined:
      return hint?.replace("name a profile", `name a profile with ${profile}`);
    case "InvalidAccessKeyId":
      return `This server does not know the access key: check AWS_ACCESS_KEY_ID, ${keys} or ${profile}; keys of another service are of no use here`;
    case "SignatureDoesNotMatch":
      return `The secret is not that of this access key: check AWS_SECRET_ACCESS_KEY, ${option(situation, "secret-access-key")} or ${profile}`;
    case "ExpiredToken":
      return "The session token has expired: sign in again, for example with aws sso login";
    default:
      return hint;
  }
}
