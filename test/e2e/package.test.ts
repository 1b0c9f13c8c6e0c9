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
import { type Finished, run } from "../support/build.ts";
import { serverEnv } from "../support/cli.ts";
import { SampleProject } from "../support/sample-project.ts";
import { httpServer } from "../support/servers.ts";

let sampleProject: SampleProject;

beforeAll(async () => {
  sampleProject = await SampleProject.create();
}, 120_000);
afterAll(() => sampleProject[Symbol.dispose]());

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

function check(text: string): Promise<Finished> {
  return sampleProject.check({ "sample.ts": text });
}

describe("the package", () => {
  test("holds what it needs and nothing else", async () => {
    const files = await new Bun.Archive(fs.readFileSync(sampleProject.tarball)).files();
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
    sampleProject.write("sample.ts", sample);
    const env = serverEnv(httpServer());
    const command = [process.execPath, "sample.ts", bucket.url()];
    const ran = await run(command, { cwd: sampleProject.path, env });
    const told = { keys: ["a.txt"], transferredObjects: 1, skipped: 1 };
    expect(ran).toEqual({ exitCode: 0, stdout: `${JSON.stringify(told)}\n`, stderr: "" });
    expect((await bucket.head("a.txt")).ContentType).toBe("text/plain");
  }, 30_000);

  test("brings the program", async () => {
    const name = process.platform === "win32" ? "s3sync.exe" : "s3sync";
    const program = path.join(sampleProject.path, "node_modules", ".bin", name);
    const env = {
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env["PATH"]}`,
    };
    expect(await run([program, "--version"], { cwd: sampleProject.path, env })).toMatchObject({
      exitCode: 0,
      stdout: `s3sync ${manifest.version}\n`,
    });
  });
});
