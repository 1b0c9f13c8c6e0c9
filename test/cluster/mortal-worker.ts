/**
 * A worker in a process of its own, which can be killed: `bun mortal-worker.ts SERVERS SLOTS LEAST_KEYS SHARING`.
 *
 * @module
 */
import { openNatsGround } from "../../src/cluster/nats/nats-ground.ts";
import type { PartSharing } from "../../src/cluster/parts/part-sharing.ts";
import { Worker } from "../../src/cluster/worker.ts";
import { leaseMs } from "./worker-process.ts";

const [servers = "", slots = "2", leastKeys = "500", sharing = "{}"] = process.argv.slice(2);
const end = new AbortController();
process.on("SIGTERM", () => end.abort());
const stop = new AbortController();
await using ground = await openNatsGround({ servers, leaseMs }, stop.signal);
const worker = new Worker(ground, {
  ...{ slots: Number(slots), ending: end.signal, lookMs: 300 },
  sharing: JSON.parse(sharing) as Partial<PartSharing>,
  slices: { mostMs: 3000, leastKeys: Number(leastKeys), leastMs: 0 },
  onEvent: (event) => {
    if (event.type === "warning" || event.type === "error") console.error(event.error.message);
  },
});
console.log("ready");
await worker.run();
