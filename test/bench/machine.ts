/**
 * What the figures of a run depend on besides the tools.
 *
 * @module
 */
import os from "node:os";

import { MiB } from "../../src/core/bytes.ts";
import { memoryDirectory } from "../support/minio-server.ts";
import { peakMethod } from "./measure.ts";

const hashedBytes = 8 * MiB;
const hashRounds = 16;

/** Describes the machine, for the head of the report. */
export function machineNotes(): string[] {
  const memory = (os.totalmem() / 2 ** 30).toFixed(0);
  const files = memoryDirectory() === os.tmpdir() ? "files on disk" : "files in memory";
  const rates = (["md5", "sha256"] as const).map(
    (name) => `${name.toUpperCase()} ${hashRate(name).toFixed(0)} MiB/s`,
  );
  return [
    `${os.platform()} ${os.arch()}, ${os.availableParallelism()} processors, ${memory} GiB; ${files}; servers on the same processors`,
    `load ${os.loadavg()[0]?.toFixed(2)} at the start; one processor hashes ${rates.join(", ")}: the floor of verified transfers`,
    `peak memory by ${peakMethod}`,
  ];
}

/** MiB a second of one processor's time. */
function hashRate(name: "md5" | "sha256"): number {
  const bytes = new Uint8Array(hashedBytes);
  Bun.CryptoHasher.hash(name, bytes);
  const before = process.cpuUsage().user;
  for (let round = 0; round < hashRounds; round++) Bun.CryptoHasher.hash(name, bytes);
  const seconds = (process.cpuUsage().user - before) / 1e6;
  return (hashRounds * hashedBytes) / MiB / seconds;
}
