/**
 * Reads what was written again: proof that does not rest on what the target says of itself.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";
import { entryOf, type ObjectInfo, type Written } from "../core/object.ts";
import { hex } from "../hash/digest.ts";
import type { Job, TransferContext } from "./context.ts";
import { digestParts } from "./parts/digest-parts.ts";
import type { PartPlan } from "./parts/part-plan.ts";

/**
 * Compares what the target gives back with what passed, if the user wants that.
 *
 * @param md5s of the parts of the plan that passed
 * @throws SyncError `integrity`
 */
export async function readBack(
  context: TransferContext,
  { key }: Job,
  info: ObjectInfo,
  { etag }: Written,
  plan: PartPlan,
  md5s: readonly (Uint8Array | undefined)[],
  signal: AbortSignal,
): Promise<void> {
  if (!context.options.readsBack) return;
  const store = context.target;
  const reader = await store.open(entryOf(key, { ...info, etag }), false, signal);
  try {
    const choice = { md5: true, sha256: false };
    const found =
      reader.info.size === info.size
        ? await digestParts(context, { store, reader }, plan, choice, signal)
        : [];
    const [sent, got] = [md5s, found.map(({ md5 }) => md5)].map(textOf);
    if (sent === got) return;
    const text = `${store.name}: what was read back of ${JSON.stringify(key)} is not what was sent`;
    throw new SyncError("integrity", text, {
      operation: "verify",
      key,
      reason: got,
      mismatch: { of: "etag" },
    });
  } finally {
    await reader.close();
  }
}

function textOf(md5s: readonly (Uint8Array | undefined)[]): string {
  return md5s.map((md5) => (md5 === undefined ? "" : hex(md5))).join();
}
