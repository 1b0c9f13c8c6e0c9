/**
 * The program, built for the tests of one file.
 *
 * @module
 */
import { afterAll, beforeAll } from "bun:test";

import { build, type Finished, run } from "../support/build.ts";
import { serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

/** Has it built before the tests. @returns runs it in a directory, against the test server */
export function builtProgram(): (cwd: string, args: readonly string[]) => Promise<Finished> {
  const place = new TempDir();
  const binary = place.at("built", process.platform === "win32" ? "s3sync.exe" : "s3sync");
  beforeAll(async () => {
    await build(place.at("built"));
  }, 60_000);
  afterAll(() => place[Symbol.dispose]());
  return (cwd, args) => run([binary, ...args], { cwd, env: serverEnv(httpServer()) });
}
