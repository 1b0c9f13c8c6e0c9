/**
 * The binary and variables that Bun or Node would obey: what it does not care for, and what nobody can keep it from.
 * SECURITY.md says the same.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";
import net from "node:net";

import manifest from "../../package.json" with { type: "json" };
import { EchoServer } from "../security/echo-server.ts";
import { TestBucket } from "../support/bucket.ts";
import { build, type Finished, projectRoot, run, start } from "../support/build.ts";
import { serverEnv } from "../support/cli.ts";
import { freePort } from "../support/minio-server.ts";
import { keepSecret, mayPrint } from "../support/secrets.ts";
import { hasTlsServer, httpServer, tlsServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

const place = new TempDir();
const isWindows = process.platform === "win32";
const binary = place.at("built", isWindows ? "s3sync.exe" : "s3sync");
beforeAll(async () => {
  await build(place.at("built"));
}, 60_000);
afterAll(() => place[Symbol.dispose]());

/** A directory with code that somebody wants to have run. */
class Trap implements Disposable {
  private readonly dir = new TempDir();
  readonly path = this.dir.path;

  constructor() {
    this.dir.write("trap.cjs", 'require("node:fs").writeFileSync("ran", "");\n');
    for (const name of ["bunfig.toml", ".bunfig.toml"]) {
      this.dir.write(name, 'preload = ["./trap.cjs"]\n');
    }
    this.dir.write("files/a", "a");
  }

  run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Finished> {
    return run([binary, ...args], { cwd: this.path, env });
  }

  get sprang(): boolean {
    return fs.existsSync(this.dir.at("ran"));
  }

  [Symbol.dispose](): void {
    this.dir[Symbol.dispose]();
  }
}

const version = { exitCode: 0, stdout: `s3sync ${manifest.version}\n`, stderr: "" };

describe("the binary runs nothing because of", () => {
  test.each([
    ["NODE_OPTIONS", "--require ./trap.cjs"],
    ["NODE_OPTIONS", "--import ./trap.cjs"],
    ["BUN_INSPECT_PRELOAD", "./trap.cjs"],
    ["BUN_CONFIG", "./bunfig.toml"],
    ["NODE_PATH", "."],
    ["HOME", "."],
    ["XDG_CONFIG_HOME", "."],
  ])("%s=%s", async (name, value) => {
    using trap = new Trap();
    const finished = await trap.run(["--version"], { [name]: value });
    expect([finished, trap.sprang]).toEqual([version, false]);
  });
});

describe("the binary shows no requests because of", () => {
  const ways = [
    ["BUN_CONFIG_VERBOSE_FETCH", "curl"],
    ["BUN_CONFIG_VERBOSE_FETCH", "true"],
    ["NODE_DEBUG", "http,https,net,tls,fetch,undici"],
    ["DEBUG", "*"],
  ] as const;

  test.each(ways)("%s=%s", async (name, value) => {
    using trap = new Trap();
    await using bucket = await TestBucket.create();
    // fetch would change the path of the second, which goes another way.
    for (const prefix of ["p/", "/p/"]) {
      const env = { ...serverEnv(httpServer()), [name]: value };
      const { exitCode, stdout, stderr } = await trap.run(["files", bucket.url(prefix)], env);
      expect([exitCode, stdout]).toEqual([0, ""]);
      expect(stderr).not.toMatch(/AWS4-HMAC|x-amz/i);
    }
  });

  test.each(ways)("%s=%s, where the SDK sends them", async (name, value) => {
    using trap = new Trap();
    using server = new EchoServer("as plain text");
    const args = ["--http-proxy", server.endpoint, "--endpoint-url", "http://s3.test"];
    const secret = keepSecret(crypto.randomUUID());
    const env = {
      ...{ AWS_ACCESS_KEY_ID: "KEY", AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: secret },
      [name]: value,
    };
    const { stdout, stderr } = await trap.run([...args, "files", "s3://b--use1-az4--x-s3/"], env);
    expect(server.echoed).toBeGreaterThan(0);
    expect(stdout + stderr).not.toMatch(/AWS4-HMAC|x-amz/i);
  });
});

describe.skipIf(!hasTlsServer())("certificates (needs a TLS server)", () => {
  test("are checked, whatever NODE_TLS_REJECT_UNAUTHORIZED says", async () => {
    using trap = new Trap();
    await using bucket = await TestBucket.create(tlsServer());
    const env = { ...serverEnv(tlsServer()), AWS_CA_BUNDLE: "", NODE_TLS_REJECT_UNAUTHORIZED: "0" };
    for (const prefix of ["p/", "/p/"]) {
      const { exitCode, stderr } = await trap.run(["files", bucket.url(prefix)], env);
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining("certificate")]);
    }
    expect(await bucket.keys()).toEqual([]);
  });

  test.each(["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"])(
    "are believed that %s names",
    async (name) => {
      using trap = new Trap();
      await using bucket = await TestBucket.create(tlsServer());
      const env = {
        ...serverEnv(tlsServer()),
        AWS_CA_BUNDLE: "",
        [name]: tlsServer().caFile ?? "",
      };
      expect(await trap.run(["files", bucket.url()], env)).toMatchObject({ exitCode: 0 });
      expect(await bucket.keys()).toEqual(["a"]);
    },
  );
});

/** Whoever may set these may do all that the program may. */
describe("nobody can keep the binary from", () => {
  test("obeying BUN_OPTIONS, which can run code", async () => {
    using trap = new Trap();
    await trap.run(["--version"], { BUN_OPTIONS: "--preload ./trap.cjs" });
    expect(trap.sprang).toBe(true);
  });

  test("being Bun itself with BUN_BE_BUN", async () => {
    using trap = new Trap();
    const finished = await trap.run(["--version"], { BUN_BE_BUN: "1" });
    expect(finished.stdout).toBe(`${Bun.version}\n`);
  });

  test("opening a debugger with BUN_INSPECT", async () => {
    using trap = new Trap();
    const port = freePort();
    // It waits for somebody to come.
    const env = { BUN_INSPECT: `ws://127.0.0.1:${port}/x?wait=1` };
    const child = start([binary, "--version"], { cwd: trap.path, env });
    try {
      await untilListening(port);
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("obeying BUN_JSC_…, which change the engine", async () => {
    using trap = new Trap();
    const { stdout, stderr } = await trap.run(["--version"], { BUN_JSC_dumpOptions: "1" });
    expect(stdout + stderr).toContain("JSC options");
  });

  test.skipIf(isWindows)("printing its command line when Bun crashes", async () => {
    using trap = new Trap();
    const secret = keepSecret(crypto.randomUUID());
    using _printed = mayPrint(secret);
    const typed = ["--access-key", "KEY", `--secret-access-key=${secret}`];
    expect(await crashed(trap, typed, {})).toContain(`"--secret-access-key=${secret}"`);
    const env = { AWS_ACCESS_KEY_ID: "KEY", AWS_SECRET_ACCESS_KEY: secret };
    expect(await crashed(trap, [], env)).not.toContain(secret);
  });

  test("is what SECURITY.md says", () => {
    const text = fs.readFileSync(`${projectRoot}/SECURITY.md`, "utf8");
    for (const name of ["BUN_OPTIONS", "BUN_BE_BUN", "BUN_INSPECT", "BUN_JSC_", "crashes"]) {
      expect(text).toContain(name);
    }
  });
});

async function untilListening(port: number): Promise<void> {
  for (;;) {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const socket = net.connect({ port, host: "127.0.0.1" }, () => resolve(true));
    socket.on("error", () => resolve(false));
    const isListening = await promise;
    socket.destroy();
    if (isListening) return;
  }
}

/** What the program prints when the runtime dies in the middle of a run. */
async function crashed(
  trap: Trap,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch() {
      resolve();
      return new Promise<Response>(() => undefined);
    },
  });
  const how = ["--endpoint-url", server.url.origin, "--region", "us-east-1"];
  const child = start([binary, ...how, ...args, "files", "s3://bucket/"], { cwd: trap.path, env });
  await Promise.race([asked, child.exited]);
  child.kill("SIGSEGV");
  return await new Response(child.stderr).text();
}
