/**
 * Who we are to servers of NATS, by the command line: each way in lets a job be submitted, worked on, waited for and looked at;
 * a wrong one ends in a line or two, and nobody sees what is secret.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { nkeys } from "@nats-io/transport-node";

import { TestBucket } from "../support/bucket.ts";
import { type CliResult, runCli, serverEnv, startCli } from "../support/cli.ts";
import { hasOpenssl, makeCertificates, seedOf, signedAccounts } from "../support/nats-logins.ts";
import { hasNats, NatsServer, type NatsServerOptions } from "../support/nats-server.ts";
import { keepSecret } from "../support/secrets.ts";
import { TempDir } from "../support/temp-dir.ts";

const password = keepSecret("horse-battery/staple@9");
const dir = new TempDir();
let source: TestBucket;
let target: TestBucket;

beforeAll(async () => {
  source = await TestBucket.create();
  target = await TestBucket.create();
  for (const key of ["a", "b", "c"]) await source.put(key, key);
}, 60_000);
afterAll(async () => {
  dir[Symbol.dispose]();
  await source[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

/** What is typed, and what stands in variables. */
interface Typed {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A server of some kind, and commands that want something of it. Dispose of it. */
class Door implements AsyncDisposable {
  private constructor(readonly server: NatsServer) {}

  static async open(options: NatsServerOptions): Promise<Door> {
    return new Door(await NatsServer.start(options));
  }

  run(words: readonly string[], typed: Typed): Promise<CliResult> {
    return runCli(this.command(words, typed), { env: this.env(typed) });
  }

  /** A whole job. */
  async letsUsIn(job: string, typed: Typed): Promise<void> {
    const places = [source.url(), target.url(`${job}/`)];
    const submitted = await this.run(["submit", "--job", job, ...places], typed);
    expect(submitted).toMatchObject({ exitCode: 0, stderr: "" });
    const worker = startCli(this.command(["worker"], typed), { env: this.env(typed) });
    const [waited, status] = [
      await this.run(["wait", job], typed),
      await this.run(["status", job], typed),
    ];
    worker.kill("SIGTERM");
    expect(await worker.exited).toBe(0);
    const said = await new Response(worker.stdout).text();
    // The address, without who we are.
    expect(said).toContain(`at ${this.server.url}, 4 ranges`);
    expect(waited.exitCode).toBe(0);
    expect(waited.stderr).toContain("transferred   3 objects");
    expect(status.stdout).toContain("state    done, ");
    expect(await target.keys(`${job}/`)).toHaveLength(3);
    for (const { stdout, stderr } of [submitted, waited, status, { stdout: said, stderr: "" }]) {
      expect(stdout + stderr).not.toContain(password);
    }
  }

  /** Nobody gets in, and all say the same. */
  async keepsUsOut(typed: Typed, says: string): Promise<void> {
    for (const words of [["submit", source.url(), target.url()], ["worker"], ["status"]]) {
      const { exitCode, stdout, stderr } = await this.run(words, typed);
      expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 1, stdout: "" });
      const lines = stderr.trimEnd().split("\n");
      expect(lines[0]).toMatch(/^s3sync: /);
      expect(lines[0]).toContain(says);
      expect(lines.length).toBeLessThan(3);
      expect(stderr).not.toContain(password);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }

  private command(words: readonly string[], { flags = [] }: Typed): string[] {
    const [word = "", ...rest] = words;
    return ["cluster", word, ...flags, ...rest];
  }

  private env({ env = {} }: Typed): Record<string, string> {
    return { ...serverEnv(source.server), S3SYNC_NATS: this.server.url, ...env };
  }
}

const refused = "refuse our login";

describe.skipIf(!hasNats)(`a cluster is entered${hasNats ? "" : " (needs nats-server)"}`, () => {
  test("by a name and a password", async () => {
    const config = `authorization { users: [{ user: me, password: ${JSON.stringify(password)} }] }`;
    await using door = await Door.open({ config });
    const user = ["--nats-user", "me", "--nats-password"];
    await door.letsUsIn("flags", { flags: [...user, password] });
    const login = `me:${encodeURIComponent(password)}@`;
    const address = door.server.url.replace("://", `://${login}`);
    await door.letsUsIn("address", { env: { S3SYNC_NATS: address } });
    await door.keepsUsOut({ flags: [...user, "something else"] }, refused);
    await door.keepsUsOut({}, refused);
  }, 90_000);

  test("by a token", async () => {
    await using door = await Door.open({
      config: `authorization { token: ${JSON.stringify(password)} }`,
    });
    await door.letsUsIn("token", { env: { S3SYNC_NATS_TOKEN: password } });
    await door.keepsUsOut({ flags: ["--nats-token", "another one"] }, refused);
  }, 60_000);

  test("by an nkey", async () => {
    const [pair, other] = [nkeys.createUser(), nkeys.createUser()];
    const config = `authorization { users: [{ nkey: ${pair.getPublicKey()} }] }`;
    await using door = await Door.open({ config });
    await door.letsUsIn("nkey", { flags: ["--nats-nkey", dir.write("mine.nk", seedOf(pair))] });
    const unknown = dir.write("other.nk", seedOf(other));
    await door.keepsUsOut({ flags: ["--nats-nkey", unknown] }, refused);
  }, 60_000);

  test("by a credentials file", async () => {
    const accounts = signedAccounts();
    await using door = await Door.open({ config: accounts.config });
    const file = dir.write("mine.creds", accounts.credentials);
    await door.letsUsIn("creds", { env: { S3SYNC_NATS_CREDS: file } });
    const unknown = dir.write("other.creds", signedAccounts().credentials);
    await door.keepsUsOut({ flags: ["--nats-creds", unknown] }, refused);
  }, 60_000);

  test.skipIf(!hasOpenssl)(
    `by TLS with an authority of one's own, which knows us as well${hasOpenssl ? "" : " (needs openssl)"}`,
    async () => {
      const { ca, server, client } = await makeCertificates(dir);
      const files = `cert_file: "${server.certificate}", key_file: "${server.key}", ca_file: "${ca}"`;
      const config = `tls { ${files}, verify: true }`;
      await using door = await Door.open({ config, scheme: "tls" });
      const ours = ["--nats-cert", client.certificate, "--nats-key", client.key];
      await door.letsUsIn("tls", { flags: ["--nats-ca", ca, ...ours] });
      await door.keepsUsOut({ flags: ours }, "is not trusted");
      const { stderr } = await door.run(["status"], { flags: ["--nats-ca", ca] });
      expect(stderr).toContain(`no connection to the NATS servers ${door.server.url}`);
      expect(stderr).toContain("If they want a certificate of ours, name it.");
    },
    120_000,
  );
});

test("a login that makes no sense ends with exit code 2, before anybody is asked", async () => {
  const wrong = dir.write("wrong.creds", password);
  const nats = ["--nats", "nats://127.0.0.1:1"];
  for (const [flags, says] of [
    [["--nats-creds", wrong], "does not hold credentials of NATS"],
    [["--nats-nkey", dir.at("missing.nk")], "cannot be read"],
    [["--nats-token", password, "--nats-user", "me"], "several logins"],
    [["--nats-cert", wrong], "needs its key"],
  ] as const) {
    const { exitCode, stderr } = await runCli(["cluster", "status", ...nats, ...flags]);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2 });
    expect(stderr).toContain(says);
    expect(stderr).not.toContain(password);
  }
}, 20_000);
