/**
 * What is to be written in parts, and what tells it from anything else.
 *
 * @module
 */
import { storeKeyOf } from "../../core/entry.ts";
import type { ObjectInfo } from "../../core/object.ts";
import type { Resumption, WriteSpec } from "../../store/store.ts";
import type { Job, TransferContext } from "../context.ts";
import type { PartWay } from "./part-help.ts";
import type { PartPlan } from "./part-plan.ts";
import type { TransferTask } from "./transfer-journal.ts";

/** What is to be written, and of what. */
export interface WriteOrder {
  readonly entry: Job;
  readonly info: ObjectInfo;
  readonly spec: WriteSpec;
  readonly plan: PartPlan;
  /** How others would bring parts if they helped; `undefined`: nobody can. */
  readonly shares?: PartWay | undefined;
}

/** By what a later try knows that it is about the same. */
export function taskOf(
  { source }: Pick<TransferContext, "source">,
  { entry, info, spec, plan }: WriteOrder,
  resumable: Resumption,
): TransferTask {
  const { size, mtimeMs, etag, versionId } = info;
  const from = source.copyAddress?.(storeKeyOf(entry));
  const place = from && [from.service, from.bucket, from.key];
  return {
    address: resumable.address(spec.key),
    source: { place, size, mtimeMs, etag, versionId },
    partSize: plan.partSize,
    settings: [spec.attributes, resumable.settings, ...(spec.withoutChecksum ? ["plain"] : [])],
  };
}
