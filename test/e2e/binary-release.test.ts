/**
 * The release binaries: each for its own system, started where something here can start it. Making them
 * takes a while, so these tests run only with `S3SYNC_TEST_RELEASE=1`, which `.ci/run` sets.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import manifest from "../../package.json" with { type: "json" };
import { TestBucket } from "../support/bucket.ts";
import { build, run } from "../support/build.ts";
import { serverEnv } from "../support/cli.ts";
import { loaderOf, type Machine, machineOf, signedPages } from "../support/executable-format.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

const wanted = process.env["S3SYNC_TEST_RELEASE"] === "1";
const place = new TempDir();
const dist = place.at("dist");
const buildLimitMs = 600_000;

const machines: Readonly<Record<string, Machine>> = {
  "s3sync-linux-x64": { format: "ELF", processor: "x64" },
  "s3sync-linux-x64-musl": { format: "ELF", processor: "x64" },
  "s3sync-linux-arm64": { format: "ELF", processor: "arm64" },
  "s3sync-darwin-arm64": { format: "Mach-O", processor: "arm64" },
  "s3sync-windows-x64.exe": { format: "PE", processor: "x64" },
  "s3sync-windows-arm64.exe": { format: "PE", processor: "arm64" },
};

const version = { exitCode: 0, stdout: `s3sync ${manifest.version}\n`, stderr: "" };

function read(name: string): Buffer {
  return fs.readFileSync(path.join(dist, name));
}

/** What starts executables of another machine; `undefined` if something for that is missing. */
function emulator(name: string, args: readonly string[], needs: string): readonly string[] {
  const found = Bun.which(name);
  return found === null || !fs.existsSync(needs) ? [] : [found, ...args];
}

const arm64Libraries = "/usr/aarch64-linux-gnu";
const onArm64 = emulator("qemu-aarch64-static", ["-L", arm64Libraries], arm64Libraries);
const onOldProcessor = emulator("qemu-x86_64-static", ["-cpu", "Nehalem"], "/lib64");
const hasMusl =
  fs.existsSync("/lib/ld-musl-x86_64.so.1") && fs.existsSync("/usr/lib/libstdc++.so.6");

beforeAll(async () => {
  if (wanted) await build(dist, ["--all"]);
}, buildLimitMs);
afterAll(() => place[Symbol.dispose]());

const title = wanted ? "the release" : "the release (needs S3SYNC_TEST_RELEASE=1)";
describe.skipIf(!wanted)(title, () => {
  test("is one binary for each system, and their sums", () => {
    expect(fs.readdirSync(dist).sort()).toEqual([...Object.keys(machines), "SHA256SUMS"].sort());
  });

  test("SHA256SUMS holds the hash of every binary", () => {
    const sums = Object.keys(machines).map((name) => {
      const hash = new Bun.CryptoHasher("sha256").update(read(name)).digest("hex");
      return `${hash}  ${name}`;
    });
    expect(read("SHA256SUMS").toString().trimEnd().split("\n").sort()).toEqual(sums.sort());
  });

  test.each(Object.entries(machines))("%s is for its machine", (name, machine) => {
    expect(machineOf(read(name))).toEqual(machine);
  });

  test.each([
    ["s3sync-linux-x64", "/lib64/ld-linux-x86-64.so.2"],
    ["s3sync-linux-x64-musl", "/lib/ld-musl-x86_64.so.1"],
    ["s3sync-linux-arm64", "/lib/ld-linux-aarch64.so.1"],
  ])("%s asks for the loader %s", (name, loader) => {
    expect(loaderOf(read(name))).toBe(loader);
  });

  test("s3sync-darwin-arm64 has a signature that is right for every page", () => {
    const binary = read("s3sync-darwin-arm64");
    expect(signedPages(binary)).toBeGreaterThan(1000);
    // The check can fail: one byte of the program changed.
    binary[1_000_000] = (binary[1_000_000] ?? 0) ^ 1;
    expect(signedPages(binary)).toBe(0);
  });

  const isAmongThem = process.platform === "linux" && process.arch === "x64";
  test.skipIf(!isAmongThem)(
    "s3sync-linux-x64 is what a build on such a machine makes, byte for byte (needs Linux on x64)",
    async () => {
      await build(place.at("here"));
      const here = fs.readFileSync(place.at("here/s3sync"));
      expect(here.equals(read("s3sync-linux-x64"))).toBe(true);
    },
    60_000,
  );

  test.skipIf(onOldProcessor.length === 0)(
    "s3sync-linux-x64 starts on a processor of 2008 (needs qemu-user-static)",
    async () => {
      const command = [...onOldProcessor, path.join(dist, "s3sync-linux-x64"), "--version"];
      expect(await run(command, { cwd: dist })).toEqual(version);
    },
    60_000,
  );

  test.skipIf(!hasMusl)(
    "s3sync-linux-x64-musl starts (needs musl's loader and libstdc++)",
    async () => {
      const command = [path.join(dist, "s3sync-linux-x64-musl"), "--version"];
      expect(await run(command, { cwd: dist })).toEqual(version);
    },
  );

  test.skipIf(onArm64.length === 0)(
    "s3sync-linux-arm64 moves files with its threads (needs qemu-user-static, libc6-arm64-cross)",
    async () => {
      using dir = new TempDir();
      await using bucket = await TestBucket.create();
      dir.write("up/small", "small");
      dir.write("up/large", new Uint8Array(9 * 1024 * 1024));
      const program = [...onArm64, path.join(dist, "s3sync-linux-arm64"), "--threads", "1"];
      const at = { cwd: dir.path, env: serverEnv(httpServer()) };
      expect(await run([...program, "up", bucket.url()], at)).toMatchObject({ exitCode: 0 });
      expect(await run([...program, bucket.url(), "down"], at)).toMatchObject({ exitCode: 0 });
      expect(dir.files("down")).toEqual(["large", "small"]);
      expect(dir.read("down/large")).toEqual(dir.read("up/large"));
    },
    120_000,
  );
});
