/**
 * What notifications say has changed.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import type { Hint } from "../../src/watch/hints.ts";
import { readNotification, type WatchedPlace } from "../../src/watch/s3-events.ts";

const place: WatchedPlace = { bucket: "photos", prefix: "in/", keys: "encoded" };

/** As S3 writes it; the fields that nobody reads are left out. */
function record(
  key: unknown,
  eventName: unknown = "ObjectCreated:Put",
  bucket: unknown = "photos",
) {
  const object = { key, size: 3, eTag: "900150983cd24fb0d6963f7d28e17f72", sequencer: "0055AED6" };
  const s3 = { s3SchemaVersion: "1.0", bucket: { name: bucket, arn: "arn:aws:s3:::x" }, object };
  return { eventVersion: "2.1", eventSource: "aws:s3", awsRegion: "us-east-1", eventName, s3 };
}

function records(...all: readonly unknown[]): string {
  return JSON.stringify({ Records: all });
}

function bridged(key: unknown, type = "Object Created", bucket = "photos"): string {
  const detail = { version: "0", bucket: { name: bucket }, object: { key, size: 3 } };
  return JSON.stringify({ version: "0", "detail-type": type, source: "aws.s3", detail });
}

function published(message: string): string {
  const TopicArn = "arn:aws:sns:us-east-1:1:t";
  return JSON.stringify({ Type: "Notification", TopicArn, Subject: "S3", Message: message });
}

function keysOf(text: string, where: Partial<WatchedPlace> = {}): string[] {
  return hintsOf(text, where).map((hint) => (hint.kind === "key" ? hint.key : `<${hint.kind}>`));
}

function hintsOf(text: string, where: Partial<WatchedPlace> = {}): readonly Hint[] {
  const read = readNotification(text, { ...place, ...where });
  if (read.kind === "foreign") throw new Error("taken for somebody else's");
  return read.hints;
}

describe("the key of a notification", () => {
  test.each([
    ["from S3", records(record("in/a.txt"))],
    ["from S3 by way of SNS", published(records(record("in/a.txt")))],
    ["from EventBridge", bridged("in/a.txt")],
    ["from EventBridge by way of SNS", published(bridged("in/a.txt"))],
    ["from MinIO", records(record("in%2Fa.txt", "s3:ObjectCreated:Put"))],
  ])("is told %s, without the prefix", (_, text) => {
    expect(keysOf(text)).toEqual(["a.txt"]);
  });

  test("is read as a form is: + is a space, and the rest is escaped", () => {
    expect(keysOf(records(record("in/a+b%2Bc%25%2F%C3%BC%F0%9F%98%80")))).toEqual(["a b+c%/ü😀"]);
  });

  test.each([
    ["in an event of EventBridge", bridged("in/a+b%2Bc"), place.keys],
    ["in a record that MinIO tells to who listens", records(record("in/a+b%2Bc")), "plain"],
  ] as const)("is taken as it is %s", (_, text, keys) => {
    expect(keysOf(text, { keys })).toEqual(["a+b%2Bc"]);
  });

  test("survives every encoding, whatever it is", () => {
    const anyKey = fc
      .string({ unit: "binary", minLength: 1, maxLength: 50 })
      .filter((key) => key.isWellFormed());
    fc.assert(
      fc.property(anyKey, (key) => {
        const encoded = new URLSearchParams([["", `in/${key}`]]).toString().slice(1);
        const asIs = records(record(`in/${key}`));
        expect(keysOf(records(record(encoded)))).toEqual([key]);
        expect(keysOf(asIs, { keys: "plain" })).toEqual([key]);
        expect(keysOf(published(bridged(`in/${key}`)))).toEqual([key]);
      }),
    );
  });
});

describe("what matters", () => {
  test.each([
    "ObjectCreated:Put",
    "ObjectCreated:CompleteMultipartUpload",
    "ObjectRemoved:Delete",
    "ObjectRemoved:DeleteMarkerCreated",
    "LifecycleExpiration:Delete",
    "ObjectTagging:Put",
    "ObjectRestore:Completed",
    "SomethingNew:Tomorrow",
  ])("is %s", (name) => {
    expect(keysOf(records(record("in/a", name)))).toEqual(["a"]);
  });

  test.each(["Object Created", "Object Deleted", "Object Restore Completed", "Object Tags Added"])(
    "is %s of EventBridge",
    (type) => {
      expect(keysOf(bridged("in/a", type))).toEqual(["a"]);
    },
  );

  test.each(["s3:ObjectAccessed:Get", "ObjectAccessed:Head"])(
    "is not %s: reading changes nothing, and we read",
    (name) => {
      expect(hintsOf(records(record("in/a", name)))).toEqual([]);
    },
  );

  test.each([
    ["another bucket", records(record("in/a", "ObjectCreated:Put", "other"))],
    ["another bucket of EventBridge", bridged("in/a", "Object Created", "other")],
    ["what lies outside of the prefix", records(record("out/a"))],
    ["the prefix itself", records(record("in/"))],
    ["a bucket as a whole", records(record(undefined, "s3:BucketCreated:*"))],
    ["a key that no object can have", records(record(`in/${"ä".repeat(600)}`))],
    ["nothing", records()],
  ])("is not %s", (_, text) => {
    expect(hintsOf(text)).toEqual([]);
  });

  test("is any bucket, where the place does not go by its name", () => {
    expect(
      keysOf(records(record("in/a", "ObjectCreated:Put", "other")), { bucket: undefined }),
    ).toEqual(["a"]);
  });

  test("is told once, however often a message says it", () => {
    const text = records(record("in/a"), record("in/b"), record("in/a", "ObjectRemoved:Delete"));
    expect(keysOf(text)).toEqual(["a", "b"]);
  });

  test("is not what S3 sends when notifications are switched on", () => {
    const text = JSON.stringify({ Service: "Amazon S3", Event: "s3:TestEvent", Bucket: "photos" });
    expect(hintsOf(text)).toEqual([]);
    expect(hintsOf(published(text))).toEqual([]);
  });
});

describe("a message that cannot be trusted", () => {
  test.each([
    ["an escape that is cut", records(record("in/a%2"))],
    ["bytes that are not UTF-8", records(record("in/%FF"))],
    ["half a surrogate pair", bridged("in/\ud83d")],
  ])("asks to look at everything when the key has %s", (_, text) => {
    expect(hintsOf(text).map(({ kind }) => kind)).toEqual(["all"]);
  });

  test("asks for that once, however often it says so", () => {
    expect(hintsOf(records(record("%2"), record("%3"), record("in/a")))).toHaveLength(2);
  });

  test.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["no object", "[1]"],
    ["null", "null"],
    ["a text", '"s3"'],
    ["somebody else's message", '{"hello":"world"}'],
    ["somebody else's event", '{"source":"aws.ec2","detail-type":"Object Created"}'],
    ["another event of the service", bridged("in/a", "AWS API Call via CloudTrail")],
    ["an event without a key", bridged(7)],
    ["records of another kind", records({ kinesis: {} }, 1, null, "x")],
    ["records whose bucket is a number", records(record("in/a", "ObjectCreated:Put", 7))],
    ["another message of SNS", '{"Type":"SubscriptionConfirmation","Message":"hello"}'],
    ["an envelope that holds a number", '{"Type":"Notification","Message":7}'],
    ["JSON that is nested without end", "[".repeat(200_000)],
    ["envelopes in envelopes", published(published(published(records(record("in/a")))))],
    ["a prototype", '{"__proto__":{"Records":[]},"constructor":{"prototype":{}}}'],
  ])("is somebody else's when it is %s", (_, text) => {
    expect(readNotification(text, place)).toEqual({ kind: "foreign" });
  });

  test("counts as far as it can be read", () => {
    expect(keysOf(records(7, record("in/a"), { eventName: "x" }, record(["in/b"])))).toEqual(["a"]);
  });

  test("tells of no key outside of the place, whatever it is", () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom("photos", "in/a", "out/a", "aws.s3", "Notification", "Object Created"),
        fc.string(),
        fc.integer(),
        fc.constant(null),
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom(
            "Records",
            "s3",
            "bucket",
            "name",
            "object",
            "key",
            "eventName",
            "Message",
            "Type",
            "source",
            "detail",
            "detail-type",
          ),
          tie("any"),
        ),
      ),
    })).any;
    fc.assert(
      fc.property(value, (json) => {
        const read = readNotification(JSON.stringify(json), place);
        const keys = read.kind === "changes" ? read.hints : [];
        expect(keys.every((hint) => hint.kind === "all" || hint.kind === "key")).toBe(true);
        expect(keys.some((hint) => hint.kind === "key" && hint.key.startsWith("out/"))).toBe(false);
      }),
    );
  });
});
