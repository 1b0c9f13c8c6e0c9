/**
 * `doctor()`: finds out, by trying it in a prefix of its own, what an endpoint really does, and what that means.
 *
 * @module
 */
import { accessOf } from "../config/sides.ts";
import { LateSignal, throwIfAborted } from "../core/cancel.ts";
import { SyncError, toSyncError } from "../core/errors.ts";
import { bad, degraded, type Finding, good, unknown } from "../core/finding.ts";
import { type DirectAccess, openDirect } from "../store/s3/open.ts";
import { s3OptionsOf } from "../sync/opening/s3-options.ts";
import { Bench, examine, type Probe } from "./bench.ts";
import { type DoctorConfig, doctorConfig, type DoctorInput } from "./config.ts";
import { makeContact } from "./contact.ts";
import { ask } from "./exchange.ts";
import { attributeProbes } from "./probes/attributes.ts";
import { type Reader, readingProbes, readOne } from "./probes/bucket.ts";
import { conditionProbes } from "./probes/conditions.ts";
import { copyProbes } from "./probes/copies.ts";
import { integrityProbes } from "./probes/integrity.ts";
import { keyProbes } from "./probes/keys.ts";
import { listingProbes } from "./probes/listing.ts";
import { multipartProbes } from "./probes/multipart.ts";
import { removalProbes } from "./probes/removal.ts";
import { Scratch, scratchName } from "./scratch.ts";
import { mayWrite } from "./write-access.ts";

const probes: readonly Probe[] = [
  ...integrityProbes,
  ...multipartProbes,
  ...conditionProbes,
  ...copyProbes,
  ...listingProbes,
  ...keyProbes,
  ...attributeProbes,
  ...removalProbes,
];

/** Probes at work at the same time: most of the time is waiting. */
const atOnce = 4;
/** What is on its way when somebody stops the doctor may still be answered, so that it can be taken away. */
const lateMs = 5_000;
/** What tidying up may take. */
const tidyMs = 60_000;
/** Refusals are what is looked for: patience beyond this only costs time. */
const mostAttempts = 3;

/** How to stop the doctor. */
export interface DoctorHandlers {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Examines a place. Findings come as they are made. Whatever was written is taken away at the end, also when the
 * signal fires or the caller stops listening.
 *
 * ```ts
 * for await (const { name, outcome, detail } of doctor({ place: "s3://bucket/prefix/" })) …
 * ```
 *
 * @throws SyncError `usage` when the configuration makes no sense, `aborted` when the signal fired
 */
export async function* doctor(
  input: DoctorInput,
  handlers: DoctorHandlers = {},
): AsyncGenerator<Finding, void, undefined> {
  const signal = handlers.signal ?? new AbortController().signal;
  const settings = doctorConfig(input);
  const troubles: SyncError[] = [];
  const access = await open(settings, troubles);
  const scratch = new Scratch(access.client, scratchPrefix(settings.prefix));
  let failure: SyncError | undefined;
  let isTidied = false;
  try {
    try {
      for (const { message, hint } of troubles) {
        yield { name: ".boto file", ...degraded(message, "keys in it may be overlooked", hint) };
      }
      yield* examination(settings, access, scratch, signal);
    } catch (thrown) {
      failure = toSyncError(thrown);
    }
    isTidied = true;
    if (scratch.isUsed) yield await tidied(scratch);
    if (failure !== undefined) throw failure;
  } finally {
    // Who stopped listening hears nothing of it.
    if (!isTidied) await scratch.clear(AbortSignal.timeout(tidyMs));
    access.client.close();
  }
}

function scratchPrefix(prefix: string): string {
  return `${prefix}${scratchName}${crypto.randomUUID().slice(0, 8)}/`;
}

function open(
  { config, bucket, prefix }: DoctorConfig,
  troubles: SyncError[],
): Promise<DirectAccess> {
  const options = s3OptionsOf(config, "source");
  const maxAttempts = Math.min(options.retry.maxAttempts, mostAttempts);
  const retry = { ...options.retry, maxAttempts };
  return openDirect({ ...options, side: undefined, retry, bucket, prefix }, (event) => {
    if (event.type === "warning") troubles.push(event.error);
  });
}

async function* examination(
  settings: DoctorConfig,
  access: DirectAccess,
  scratch: Scratch,
  signal: AbortSignal,
): AsyncGenerator<Finding, void, undefined> {
  const { prefix, config } = settings;
  const keysFrom = originOfKeys(settings);
  const { findings, isUsable } = await makeContact({ access, prefix, keysFrom, signal });
  yield* findings;
  if (!isUsable) return;
  const read: Reader = (name, query) => ask(access.client, { name, method: "GET", query }, signal);
  let isLocked = false;
  for (const probe of readingProbes) {
    throwIfAborted(signal);
    const finding = await readOne(probe, read, prefix);
    if (finding === undefined) continue;
    isLocked ||= finding.name === "object lock" && finding.outcome === "degraded";
    yield finding;
  }
  if (config.dryRun) return;
  if (isLocked) {
    yield { name: "writing", ...unknown("not tried: what is written here cannot be deleted") };
    return;
  }
  yield* writingExamination(scratch, signal);
}

async function* writingExamination(
  scratch: Scratch,
  signal: AbortSignal,
): AsyncGenerator<Finding, void, undefined> {
  using late = new LateSignal(signal, lateMs);
  const benchFor = (name: string): Bench =>
    new Bench({ scratch, prefix: `${scratch.prefix}${name}/`, stop: signal, late: late.signal });
  const { finding, isAllowed } = await mayWrite(benchFor("write"));
  yield finding;
  if (!isAllowed) return;
  const begun = new Map<number, Promise<readonly Finding[]>>();
  try {
    for (let at = 0; at < probes.length; at++) {
      for (let next = at; next < Math.min(at + atOnce, probes.length); next++) {
        const probe = probes[next];
        if (begun.has(next) || probe === undefined) continue;
        const found = examine(probe, benchFor(String(next)));
        found.catch(() => undefined);
        begun.set(next, found);
      }
      yield* (await begun.get(at)) ?? [];
    }
  } finally {
    // Nothing may be written any more when tidying begins.
    await Promise.allSettled(begun.values());
  }
}

function originOfKeys({ config }: DoctorConfig): string {
  const { keys, keyring, profile } = accessOf(config, "source");
  if (keys !== undefined) return "keys from options";
  if (keyring !== undefined) return `the keyring, under ${JSON.stringify(keyring.name)}`;
  if (profile !== undefined) return `profile ${profile}`;
  if ((process.env["AWS_ACCESS_KEY_ID"] ?? "") !== "") return "keys from the environment";
  const named = process.env["AWS_PROFILE"] ?? "";
  return named === "" ? "keys that the AWS SDK found" : `profile ${named}, from AWS_PROFILE`;
}

async function tidied(scratch: Scratch): Promise<Finding> {
  const name = "tidying up";
  const left = await scratch.clear(AbortSignal.timeout(tidyMs));
  if (left.length === 0) return { name, ...good("nothing is left of what was written") };
  return {
    name,
    ...bad(
      `left behind: ${left.slice(0, 3).join(", ")}${left.length > 3 ? ", …" : ""}`,
      `these, ${left.length} in all, have to be deleted by hand`,
      `Delete everything below s3://${scratch.bucket}/${scratch.prefix}`,
    ),
  };
}
