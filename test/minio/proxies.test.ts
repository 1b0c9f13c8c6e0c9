/**
 * Through a proxy that demands a password, by options and by variables: all that we send, and all that finds keys.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import crypto from "node:crypto";

import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { GuardedProxy } from "../support/guarded-proxy.ts";
import { Account, everything, hasAccounts } from "../support/minio-admin.ts";
import { hasTlsServer, httpServer, type TestServer, tlsServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB } from "../support/trees.ts";

const user = "someone";
/** Percent signs and all that URLs take for their own. */
const password = "p@ss:w/rd%25";
const noProxy = { HTTP_PROXY: "", HTTPS_PROXY: "", ALL_PROXY: "", NO_PROXY: "" };

function urlOf(proxy: GuardedProxy, word = password): string {
  return `http://${user}:${encodeURIComponent(word)}@${proxy.host}`;
}

/** Sends a small file and one in parts. */
async function upload(
  server: TestServer,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const bucket = await TestBucket.create(server);
  using dir = new TempDir();
  dir.write("small", "x");
  dir.write("large", "x".repeat(11 * MiB));
  const result = await runCli([...args, dir.path, bucket.url("b/")], {
    env: { ...serverEnv(server), ...noProxy, ...env },
  });
  return { ...result, keys: await bucket.keys() };
}

const all = ["b/large", "b/small"];

describe("plain http", () => {
  test.each(["--http-proxy", "HTTP_PROXY", "ALL_PROXY"])("by %s", async (name) => {
    await using proxy = await GuardedProxy.start(user, password);
    const isOption = name.startsWith("--");
    const args = isOption ? [name, urlOf(proxy)] : [];
    const env = isOption ? {} : { [name]: urlOf(proxy) };
    const { exitCode, keys } = await upload(httpServer(), args, env);
    expect([exitCode, keys, proxy.refused]).toEqual([0, all, 0]);
    const puts = proxy.passed.filter((line) => line.startsWith("PUT"));
    expect(puts).toHaveLength(3);
    for (const line of puts) expect(line).toStartWith(`PUT ${httpServer().endpoint}/`);
  });

  test("NO_PROXY goes past it", async () => {
    await using proxy = await GuardedProxy.start(user, password);
    const env = { HTTP_PROXY: urlOf(proxy), NO_PROXY: new URL(httpServer().endpoint).hostname };
    const { exitCode, keys } = await upload(httpServer(), [], env);
    expect([exitCode, keys, proxy.passed]).toEqual([0, all, []]);
  });
});

describe.skipIf(!hasTlsServer())("https (needs a TLS server)", () => {
  test.each(["--https-proxy", "HTTPS_PROXY", "ALL_PROXY"])("by %s", async (name) => {
    await using proxy = await GuardedProxy.start(user, password);
    const isOption = name.startsWith("--");
    const args = isOption ? [name, urlOf(proxy)] : [];
    const env = isOption ? {} : { [name]: urlOf(proxy) };
    const { exitCode, keys } = await upload(tlsServer(), args, env);
    expect([exitCode, keys, proxy.refused]).toEqual([0, all, 0]);
    expect(new Set(proxy.passed)).toEqual(
      new Set([`CONNECT ${new URL(tlsServer().endpoint).host}`]),
    );
  });

  test("a wrong password is told with what to do, and never shown", async () => {
    await using proxy = await GuardedProxy.start(user, password);
    const args = ["-vvv", "--aws-max-attempts", "1", "--https-proxy", urlOf(proxy, "wrong-word")];
    const { exitCode, stderr, stdout, keys } = await upload(tlsServer(), args);
    expect([exitCode, keys, proxy.passed]).toEqual([1, [], []]);
    expect(stderr).toContain("the proxy wants a user and a password");
    expect(stderr).toContain("--https-proxy http://user:password@");
    expect(stderr + stdout).not.toContain("wrong-word");
  });
});

test("a wrong password for plain http is told with what to do, and never shown", async () => {
  await using proxy = await GuardedProxy.start(user, password);
  const args = ["-vvv", "--http-proxy", urlOf(proxy, "wrong-word")];
  const { exitCode, stderr, stdout } = await upload(httpServer(), args);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("the proxy wants a user and a password");
  expect(stderr + stdout).not.toContain("wrong-word");
});

test("what is no proxy is refused, and not shown", async () => {
  const { exitCode, stderr } = await runCli(["--https-proxy", "secret-word", "a", "s3://b/"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("--https-proxy: an http or https URL is allowed");
  expect(stderr).not.toContain("secret-word");
});

/** What answers as a portal of single sign-on, and as the service that renews its tokens. */
function portal({ accessKeyId, secretAccessKey, sessionToken, expiration }: Keys) {
  const expires = Date.parse(expiration);
  const roleCredentials = { accessKeyId, secretAccessKey, sessionToken, expiration: expires };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) =>
      Response.json(
        new URL(url).pathname === "/token"
          ? { accessToken: "renewed", expiresIn: 3600, tokenType: "Bearer" }
          : { roleCredentials },
      ),
  });
  return { origin: server.url.origin, [Symbol.dispose]: () => void server.stop(true) };
}

type Keys = Awaited<ReturnType<Account["temporary"]>>;

describe.skipIf(!hasAccounts)("keys are found through it, too (needs a MinIO of ours):", () => {
  test("those of a role", async () => {
    await using proxy = await GuardedProxy.start(user, password);
    await using account = await Account.create(everything);
    const bucket = await TestBucket.create();
    using dir = new TempDir();
    using home = new TempDir();
    dir.write("a", "x");
    const { accessKeyId, secretAccessKey, endpoint } = account.server;
    home.write(
      ".aws/config",
      "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = base\nregion = us-east-1\n",
    );
    home.write(
      ".aws/credentials",
      `[base]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`,
    );
    const { exitCode, stderr } = await runCli(
      ["--http-proxy", urlOf(proxy), dir.path, bucket.url()],
      {
        env: {
          ...noProxy,
          AWS_CONFIG_FILE: home.at(".aws/config"),
          AWS_SHARED_CREDENTIALS_FILE: home.at(".aws/credentials"),
          AWS_PROFILE: "role",
          AWS_ENDPOINT_URL_STS: endpoint,
          AWS_ENDPOINT_URL_S3: endpoint,
        },
      },
    );
    expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining("s3sync:")]);
    expect(proxy.passed).toContain(`POST ${endpoint}/`);
    expect(await bucket.keys()).toEqual(["a"]);
  });

  test("those of single sign-on, whose token has to be renewed", async () => {
    await using proxy = await GuardedProxy.start(user, password);
    await using account = await Account.create(everything);
    using sso = portal(await account.temporary());
    const bucket = await TestBucket.create();
    using dir = new TempDir();
    using home = new TempDir();
    dir.write("a", "x");
    home.write(
      ".aws/config",
      "[default]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://example.com/start\n",
    );
    const later = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toJSON();
    home.write(
      `.aws/sso/cache/${crypto.createHash("sha1").update("s").digest("hex")}.json`,
      JSON.stringify({
        ...{ accessToken: "old", refreshToken: "r", expiresAt: later(1) },
        ...{ clientId: "c", clientSecret: "s", registrationExpiresAt: later(60) },
      }),
    );
    const { exitCode, stderr } = await runCli(
      ["--http-proxy", urlOf(proxy), dir.path, bucket.url()],
      {
        env: {
          ...noProxy,
          HOME: home.path,
          AWS_CONFIG_FILE: home.at(".aws/config"),
          AWS_ENDPOINT_URL_SSO: sso.origin,
          AWS_ENDPOINT_URL_SSO_OIDC: sso.origin,
          AWS_ENDPOINT_URL_S3: account.server.endpoint,
        },
      },
    );
    expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining("s3sync:")]);
    const paths = proxy.passed.filter((line) => line.includes(sso.origin));
    expect(paths.map((line) => line.replace(/\?.*/, ""))).toEqual([
      `POST ${sso.origin}/token`,
      `GET ${sso.origin}/federation/credentials`,
    ]);
  });
});
