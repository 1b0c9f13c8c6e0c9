/**
 * A watch that listens to the server: what it asks, and what it takes for an answer.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { SyncError } from "../../src/core/errors.ts";
import { ListenSource } from "../../src/watch/listen-source.ts";
import type { Peer, RawServer } from "../support/raw-server.ts";
import { startStub, type StubAnswer, StubClient } from "../support/stub-s3.ts";
import { Listening } from "./listening.ts";

const head =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const keepalive = '{"Records":null}\n';

function chunk(text: string | Uint8Array): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from("\r\n"),
  ]);
}

function event(key: string): string {
  const s3 = { bucket: { name: "bucket" }, object: { key } };
  return `${JSON.stringify({ Records: [{ eventName: "s3:ObjectCreated:Put", s3 }] })}\n`;
}

/** A server that answers the first request as MinIO does, and says what a test wants. */
async function startTeller(begin: (peer: Peer) => void): Promise<RawServer> {
  return startStub((_, __, peer) => {
    peer.write(head);
    begin(peer);
    return undefined;
  });
}

function sourceAt(client: StubClient, prefix = "in/"): ListenSource {
  return new ListenSource("s3://bucket/in/", client.client, {
    bucket: "bucket",
    prefix,
    keys: "plain",
  });
}

async function thrownBy(work: Promise<unknown>): Promise<SyncError> {
  const thrown: unknown = await work.catch((error: unknown) => error);
  if (thrown instanceof SyncError) return thrown;
  throw new Error(`no error of ours: ${String(thrown)}`);
}

const once = { retry: { maxAttempts: 1, initialBackoffMs: 1 } };

describe("the request", () => {
  test.each([
    ["in/", "in%2F"],
    ["", undefined],
    ["a/../b", undefined],
    ["./a", undefined],
    [String.raw`a\b`, undefined],
    ["a..b/", "a..b%2F"],
  ])("below %p names the prefix %p: MinIO takes not all of them", async (prefix, named) => {
    await using server = await startTeller((peer) => peer.write(chunk(keepalive)));
    using client = new StubClient(server.origin, once);
    using listening = new Listening(sourceAt(client, prefix));
    await listening.begin();
    const [request] = server.requests;
    const query = "events=s3%3AObjectCreated%3A%2A&events=s3%3AObjectRemoved%3A%2A&ping=1";
    const more = named === undefined ? "" : `&prefix=${named}`;
    expect(request?.target).toBe(`/bucket?${query}${more}`);
    expect(request?.headers["accept-encoding"]).toBe("identity");
  });
});

describe("what is told", () => {
  test("is heard however it is cut, with what keeps the line alive in between", async () => {
    const told = Buffer.from(
      `  ${event("in/a ü%2B+.txt")}${keepalive} \n${event("out/b")}${event("in/c")}`,
    );
    await using server = await startTeller((peer) => {
      for (const byte of told) peer.write(chunk(new Uint8Array([byte])));
    });
    using client = new StubClient(server.origin, once);
    using listening = new Listening(sourceAt(client));
    await listening.begin();
    await listening.until("a ü%2B+.txt", "c");
    expect(listening.heard).toHaveLength(2);
  });

  test("has begun only when the server says something", async () => {
    const { promise: connected, resolve } = Promise.withResolvers<Peer>();
    await using server = await startTeller(resolve);
    using client = new StubClient(server.origin, once);
    using listening = new Listening(sourceAt(client));
    let hasBegun = false;
    const begun = listening.begin().finally(() => (hasBegun = true));
    const peer = await connected;
    expect(hasBegun).toBe(false);
    peer.write(chunk(" "));
    await begun;
    expect(hasBegun).toBe(true);
  });

  test("ends without an error when the watch does", async () => {
    await using server = await startTeller((peer) => peer.write(chunk(keepalive)));
    using client = new StubClient(server.origin, once);
    using listening = new Listening(sourceAt(client));
    const { ended } = await listening.begin();
    listening.stop();
    await ended;
    await server.until(() => server.open === 0);
  });
});

describe("a connection that cannot be listened to any more is given up", () => {
  test.each([
    ["reset", (peer: Peer) => peer.reset(), "network"],
    ["silent", () => undefined, "timeout"],
    ["a line without end", (peer: Peer) => peer.write(chunk("x".repeat(1_100_000))), "protocol"],
  ] as const)("%s", async (_, misbehave, code) => {
    let peer: Peer | undefined;
    await using server = await startTeller((each) => {
      peer = each;
      each.write(chunk(keepalive));
    });
    using client = new StubClient(server.origin, { ...once, patience: { stallMs: 300 } });
    using listening = new Listening(sourceAt(client));
    const { ended } = await listening.begin();
    if (peer !== undefined) misbehave(peer);
    expect(await thrownBy(ended)).toMatchObject({ code, retryable: true });
  });
});

describe("a server that is not MinIO", () => {
  const page = '<?xml version="1.0"?><ListBucketResult></ListBucketResult>';
  const missing = "<Error><Code>NotImplemented</Code><Message>no</Message></Error>";

  test.each<[string, StubAnswer]>([
    ["lists the bucket", { headers: { "content-type": "application/xml" }, body: page }],
    ["has it not", { status: 501, body: missing }],
  ])("%s: that is said, and what to do", async (_, answer) => {
    await using server = await startStub([answer]);
    using client = new StubClient(server.origin, once);
    using listening = new Listening(sourceAt(client));
    const error = await thrownBy(listening.begin());
    expect(error).toMatchObject({ code: "unsupported", retryable: false });
    expect(error.hint).toContain("--poll");
  });

  test("says nothing: that is said, and why it may be", async () => {
    await using server = await startStub(["silence"]);
    using client = new StubClient(server.origin, { ...once, patience: { answerMs: 300 } });
    using listening = new Listening(sourceAt(client));
    const error = await thrownBy(listening.begin());
    expect(error).toMatchObject({ code: "timeout" });
    expect(error.hint).toContain("October 2025");
  });

  test("refuses: that is told as it is", async () => {
    const body = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
    await using server = await startStub([{ status: 403, body }]);
    using client = new StubClient(server.origin, once);
    using listening = new Listening(sourceAt(client));
    expect(await thrownBy(listening.begin())).toMatchObject({ code: "access-denied" });
  });
});
