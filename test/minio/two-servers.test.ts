/**
 * Two services with an endpoint, keys and an authority each.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { runCli } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { startMinio } from "../support/minio-server.ts";
import { patient } from "../support/patience.ts";
import { httpServer, type TestServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { fileDigests, plant } from "../support/trees.ts";

const tree = { "a.txt": "text", "sub/b": "more" };
const timeoutMs = patient(60_000);

/** The options that say where a side is; no prefix: every side. */
function reach(
  prefix: string,
  { endpoint, accessKeyId, secretAccessKey }: TestServer,
  region = "us-east-1",
): string[] {
  return [
    ...[`--${prefix}endpoint-url`, endpoint, `--${prefix}region`, region],
    ...[`--${prefix}access-key`, accessKeyId, `--${prefix}secret-access-key`, secretAccessKey],
    `--${prefix}force-path-style`,
  ];
}

/** What requests were signed for. */
function regionsOf({ requests }: FaultProxy): (string | undefined)[] {
  const scope = /Credential=[^/]+\/\d+\/([^/]+)/;
  return [
    ...new Set(requests.map(({ headers }) => scope.exec(headers.get("authorization") ?? "")?.[1])),
  ];
}

test("options without a side say all that one service needs", async () => {
  await using bucket = await TestBucket.create();
  using dir = new TempDir();
  using back = new TempDir();
  plant(dir, tree);
  const common = reach("", httpServer());
  for (const [source, target] of [
    [dir.path, bucket.url("a/")],
    [bucket.url("a/"), bucket.url("b/")],
    [bucket.url("b/"), back.path],
  ]) {
    const { exitCode, stderr } = await runCli([...common, source ?? "", target ?? ""]);
    expect([exitCode, stderr.includes("s3sync:")]).toEqual([0, false]);
  }
  expect(fileDigests(back.path)).toEqual(fileDigests(dir.path));
});

describe("two services with other keys", () => {
  test(
    "each get their own; the server cannot copy between them, which is told with what to do",
    async () => {
      await using other = await startMinio({ tls: false, user: "another-user" });
      await using from = await TestBucket.create();
      await using to = await TestBucket.create(other);
      await from.put("a", "x");
      const sides = [...reach("source-", httpServer()), ...reach("target-", other)];
      expect((await runCli([...sides, from.url(), to.url()])).exitCode).toBe(0);
      expect(await to.keys()).toEqual(["a"]);
      const mixed = [...reach("", other), ...reach("source-", httpServer())];
      expect((await runCli([...mixed, from.url(), to.url("b/")])).exitCode).toBe(0);
      expect(await to.keys()).toEqual(["a", "b/a"]);
      for (const more of [[], ["--dry-run"]]) {
        const { exitCode, stdout, stderr } = await runCli([
          ...["--server-side-copy", ...more, ...sides, from.url(), to.url("c/")],
        ]);
        expect([exitCode, stdout]).toEqual([2, ""]);
        expect(stderr).toContain("are not in the same storage service");
        expect(stderr).toContain("Leave --server-side-copy out");
      }
    },
    timeoutMs,
  );

  needing("takes signatures for any region").test(
    "and other regions get signatures for their own, the one without a side being that of the rest",
    async () => {
      await using other = await startMinio({
        tls: false,
        user: "another-user",
        region: "eu-west-1",
      });
      await using wires = new AsyncDisposableStack();
      const fromWire = wires.use(await FaultProxy.start(httpServer()));
      const toWire = wires.use(await FaultProxy.start(other));
      await using from = await TestBucket.create();
      await using to = await TestBucket.create(other, "eu-west-1");
      await from.put("a", "x");
      const near = { ...httpServer(), endpoint: fromWire.endpoint };
      const far = { ...other, endpoint: toWire.endpoint };
      const source = reach("source-", near, "us-west-2");
      for (const prefix of ["target-", ""]) {
        const target = reach(prefix, far, "eu-west-1");
        const place = to.url(`${prefix}x/`);
        const { exitCode, stderr } = await runCli([...source, ...target, from.url(), place]);
        expect([exitCode, stderr.includes("s3sync:")]).toEqual([0, false]);
      }
      expect(await to.keys()).toEqual(["target-x/a", "x/a"]);
      // Not even the first request, which a server would answer with the right one.
      expect([regionsOf(fromWire), regionsOf(toWire)]).toEqual([["us-west-2"], ["eu-west-1"]]);
    },
    timeoutMs,
  );

  test(
    "are refused with the keys of the other",
    async () => {
      await using other = await startMinio({ tls: false, user: "another-user" });
      await using to = await TestBucket.create(other);
      using dir = new TempDir();
      plant(dir, tree);
      const wrong = reach("", { ...httpServer(), endpoint: other.endpoint });
      const { exitCode } = await runCli([...wrong, dir.path, to.url()]);
      expect(exitCode).toBe(1);
    },
    timeoutMs,
  );
});
