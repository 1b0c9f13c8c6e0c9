/**
 * The Rust s3sync, where it is on this machine.
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** Where `npm run bench -- --install-peers` puts it. */
const installed = path.join(os.homedir(), ".cache/s3sync-bench/peers/bin/s3sync");

/** The program that `S3SYNC_TEST_RUST_BIN` names, or that the benchmark has installed; `undefined` if there is none. */
export function rustBinary(): string | undefined {
  const named = process.env["S3SYNC_TEST_RUST_BIN"] ?? "";
  if (named !== "") return named;
  return fs.existsSync(installed) ? installed : undefined;
}
