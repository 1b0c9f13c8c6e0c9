/**
 * Reads both sides and compares their bytes: proof that does not rest on what any of them says of itself.
 *
 * @module
 */
import { MiB } from "../../core/bytes.ts";
import type { Agreement } from "../../core/check.ts";
import type { Entry } from "../../core/entry.ts";
import { SyncError } from "../../core/errors.ts";
import type { Store } from "../../store/store.ts";
import type { TransferContext } from "../context.ts";
import { digestParts, type Held } from "../parts/digest-parts.ts";
import { partOf, planParts } from "../parts/part-plan.ts";
import { defaultPartBytes } from "../parts/source-parts.ts";

/** Up to this size an object is asked for as a whole: one request less. */
const wholeBytes = MiB;

/** Reads both objects, which are of one size as far as the listings tell. */
export async function compareBytes(
  context: TransferContext,
  source: Entry,
  target: Entry,
  signal: AbortSignal,
): Promise<Agreement> {
  const whole = source.size <= wholeBytes;
  const release = whole ? await context.memory.take(2 * source.size) : undefined;
  try {
    return await withBoth(context, source, target, whole, signal, async (from, to) => {
      const reason = whole
        ? await differenceInMemory(from, to, signal)
        : await differenceByParts(context, from, to, signal);
      await Promise.all([from.reader.verifyUnchanged(), to.reader.verifyUnchanged()]);
      return reason === undefined
        ? { verdict: "same", by: "bytes" }
        : { verdict: "differs", reason };
    });
  } finally {
    release?.();
  }
}

/**
 * Opens both objects for as long as they are looked at.
 *
 * @throws SyncError `source-changed` when one is not as large any more as it was listed
 */
export async function withBoth<T>(
  context: TransferContext,
  source: Entry,
  target: Entry,
  whole: boolean,
  signal: AbortSignal,
  work: (from: Held, to: Held) => Promise<T>,
): Promise<T> {
  const from = await opened(context.source, source, whole, signal);
  try {
    const to = await opened(context.target, target, whole, signal);
    try {
      return await work(from, to);
    } finally {
      await to.reader.close();
    }
  } finally {
    await from.reader.close();
  }
}

async function opened(
  store: Store,
  entry: Entry,
  whole: boolean,
  signal: AbortSignal,
): Promise<Held> {
  const reader = await store.open(entry, whole, signal);
  if (reader.info.size === entry.size) return { store, reader };
  await reader.close();
  const { key } = entry;
  const text = `${store.name}: ${JSON.stringify(key)} has changed since it was listed`;
  throw new SyncError("source-changed", text, { operation: "read", key });
}

async function differenceInMemory(
  { reader: from }: Held,
  { reader: to }: Held,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [a, b] = await Promise.all([from.bytes(signal), to.bytes(signal)]);
  if (Buffer.compare(a, b) === 0) return undefined;
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return `other bytes, from offset ${at} on`;
}

/** By digests, which are made where the bytes arrive. */
async function differenceByParts(
  context: TransferContext,
  from: Held,
  to: Held,
  signal: AbortSignal,
): Promise<string | undefined> {
  const plan = planParts(from.reader.info.size, defaultPartBytes, undefined);
  const choice = { md5: false, sha256: false, checksum: "SHA256" } as const;
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  // Whoever fails stops the other, and nothing is under way any more when both are closed.
  const sides = [from, to].map((side) =>
    digestParts(context, side, plan, choice, either).catch((thrown: unknown) => {
      failure.abort(thrown);
      throw thrown;
    }),
  );
  await Promise.allSettled(sides);
  const [a = [], b = []] = await Promise.all(sides);
  const at = a.findIndex(({ checksum }, index) => checksum?.value !== b[index]?.checksum?.value);
  if (at === -1) return undefined;
  const { offset, length } = partOf(plan, at + 1);
  return `other bytes, the first of them between offsets ${offset} and ${offset + length}`;
}
