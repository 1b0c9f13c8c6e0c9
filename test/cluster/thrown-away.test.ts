/**
 * What is said of parts that are thrown away when somebody stops.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { configOfOrder } from "../../src/cluster/job/order.ts";
import type { SyncEvent } from "../../src/core/events.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { transferOptionsOf } from "../../src/sync/carry-out.ts";
import { TransferContext } from "../../src/transfer/context.ts";
import type { PartHelp } from "../../src/transfer/parts/part-help.ts";

const order = { source: "s3://a/", target: "s3://b/", sharedPath: false, options: {} };
/** As every job of a cluster has it. */
const help: PartHelp = {
  fromBytes: 1,
  with: () => {
    throw new Error("nobody asks");
  },
};

test.each([
  ["alone is told how to keep them", undefined, 1],
  ["for a job of a cluster is told nothing: it can keep none", help, 0],
] as const)("who works %s", (_, others, count) => {
  const told: SyncEvent[] = [];
  const options = { ...transferOptionsOf(configOfOrder(order), undefined), help: others };
  const [source, target] = [new MemoryStore("source:"), new MemoryStore("target:")];
  const context = new TransferContext(source, target, options, (event) => void told.push(event));
  context.noteThrownAway();
  context.close();
  expect(told).toHaveLength(count);
});
