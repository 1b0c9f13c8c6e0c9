/**
 * How servers of NATS are reached: addresses, logins, TLS, and what is said when one of these is wrong.
 *
 * @module
 */
import { afterAll, describe, expect, test } from "bun:test";

import { nkeys } from "@nats-io/transport-node";

import { parseAddress } from "../../src/cluster/nats/address.ts";
import { openNatsGround } from "../../src/cluster/nats/nats-ground.ts";
import type { NatsOptions } from "../../src/cluster/nats/options.ts";
import { Secret } from "../../src/config/secret.ts";
import { SyncError } from "../../src/core/errors.ts";
import type { EventSink } from "../../src/core/events.ts";
import { rejection } from "../core/rejection.ts";
import { freePort } from "../support/minio-server.ts";
import { hasOpenssl, makeCertificates, seedOf, signedAccounts } from "../support/nats-logins.ts";
import { hasNats, NatsServer } from "../support/nats-server.ts";
import { keepSecret } from "../support/secrets.ts";
import { TempDir } from "../support/temp-dir.ts";

const never = new AbortController().signal;
const password = keepSecret("horse-battery/staple@7");
const dir = new TempDir();
afterAll(() => dir[Symbol.dispose]());

/** Connects, writes something and reads it. */
async function works(options: NatsOptions): Promise<boolean> {
  await using ground = await openNatsGround(options, never);
  await ground.records.put("key", "value");
  return (await ground.records.get("key"))?.value === "value";
}

async function failure(options: NatsOptions): Promise<SyncError> {
  const thrown = await rejection(openNatsGround({ connectMs: 300, ...options }, never));
  if (!(thrown instanceof SyncError)) throw thrown;
  expect(Bun.inspect(thrown)).not.toContain(password);
  return thrown;
}

describe("an address", () => {
  test.each([
    ["nats://a:4222,nats://b:4223", ["a:4222", "b:4223"], false],
    ["tls://nats.example.com", ["nats.example.com:4222"], true],
    ["10.0.0.1", ["10.0.0.1:4222"], false],
    ["nats://[::1]:4333/ , nats://b", ["[::1]:4333", "b:4222"], false],
  ])("%s names servers", (text, hosts, isTls) => {
    expect(parseAddress(text)).toMatchObject({ hosts, isTls, login: undefined });
  });

  test("may hold a user and a password, which nobody is shown", () => {
    const encoded = encodeURIComponent(password);
    const address = parseAddress(`nats://me:${encoded}@a:1,nats://me:${encoded}@b:2`);
    expect(address).toMatchObject({ hosts: ["a:1", "b:2"], name: "nats://a:1,nats://b:2" });
    if (address.login?.kind !== "user") throw new Error("no user");
    expect([address.login.user, address.login.password.reveal()]).toEqual(["me", password]);
    expect(Bun.inspect(address)).not.toContain(password);
  });

  test("may hold a token", () => {
    const { login } = parseAddress(`nats://${encodeURIComponent(password)}@a`);
    expect(login?.kind === "token" && login.token.reveal()).toBe(password);
  });

  test.each([
    ["empty", "", "not the address of a server"],
    ["without a host", "nats://", "not the address of a server"],
    ["with a port that there is not", "nats://a:99999", "not the address of a server"],
    ["with a blank", "nats://a b", "not the address of a server"],
    ["of another kind", "ws://a", "nats:// or tls://"],
    ["in two minds about TLS", "nats://a,tls://b", "all nats:// or all tls://"],
    ["only a login", `nats://me:${password}@`, "not the address of a server"],
    ["with a login in a wrong code", `nats://me:%zz${password}@a`, "not rightly encoded"],
    ["with two logins", `nats://me:${password}@a,nats://me@b`, "one name and password"],
  ])("is refused when it is %s", (_, text, message) => {
    const thrown = (() => {
      try {
        return parseAddress(text);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toMatchObject({ code: "usage", message: expect.stringContaining(message) });
    expect(Bun.inspect(thrown)).not.toContain(password);
  });
});

describe("a file", () => {
  test.each(["credentialsFile", "nkeyFile", "caFile"] as const)(
    "that is not there, or holds something else, is refused: %s",
    async (option) => {
      const servers = "nats://127.0.0.1:1";
      const missing = await failure({ servers, [option]: dir.at("missing") });
      expect(missing).toMatchObject({ code: "usage", path: dir.at("missing") });
      const wrong = dir.write("wrong", password);
      expect(await failure({ servers, [option]: wrong })).toMatchObject({ code: "usage" });
    },
  );

  test("with a certificate needs one with its key", async () => {
    const certificateFile = dir.write("some.pem", "-----BEGIN CERTIFICATE-----");
    const error = await failure({ servers: "nats://127.0.0.1:1", certificateFile });
    expect(error).toMatchObject({ code: "usage" });
  });

  test("is one login, and there is only one", async () => {
    const nkeyFile = dir.write("user.nk", seedOf(nkeys.createUser()));
    const token = new Secret(password);
    const error = await failure({ servers: "nats://127.0.0.1:1", nkeyFile, token });
    expect(error).toMatchObject({ code: "usage", message: expect.stringContaining("several") });
  });
});

test("where nobody listens, that is said after some time", async () => {
  const servers = `nats://me:${encodeURIComponent(password)}@127.0.0.1:${freePort()}`;
  const error = await failure({ servers });
  expect(error).toMatchObject({ code: "network", hint: expect.stringContaining("running") });
});

test("a server that is too old is refused", async () => {
  const greeting = { server_id: "old", version: "2.8.4", max_payload: 1_000_000, headers: true };
  using server = Bun.listen({
    ...{ hostname: "127.0.0.1", port: 0 },
    socket: {
      open: (socket) => void socket.write(`INFO ${JSON.stringify(greeting)}\r\n`),
      data: (socket, bytes) => {
        if (bytes.includes("PING")) socket.write("PONG\r\n");
      },
    },
  });
  const error = await failure({ servers: `nats://127.0.0.1:${server.port}` });
  const message = expect.stringContaining("too old: 2.8.4, and s3sync needs 2.9 or newer");
  expect(error).toMatchObject({ code: "unsupported", message });
});

test("a first connection is not waited for any more when the signal fires", async () => {
  const controller = new AbortController();
  const servers = `nats://127.0.0.1:${freePort()}`;
  const opening = openNatsGround({ servers, connectMs: 60_000 }, controller.signal);
  controller.abort();
  expect(await rejection(opening)).toMatchObject({ code: "aborted" });
});

describe.skipIf(!hasNats)(`a server${hasNats ? "" : " (needs nats-server)"}`, () => {
  test("knows a user by a password", async () => {
    const users = `authorization { users: [{ user: me, password: ${JSON.stringify(password)} }] }`;
    await using server = await NatsServer.start({ config: users });
    const servers = server.url;
    expect(await works({ servers, user: "me", password: new Secret(password) })).toBe(true);
    const login = `me:${encodeURIComponent(password)}`;
    expect(await works({ servers: servers.replace("://", `://${login}@`) })).toBe(true);
    const wrong = await failure({ servers, user: "me", password: new Secret(`${password}!`) });
    expect(wrong).toMatchObject({ code: "credentials", hint: expect.any(String) });
    expect(await failure({ servers })).toMatchObject({ code: "credentials" });
  }, 20_000);

  test("knows us by a token", async () => {
    const config = `authorization { token: ${JSON.stringify(password)} }`;
    await using server = await NatsServer.start({ config });
    expect(await works({ servers: server.url, token: new Secret(password) })).toBe(true);
    const error = await failure({ servers: server.url, token: new Secret("another") });
    expect(error).toMatchObject({ code: "credentials" });
  }, 20_000);

  test("knows us by an nkey", async () => {
    const [pair, other] = [nkeys.createUser(), nkeys.createUser()];
    const config = `authorization { users: [{ nkey: ${pair.getPublicKey()} }] }`;
    await using server = await NatsServer.start({ config });
    const servers = server.url;
    const nkeyFile = dir.write("mine.nk", `# mine\n${seedOf(pair)}\n`);
    expect(await works({ servers, nkeyFile })).toBe(true);
    const unknown = dir.write("other.nk", seedOf(other));
    expect(await failure({ servers, nkeyFile: unknown })).toMatchObject({ code: "credentials" });
  }, 20_000);

  test("knows us by a credentials file", async () => {
    const accounts = signedAccounts();
    await using server = await NatsServer.start({ config: accounts.config });
    const servers = server.url;
    const credentialsFile = dir.write("mine.creds", accounts.credentials);
    expect(await works({ servers, credentialsFile })).toBe(true);
    const unknown = dir.write("other.creds", signedAccounts().credentials);
    const error = await failure({ servers, credentialsFile: unknown });
    expect(error).toMatchObject({ code: "credentials" });
  }, 20_000);

  test("that forgets us while we wait ends the waiting", async () => {
    const users = (name: string): string =>
      `authorization { users: [{ user: ${name}, password: ${JSON.stringify(password)} }] }`;
    await using server = new NatsServer({ config: users("me") });
    await server.revive();
    const access = { servers: server.url, user: "me", password: new Secret(password) };
    await using ground = await openNatsGround(access, never);
    const taking = rejection(ground.tasks.take(never));
    await server.kill();
    server.reconfigure({ config: users("you") });
    await server.revive();
    expect(await taking).toMatchObject({ code: "credentials" });
    expect(await rejection(ground.records.get("key"))).toMatchObject({ code: "credentials" });
  }, 60_000);

  test("that lets us do too little says what it is", async () => {
    const config = `authorization { users: [{ user: me, password: ${JSON.stringify(password)},
      permissions: { publish: { deny: ["$JS.API.STREAM.CREATE.>"] } } }] }`;
    await using server = await NatsServer.start({ config });
    const access = { servers: server.url, user: "me", password: new Secret(password) };
    const message = expect.stringContaining("$JS.API.STREAM.CREATE.");
    expect(await failure(access)).toMatchObject({ code: "access-denied", message });
  }, 20_000);

  test("without JetStream is of no use, and that is said", async () => {
    await using server = await NatsServer.start({ jetStream: false });
    const told: string[] = [];
    const onEvent: EventSink = (event) => {
      if (event.type === "warning") told.push(event.error.message);
    };
    const error = await failure({ servers: server.url, connectMs: 1500, onEvent });
    expect(error).toMatchObject({ code: "unsupported", hint: expect.stringContaining("-js") });
    expect(told).toEqual([expect.stringContaining("its JetStream does not answer yet")]);
  }, 20_000);

  test.skipIf(!hasOpenssl)(
    `shows a certificate, and asks for ours${hasOpenssl ? "" : " (needs openssl)"}`,
    async () => {
      const { ca, server: own, client } = await makeCertificates(dir);
      const files = `cert_file: "${own.certificate}", key_file: "${own.key}", ca_file: "${ca}"`;
      const config = `tls { ${files}, verify: true }`;
      await using server = await NatsServer.start({ config, scheme: "tls" });
      const [servers, caFile] = [server.url, ca];
      const ours = { certificateFile: client.certificate, keyFile: client.key };
      expect(await works({ servers, caFile, ...ours })).toBe(true);
      expect(await works({ servers: servers.replace("tls:", "nats:"), caFile, ...ours })).toBe(
        true,
      );
      expect(await failure({ servers, ...ours })).toMatchObject({ code: "certificate" });
      const other = servers.replace("127.0.0.1", "127.0.0.2");
      const unnamed = await failure({ servers: other, caFile, ...ours });
      expect(["certificate", "network"]).toContain(unnamed.code);
      expect(["certificate", "network", "credentials"]).toContain(
        (await failure({ servers, caFile })).code,
      );
    },
    30_000,
  );
});
