/**
 * What queues are asked, byte by byte, and what becomes of their answers.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { eventSource, parseQueue } from "../../src/config/queue.ts";
import { isError, type SyncError } from "../../src/core/errors.ts";
import { endpointOf } from "../../src/watch/sqs/client.ts";
import { exampleCredentials, never, startStub } from "../support/stub-s3.ts";
import { authorizationFor, queueAt, sha256, TestQueueClient } from "./sqs-kit.ts";

const path = "/123456789012/changes";

async function thrownBy(work: Promise<unknown>): Promise<SyncError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (
    isError(
      thrown,
      "access-denied",
      "credentials",
      "not-found",
      "protocol",
      "rejected",
      "server",
      "throttled",
      "usage",
    )
  )
    return thrown;
  throw new Error(`no error of ours: ${String(thrown)}`);
}

describe("a queue's address", () => {
  test.each([
    ["https://sqs.eu-west-1.amazonaws.com/123456789012/changes", "eu-west-1"],
    ["https://sqs-fips.us-gov-west-1.amazonaws.com/1/q", "us-gov-west-1"],
    ["https://sqs.cn-north-1.amazonaws.com.cn/1/q", "cn-north-1"],
    ["https://vpce-0123-abc.sqs.ap-southeast-2.vpce.amazonaws.com/1/q", "ap-southeast-2"],
    ["https://eu-central-1.queue.amazonaws.com/1/q", "eu-central-1"],
    ["https://queue.amazonaws.com/1/q", "us-east-1"],
    ["http://sqs.us-west-2.localhost.localstack.cloud:4566/000000000000/q", "us-west-2"],
  ])("tells the region: %s", (url, region) => {
    const queue = queueAt(url);
    expect(queue.url).toBe(url);
    expect(endpointOf(queue, "nowhere-1").signing).toEqual({
      scheme: "sigv4",
      region,
      service: "sqs",
    });
  });

  test("without a region takes that of the bucket", () => {
    const queue = queueAt("http://127.0.0.1:9324/queue/changes");
    expect(endpointOf(queue, "eu-north-1").signing.region).toBe("eu-north-1");
    expect(queue).toMatchObject({ origin: "http://127.0.0.1:9324", host: "127.0.0.1:9324" });
  });

  test("may begin with sqs://, which is https", () => {
    expect(queueAt("sqs://sqs.eu-west-1.amazonaws.com/1/q").url).toBe(
      "https://sqs.eu-west-1.amazonaws.com/1/q",
    );
  });

  test.each([
    "",
    "changes",
    "s3://bucket/",
    "sqs://",
    "sqs://sqs.eu-west-1.amazonaws.com",
    "https://sqs.eu-west-1.amazonaws.com/",
    "https://sqs.eu-west-1.amazonaws.com//q",
    "https://user:hunter2@sqs.eu-west-1.amazonaws.com/1/q",
    "https://sqs.eu-west-1.amazonaws.com/1/q?X-Amz-Signature=hunter2",
    "https://sqs.eu-west-1.amazonaws.com/1/q#hunter2",
    "file:///etc/passwd",
  ])("is refused when it is %p, and no password is told", (text) => {
    expect(parseQueue(text)).toBeUndefined();
    expect(() => eventSource.parse(text)).toThrow("listen, or a queue's URL");
    expect(() => eventSource.parse(text)).not.toThrow("hunter2");
  });
});

describe("a request", () => {
  const common = ["content-type", "host", "x-amz-content-sha256", "x-amz-date"];

  test("for messages says these bytes", async () => {
    await using server = await startStub([{ body: "{}" }]);
    using client = new TestQueueClient(`${server.origin}${path}`, { region: "eu-west-1" });
    await client.receive(20, 120, never());
    const [request] = server.requests;
    if (request === undefined) throw new Error("no request");
    const body = `{"QueueUrl":"${server.origin}${path}","MaxNumberOfMessages":10,"WaitTimeSeconds":20,"VisibilityTimeout":120}`;
    expect(request.body.toString()).toBe(body);
    expect(`${request.method} ${request.target}`).toBe("POST /");
    const signed = [...common, "x-amz-target"];
    expect(request.headers).toMatchObject({
      "content-type": "application/x-amz-json-1.0",
      "content-length": String(body.length),
      host: server.origin.slice("http://".length),
      "user-agent": "s3sync-test",
      "x-amz-content-sha256": sha256(body),
      "x-amz-target": "AmazonSQS.ReceiveMessage",
      authorization: authorizationFor(request, "eu-west-1", signed),
    });
    expect(request.headers["x-amz-date"]).toMatch(/^\d{8}T\d{6}Z$/);
  });

  test("with keys for a while carries their token, and signs it", async () => {
    await using server = await startStub([{ body: "{}" }]);
    const credentials = { ...exampleCredentials, sessionToken: "a-token" };
    using client = new TestQueueClient(`${server.origin}${path}`, {
      credentials: () => Promise.resolve(credentials),
    });
    await client.receive(0, 120, never());
    const [request] = server.requests;
    if (request === undefined) throw new Error("no request");
    const signed = [...common, "x-amz-security-token", "x-amz-target"];
    expect(request.headers["x-amz-security-token"]).toBe("a-token");
    expect(request.headers["authorization"]).toBe(authorizationFor(request, "us-east-1", signed));
  });

  test.each([
    [
      "to delete messages",
      "DeleteMessageBatch",
      (client: TestQueueClient) => client.remove(["h+1/=", 'h"2'], never()),
      String.raw`"Entries":[{"Id":"0","ReceiptHandle":"h+1/="},{"Id":"1","ReceiptHandle":"h\"2"}]`,
    ],
    [
      "to hide messages for longer",
      "ChangeMessageVisibilityBatch",
      (client: TestQueueClient) => client.hide(["h1", "h2"], 120, never()),
      '"Entries":[{"Id":"0","ReceiptHandle":"h1","VisibilityTimeout":120},{"Id":"1","ReceiptHandle":"h2","VisibilityTimeout":120}]',
    ],
  ])("%s says these bytes", async (_, operation, ask, fields) => {
    await using server = await startStub([{ body: "{}" }]);
    using client = new TestQueueClient(`${server.origin}${path}`);
    await ask(client);
    const [request] = server.requests;
    expect(request?.body.toString()).toBe(`{"QueueUrl":"${server.origin}${path}",${fields}}`);
    expect(request?.headers["x-amz-target"]).toBe(`AmazonSQS.${operation}`);
  });
});

describe("an answer", () => {
  test("gives the messages", async () => {
    const messages = [
      { MessageId: "1", ReceiptHandle: "h1", Body: "ü", MD5OfBody: "x" },
      { MessageId: "2", ReceiptHandle: "h2", Body: "{}" },
    ];
    await using server = await startStub([{ body: JSON.stringify({ Messages: messages }) }]);
    using client = new TestQueueClient(`${server.origin}${path}`);
    expect(await client.receive(0, 120, never())).toEqual([
      { handle: "h1", body: "ü" },
      { handle: "h2", body: "{}" },
    ]);
  });

  test.each(["{}", '{"Messages":[]}'])("may have none: %s", async (body) => {
    await using server = await startStub([{ body }]);
    using client = new TestQueueClient(`${server.origin}${path}`);
    expect(await client.receive(0, 120, never())).toEqual([]);
  });

  test.each([
    "",
    "<html>",
    "[]",
    '{"Messages":7}',
    '{"Messages":[{"Body":"x"}]}',
    '{"Messages":[null]}',
  ])("that makes no sense is an error to be tried again: %s", async (body) => {
    await using server = await startStub([{ body }]);
    using client = new TestQueueClient(`${server.origin}${path}`);
    const error = await thrownBy(client.receive(0, 120, never()));
    expect(error).toMatchObject({ code: "protocol", retryable: true });
  });
});

describe("a refusal", () => {
  const refused = (type: string, message: string, status = 400) => ({
    status,
    body: JSON.stringify({ __type: `com.amazonaws.sqs#${type}`, message }),
  });

  test.each([
    ["QueueDoesNotExist", 400, "not-found"],
    ["AccessDeniedException", 403, "access-denied"],
    ["InvalidClientTokenId", 403, "credentials"],
    ["Something", 400, "rejected"],
    ["constructor", 400, "rejected"],
  ])("%s is final", async (type, status, code) => {
    await using server = await startStub([refused(type, "because", status)]);
    using client = new TestQueueClient(`${server.origin}${path}`);
    const error = await thrownBy(client.receive(0, 120, never()));
    expect(error).toMatchObject({ code, reason: type, status, retryable: false });
    expect(error.message).toBe(
      `ReceiveMessage of ${server.origin}${path} failed: ${type}: because`,
    );
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    refused("RequestThrottled", "slower"),
    { status: 503, body: "<html>" },
    "reset",
  ] as const)("that may pass is tried again: %p", async (refusal) => {
    await using server = await startStub([refusal, refusal, { body: "{}" }]);
    using client = new TestQueueClient(`${server.origin}${path}`);
    expect(await client.receive(0, 120, never())).toEqual([]);
  });

  test("that stays is told after as many tries as are allowed", async () => {
    await using server = await startStub([{ status: 500 }]);
    using client = new TestQueueClient(`${server.origin}${path}`);
    const error = await thrownBy(client.receive(0, 120, never()));
    expect(error).toMatchObject({ code: "server", retryable: true });
    expect(server.requests).toHaveLength(3);
  });

  test("of keys has others asked for, once", async () => {
    const denied = refused("ExpiredToken", "too old", 403);
    await using server = await startStub([denied, { body: "{}" }]);
    const old = { ...exampleCredentials, sessionToken: "old" };
    let current = old;
    using client = new TestQueueClient(`${server.origin}${path}`, {
      credentials: (not) => {
        if (Bun.deepEquals(not, old)) current = { ...old, sessionToken: "new" };
        return Promise.resolve(current);
      },
    });
    await client.receive(0, 120, never());
    const tokens = server.requests.map(({ headers }) => headers["x-amz-security-token"]);
    expect(tokens).toEqual(["old", "new"]);
  });

  test("by a clock that goes differently is signed by that clock", async () => {
    const date = new Date(Date.now() + 3_600_000);
    const late = refused("InvalidSignatureException", "Signature expired", 403);
    const withDate = { ...late, headers: { date: date.toUTCString() } };
    await using server = await startStub([withDate, { body: "{}" }]);
    using client = new TestQueueClient(`${server.origin}${path}`);
    await client.receive(0, 120, never());
    const dates = server.requests.map(({ headers }) => headers["x-amz-date"] ?? "");
    expect(dates[1]?.slice(0, 11)).toBe(date.toISOString().replaceAll(/[-:]/g, "").slice(0, 11));
  });

  test("that repeats the request does not tell what it was signed with", async () => {
    await using server = await startStub((request) =>
      refused("Odd", `you sent ${request.headers["authorization"] ?? ""}`),
    );
    using client = new TestQueueClient(`${server.origin}${path}`);
    const error = await thrownBy(client.receive(0, 120, never()));
    const [request] = server.requests;
    const signature = request?.headers["authorization"]?.split("Signature=")[1] ?? "?";
    expect(error.message).toContain("you sent");
    expect(error.message).not.toContain(signature);
  });
});
