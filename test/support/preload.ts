/**
 * Runs before every test process: no test can reach a real account, no child can print a secret unnoticed, a plain
 * `bun test` has its servers, and random cases can be the same again.
 *
 * @module
 */
import { afterAll } from "bun:test";

import { startServers } from "./servers.ts";
import { TempDir } from "./temp-dir.ts";
import { watchChildren } from "./watched-children.ts";

for (const name of Object.keys(process.env)) {
  if (
    /^(?:AWS_|S3SYNC_(?!TEST_|BIN)|SOURCE_|TARGET_|https?_proxy$|all_proxy$|no_proxy$)/i.test(name)
  ) {
    delete process.env[name];
  }
}
process.env["AWS_CONFIG_FILE"] = "/dev/null";
process.env["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null";
process.env["AWS_EC2_METADATA_DISABLED"] = "true";
process.env["AWS_REGION"] = "us-east-1";
// For the colours of the test run, see tests.ts; not for the programs that it starts.
delete process.env["FORCE_COLOR"];

watchChildren();

// Else each run draws its own cases.
const { S3SYNC_TEST_SEED: seed } = process.env;
if (seed !== undefined) (await import("fast-check")).configureGlobal({ seed: Number(seed) });

// What runs keep of themselves is no business of whoever runs the tests.
const state = new TempDir();
process.env["XDG_STATE_HOME"] = state.path;
afterAll(() => state[Symbol.dispose]());

const servers = await startServers((text) => process.stderr.write(`${text}\n`));
afterAll(() => servers[Symbol.asyncDispose]());
