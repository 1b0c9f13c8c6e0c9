/**
 * Everything that a user can get wrong: one message that says what, at most one that says what to do, the
 * right exit code, and nothing done.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import net from "node:net";

import { TestBucket } from "../support/bucket.ts";
import { type CliResult, runCli, serverEnv } from "../support/cli.ts";
import { hasTlsServer, httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { type Case, refusals, type Scene, secret, tlsMistakes, usage } from "./bad-input-cases.ts";
import { commands } from "./bad-input-commands.ts";
import { settings } from "./bad-input-settings.ts";
import { blackhole, canMakeBlackhole } from "./blackhole.ts";

let scene: Scene;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  const dir = stack.use(new TempDir());
  dir.write("source/a", "content");
  dir.write("folder/b", "content");
  const bucket = stack.use(await TestBucket.create());
  await bucket.put("object", "content");
  const listener = net.createServer((socket) => {
    socket.on("error", () => undefined);
    socket.end("SSH-2.0-Server\r\n");
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  stack.defer(() => void listener.close());
  scene = {
    bucket,
    dir,
    source: dir.at("source"),
    out: dir.at("out"),
    file: dir.write("file", "content"),
    awsConfig: dir.write("aws-config", awsConfig),
    notHttpPort: (listener.address() as net.AddressInfo).port,
  };
});
afterAll(() => stack[Symbol.asyncDispose]());

const awsConfig = `
[profile local]
region = us-east-1
aws_access_key_id = AKIALOCAL
aws_secret_access_key = ${secret}
services = here
[services here]
s3 =
  endpoint_url = http://localhost:1
[profile ftp]
endpoint_url = ftp://x
`;

/** The lines of stderr that are messages; the summary line is none. */
function messages({ stderr }: CliResult): string[] {
  const lines = stderr.split("\n").filter((line) => line !== "");
  return lines.filter((line) => !/ objects\/sec, {2}etag verified /.test(line));
}

async function expectOneMessage({ args, env, exitCode, says, hints }: Case): Promise<void> {
  const before = scene.dir.files();
  const result = await runCli(args(scene), {
    env: { ...serverEnv(httpServer()), ...env?.(scene) },
    cwd: scene.dir.path,
  });
  const [first, second, ...more] = messages(result);
  expect(result.exitCode).toBe(exitCode);
  expect(first).toStartWith("s3sync: ");
  expect(first).toMatch(says);
  if (second !== undefined) expect(second).toStartWith("s3sync: ");
  if (hints !== undefined) expect(second).toMatch(hints);
  if (!args(scene).includes("-vvv")) expect(more).toEqual([]);
  const everything = result.stdout + result.stderr;
  expect(everything).not.toContain(secret);
  expect(everything).not.toContain(httpServer().secretAccessKey);
  if (!args(scene).includes("-vvv")) expect(everything).not.toMatch(/^\s+at .*[:(]\d+/m);
  expect(scene.dir.files()).toEqual(before);
  expect(await scene.bucket.keys()).toEqual(["object"]);
}

describe("what makes no sense is told and not begun", () => {
  test.each([...usage, ...commands, ...settings])("$title", expectOneMessage);
});

describe("what a server refuses is told", () => {
  test.each([...refusals])("$title", expectOneMessage, 20_000);
});

describe.skipIf(!hasTlsServer())("what goes wrong with TLS is told (needs a TLS server)", () => {
  test.each([...tlsMistakes])("$title", expectOneMessage);
});

test("several mistakes are told together, one line each", async () => {
  const result = await runCli(["--worker-size=0", "--max-kezs=1", scene.source, "s3://b"]);
  expect(result.exitCode).toBe(2);
  expect(messages(result).filter((line) => /max-kezs|worker-size/.test(line))).toHaveLength(2);
});

test("a path that cannot be a bucket is not suggested as one", async () => {
  const missing = await runCli([scene.dir.at("missing"), scene.bucket.url()]);
  expect(missing.stderr).not.toContain("s3:///");
  const bothLocal = await runCli([scene.source, scene.out]);
  expect(bothLocal.stderr).not.toContain(`s3:/${scene.out}`);
});

test.skipIf(!canMakeBlackhole)(
  "an address that swallows everything is given up after a quarter of a minute (needs Linux)",
  async () => {
    await using hole = await blackhole();
    const startedAt = performance.now();
    const result = await runCli([scene.source, scene.bucket.url()], {
      env: { ...serverEnv(httpServer()), AWS_ENDPOINT_URL: hole.endpoint },
    });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect(result.exitCode).toBe(1);
    expect(messages(result)[0]).toMatch(/no connection to .* within/);
    expect(messages(result).length).toBeLessThanOrEqual(2);
  },
  30_000,
);

test("with -qq nothing is said, and the exit code tells", async () => {
  const result = await runCli(["-qq", scene.source, "s3://no-such-bucket-anywhere/"], {
    env: serverEnv(httpServer()),
  });
  expect(result).toEqual({ exitCode: 1, stdout: "", stderr: "" });
});
