/**
 * What a caller of the library gets to see holds no secrets, however it is printed: errors with all their causes and
 * hidden properties, and events.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import {
  doctor,
  Secret,
  sync,
  SyncError,
  type SyncEvent,
  type SyncInput,
} from "../../src/index.ts";
import { withEnvironment } from "../store/s3/support/environment.ts";
import { TestBucket } from "../support/bucket.ts";
import { GuardedProxy } from "../support/guarded-proxy.ts";
import { keepSecret, SecretFinder } from "../support/secrets.ts";
import { hasTlsServer, httpServer, tlsServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB } from "../support/trees.ts";
import { type Echo, echoes, EchoServer } from "./echo-server.ts";
import { everythingIn } from "./everything-in.ts";

const large = 5 * MiB;

/** New ones each time. */
function secrets() {
  const random = (bytes: number): string =>
    Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64");
  const key = keepSecret(random(32), "an SSE-C key");
  const md5 = new Bun.CryptoHasher("md5").update(Buffer.from(key, "base64")).digest("base64");
  const sessionToken = keepSecret(random(300), "a session token");
  // Messages are cut.
  keepSecret(sessionToken.slice(0, 24), "the beginning of a session token");
  const secretAccessKey = keepSecret(random(30), "a secret access key");
  return { secretAccessKey, sessionToken, key, md5 };
}

/** A run that has every secret there is. */
function inputOf(
  endpoint: string,
  more: Partial<SyncInput> = {},
): Omit<SyncInput, "source" | "target"> {
  const { secretAccessKey, sessionToken, key, md5 } = secrets();
  return {
    endpointUrl: endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    accessKey: new Secret("AKIAECHO"),
    secretAccessKey: new Secret(secretAccessKey),
    sessionToken: new Secret(sessionToken),
    targetSseC: "AES256",
    targetSseCKey: new Secret(key),
    targetSseCKeyMd5: new Secret(md5),
    awsMaxAttempts: 1,
    forceRetryCount: 0,
    ...more,
  };
}

/** Everything that came out of a run: events and what was thrown, and the codes of all errors among that. */
async function outcomeOf(input: SyncInput): Promise<{ all: readonly unknown[]; codes: string[] }> {
  const all: unknown[] = [];
  const codes: string[] = [];
  const hear = (event: SyncEvent): void => {
    all.push(event);
    if (event.type === "error") codes.push(event.error.code);
  };
  try {
    all.push(await sync(input, { onEvent: hear }));
  } catch (thrown) {
    all.push(thrown);
    if (thrown instanceof SyncError) codes.push(thrown.code);
  }
  return { all, codes };
}

function expectNoSecret(value: unknown): void {
  const text = everythingIn(value);
  expect(new SecretFinder().find(Buffer.from(text))).toBeUndefined();
  expect(text).not.toMatch(/Signature=[0-9a-f]{64}/);
}

const ways = Object.keys(echoes) as Echo[];

describe("a server that repeats the request", () => {
  test.each(ways)("%s: a listing", async (echo) => {
    using server = new EchoServer(echo);
    using dir = new TempDir();
    dir.write("a", "x");
    const { all, codes } = await outcomeOf({
      ...inputOf(server.endpoint),
      ...{ source: dir.path, target: "s3://bucket/" },
    });
    expect(codes).not.toEqual([]);
    expect(server.echoed).toBeGreaterThan(0);
    expectNoSecret(all);
  });

  test.each(ways)(
    "%s: writes with a customer's key, at once and in parts, and deletes",
    async (echo) => {
      using server = new EchoServer(echo, true);
      using dir = new TempDir();
      dir.write("small", "x");
      dir.write("large", "x".repeat(large + 1));
      const { all } = await outcomeOf({
        ...inputOf(server.endpoint, { multipartThreshold: large, multipartChunksize: large }),
        ...{ source: dir.path, target: "s3://bucket/", delete: true, continueOnError: true },
      });
      expect(server.echoed).toBeGreaterThan(1);
      expectNoSecret(all);
    },
  );

  test.each(ways)("%s: to the doctor", async (echo) => {
    using server = new EchoServer(echo);
    const findings: unknown[] = [];
    try {
      for await (const finding of doctor({ ...inputOf(server.endpoint), place: "s3://bucket/" }))
        findings.push(finding);
    } catch (thrown) {
      findings.push(thrown);
    }
    expect(findings.length).toBeGreaterThan(0);
    expectNoSecret(findings);
  });
});

describe("a service that gives keys, and repeats the request,", () => {
  test.each(ways)("%s: for a role", async (echo) => {
    using server = new EchoServer(echo);
    using dir = new TempDir();
    dir.write("a", "x");
    const { secretAccessKey, sessionToken } = secrets();
    const credentials = dir.write(
      "credentials",
      `[role]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = base\n[base]\naws_access_key_id = KEY\naws_secret_access_key = ${secretAccessKey}\naws_session_token = ${sessionToken}\n`,
    );
    using _variables = withEnvironment({ AWS_ENDPOINT_URL_STS: server.endpoint });
    const { all, codes } = await outcomeOf({
      ...{ source: dir.path, target: "s3://bucket/", region: "us-east-1" },
      ...{ awsSharedCredentialsFile: credentials, profile: "role", endpointUrl: server.endpoint },
    });
    expect(codes).toContain("credentials");
    expect(server.echoed).toBeGreaterThan(0);
    expectNoSecret(all);
  });
});

test("what a program for keys was started with, and what it said, is not told", async () => {
  using dir = new TempDir();
  dir.write("a", "x");
  const word = keepSecret(crypto.randomUUID(), "a password on a command line");
  const config = dir.write(
    "config",
    `[default]\ncredential_process = /bin/sh -c "echo ${word}; echo ${word} >&2; exit 1" --password ${word}\n`,
  );
  const { all, codes } = await outcomeOf({
    ...{ source: dir.path, target: "s3://bucket/", region: "us-east-1", awsConfigFile: config },
    endpointUrl: httpServer().endpoint,
  });
  expect(codes).toContain("credentials");
  expectNoSecret(all);
});

describe("a directory bucket, which only the SDK can sign for,", () => {
  test.each(ways)("%s", async (echo) => {
    using server = new EchoServer(echo);
    using dir = new TempDir();
    dir.write("a", "x");
    const { all, codes } = await outcomeOf({
      ...inputOf("http://s3.test", { httpProxy: new Secret(server.endpoint) }),
      ...{ forcePathStyle: false, source: dir.path, target: "s3://logs--use1-az4--x-s3/" },
    });
    expect(codes).not.toEqual([]);
    expect(server.echoed).toBeGreaterThan(0);
    expectNoSecret(all);
  });
});

describe("a proxy with a password", () => {
  const word = keepSecret(`p@ss:w/rd%${crypto.randomUUID()}`, "a proxy's password");
  const through = (host: string): Partial<SyncInput> => {
    const proxy = new Secret(`http://user:${encodeURIComponent(word)}@${host}`);
    return { httpProxy: proxy, httpsProxy: proxy };
  };

  test.each([
    ["that refuses it", "http://s3.test"],
    ["that refuses it, for https", "https://s3.test"],
  ])("%s", async (_, endpoint) => {
    await using proxy = await GuardedProxy.start("user", "another word");
    using dir = new TempDir();
    dir.write("a", "x");
    const { all, codes } = await outcomeOf({
      ...inputOf(endpoint, through(proxy.host)),
      ...{ source: dir.path, target: "s3://bucket/" },
    });
    expect(codes).toContain("network");
    expectNoSecret(all);
  });

  test("that nobody finds", async () => {
    using dir = new TempDir();
    const { all, codes } = await outcomeOf({
      ...inputOf("http://s3.test", through("127.0.0.1:1")),
      ...{ source: dir.path, target: "s3://bucket/" },
    });
    expect(codes).toContain("network");
    expectNoSecret(all);
  });

  test("is not put into the environment", async () => {
    await using proxy = await GuardedProxy.start("user", word);
    using dir = new TempDir();
    const before = { ...process.env };
    await outcomeOf({
      ...inputOf("http://s3.test", through(proxy.host)),
      ...{ source: dir.path, target: "s3://bucket/" },
    });
    expect(proxy.passed.length).toBeGreaterThan(0);
    expect(process.env).toEqual(before);
  });
});

describe.skipIf(!hasTlsServer())("a run that succeeds (needs a TLS server)", () => {
  test("tells of no secret in its events, though it used all of them", async () => {
    await using bucket = await TestBucket.create(tlsServer());
    using dir = new TempDir();
    dir.write("small", "x");
    dir.write("large", "x".repeat(large + 1));
    const { key, md5 } = secrets();
    const { all, codes } = await outcomeOf({
      ...bucket.side("target"),
      ...{ caBundle: tlsServer().caFile ?? "", source: dir.path, target: bucket.url() },
      ...{ multipartThreshold: large, multipartChunksize: large },
      ...{
        targetSseC: "AES256",
        targetSseCKey: new Secret(key),
        targetSseCKeyMd5: new Secret(md5),
      },
      ...{ awsSdkTracing: true, spanEventsTracing: true },
    });
    expect(codes).toEqual([]);
    expect(all).toContainEqual(expect.objectContaining({ type: "request-started" }));
    expectNoSecret(all);
  });
});
