/**
 * The program in a directory that somebody else filled. Bun reads `.env` and `bunfig.toml` of the current
 * directory by itself and runs what the latter names; s3sync must not, however it is started.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { TestBucket } from "../support/bucket.ts";
import { build, projectRoot, run } from "../support/build.ts";
import { serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

const place = new TempDir();

beforeAll(async () => {
  await build(place.at("built"));
  // A directory with `bun` in it, for PATH.
  fs.mkdirSync(place.at("bin"));
  fs.symlinkSync(process.execPath, place.at("bin/bun"));
  await installPackage(place.at("package"));
}, 60_000);
afterAll(() => place[Symbol.dispose]());

/** What npm would put into `node_modules/s3sync`: exactly the files that are published. */
async function installPackage(directory: string): Promise<void> {
  const packing = await run(
    [process.execPath, "pm", "pack", "--quiet", "--ignore-scripts", "--destination", place.path],
    { cwd: projectRoot },
  );
  const archive = new Bun.Archive(fs.readFileSync(packing.stdout.trim()));
  const unpacked = place.at("unpacked");
  await archive.extract(unpacked);
  fs.renameSync(path.join(unpacked, "package"), directory);
  // Packers do this for what package.json names as bin.
  fs.chmodSync(path.join(directory, "src/main.ts"), 0o755);
  fs.symlinkSync(path.join(projectRoot, "node_modules"), path.join(directory, "node_modules"));
}

/** A directory with traps, laid out as npm and bun lay out one that has s3sync among its packages. */
class HostileDirectory implements Disposable {
  private readonly dir = new TempDir();
  readonly path = this.dir.path;

  constructor() {
    const variables = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "S3SYNC_WORKER_SIZE"];
    for (const name of [".env", ".env.local", ".env.development", ".env.production", ".env.test"]) {
      this.dir.write(name, variables.map((variable) => `${variable}=from-dotenv\n`).join(""));
    }
    this.dir.write("bunfig.toml", 'preload = ["./preload.ts"]\n');
    this.dir.write("preload.ts", 'import fs from "node:fs";\nfs.writeFileSync("ran", "");\n');
    this.dir.write("files/a", "a");
    this.dir.write("package.json", "{}");
    fs.mkdirSync(this.dir.at("node_modules/.bin"), { recursive: true });
    fs.symlinkSync(place.at("package"), this.dir.at("node_modules/s3sync"));
    fs.symlinkSync("../s3sync/src/main.ts", this.dir.at("node_modules/.bin/s3sync"));
  }

  /** Tries to upload a file, without any credentials but those in `.env`. */
  async upload(program: readonly string[], more: readonly string[] = []): Promise<Outcome> {
    const endpoint = ["--target-endpoint-url", httpServer().endpoint];
    const env = { PATH: `${place.at("bin")}:${process.env["PATH"] ?? ""}` };
    const command = [...program, ...endpoint, ...more, "files", "s3://bucket/"];
    const { exitCode, stderr } = await run(command, { cwd: this.path, env });
    return { exitCode, stderr, preloadRan: fs.existsSync(this.dir.at("ran")) };
  }

  [Symbol.dispose](): void {
    this.dir[Symbol.dispose]();
  }
}

interface Outcome {
  readonly exitCode: number;
  readonly stderr: string;
  /** Whether the code that `bunfig.toml` names was run. */
  readonly preloadRan: boolean;
}

/** What a run comes to that has read nothing of the directory but its files. */
const untouched: Outcome = {
  exitCode: 1,
  stderr: expect.stringContaining("no credentials"),
  preloadRan: false,
};

const bun = process.execPath;
/** Functions, because the paths are there only when the tests run. */
const ways: readonly (readonly [string, () => readonly string[]])[] = [
  ["the binary", () => [place.at("built/s3sync")]],
  ["the sources through their shebang", () => [place.at("package/src/main.ts")]],
  ["the bin of the npm package", () => ["node_modules/.bin/s3sync"]],
  ["bunx", () => [bun, "x", "--no-install", "s3sync"]],
];

describe.skipIf(process.platform === "win32")("in a hostile directory", () => {
  test("a program that does not take care reads .env and runs the preload", async () => {
    using hostile = new HostileDirectory();
    expect(await hostile.upload([bun, path.join(projectRoot, "src/main.ts")])).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining("S3SYNC_WORKER_SIZE"),
      preloadRan: true,
    });
  });

  test.each(ways)("%s reads neither .env nor bunfig.toml", async (_, program) => {
    using hostile = new HostileDirectory();
    expect(await hostile.upload(program())).toEqual(untouched);
  });

  test.each(ways)("%s does not when it has started itself anew, either", async (_, program) => {
    using hostile = new HostileDirectory();
    expect(await hostile.upload(program(), ["--worker-size", "300"])).toEqual(untouched);
  });

  test("the binary starts its own transfer threads, not those that lie there", async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    const intruder = 'import fs from "node:fs";\nfs.writeFileSync("ran", "");\n';
    for (const name of ["thread.ts", "thread.js"]) dir.write(`transfer/${name}`, intruder);
    dir.write("files/large", new Uint8Array(12 * 1024 * 1024));
    const { exitCode } = await run(
      [place.at("built/s3sync"), "--threads", "1", "files", bucket.url()],
      { cwd: dir.path, env: serverEnv(httpServer()) },
    );
    expect({ exitCode, ran: fs.existsSync(dir.at("ran")) }).toEqual({ exitCode: 0, ran: false });
    expect((await bucket.list()).map(({ size }) => size)).toEqual([12 * 1024 * 1024]);
  });
});
