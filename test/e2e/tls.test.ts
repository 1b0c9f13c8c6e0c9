/**
 * The process over TLS, with an authority of its own.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { hasTlsServer, tlsServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { fileDigests, MiB, plant, randomBytes, treeDigests } from "../support/trees.ts";

const tree = { "a b.txt": "hello", "d/large": randomBytes("tls", 17 * MiB), empty: "" };

describe.skipIf(!hasTlsServer())("over https, with AWS_CA_BUNDLE (needs a TLS server)", () => {
  test.each(["0", "2"])(
    "a tree goes up, across and down (--threads=%s)",
    async (threads) => {
      const env = serverEnv(tlsServer());
      using dir = new TempDir();
      plant(dir, tree);
      await using first = await TestBucket.create(tlsServer());
      await using second = await TestBucket.create(tlsServer());
      using back = new TempDir();
      for (const sides of [
        [dir.path, first.url("p/")],
        [first.url("p/"), second.url()],
        [second.url(), back.path],
      ]) {
        const result = await runCli([...sides, `--threads=${threads}`, "-q"], { env });
        expect(result).toEqual({ exitCode: 0, stdout: "", stderr: "" });
      }
      expect(fileDigests(back.path)).toEqual(treeDigests(tree));
    },
    30_000,
  );

  test("--ca-bundle does the same, and wins over the variable", async () => {
    const { AWS_CA_BUNDLE: bundle = "", ...env } = serverEnv(tlsServer());
    using dir = new TempDir();
    dir.write("a", "x");
    await using bucket = await TestBucket.create(tlsServer());
    const args = [`--ca-bundle=${bundle}`, dir.path, bucket.url(), "-q"];
    const result = await runCli(args, { env: { ...env, AWS_CA_BUNDLE: "/nonexistent" } });
    expect(result).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });
});
