/**
 * A closer look at an object of which the listings do not tell whether it must be sent.
 *
 * @module
 */
import type { Entry } from "../../core/entry.ts";
import { SyncError } from "../../core/errors.ts";
import { isLink } from "../../diff/decide.ts";
import {
  evidenceOf,
  judgeUpdate,
  type UpdateCheck,
  type UpdateRule,
} from "../../diff/update-check.ts";
import type { TransferContext } from "../context.ts";
import { compareChecksums } from "./compare-checksums.ts";
import { compareContents } from "./compare-etags.ts";
import { compareKept } from "./compare-kept.ts";
import type { Found } from "./found.ts";

/**
 * Looks whether an object must be sent: asks the target again if the check says so, and compares contents where
 * only these tell.
 *
 * @param listed what the listing shows in the target
 */
export async function mustBeSent(
  context: TransferContext,
  check: UpdateCheck,
  source: Entry,
  listed: Entry | undefined,
  signal: AbortSignal,
): Promise<Found> {
  const target = check.headEachTarget ? await askTarget(context, source, listed, signal) : listed;
  if (target === undefined) {
    return check.sendsMissing
      ? { kind: "stale", target }
      : { kind: "current", evidence: undefined };
  }
  const judgement = judgeUpdate(source, target, check.rule);
  if (judgement === "send") return { kind: "stale", target };
  const by = evidenceOf(source, target, check.rule);
  if (judgement === "keep") {
    const leadsElsewhere =
      isLink(source, target) && (await areOtherLinks(context, source, target, signal));
    if (leadsElsewhere) return { kind: "stale", target };
    return { kind: "current", evidence: { by, source, target } };
  }
  if (check.rule.kind === "kept") {
    return compareKept(context, check.rule, { source, target }, signal);
  }
  const from = { store: context.source, entry: source };
  const to = { store: context.target, entry: target };
  const { verdict, checksum } =
    check.rule.kind === "checksum"
      ? await compareChecksums(context, check.rule.algorithm, from, to, signal)
      : { verdict: await compareContents(context, from, to, signal), checksum: undefined };
  if (verdict.kind === "match") {
    return { kind: "current", evidence: { by, source, target, checksum } };
  }
  if (verdict.kind === "mismatch") return { kind: "stale", target };
  const reason = verdict.kind === "unknown" ? verdict.reason : nothingToCompare(check.rule);
  return { kind: "unknown", target, error: incomparable(source, reason) };
}

/** Whether a link leads elsewhere, as far as ETags tell. */
async function areOtherLinks(
  context: TransferContext,
  source: Entry,
  target: Entry,
  signal: AbortSignal,
): Promise<boolean> {
  const from = { store: context.source, entry: source };
  const to = { store: context.target, entry: target };
  return (await compareContents(context, from, to, signal)).kind === "mismatch";
}

function nothingToCompare(rule: UpdateRule): string {
  return rule.kind === "checksum" ? `it has no ${rule.algorithm}` : "neither side has ETags";
}

async function askTarget(
  { target }: TransferContext,
  { key }: Entry,
  listed: Entry | undefined,
  signal: AbortSignal,
): Promise<Entry | undefined> {
  const info = await target.head(key, signal);
  if (info === undefined) return undefined;
  const { size, mtimeMs, etag } = info;
  const { storageClass } = info.attributes;
  const { fileType } = listed ?? {};
  return { kind: "object", key, size, mtimeMs, etag, storageClass, storeKey: undefined, fileType };
}

function incomparable({ key }: Entry, reason: string): SyncError {
  const text = `${JSON.stringify(key)} is sent, because it cannot be compared: ${reason}`;
  return new SyncError("incomparable", text, { key });
}
