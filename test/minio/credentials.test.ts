/**
 * Where keys come from: every way that AWS tools know, and what happens when they end during a run.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import crypto from "node:crypto";
import fs from "node:fs";

import { TestBucket } from "../support/bucket.ts";
import { cliCommand, type CliResult, runCli, serverEnv } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { Account, everything, hasAccounts } from "../support/minio-admin.ts";
import { freePort } from "../support/minio-server.ts";
import { httpServer, type TestServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB } from "../support/trees.ts";

type Keys = Awaited<ReturnType<Account["temporary"]>>;

/** A user, their bucket, and a home directory with their AWS files. */
class Home implements AsyncDisposable {
  private constructor(
    readonly account: Account,
    readonly bucket: TestBucket,
    private readonly dir: TempDir,
  ) {}

  static async create(): Promise<Home> {
    const account = await Account.create(everything);
    return new Home(account, await TestBucket.create(), new TempDir());
  }

  write(name: string, text: string): string {
    this.dir.write(name, text);
    return this.dir.at(name);
  }

  at(name: string): string {
    return this.dir.at(name);
  }

  /** A process in this home, with nothing in its environment but this. */
  start(env: Readonly<Record<string, string>>, args: readonly string[] = [], target = "") {
    this.write("data/a", "content");
    const endpoint = this.account.server.endpoint;
    return Bun.spawn([...cliCommand(), ...args, this.at("data"), this.bucket.url(target)], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: {
        PATH: process.env["PATH"],
        S3SYNC_BIN: process.env["S3SYNC_BIN"],
        HOME: this.dir.path,
        AWS_REGION: "us-east-1",
        AWS_ENDPOINT_URL_S3: endpoint,
        AWS_EC2_METADATA_DISABLED: "true",
        ...env,
      },
    });
  }

  async run(
    env: Readonly<Record<string, string>>,
    args: readonly string[] = [],
  ): Promise<Omit<CliResult, "stdout">> {
    const child = this.start(env, args);
    const [stderr, exitCode] = await Promise.all([new Response(child.stderr).text(), child.exited]);
    return { stderr, exitCode };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dir[Symbol.dispose]();
    await this.account[Symbol.asyncDispose]();
  }
}

/** A service that gives keys, over http as those of the cloud do. */
function issuer(answer: (url: URL) => unknown): Disposable & { readonly origin: string } {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => {
      const said = answer(new URL(request.url));
      return typeof said === "string" ? new Response(said) : Response.json(said);
    },
  });
  return { origin: server.url.origin, [Symbol.dispose]: () => void server.stop(true) };
}

function asVariables({ accessKeyId, secretAccessKey, sessionToken }: Keys): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken ?? "",
  };
}

function asProcess(
  keys: Omit<Keys, "sessionToken"> & { sessionToken?: string | undefined },
): string {
  return JSON.stringify({
    Version: 1,
    AccessKeyId: keys.accessKeyId,
    SecretAccessKey: keys.secretAccessKey,
    SessionToken: keys.sessionToken,
    Expiration: keys.expiration,
  });
}

const asStore = ({ accessKeyId, secretAccessKey, sessionToken, expiration }: Keys) => ({
  Code: "Success",
  AccessKeyId: accessKeyId,
  SecretAccessKey: secretAccessKey,
  Token: sessionToken,
  Expiration: expiration,
});

const asSts = (action: string, keys: Keys): string =>
  `<${action}Response><${action}Result><Credentials>
   <AccessKeyId>${keys.accessKeyId}</AccessKeyId><SecretAccessKey>${keys.secretAccessKey}</SecretAccessKey>
   <SessionToken>${keys.sessionToken}</SessionToken><Expiration>${keys.expiration}</Expiration>
   </Credentials></${action}Result></${action}Response>`;

/** What to set up; what it starts goes on the stack. */
type Way = (
  home: Home,
  keys: Keys,
  stack: DisposableStack,
) => { readonly env: Record<string, string>; readonly args?: readonly string[] };

const ways: Readonly<Record<string, Way>> = {
  "the environment, with a session token": (_home, keys) => ({ env: asVariables(keys) }),
  "the credentials file": (home, keys) => {
    home.write(
      ".aws/credentials",
      `[default]\naws_access_key_id = ${keys.accessKeyId}\naws_secret_access_key = ${keys.secretAccessKey}\naws_session_token = ${keys.sessionToken}\n`,
    );
    return { env: {} };
  },
  "a profile that is named": (home, keys) => {
    home.write(
      ".aws/credentials",
      `[work]\naws_access_key_id=${keys.accessKeyId}\naws_secret_access_key=${keys.secretAccessKey}\naws_session_token=${keys.sessionToken}\n`,
    );
    return { env: {}, args: ["--target-profile", "work"] };
  },
  "a .boto file": (home, keys) => {
    home.write(
      ".boto",
      `[Credentials]\naws_access_key_id = ${keys.accessKeyId}\naws_secret_access_key: ${keys.secretAccessKey}\naws_security_token = ${keys.sessionToken}\n`,
    );
    // Says nothing about keys.
    home.write(".aws/config", "[default]\nregion = us-east-1\n");
    return { env: {} };
  },
  "a profile of a .boto file elsewhere": (home, keys) => {
    const file = home.write(
      "conf/boto.cfg",
      `[Credentials]\naws_access_key_id = wrong\naws_secret_access_key = wrong\n[profile work]\naws_access_key_id = ${keys.accessKeyId}\naws_secret_access_key = ${keys.secretAccessKey}\naws_security_token = ${keys.sessionToken}\n`,
    );
    return { env: { BOTO_CONFIG: file }, args: ["--target-profile", "work"] };
  },
  "the environment, rather than a .boto file": (home, keys) => {
    home.write(
      ".boto",
      "[Credentials]\naws_access_key_id = wrong\naws_secret_access_key = wrong\n",
    );
    return { env: asVariables(keys) };
  },
  "the environment, rather than AWS_PROFILE": (home, keys) => {
    home.write(
      ".aws/credentials",
      "[work]\naws_access_key_id=wrong\naws_secret_access_key=wrong\n",
    );
    return { env: { ...asVariables(keys), AWS_PROFILE: "work" } };
  },
  "a profile that an option names, rather than the environment": (home, keys) => {
    home.write(
      ".aws/credentials",
      `[work]\naws_access_key_id=${keys.accessKeyId}\naws_secret_access_key=${keys.secretAccessKey}\naws_session_token=${keys.sessionToken}\n`,
    );
    const env = { AWS_ACCESS_KEY_ID: "wrong", AWS_SECRET_ACCESS_KEY: "wrong", AWS_PROFILE: "no" };
    return { env, args: ["--profile", "work"] };
  },
  "the AWS files, rather than a .boto file": (home, keys) => {
    home.write(
      ".boto",
      "[Credentials]\naws_access_key_id = wrong\naws_secret_access_key = wrong\n",
    );
    home.write(
      ".aws/credentials",
      `[default]\naws_access_key_id=${keys.accessKeyId}\naws_secret_access_key=${keys.secretAccessKey}\naws_session_token=${keys.sessionToken}\n`,
    );
    return { env: {} };
  },
  "a role, by the keys of another profile": (home) => {
    const { accessKeyId, secretAccessKey, endpoint } = home.account.server;
    home.write(
      ".aws/config",
      `[profile role]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = base\nregion = us-east-1\n`,
    );
    home.write(
      ".aws/credentials",
      `[base]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`,
    );
    return { env: { AWS_PROFILE: "role", AWS_ENDPOINT_URL_STS: endpoint } };
  },
  "a process": (home, keys) => {
    const file = home.write("keys.json", asProcess(keys));
    home.write(".aws/config", `[default]\ncredential_process = cat ${file}\n`);
    return { env: {} };
  },
  "a web identity": (home, keys, stack) => {
    const sts = stack.use(issuer(() => asSts("AssumeRoleWithWebIdentity", keys)));
    return {
      env: {
        AWS_WEB_IDENTITY_TOKEN_FILE: home.write("token", "a token"),
        AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/x",
        AWS_ENDPOINT_URL_STS: sts.origin,
      },
    };
  },
  "single sign-on": (home, keys, stack) => {
    const portal = stack.use(
      issuer(() => ({
        roleCredentials: {
          accessKeyId: keys.accessKeyId,
          secretAccessKey: keys.secretAccessKey,
          sessionToken: keys.sessionToken,
          expiration: Date.parse(keys.expiration),
        },
      })),
    );
    home.write(
      ".aws/config",
      `[default]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://example.com/start\n`,
    );
    const name = crypto.createHash("sha1").update("s").digest("hex");
    const token = { accessToken: "x", expiresAt: keys.expiration };
    home.write(`.aws/sso/cache/${name}.json`, JSON.stringify(token));
    return { env: { AWS_ENDPOINT_URL_SSO: portal.origin } };
  },
  "a container's metadata": (_home, keys, stack) => {
    const { origin } = stack.use(issuer(() => asStore(keys)));
    return { env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${origin}/keys` } };
  },
  "an instance's metadata": (_home, keys, stack) => {
    const { origin } = stack.use(
      issuer(({ pathname }) => {
        if (pathname === "/latest/api/token") return "token";
        return pathname.endsWith("/security-credentials/") ? "role" : asStore(keys);
      }),
    );
    const env = {
      AWS_EC2_METADATA_SERVICE_ENDPOINT: origin,
      AWS_EC2_METADATA_DISABLED: "false",
    };
    return { env };
  },
};

describe.skipIf(!hasAccounts)("keys (needs a MinIO of ours) come from", () => {
  test.each(Object.entries(ways))("%s", async (_name, way) => {
    await using home = await Home.create();
    using stack = new DisposableStack();
    const { env, args } = way(home, await home.account.temporary(), stack);
    expect(await home.run(env, args)).toMatchObject({ exitCode: 0 });
    expect(await home.bucket.keys()).toEqual(["a"]);
  });
});

describe.skipIf(!hasAccounts)("where there are no keys at all (needs a MinIO of ours)", () => {
  test.each(["refuses", "never answers"])(
    "a run ends soon, although the metadata service %s",
    async (what) => {
      await using home = await Home.create();
      using silent = listener();
      const origin = `http://127.0.0.1:${what === "refuses" ? freePort() : silent.port}`;
      const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: origin, AWS_EC2_METADATA_DISABLED: "false" };
      const startedAt = performance.now();
      const { exitCode, stderr } = await home.run(env);
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining("no credentials")]);
      // The SDK waits one second, and asks once more.
      expect(performance.now() - startedAt).toBeLessThan(8000);
    },
    20_000,
  );
});

/** Takes connections and says nothing. */
function listener(): Disposable & { readonly port: number } {
  const silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  return { port: silent.port, [Symbol.dispose]: () => silent.stop(true) };
}

/** Prints the keys of a file, says so in another, and lets keys that have a life begin it now. */
const issuing = `
import fs from "node:fs";
const [file, log] = process.argv.slice(2);
fs.appendFileSync(log, "x");
const { lifeMs, ...keys } = JSON.parse(fs.readFileSync(file, "utf8"));
const end = lifeMs === undefined ? Date.parse("2999-01-01") : Date.now() + lifeMs;
console.log(JSON.stringify({ Version: 1, ...keys, Expiration: new Date(end).toISOString() }));
`;

describe.skipIf(!hasAccounts)(
  "keys that end while a run is under way (needs a MinIO of ours) are replaced:",
  () => {
    const lifeMs = 2000;
    const inParts = ["--multipart-chunksize", "5MiB"];
    const cases: readonly (readonly [string, number | undefined, string[]])[] = [
      ["they expire, small objects", lifeMs, []],
      ["they expire, parts of large ones", lifeMs, inParts],
      ["their account is gone before it should, small objects", undefined, []],
      ["their account is gone before it should, parts of large ones", undefined, inParts],
    ];
    test.each(cases)(
      "%s",
      async (_name, life, more) => {
        await using home = await Home.create();
        await using next = await Account.create(everything);
        await using proxy = await FaultProxy.start(home.account.server);
        const keys = ({ accessKeyId, secretAccessKey }: TestServer, lasts?: number): string =>
          JSON.stringify({
            AccessKeyId: accessKeyId,
            SecretAccessKey: secretAccessKey,
            lifeMs: lasts,
          });
        const isLarge = more.length > 0;
        if (isLarge) home.write("data/large", "x".repeat(60 * MiB));
        for (let index = 0; index < 60; index++) home.write(`data/${index}`, "content");
        const file = home.write("keys.json", keys(home.account.server, life));
        const log = home.at("calls");
        const program = home.write("issuing.mjs", issuing);
        home.write(
          ".aws/config",
          `[default]\ncredential_process = "${process.execPath}" ${program} ${file} ${log}\n`,
        );
        const gate = proxy.hold(isLarge ? "UploadPart" : "PutObject", "answer", { skip: 5 });
        const bounds = ["--worker-size", "2", "--multipart-threshold", "5MiB"];
        const child = home.start({ AWS_ENDPOINT_URL_S3: proxy.endpoint }, [...more, ...bounds]);
        await Promise.race([gate.reached, child.exited]);
        const calls = (): number => fs.readFileSync(log).length;
        const before = calls();
        home.write("keys.json", keys(next.server));
        // Time itself is what is tested here.
        if (life !== undefined) await Bun.sleep(life);
        await home.account.remove();
        gate.open();
        const [stderr, exitCode] = await Promise.all([
          new Response(child.stderr).text(),
          child.exited,
        ]);
        expect([stderr, exitCode]).toEqual([expect.not.stringContaining("s3sync:"), 0]);
        expect(await home.bucket.keys()).toHaveLength(isLarge ? 62 : 61);
        // Not once for each request; a second time if one was under way while the keys were changed.
        expect([1, 2]).toContain(calls() - before);
      },
      30_000,
    );
  },
);

test("a broken .boto file is told with its line: once by a run, and by the doctor", async () => {
  using dir = new TempDir();
  await using bucket = await TestBucket.create();
  const server = httpServer();
  const { accessKeyId, secretAccessKey } = server;
  const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  const file = dir.write("boto", `[Credentials]\n${keys}[Boto\nhttps_validate_certificates\n`);
  const variables = { ...serverEnv(server), AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
  const env = { ...variables, AWS_EC2_METADATA_DISABLED: "true", BOTO_CONFIG: file };
  await bucket.put("from/a", "x");
  const run = await runCli([bucket.url("from/"), bucket.url("to/")], { env });
  expect(run.exitCode).toBe(3);
  const warnings = run.stdout.split("\n").filter((line) => line.includes(" WARN "));
  expect(warnings).toEqual([expect.stringContaining(`${file}: line 4 is neither [SECTION]`)]);
  expect(run.stderr).toContain("warning 1 objects");
  const examined = await runCli(["doctor", "-q", "--dry-run", bucket.url()], { env });
  expect(examined.exitCode).toBe(3);
  expect(examined.stdout).toMatch(/^degraded +\.boto file .*: line 4 is neither \[SECTION\]/m);
});
