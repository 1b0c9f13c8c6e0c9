/**
 * What a transfer would ask of the storage services: for dry runs.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import { etagForm } from "../core/etag.ts";
import type { Traffic, Work } from "../core/traffic.ts";
import type { Store } from "../store/store.ts";
import type { TransferContext } from "./context.ts";
import { copiesInParts } from "./copies/server-copy.ts";
import { planParts } from "./parts/part-plan.ts";
import { defaultPartBytes } from "./parts/source-parts.ts";
import { type Way, wayOf } from "./way.ts";

/**
 * Estimates from what listings tell: not whether an object has tags, nor whether its parts are of one size.
 *
 * @throws SyncError `rejected` when the target cannot hold an object of this size
 */
export function estimate(context: TransferContext, entry: Entry): readonly Traffic[] {
  const way = wayOf(context, entry);
  if (way === "directory") return [];
  return [...estimateContents(context, entry, way), ...estimateCompanions(context)];
}

/** Neither whether anybody but the owner has rights, nor whether there are annotations. */
function estimateCompanions({ source, target, options }: TransferContext): Traffic[] {
  const { acl = false, annotations = false } = options.companions ?? {};
  return [
    ...(acl ? costs(source, { kind: "acl" }) : []),
    ...(annotations
      ? [source, target].flatMap((each) => costs(each, { kind: "annotations" }))
      : []),
  ];
}

function estimateContents(
  context: TransferContext,
  entry: Entry,
  way: Exclude<Way, "directory">,
): Traffic[] {
  const { source, target, options } = context;
  const bytes = entry.size;
  const { count, isSources } = partsOf(context, entry);
  const asked: Work[] =
    isSources && (way !== "whole" || context.isVerifying) ? [{ kind: "head" }] : [];
  if (way === "server-copy") {
    const parts = copiesInParts(context, entry, isSources) ? count : undefined;
    return [
      ...costs(source, { kind: "head" }, ...asked),
      ...costs(target, { kind: "copy", parts }),
    ];
  }
  const read = way === "whole" ? undefined : way === "stream" ? 1 : count;
  const written = way === "parts" ? count : undefined;
  return [
    ...costs(source, { kind: "read", bytes, parts: read }, ...asked),
    ...costs(target, { kind: "write", bytes, parts: written }),
    ...(options.readsBack ? costs(target, { kind: "read", bytes, parts: written ?? 1 }) : []),
  ];
}

/** Nothing, for a store that sends no requests. */
function costs(store: Store, ...work: readonly Work[]): Traffic[] {
  return work.flatMap((each) => store.estimate?.(each) ?? []);
}

/** How many parts, and whether they are those of the source: then it is asked for their size. */
function partsOf(
  { target, options }: TransferContext,
  { size, etag }: Entry,
): { count: number; isSources: boolean } {
  const form = etag === undefined ? undefined : etagForm(etag);
  const { partLimits } = target.capabilities;
  const { count } = planParts(size, options.chunkBytes ?? defaultPartBytes, partLimits);
  if (form?.kind !== "multipart") return { count, isSources: false };
  const keeps = options.chunkBytes === undefined || partLimits === undefined;
  return { count: keeps ? form.parts : count, isSources: true };
}
