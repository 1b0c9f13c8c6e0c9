/**
 * Finds out whether two objects of one size hold the same, with as little reading as the wish allows.
 *
 * @module
 */
import type { Agreement } from "../../core/check.ts";
import { type Entry, storeKeyOf } from "../../core/entry.ts";
import type { Store } from "../../store/store.ts";
import { judgeShown } from "../../verify/agreement.ts";
import type { Verdict } from "../../verify/verdict.ts";
import type { TransferContext } from "../context.ts";
import type { Held } from "../parts/digest-parts.ts";
import { hasEvenParts } from "../parts/source-parts.ts";
import { compareChecksums } from "./compare-checksums.ts";
import { compareContents } from "./compare-etags.ts";
import { compareBytes, withBoth } from "./same-bytes.ts";

/**
 * How far to go: read both; read what lies here and ask for what the other side shows; or read nothing, and be
 * content with likeness.
 */
export type Effort = "bytes" | "proof" | "likeness";

/** What was found out, and what was read for it, in bytes. */
export interface Examined {
  readonly agreement: Agreement;
  readonly readBytes: number;
}

/** Compares two objects that are of one size as far as the listings tell. */
export async function examine(
  context: TransferContext,
  source: Entry,
  target: Entry,
  effort: Effort,
  signal: AbortSignal,
): Promise<Examined> {
  const { size } = source;
  const here = [
    liesHere(context.source, source) ? source : undefined,
    liesHere(context.target, target) ? target : undefined,
  ];
  const count = here.filter((entry) => entry !== undefined).length;
  if (effort === "bytes" || (effort === "proof" && count === 2)) {
    const agreement = await compareBytes(context, source, target, signal);
    return { agreement, readBytes: 2 * size };
  }
  if (count > 0 && effort === "likeness") return { agreement: { verdict: "alike" }, readBytes: 0 };
  if (count === 1) return compareWithShown(context, source, target, signal);
  const agreement = await compareShown(context, source, target, signal);
  const isEnough = effort === "likeness" && agreement.verdict === "unproven";
  return { agreement: isEnough ? { verdict: "alike" } : agreement, readBytes: 0 };
}

/** Whether reading costs no requests, and nothing else tells what is in it. */
export function liesHere(store: Store, { etag }: Entry): boolean {
  return store.estimate === undefined && etag === undefined;
}

/** Makes of the bytes that lie here what the other side shows: its ETag, else its checksum. */
async function compareWithShown(
  context: TransferContext,
  source: Entry,
  target: Entry,
  signal: AbortSignal,
): Promise<Examined> {
  const { size } = source;
  const from = { store: context.source, entry: source };
  const to = { store: context.target, entry: target };
  const byETag = await compareContents(context, from, to, signal);
  if (byETag.kind === "match" || byETag.kind === "mismatch") {
    return { agreement: asAgreement(byETag, "etag"), readBytes: size };
  }
  const reason = reasonOf(byETag, "it has no ETag");
  const shown = liesHere(context.source, source) ? to : from;
  const head = await shown.store.head(storeKeyOf(shown.entry), signal);
  const algorithm = head?.checksum?.algorithm;
  const readOnce = byETag.kind === "none" ? 0 : size;
  if (algorithm === undefined) {
    const agreement = { verdict: "unproven", reason: `${reason}, and it has no checksum` } as const;
    return { agreement, readBytes: readOnce };
  }
  const { verdict } = await compareChecksums(context, algorithm, from, to, signal);
  return { agreement: asAgreement(verdict, "checksum", reason), readBytes: readOnce + size };
}

function asAgreement(verdict: Verdict, by: "etag" | "checksum", before?: string): Agreement {
  switch (verdict.kind) {
    case "match":
      return { verdict: "same", by };
    case "mismatch": {
      const what = by === "etag" ? "ETag" : "checksum";
      return { verdict: "differs", reason: `${what} ${verdict.actual}, not ${verdict.expected}` };
    }
    default: {
      const why = reasonOf(verdict, "it has no checksum");
      return { verdict: "unproven", reason: before === undefined ? why : `${before}; ${why}` };
    }
  }
}

function reasonOf(verdict: Exclude<Verdict, { kind: "match" | "mismatch" }>, none: string): string {
  return verdict.kind === "unknown" ? verdict.reason : none;
}

/** Compares what both sides show. */
function compareShown(
  context: TransferContext,
  source: Entry,
  target: Entry,
  signal: AbortSignal,
): Promise<Agreement> {
  return withBoth(context, source, target, false, signal, async (from, to) => {
    const verdict = judgeShown(from.reader.info, to.reader.info);
    if (verdict.verdict !== "differs-if-same-parts") return verdict;
    return (await haveSameParts(from, to, signal))
      ? { verdict: "differs", reason: "uploaded in the same parts, with other ETags or checksums" }
      : { verdict: "unproven", reason: "they may have been uploaded in parts of other sizes" };
  });
}

async function haveSameParts(
  { reader: from }: Held,
  { reader: to }: Held,
  signal: AbortSignal,
): Promise<boolean> {
  const [a, b] = await Promise.all([from.partSize?.(1, signal), to.partSize?.(1, signal)]);
  if (a === undefined || a !== b) return false;
  return (await hasEvenParts(from, signal)) && (await hasEvenParts(to, signal));
}
