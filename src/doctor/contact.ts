/**
 * The first contact: is there anybody, who are we there, is it the right region, and what time is it?
 *
 * @module
 */
import { SyncError, toSyncError } from "../core/errors.ts";
import { bad, degraded, type Finding, good, unknown, type Verdict } from "../core/finding.ts";
import type { Endpoint } from "../store/s3/endpoint.ts";
import type { DirectAccess } from "../store/s3/open.ts";
import { parseListPage } from "../store/s3/wire/list-parser.ts";
import type { Operation } from "../store/s3/wire/operation.ts";
import { type Answer, ask } from "./exchange.ts";

/** Where and as whom. */
export interface Contact {
  readonly access: DirectAccess;
  readonly prefix: string;
  /** Where the credentials come from, in words. */
  readonly keysFrom: string;
  readonly signal: AbortSignal;
}

/** What came of it. */
export interface FirstContact {
  readonly findings: readonly Finding[];
  /** Whether there is any use in looking further. */
  readonly isUsable: boolean;
}

/** Lists one key, twice: the first time takes longer. */
export async function makeContact(contact: Contact): Promise<FirstContact> {
  const { access, signal } = contact;
  const { client } = access;
  let before: Endpoint | undefined;
  try {
    before = await client.endpoint();
    const startedAt = performance.now();
    const answer = await ask(client, firstPage(contact), signal, parseListPage);
    const firstMs = performance.now() - startedAt;
    const reached = { name: "connection", ...(await connectionOf(before, firstMs, contact)) };
    if (answer.refusal !== undefined) {
      return { findings: [reached, refusedFinding(answer.refusal)], isUsable: false };
    }
    return { findings: [reached, ...(await findingsOf(before, answer, contact))], isUsable: true };
  } catch (thrown) {
    const error = toSyncError(thrown);
    if (error.code === "aborted") throw error;
    return { findings: [refusedFinding(error)], isUsable: false };
  }
}

function firstPage({ prefix }: Contact): Operation {
  return {
    ...{ name: "ListObjectsV2", method: "GET" },
    query: {
      "list-type": "2",
      "max-keys": "1",
      "encoding-type": "url",
      prefix: prefix || undefined,
    },
  };
}

/** A second request uses the connection of the first, so it shows what every later one takes. */
async function connectionOf(
  { origin }: Endpoint,
  firstMs: number,
  contact: Contact,
): Promise<Verdict> {
  const startedAt = performance.now();
  const again = await ask(contact.access.client, firstPage(contact), contact.signal);
  const laterMs = performance.now() - startedAt;
  const server = again.headers.get("server");
  const name = server === undefined ? "" : ` (${server.slice(0, 40)})`;
  const way = contact.access.isBehindProxy ? " through a proxy" : "";
  return good(
    `${origin}${name}${way}, first answer after ${whole(firstMs)}, then ${whole(laterMs)}`,
  );
}

function whole(milliseconds: number): string {
  return `${Math.max(1, Math.round(milliseconds))} ms`;
}

/** What an error on first contact is about. */
const subjects: Readonly<Partial<Record<SyncError["code"], string>>> = {
  credentials: "credentials",
  "clock-skew": "clock",
  "wrong-region": "region",
  "no-such-bucket": "bucket",
  "access-denied": "permission to list",
  network: "connection",
  timeout: "connection",
  certificate: "connection",
  protocol: "connection",
  usage: "settings",
};

function refusedFinding(error: SyncError): Finding {
  const name = subjects[error.code] ?? "listing";
  return { name, ...bad(error.message, "this place cannot be used", error.hint) };
}

async function findingsOf(before: Endpoint, answer: Answer, contact: Contact): Promise<Finding[]> {
  const { client } = contact.access;
  const after = await client.endpoint();
  return [
    { name: "credentials", ...(await credentialsOf(contact)) },
    { name: "region", ...regionOf(before, after) },
    { name: "addressing", ...addressingOf(after) },
    { name: "clock", ...clockOf(answer.headers.get("date"), Date.now()) },
  ];
}

/** Characters of an access key that are shown: the kind of key, and no more. */
const shownOfKey = 4;

async function credentialsOf({ access, keysFrom }: Contact): Promise<Verdict> {
  const credentials = await access.credentials();
  if (credentials === undefined) return good("none: requests are not signed");
  const { accessKeyId, sessionToken } = credentials;
  const kind = sessionToken === undefined ? "" : ", temporary";
  return good(`${keysFrom}: ${accessKeyId.slice(0, shownOfKey)}…${kind}`);
}

function regionOf(before: Endpoint, after: Endpoint): Verdict {
  const { region } = after.signing;
  if (region === before.signing.region) return good(region);
  return degraded(
    `the bucket is in ${region}, not in ${before.signing.region}`,
    "the first request of each run is sent twice",
    `Write --region ${region}`,
  );
}

function addressingOf({ basePath, host }: Endpoint): Verdict {
  return good(
    basePath === "" ? `the bucket is in the host name: ${host}` : "the bucket is in the path",
  );
}

const tolerableMs = 60_000;
/** What S3 tolerates. */
const limitMs = 900_000;

/** Judges the server's `Date` header. */
export function clockOf(date: string | undefined, nowMs: number): Verdict {
  const serverMs = Date.parse(date ?? "");
  if (Number.isNaN(serverMs)) return unknown("the server tells no time");
  const behindMs = serverMs - nowMs;
  const apart = apartText(Math.abs(behindMs));
  if (Math.abs(behindMs) < tolerableMs) return good(`less than ${tolerableMs / 1000} s apart`);
  const detail = `this machine is ${apart} ${behindMs > 0 ? "behind" : "ahead of"} the server`;
  const hint = "Set the clock, for example: timedatectl set-ntp true";
  if (Math.abs(behindMs) <= limitMs) {
    const within = `what changes within ${apart} of its last copy may be taken for newer or older than it is`;
    return degraded(detail, within, hint);
  }
  const refused =
    "S3 refuses what is signed more than 15 minutes off: s3sync corrects itself, and then takes files for newer or older than they are";
  return bad(detail, refused, hint);
}

function apartText(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
