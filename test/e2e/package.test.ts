/**
 * The package as others get it: packed, added to a fresh project, checked and run there.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import manifest from "../../package.json" with { type: "json" };
import { compareKeys } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { type Finished, packageCopy, projectRoot, run } from "../support/build.ts";
import { serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

const place = new TempDir();
const tarball = place.at(`s3sync-${manifest.version}.tgz`);
const project = place.at("project");

beforeAll(async () => {
  const copy = packageCopy(place.at("copy"));
  const pack = [process.execPath, "pm", "pack", "--destination", place.path];
  expectFine(await run(pack, { cwd: copy }));
  place.write("project/package.json", JSON.stringify({ name: "sample", type: "module" }));
  // What this project has installed is in the cache: no network is needed.
  const add = [process.execPath, "add", "--prefer-offline", tarball];
  expectFine(await run(add, { cwd: project }));
  // The types of Bun, as users have them.
  for (const name of ["bun-types", "@types", "undici-types", "csstype"]) {
    const from = path.join(projectRoot, "node_modules", name);
    const to = path.join(project, "node_modules", name);
    if (fs.existsSync(from) && !fs.existsSync(to)) fs.symlinkSync(from, to);
  }
}, 120_000);
afterAll(() => place[Symbol.dispose]());

function expectFine({ exitCode, stdout, stderr }: Finished): void {
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}:\n${stdout}${stderr}`);
}

const sample = `
import { type Failure, type Filter, MemoryStore, type Run, type Store, sync, type SyncEvent } from "s3sync";

const source: Store & MemoryStore = new MemoryStore();
source.set("a.txt", "hello");
source.set("b.tmp", "no");
const filter: Filter = ({ key }) => !key.endsWith(".tmp");
const target = process.argv[2] ?? "";
const run: Run = sync({ source, target, contentType: "text/plain" }, { callbacks: { filter } });
const keys: string[] = [];
for await (const event of run) {
  const each: SyncEvent = event;
  if (each.type === "synced") keys.push(each.key);
}
const { transferredObjects, skipped, failures } = await run.result;
const first: Failure | undefined = failures[0];
console.log(JSON.stringify({ keys, transferredObjects, skipped, first }));
`;

const compilerOptions = {
  ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
  ...{ noUnusedLocals: true, noUnusedParameters: true, skipLibCheck: false },
  ...{ target: "esnext", module: "nodenext", lib: ["esnext"], types: ["bun-types"], noEmit: true },
};

async function check(text: string): Promise<Finished> {
  place.write("project/sample.ts", text);
  place.write("project/tsconfig.json", JSON.stringify({ compilerOptions, files: ["sample.ts"] }));
  const tsc = path.join(projectRoot, "node_modules", ".bin", "tsc");
  return run([tsc, "-p", "."], { cwd: project });
}

describe("the package", () => {
  test("holds what it needs and nothing else", async () => {
    const files = await new Bun.Archive(fs.readFileSync(tarball)).files();
    const tops = new Set([...files.keys()].map((name) => name.split("/")[1] ?? ""));
    expect([...tops].toSorted(compareKeys)).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "SECURITY.md",
      "dist",
      "package.json",
      "src",
    ]);
    expect([...files.keys()].filter((name) => /\btest\b/.test(name))).toEqual([]);
    expect(files.has("package/dist/types/src/index.d.ts")).toBe(true);
  });

  test("is checked by the strictest rules of somebody else", async () => {
    expect(await check(sample)).toMatchObject({ exitCode: 0, stdout: "" });
  }, 60_000);

  test("has types that find mistakes", async () => {
    const { exitCode, stdout } = await check(
      'import { sync } from "s3sync";\nawait sync({ source: "a", target: "s3://b", dryRn: true });\n',
    );
    expect(exitCode).not.toBe(0);
    expect(stdout).toContain("dryRn");
  }, 60_000);

  test("synchronises, prints nothing and leaves the process alone", async () => {
    await using bucket = await TestBucket.create();
    place.write("project/sample.ts", sample);
    const env = serverEnv(httpServer());
    const ran = await run([process.execPath, "sample.ts", bucket.url()], { cwd: project, env });
    const told = { keys: ["a.txt"], transferredObjects: 1, skipped: 1 };
    expect(ran).toEqual({ exitCode: 0, stdout: `${JSON.stringify(told)}\n`, stderr: "" });
    expect((await bucket.head("a.txt")).ContentType).toBe("text/plain");
  }, 30_000);

  test("brings the program", async () => {
    const name = process.platform === "win32" ? "s3sync.exe" : "s3sync";
    const program = path.join(project, "node_modules", ".bin", name);
    const env = {
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env["PATH"]}`,
    };
    expect(await run([program, "--version"], { cwd: project, env })).toMatchObject({
      exitCode: 0,
      stdout: `s3sync ${manifest.version}\n`,
    });
  });
});
