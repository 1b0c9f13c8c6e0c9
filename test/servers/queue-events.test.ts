/**
 * Notifications of a bucket that come by a queue: moto has buckets, SQS, SNS and EventBridge, and writes what AWS writes.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { type Event, PutBucketNotificationConfigurationCommand } from "@aws-sdk/client-s3";

import { resolveConfig, watch } from "../../src/index.ts";
import { EventSource } from "../../src/watch/event-source.ts";
import type { ChangeSource } from "../../src/watch/hints.ts";
import { rejection } from "../core/rejection.ts";
import { TestBucket } from "../support/bucket.ts";
import { follows } from "../support/follows.ts";
import type { RunningServer } from "../support/minio-server.ts";
import { hasServer, startOther } from "../support/other-servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { Listening } from "../watch/listening.ts";

const account = "123456789012";
const events: Event[] = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"];
const odd = "in/a b+c%2F&ü😀.txt";

/** Asks moto for something that our own clients do not ask for. It finds the service in the signature's scope. */
async function ask(
  endpoint: string,
  service: string,
  how:
    | { readonly target: string; readonly fields: object }
    | { readonly form: Record<string, string> },
): Promise<unknown> {
  const isJson = "target" in how;
  const scope = `AKIA/20260101/us-east-1/${service}/aws4_request`;
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      ...(isJson
        ? { "content-type": "application/x-amz-json-1.0", "x-amz-target": how.target }
        : { "content-type": "application/x-www-form-urlencoded" }),
    },
    body: isJson ? JSON.stringify(how.fields) : new URLSearchParams(how.form).toString(),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${service}: ${answer.status} ${text}`);
  return isJson && text !== "" ? JSON.parse(text) : text;
}

describe.skipIf(!hasServer("moto"))("notifications by a queue (needs moto)", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startOther("moto");
  }, 120_000);
  afterAll(() => server?.[Symbol.asyncDispose]());

  const sqs = (operation: string, fields: object): Promise<unknown> =>
    ask(server.endpoint, "sqs", { target: `AmazonSQS.${operation}`, fields });

  async function makeQueue(): Promise<{ name: string; url: string; arn: string }> {
    const name = `changes-${crypto.randomUUID().slice(0, 8)}`;
    await sqs("CreateQueue", { QueueName: name });
    const url = `${server.endpoint}/${account}/${name}`;
    return { name, url, arn: `arn:aws:sqs:us-east-1:${account}:${name}` };
  }

  /** Visible ones, and those that somebody has taken. */
  async function countOf(url: string): Promise<{ visible: number; taken: number }> {
    const AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    const answer = await sqs("GetQueueAttributes", { QueueUrl: url, AttributeNames });
    const { Attributes } = answer as { readonly Attributes: Readonly<Record<string, string>> };
    const [visible, taken] = AttributeNames.map((name) => Number(Attributes[name]));
    return { visible: visible ?? -1, taken: taken ?? -1 };
  }

  async function untilCount(
    url: string,
    wanted: { visible: number; taken: number },
    meanwhile: () => void = () => undefined,
  ): Promise<void> {
    while (!Bun.deepEquals(await countOf(url), wanted)) {
      meanwhile();
      await Bun.sleep(20);
    }
  }

  function open(bucket: TestBucket, url: string): ChangeSource {
    const input = { source: bucket.url("in/"), target: "/nowhere", ...bucket.side("source") };
    return new EventSource(resolveConfig(input), url, (error) => {
      throw error;
    });
  }

  async function tell(bucket: TestBucket, configuration: object): Promise<void> {
    await bucket.client.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: bucket.name,
        NotificationConfiguration: configuration,
      }),
    );
  }

  async function directly(bucket: TestBucket, arn: string): Promise<void> {
    await tell(bucket, { QueueConfigurations: [{ QueueArn: arn, Events: events }] });
  }

  async function bySns(bucket: TestBucket, arn: string): Promise<void> {
    const topic = `topic-${crypto.randomUUID().slice(0, 8)}`;
    const TopicArn = `arn:aws:sns:us-east-1:${account}:${topic}`;
    await ask(server.endpoint, "sns", { form: { Action: "CreateTopic", Name: topic } });
    const form = { Action: "Subscribe", TopicArn, Protocol: "sqs", Endpoint: arn };
    await ask(server.endpoint, "sns", { form });
    await tell(bucket, { TopicConfigurations: [{ TopicArn, Events: events }] });
  }

  async function byEventBridge(bucket: TestBucket, arn: string): Promise<void> {
    const Name = `rule-${crypto.randomUUID().slice(0, 8)}`;
    const EventPattern = JSON.stringify({ source: ["aws.s3"] });
    const bridge = (operation: string, fields: object): Promise<unknown> =>
      ask(server.endpoint, "events", { target: `AWSEvents.${operation}`, fields });
    await bridge("PutRule", { Name, EventPattern });
    await bridge("PutTargets", { Rule: Name, Targets: [{ Id: "1", Arn: arn }] });
    await tell(bucket, { EventBridgeConfiguration: {} });
  }

  test.each([
    ["from S3", directly],
    ["by way of SNS", bySns],
    ["by way of EventBridge", byEventBridge],
  ])(
    "are heard %s, before and after the watch begins, and deleted when that is done",
    async (_, connect) => {
      await using bucket = await TestBucket.create(server);
      const { url, arn } = await makeQueue();
      await connect(bucket, arn);
      await bucket.put(odd, "1");
      await bucket.put("out/b", "1");
      using listening = new Listening(open(bucket, url));
      const { ended } = await listening.begin();
      await listening.until(odd.slice("in/".length));
      await bucket.put("in/later", "1");
      await bucket.remove([odd]);
      await listening.until("later");
      // The deletion may be heard only now.
      await untilCount(url, { visible: 0, taken: 0 }, () => listening.settle());
      expect(listening.keys).toEqual([odd.slice("in/".length), "later"].toSorted());
      listening.stop();
      await ended;
    },
    30_000,
  );

  test("stay in the queue while nobody has done what they tell of", async () => {
    await using bucket = await TestBucket.create(server);
    const { url, arn } = await makeQueue();
    await directly(bucket, arn);
    await bucket.put("in/a", "1");
    using listening = new Listening(open(bucket, url));
    await listening.begin();
    await listening.until("a");
    // The one that S3 sends when notifications are switched on is gone.
    await untilCount(url, { visible: 0, taken: 1 });
    listening.settle();
    await untilCount(url, { visible: 0, taken: 0 });
  }, 30_000);

  test("of a burst are all heard", async () => {
    await using bucket = await TestBucket.create(server);
    const { url, arn } = await makeQueue();
    await directly(bucket, arn);
    const keys = Array.from({ length: 60 }, (_, at) => `k${String(at).padStart(3, "0")}`);
    using listening = new Listening(open(bucket, url));
    await listening.begin();
    await Promise.all(keys.map((key) => bucket.put(`in/${key}`, "1")));
    await listening.until(...keys);
    listening.settle();
    await untilCount(url, { visible: 0, taken: 0 });
    expect(listening.keys).toEqual(keys);
  }, 30_000);

  test("make a directory follow its bucket", async () => {
    await using bucket = await TestBucket.create(server);
    using dir = new TempDir();
    const { url, arn } = await makeQueue();
    await directly(bucket, arn);
    await bucket.put("in/a", "1");
    const ending = new AbortController();
    const to = dir.at("to");
    const places = { source: bucket.url("in/"), target: to, stateDir: dir.at("state") };
    const how = { ...bucket.side("source"), delete: true, sourceEvents: url, poll: "1w" };
    const run = watch({ ...places, ...how }, { ending: ending.signal });
    await follows(run, to, { a: "1" });
    await follows(run, to, { a: "changed", "b c/d+": "2" }, async () => {
      await bucket.put("in/b c/d+", "2");
      await bucket.put("in/a", "changed");
    });
    await follows(run, to, { "b c/d+": "2" }, () => bucket.remove(["in/a"]));
    ending.abort();
    expect(await run.result).toMatchObject({ errors: 0, interrupted: false });
    expect(await countOf(url)).toEqual({ visible: 0, taken: 0 });
  }, 30_000);

  test("cannot come from a queue that is not there, and that is said before anything begins", async () => {
    await using bucket = await TestBucket.create(server);
    const url = `${server.endpoint}/${account}/nothing`;
    using listening = new Listening(open(bucket, url));
    const error = await rejection(listening.begin());
    expect(error).toMatchObject({
      code: "not-found",
      hint: "Check the queue's URL, and its region.",
    });
  });
});
