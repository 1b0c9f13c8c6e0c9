/**
 * A worker in a process of its own, which can be killed: `bun mortal-worker.ts SERVERS SLOTS SLICES SHARING`.
 *
 * @module
 */
import { openNatsGround } from "../../src/cluster/nats/nats-ground.ts";
import type { PartSharing } from "../../src/cluster/parts/part-sharing.ts";
import type { SliceLimits } from "../../src/cluster/work/range-work.ts";
import { Worker } from "../../src/cluster/work/worker.ts";
import { leaseMs } from "./worker-process.ts";

const [servers = "", slots = "2", slices = "{}", sharing = "{}"] = process.argv.slice(2);
const end = new AbortController();
process.on("SIGTERM", () => end.abort());
// Nobody is left who would kill it.
process.stdin.resume().on("end", () => process.exit(1));
const stop = new AbortController();
await using ground = await openNatsGround({ servers, leaseMs }, stop.signal);
const worker = new Worker(ground, {
  ...{ slots: Number(slots), ending: end.signal, lookMs: 300 },
  sharing: JSON.parse(sharing) as Partial<PartSharing>,
  slices: { mostMs: 3000, leastMs: 0, ...(JSON.parse(slices) as Partial<SliceLimits>) },
  onEvent: (event) => {
    if (event.type === "warning" || event.type === "error") console.error(event.error.message);
  },
});
console.log("ready");
await worker.run();
