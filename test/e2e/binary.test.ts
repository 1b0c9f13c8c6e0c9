/**
 * The compiled program, away from the sources it was built from.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import manifest from "../../package.json" with { type: "json" };
import { type Option, optionNames, options } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { build, type Finished, projectRoot, run, start } from "../support/build.ts";
import { serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";

const place = new TempDir();
const elsewhere = place.at("elsewhere");
const binary = path.join(elsewhere, process.platform === "win32" ? "s3sync.exe" : "s3sync");

beforeAll(async () => {
  await build(place.at("built"));
  // Another folder than the one it was built into, and nothing beside it.
  fs.renameSync(place.at("built"), elsewhere);
}, 60_000);
afterAll(() => place[Symbol.dispose]());

function runBinary(args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  return run([binary, ...args], { cwd: elsewhere, env });
}

describe("the binary", () => {
  test("is one file, and nothing of the project is left beside it", () => {
    expect(fs.readdirSync(place.path)).toEqual(["elsewhere"]);
    expect(fs.readdirSync(elsewhere)).toEqual([path.basename(binary)]);
  });

  test("says the version of package.json", async () => {
    const expected = { exitCode: 0, stdout: `s3sync ${manifest.version}\n`, stderr: "" };
    expect(await runBinary(["--version"])).toEqual(expected);
  });

  test("lists every option in --help", async () => {
    const { exitCode, stdout, stderr } = await runBinary(["--help"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const shown = optionNames.filter((name) => (options[name] as Option).traits.hidden !== true);
    expect(shown.filter((name) => !stdout.includes(`  --${name}`))).toEqual([]);
  });

  test.each([
    ["f.toml", '[jobs.a]\nsource = "x"\ntarget = "y"\n'],
    ["f.yaml", "jobs: {a: {source: x, target: y}}"],
    ["f.json", '{"jobs": {"a": {"source": "x", "target": "y"}}}'],
    ["f.jsonc", '{/* */"jobs": {"a": {"source": "x", "target": "y"}}}'],
    ["f.json5", "{jobs: {a: {source: 'x', target: 'y'}}}"],
  ])("reads jobs in %s", async (name, text) => {
    using dir = new TempDir();
    const expected = { exitCode: 0, stdout: "a  x -> y\n", stderr: "" };
    expect(await runBinary(["run", "--config", dir.write(name, text)])).toEqual(expected);
  });

  test("holds no path of the machine it was built on", () => {
    expect(fs.readFileSync(binary).includes(place.path)).toBe(false);
  });

  test("starts transfer threads: 20 MiB go up in parts and come back the same", async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    const content = randomBytes("large", 20 * MiB);
    dir.write("up/large.bin", content);
    const env = serverEnv(httpServer());
    // A thread that does not start fails the run: there is no falling back to the main one.
    const threads = ["--threads", "2"];

    const up = await runBinary([...threads, dir.at("up"), bucket.url()], env);
    expect(up).toMatchObject({ exitCode: 0, stdout: "" });
    expect((await bucket.list()).map(({ etag }) => etag.split("-")[1])).toEqual(["3"]);

    const down = await runBinary([...threads, bucket.url(), dir.at("down")], env);
    expect(down).toMatchObject({ exitCode: 0, stdout: "" });
    expect(Buffer.compare(dir.read("down/large.bin"), content)).toBe(0);
  });

  test.skipIf(process.platform !== "linux")(
    "reaches the system's library: times are kept to the nanosecond, and FIFOs are FIFOs",
    async () => {
      using dir = new TempDir();
      await using bucket = await TestBucket.create();
      const file = dir.write("up/a", "a");
      fs.utimesSync(file, 1_600_000_000.123_456, 1_600_000_000.123_456);
      expect(Bun.spawnSync(["mkfifo", dir.at("up/fifo")]).exitCode).toBe(0);
      const env = serverEnv(httpServer());
      const keep = ["--preserve=all", "--specials"];
      for (const places of [
        [dir.at("up"), bucket.url()],
        [bucket.url(), dir.at("down")],
      ]) {
        const { exitCode } = await runBinary([...keep, ...places], env);
        expect(exitCode).toBe(0);
      }
      const [before, after] = [file, dir.at("down/a")].map((each) =>
        fs.statSync(each, { bigint: true }),
      );
      expect(after?.mtimeNs).toBe(before?.mtimeNs);
      expect(fs.statSync(dir.at("down/fifo")).isFIFO()).toBe(true);
    },
  );

  test("starts anew with a higher limit when more requests are wanted than Bun allows", async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    dir.write("a", "a");
    const args = ["--worker-size", "300", dir.path, bucket.url()];
    expect(await runBinary(args, serverEnv(httpServer()))).toMatchObject({
      exitCode: 0,
      stdout: "",
    });
    expect(await bucket.keys()).toEqual(["a"]);
  });
});

describe("the exit code of the binary", () => {
  test("is 1 for a bucket that is not there", async () => {
    const url = `s3://no-such-bucket-${crypto.randomUUID()}/`;
    const { exitCode, stderr } = await runBinary([elsewhere, url], serverEnv(httpServer()));
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(/^s3sync: .*NoSuchBucket/m),
    });
  });

  test("is 2 for an option that does not exist", async () => {
    expect(await runBinary(["--no-such-option", "a", "s3://b"])).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: "s3sync: unknown option --no-such-option\ns3sync: see s3sync --help\n",
    });
  });

  test.skipIf(process.platform !== "linux")(
    "is 3 when a file was skipped (needs Linux: a name that is no UTF-8)",
    async () => {
      using dir = new TempDir();
      await using bucket = await TestBucket.create();
      dir.write("good", "good");
      fs.writeFileSync(Buffer.concat([Buffer.from(dir.at("bad")), Buffer.of(0xff)]), "");
      const result = await runBinary([dir.path, bucket.url()], serverEnv(httpServer()));
      expect(result.exitCode).toBe(3);
      expect(await bucket.keys()).toEqual(["good"]);
    },
  );

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("after %s is %d", async (signal, code) => {
    using silent = silentServer();
    const child = start([binary, elsewhere, "s3://bucket/"], {
      cwd: elsewhere,
      env: { ...serverEnv(httpServer()), AWS_ENDPOINT_URL: silent.endpoint },
    });
    await silent.asked;
    child.kill(signal);
    expect(await child.exited).toBe(code);
  });
});

describe("when nobody reads what the binary writes", () => {
  test("it ends with 0 after --help", async () => {
    const child = start([binary, "--help"], { cwd: elsewhere });
    await child.stdout.cancel();
    expect(await child.exited).toBe(0);
  });

  test("it ends with 0 in the middle of a run", async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    for (let number = 0; number < 200; number++) dir.write(`files/${number}`, `${number}`);
    const child = start([binary, "-v", dir.path, bucket.url()], {
      cwd: elsewhere,
      env: serverEnv(httpServer()),
    });
    await child.stdout.cancel();
    const complaints = await new Response(child.stderr).text();
    expect({ exitCode: await child.exited, complaints }).toEqual({
      exitCode: 0,
      complaints: expect.not.stringMatching(/EPIPE|error [1-9]/),
    });
  });
});

describe("what a start loads", () => {
  const entries = ["src/main.ts", "src/transfer/threads/thread.ts"];

  test.each(entries)("of %s is nothing of the AWS SDK", async (entry) => {
    const loaded = await loadedAtStart(entry);
    expect(loaded).toContain(entry);
    expect(loaded.filter((file) => /@aws-sdk|@smithy/.test(file))).toEqual([]);
  });
});

/** The files that an entry point imports, and those import, and so on; without what `import()` loads later. */
async function loadedAtStart(entry: string): Promise<string[]> {
  const { metafile } = await Bun.build({
    entrypoints: [path.join(projectRoot, entry)],
    root: projectRoot,
    target: "bun",
    splitting: true,
    metafile: true,
  });
  const inputs = metafile?.inputs ?? {};
  const first = Object.keys(inputs).find((file) => file.endsWith(entry));
  const found = new Set<string>();
  const waiting = first === undefined ? [] : [first];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const { path: imported, kind } of inputs[file]?.imports ?? []) {
      if (kind !== "dynamic-import") waiting.push(imported);
    }
  }
  return [...found].map((file) => path.relative(projectRoot, path.resolve(file)));
}

/** A server that never answers. */
function silentServer(): Disposable & {
  readonly endpoint: string;
  readonly asked: Promise<unknown>;
} {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch() {
      resolve();
      return new Promise<Response>(() => undefined);
    },
  });
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    asked,
    [Symbol.dispose]: () => void server.stop(true),
  };
}
