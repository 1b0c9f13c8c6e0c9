/**
 * A status report of what other tools have uploaded, each in parts of its own size: all of it matches, and a damaged
 * file does not. Where these tools are installed.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { sync } from "../../src/index.ts";
import { cachedProgram } from "../bench/tools/install.ts";
import { TestBucket } from "../support/bucket.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";

/** Python takes its time when it starts for the first time. */
const timeoutMs = 60_000;

/** How a tool uploads a directory in parts of a size that is not ours. */
interface OtherTool {
  readonly name: string;
  readonly args: (from: string, bucket: string) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const { endpoint, accessKeyId, secretAccessKey } = httpServer();
const awsEnv = {
  ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
  ...{ AWS_REGION: "us-east-1", AWS_EC2_METADATA_DISABLED: "true" },
};

const tools: readonly OtherTool[] = [
  {
    name: "aws",
    args: (from, bucket) => ["--endpoint-url", endpoint, "s3", "sync", from, `s3://${bucket}/p/`],
  },
  {
    name: "rclone",
    args: (from, bucket) => [
      ...["copy", "--s3-provider=Minio", "--s3-env-auth", `--s3-endpoint=${endpoint}`],
      ...["--s3-upload-cutoff=5Mi", "--s3-chunk-size=7Mi", from, `:s3:${bucket}/p`],
    ],
  },
  {
    name: "s5cmd",
    args: (from, bucket) => [
      ...["--endpoint-url", endpoint, "cp", "--part-size", "6"],
      ...[`${from}/`, `s3://${bucket}/p/`],
    ],
  },
  {
    name: "mc",
    args: (from, bucket) => ["cp", "--recursive", `${from}/`, `there/${bucket}/p/`],
    env: {
      MC_HOST_there: endpoint.replace("://", `://${accessKeyId}:${secretAccessKey}@`),
    },
  },
];

describe("what was uploaded by", () => {
  let dir: TempDir;
  beforeAll(() => {
    dir = new TempDir();
    for (const size of [0, 1, 5, 8, 20]) {
      dir.write(`from/${size}`, randomBytes(String(size), size * MiB));
    }
  });
  afterAll(() => dir[Symbol.dispose]());

  for (const { name, args, env = {} } of tools) {
    const program = cachedProgram(name);
    const hasIt = fs.existsSync(program);
    test.skipIf(!hasIt)(
      `${name} matches (needs ${name})`,
      async () => {
        await using bucket = await TestBucket.create();
        const child = Bun.spawn([program, ...args(dir.at("from"), bucket.name)], {
          stdin: "ignore",
          stdout: "ignore",
          stderr: "pipe",
          env: { PATH: process.env["PATH"], HOME: dir.at("home"), ...awsEnv, ...env },
        });
        const [said, code] = [await new Response(child.stderr).text(), await child.exited];
        expect([said, code]).toEqual([said, 0]);
        const places = { source: dir.at("from"), target: bucket.url("p/") };
        const report = { ...places, ...bucket.side("target"), reportSyncStatus: true };
        const { status } = await sync(report);
        expect(status).toMatchObject({
          ...{ objects: 5, notFound: 0 },
          etag: { MATCHES: 5, MISMATCH: 0, UNKNOWN: 0 },
        });
        using damaged = new TempDir();
        for (const size of [1, 20]) {
          const bytes = randomBytes(String(size), size * MiB);
          bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
          damaged.write(String(size), bytes);
        }
        const worse = await sync({ ...report, source: damaged.path });
        expect(worse.status?.etag).toEqual({ MATCHES: 0, MISMATCH: 2, UNKNOWN: 0 });
      },
      timeoutMs,
    );
  }
});
