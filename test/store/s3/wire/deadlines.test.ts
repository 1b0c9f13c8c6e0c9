/**
 * Deadlines: a request that makes no progress ends, one that makes some does not.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { SyncError } from "../../../../src/core/errors.ts";
import { type Body, bytesBody } from "../../../../src/store/body.ts";
import type { ObjectBody } from "../../../../src/store/s3/api.ts";
import { httpAnswer, type Peer, RawServer } from "../../../support/raw-server.ts";
import {
  never,
  rejection,
  soon,
  StubClient,
  type StubClientOptions,
} from "../../../support/stub-s3.ts";
import { type Transport, transports } from "../support/transports.ts";

const none = { md5: undefined, sha256: undefined };
const attributes = { metadata: {} };
/** One try, so that a test sees what ended it. */
const once = { retry: { maxAttempts: 1, initialBackoffMs: 1 } };

function connect(
  server: RawServer,
  { ca }: Transport,
  patience: StubClientOptions["patience"] = {},
): StubClient {
  return new StubClient(server.origin, { ca, patience, ...once });
}

/** Calls until it is told to stop or has done it so often. */
function repeatedly(everyMs: number, times: number, work: () => void): void {
  let count = 0;
  const timer = setInterval(() => {
    work();
    if (++count === times) clearInterval(timer);
  }, everyMs);
}

/** Sends the head of an answer and then pieces of its body. */
function drip(peer: Peer, piece: string, everyMs: number, times: number): void {
  peer.write(`HTTP/1.1 200 OK\r\nContent-Length: ${piece.length * times}\r\n\r\n`);
  repeatedly(everyMs, times, () => peer.write(piece));
}

/** A body of which a piece comes now and then. */
function slowBody(piece: Uint8Array, everyMs: number, times: number): Body {
  const open = (): ReadableStream<Uint8Array> => {
    let count = 0;
    return new ReadableStream({
      async pull(controller) {
        await Bun.sleep(everyMs);
        controller.enqueue(piece);
        if (++count === times) controller.close();
      },
    });
  };
  return { kind: "stream", length: piece.byteLength * times, open };
}

/** A body that comes as fast as it is taken. */
function quickBody(piece: Uint8Array, times: number): Body {
  const open = (): ReadableStream<Uint8Array> => {
    let count = 0;
    return new ReadableStream({
      pull(controller) {
        controller.enqueue(piece);
        if (++count === times) controller.close();
      },
    });
  };
  return { kind: "stream", length: piece.byteLength * times, open };
}

const stopped = new SyncError("aborted", "the test said stop");

describe.each(transports)("%s", (_, transport) => {
  const { identity, key } = transport;

  test.concurrent("a server that never answers: timeout, worth another try", async () => {
    await using server = await RawServer.start(() => undefined, identity);
    using stub = connect(server, transport, { answerMs: 300 });
    const error = await rejection(stub.api.headObject(key, {}, never()));
    expect(error).toMatchObject({ code: "timeout", retryable: true, operation: "HeadObject", key });
    expect(String(error)).toContain("no answer");
    await server.until(() => server.open === 0);
  });

  test.concurrent("a server that takes a part of an upload and no more: timeout", async () => {
    await using server = await RawServer.start(
      { head: (_request, peer) => peer.pause() },
      identity,
    );
    // However long an answer may take: it is not yet the answer that is waited for.
    using stub = connect(server, transport, { answerMs: 0, stallMs: 300 });
    const body = quickBody(new Uint8Array(1024), 32 * 1024);
    const error = await rejection(stub.api.putObject(key, body, none, attributes, never()));
    expect(error).toMatchObject({ code: "timeout", retryable: true });
  });

  test.concurrent("the same where stalls are not looked for: timeout of the answer", async () => {
    await using server = await RawServer.start(
      { head: (_request, peer) => peer.pause() },
      identity,
    );
    using stub = connect(server, transport, { answerMs: 300, stallMs: 0 });
    const body = bytesBody(new Uint8Array(32 * 1024 * 1024));
    const error = await rejection(stub.api.putObject(key, body, none, attributes, never()));
    expect(error).toMatchObject({ code: "timeout", retryable: true });
  });

  test.concurrent("a body that stops in the middle: timeout", async () => {
    await using server = await RawServer.start((_request, peer) => {
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    }, identity);
    using stub = connect(server, transport, { stallMs: 300 });
    const error = await rejection(stub.api.getObject(key, {}, (body) => body.bytes(), never()));
    expect(error).toMatchObject({ code: "timeout", retryable: true, operation: "GetObject" });
    expect(String(error)).toContain("stalled");
    await server.until(() => server.open === 0);
  });

  test.concurrent("a body that drips byte by byte counts as stalled", async () => {
    await using server = await RawServer.start((_request, peer) => {
      drip(peer, "x", 50, 100);
    }, identity);
    using stub = connect(server, transport, { stallMs: 300 });
    const read = stub.api.getObject(key, {}, (body) => Array.fromAsync(body.stream()), never());
    expect(await rejection(read)).toMatchObject({ code: "timeout" });
  });

  test.concurrent("a body may wait for whoever takes it: that is no stall", async () => {
    await using server = await RawServer.start((_request, peer) => {
      peer.write(`HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n${"x".repeat(10)}`);
      setTimeout(() => peer.write("y".repeat(10)), 100);
    }, identity);
    using stub = connect(server, transport, { stallMs: 300 });
    const read = async (body: ObjectBody): Promise<string> => {
      let text = "";
      for await (const piece of body.stream()) {
        text += Buffer.from(piece).toString();
        // Longer than a stall, and than the tick in which stalls are looked for.
        await Bun.sleep(700);
      }
      return text;
    };
    expect(await stub.api.getObject(key, {}, read, never())).toBe("x".repeat(10) + "y".repeat(10));
  });

  test.concurrent("a streamed body that keeps moving may take longer than a stall", async () => {
    await using server = await RawServer.start((_request, peer) => {
      drip(peer, "x".repeat(100), 50, 32);
    }, identity);
    using stub = connect(server, transport, { stallMs: 1000 });
    const pieces = await stub.api.getObject(
      key,
      {},
      (body) => Array.fromAsync(body.stream()),
      never(),
    );
    expect(Buffer.concat(pieces).toString()).toBe("x".repeat(3200));
  });

  test.concurrent("a body read in one go that keeps moving may, too", async () => {
    await using server = await RawServer.start((_request, peer) => {
      drip(peer, "x".repeat(10_000), 50, 32);
    }, identity);
    using stub = connect(server, transport, { stallMs: 1000 });
    const bytes = await stub.api.getObject(key, {}, (body) => body.bytes(), never());
    expect(bytes.byteLength).toBe(320_000);
  });

  test.concurrent("an upload that keeps moving may take longer than an answer", async () => {
    await using server = await RawServer.start((_request, peer) => {
      peer.write(httpAnswer({ headers: { etag: '"x"' } }));
    }, identity);
    using stub = connect(server, transport, { answerMs: 1000 });
    const body = slowBody(new Uint8Array(100), 50, 32);
    await stub.api.putObject(key, body, none, attributes, never());
    expect(server.requests[0]?.body.byteLength).toBe(3200);
  });

  test.concurrent("the limit for an attempt ends also one that keeps moving", async () => {
    await using server = await RawServer.start((_request, peer) => {
      drip(peer, "x".repeat(100), 50, 200);
    }, identity);
    using stub = connect(server, transport, { attemptMs: 500 });
    const read = stub.api.getObject(key, {}, (body) => Array.fromAsync(body.stream()), never());
    const error = await rejection(read);
    expect(error).toMatchObject({ code: "timeout", retryable: true });
    expect(String(error)).not.toContain("stalled");
  });

  test.concurrent("no limit for a stall means none, however long the pause", async () => {
    await using server = await RawServer.start((_request, peer) => {
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n0123456789");
      repeatedly(1800, 1, () => peer.write("01234567890123456789"));
    }, identity);
    using stub = connect(server, transport, { answerMs: 1000, stallMs: 0 });
    const pieces = await stub.api.getObject(
      key,
      {},
      (body) => Array.fromAsync(body.stream()),
      never(),
    );
    expect(Buffer.concat(pieces).byteLength).toBe(30);
  });

  test.concurrent("no limit for an answer means none", async () => {
    await using server = await RawServer.start((_request, peer) => {
      repeatedly(600, 1, () => peer.write(httpAnswer({})));
    }, identity);
    using stub = connect(server, transport, { answerMs: 0, stallMs: 300 });
    expect(await stub.api.headObject(key, {}, never())).toMatchObject({ size: 0 });
  });

  describe("the caller's signal", () => {
    test.concurrent("ends waiting for an answer, with the caller's own error", async () => {
      await using server = await RawServer.start(() => undefined, identity);
      using stub = connect(server, transport);
      const controller = new AbortController();
      const asked = rejection(stub.api.headObject(key, {}, controller.signal));
      await server.until(() => server.requests.length === 1);
      controller.abort(stopped);
      expect(await asked).toBe(stopped);
      await server.until(() => server.open === 0);
    });

    test.concurrent("ends reading a body", async () => {
      await using server = await RawServer.start((_request, peer) => {
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
      }, identity);
      using stub = connect(server, transport);
      const controller = new AbortController();
      const read = stub.api.getObject(
        key,
        {},
        async (body) => {
          for await (const _piece of body.stream()) controller.abort(stopped);
        },
        controller.signal,
      );
      expect(await rejection(read)).toBe(stopped);
      await server.until(() => server.open === 0);
    });

    test.concurrent("ends sending a body, and lets its source go", async () => {
      await using server = await RawServer.start(() => undefined, identity);
      using stub = connect(server, transport);
      const controller = new AbortController();
      const cancelled = Promise.withResolvers<void>();
      const open = (): ReadableStream<Uint8Array> =>
        new ReadableStream({
          start: (source) => source.enqueue(new Uint8Array(100)),
          cancel: () => cancelled.resolve(),
        });
      const body: Body = { kind: "stream", length: 1_000_000, open };
      const put = stub.api.putObject(key, body, none, attributes, controller.signal);
      const failed = rejection(put);
      await server.until(() => server.open > 0 && server.connections > 1);
      controller.abort(stopped);
      expect(await failed).toBe(stopped);
      await soon(server.until(() => server.open === 0));
      await soon(cancelled.promise);
    });

    test.concurrent("that fired before sends nothing", async () => {
      await using server = await RawServer.start(() => undefined, identity);
      using stub = connect(server, transport);
      const error = await rejection(stub.api.headObject(key, {}, AbortSignal.abort(stopped)));
      expect(error).toBe(stopped);
      expect(server.connections).toBe(0);
    });

    test.concurrent("without an error of ours counts as a stopped run", async () => {
      await using server = await RawServer.start(() => undefined, identity);
      using stub = connect(server, transport);
      const controller = new AbortController();
      const asked = rejection(stub.api.headObject(key, {}, controller.signal));
      await server.until(() => server.requests.length === 1);
      controller.abort();
      expect(await asked).toMatchObject({ code: "aborted", retryable: false });
    });
  });
});

describe("an operation that the server may work on for minutes", () => {
  const result = `<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>`;
  const complete = (stub: StubClient): Promise<unknown> =>
    stub.api.completeMultipartUpload({ key: "key", id: "id" }, [], never());

  test.concurrent("may be answered later than others", async () => {
    await using server = await RawServer.start((_request, peer) => {
      repeatedly(900, 1, () => peer.write(httpAnswer({ body: result })));
    });
    using stub = new StubClient(server.origin, { patience: { answerMs: 300 }, ...once });
    expect(await complete(stub)).toMatchObject({ etag: "x" });
  });

  test.concurrent("may send blanks for longer than a stall: that is how S3 says wait", async () => {
    await using server = await RawServer.start((_request, peer) => {
      peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      repeatedly(100, 12, () => peer.write("1\r\n \r\n"));
      repeatedly(1300, 1, () => {
        peer.write(`${result.length.toString(16)}\r\n${result}\r\n0\r\n\r\n`);
      });
    });
    using stub = new StubClient(server.origin, { patience: { stallMs: 300 }, ...once });
    expect(await complete(stub)).toMatchObject({ etag: "x" });
  });
});

test.each([
  ["by fetch", "key"],
  ["by the raw path", "dir/../key"],
])("a process whose requests %s are done ends by itself", async (_, key) => {
  await using server = await RawServer.start((request, peer) => {
    peer.write(httpAnswer({ body: request.method === "HEAD" ? "" : "ok" }));
  });
  const script = new URL("./some-requests.ts", import.meta.url).pathname;
  const child = Bun.spawn([process.execPath, script, server.origin, key], {
    stdout: "pipe",
    stderr: "pipe",
    timeout: 3000,
  });
  expect(await new Response(child.stdout).text()).toBe("done");
  expect(await new Response(child.stderr).text()).toBe("");
  expect(await child.exited).toBe(0);
  expect(server.requests.map(({ method }) => method)).toEqual(["PUT", "HEAD", "DELETE"]);
});
