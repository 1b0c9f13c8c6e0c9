/**
 * Can the endpoint be reached? A wrong address must not cost a minute.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { SyncError } from "../../../../src/core/errors.ts";
import { Reachability } from "../../../../src/store/s3/wire/reachability.ts";
import { freePort } from "../../../support/minio-server.ts";
import { RawServer } from "../../../support/raw-server.ts";
import { never, rejection, startStub, StubClient } from "../../../support/stub-s3.ts";
import { canBeDeaf, DeafPort } from "../support/deaf-port.ts";
import { withEnvironment } from "../support/environment.ts";

describe("Reachability", () => {
  test("connects once and then trusts", async () => {
    await using server = await RawServer.start({});
    const reachability = new Reachability(1000);
    for (let time = 0; time < 3; time++) await reachability.check(server.origin, never());
    expect(server.connections).toBe(1);
  });

  test("connects once for all who ask at the same time", async () => {
    await using server = await RawServer.start({});
    const reachability = new Reachability(1000);
    await Promise.all([1, 2, 3].map(() => reachability.check(server.origin, never())));
    expect(server.connections).toBe(1);
  });

  test("looks again when there is doubt", async () => {
    await using server = await RawServer.start({});
    const reachability = new Reachability(1000);
    await reachability.check(server.origin, never());
    reachability.doubt();
    await reachability.check(server.origin, never());
    await server.until(() => server.connections === 2);
  });

  test("leaves no connection open", async () => {
    await using server = await RawServer.start({});
    await new Reachability(1000).check(server.origin, never());
    await server.until(() => server.connections === 1 && server.open === 0);
  });

  test("no limit for connecting means no look ahead", async () => {
    await new Reachability(0).check(`http://127.0.0.1:${freePort()}`, never());
  });

  test("says who refuses the connection, and that it may be worth another try", async () => {
    const port = freePort();
    const error = await rejection(
      new Reachability(1000).check(`http://127.0.0.1:${port}`, never()),
    );
    expect(error).toMatchObject({ code: "network", reason: "ECONNREFUSED", retryable: true });
    expect(error).toHaveProperty(
      "message",
      `cannot connect to 127.0.0.1:${port}: connection refused`,
    );
    expect(error).toHaveProperty("hint", expect.stringContaining("address"));
  });

  test("says that there is no such host", async () => {
    const error = await rejection(
      new Reachability(5000).check("https://no-such-host.invalid", never()),
    );
    expect(error).toMatchObject({ code: "network", reason: "ENOTFOUND", retryable: true });
    expect(error).toHaveProperty("message", "cannot connect to no-such-host.invalid: no such host");
  });

  test.each(["HTTP_PROXY", "https_proxy", "ALL_PROXY"])(
    "does not look behind a proxy (%s), where only the proxy need reach the endpoint",
    async (name) => {
      using _ = withEnvironment({ [name]: "http://127.0.0.1:9" });
      await new Reachability(1000).check(`http://127.0.0.1:${freePort()}`, never());
    },
  );
});

describe.skipIf(!canBeDeaf)("an endpoint that swallows connections (needs Linux)", () => {
  test("is given up after the limit for connecting", async () => {
    await using port = await DeafPort.open();
    const startedAt = performance.now();
    const error = await rejection(new Reachability(200).check(port.origin, never()));
    expect(error).toMatchObject({ code: "timeout", retryable: true });
    expect(String(error)).toContain("within 200 ms");
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  test("fails an operation after three tries, each with that limit", async () => {
    await using port = await DeafPort.open();
    using stub = new StubClient(port.origin, {
      connectMs: 200,
      retry: { maxAttempts: 10, initialBackoffMs: 1 },
    });
    const error = await rejection(stub.api.headObject("key", {}, never()));
    expect(error).toMatchObject({ code: "timeout", operation: "HeadObject" });
    expect(stub.retries.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  test("does not keep a caller who stops", async () => {
    await using port = await DeafPort.open();
    const stopped = new SyncError("aborted", "stop");
    const controller = new AbortController();
    const checked = rejection(new Reachability(60_000).check(port.origin, controller.signal));
    controller.abort(stopped);
    expect(await checked).toMatchObject({ code: "aborted" });
  });

  test("does not keep a caller who stopped before", async () => {
    await using port = await DeafPort.open();
    const check = new Reachability(1500).check(port.origin, AbortSignal.abort());
    expect(await rejection(check)).toMatchObject({ code: "aborted" });
  });

  test("a caller who stops does not stop the others who wait for the same connection", async () => {
    await using port = await DeafPort.open();
    const reachability = new Reachability(600);
    const controller = new AbortController();
    const first = rejection(reachability.check(port.origin, controller.signal));
    const second = rejection(reachability.check(port.origin, never()));
    controller.abort(new SyncError("aborted", "only the first stops"));
    expect(await first).toMatchObject({ code: "aborted" });
    expect(await second).toMatchObject({ code: "timeout" });
  });

  test("a caller who stops while another waits is not kept either", async () => {
    await using port = await DeafPort.open();
    const reachability = new Reachability(1500);
    const controller = new AbortController();
    const first = rejection(reachability.check(port.origin, never()));
    const second = rejection(reachability.check(port.origin, controller.signal));
    controller.abort(new SyncError("aborted", "the second stops"));
    const winner = await Promise.race([first.then(() => "first"), second.then(() => "second")]);
    expect(winner).toBe("second");
    await first;
  });
});

describe("a client", () => {
  test("of an address where nobody listens gives up after three tries", async () => {
    using stub = new StubClient(`http://127.0.0.1:${freePort()}`, {
      retry: { maxAttempts: 10, initialBackoffMs: 1 },
    });
    const error = await rejection(stub.api.headObject("key", {}, never()));
    expect(error).toMatchObject({
      code: "network",
      reason: "ECONNREFUSED",
      operation: "HeadObject",
      bucket: "bucket",
      key: "key",
    });
    expect(stub.retries).toHaveLength(2);
  });

  test("that was answered once tries as often as it may", async () => {
    const server = await startStub([{}]);
    using stub = new StubClient(server.origin, { retry: { maxAttempts: 5, initialBackoffMs: 1 } });
    await stub.api.headObject("key", {}, never());
    await server[Symbol.asyncDispose]();
    await rejection(stub.api.headObject("key", {}, never()));
    expect(stub.retries.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
  });
});
