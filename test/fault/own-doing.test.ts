/**
 * Writes and deletes with a condition whose answer is lost: the repetition is refused because of what the first try
 * did. That is a success of ours; what somebody else did never is.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type ConfigInput, type Summary, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy, type Operation } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes, secondsAgo } from "../support/trees.ts";

const five = 5 * MiB;
const contents = { small: randomBytes("own", 1000), large: randomBytes("own", five + 1) };
const lost = { kind: "reset", at: "instead-of-answer" } as const;

/** Runs `--if-match` on a bucket that holds `a`; the answer to one operation is lost. */
class GuardedRun implements AsyncDisposable {
  private readonly dir = new TempDir();

  private constructor(
    readonly bucket: TestBucket,
    readonly proxy: FaultProxy,
  ) {}

  static async begin(): Promise<GuardedRun> {
    const bucket = await TestBucket.create();
    await bucket.put("a", "old");
    await bucket.put("same", contents.small);
    return new GuardedRun(bucket, await FaultProxy.start(httpServer()));
  }

  /** From a directory with `content` as `a`, or without it. */
  run(content: Uint8Array | undefined, more: Partial<ConfigInput> = {}): Promise<Summary> {
    this.dir.write("same", contents.small, secondsAgo(60));
    if (content !== undefined) this.dir.write("a", content, secondsAgo(-60));
    return sync({
      source: this.dir.path,
      target: this.bucket.url(),
      ...this.bucket.side("target"),
      targetEndpointUrl: this.proxy.endpoint,
      multipartThreshold: five,
      multipartChunksize: five,
      initialBackoffMilliseconds: 1,
      ifMatch: true,
      ...more,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dir[Symbol.dispose]();
    await this.proxy[Symbol.asyncDispose]();
    await this.bucket[Symbol.asyncDispose]();
  }
}

const writes: readonly ["small" | "large", Operation][] = [
  ["small", "PutObject"],
  ["large", "CompleteMultipartUpload"],
];

describe.each(writes)("%s: %s", (size, operation) => {
  test("is our own success when the answer was lost", async () => {
    await using guarded = await GuardedRun.begin();
    const injection = guarded.proxy.inject(operation, lost, { times: 1 });
    const summary = await guarded.run(contents[size]);
    expect(injection.hits).toBe(1);
    expect(guarded.proxy.count(operation)).toBe(2);
    expect(summary).toMatchObject({
      transferredObjects: 1,
      etagVerified: 1,
      warnings: 0,
      errors: 0,
    });
    expect(await guarded.bucket.get("a")).toEqual(contents[size]);
  });

  test("is none when somebody else wrote after it", async () => {
    await using guarded = await GuardedRun.begin();
    guarded.proxy.inject(operation, lost, { times: 1 });
    const gate = guarded.proxy.hold(operation, "request", { skip: 1 });
    const running = guarded.run(contents[size]);
    await gate.reached;
    await guarded.bucket.put("a", "theirs");
    gate.open();
    expect(await running).toMatchObject({ transferredObjects: 0, warnings: 1, etagVerified: 0 });
    expect(Buffer.from(await guarded.bucket.get("a")).toString()).toBe("theirs");
  });
});

describe("DeleteObject", () => {
  const deleting = { delete: true };

  test("is our own success when the answer was lost", async () => {
    await using guarded = await GuardedRun.begin();
    const injection = guarded.proxy.inject("DeleteObject", lost, { times: 1 });
    const summary = await guarded.run(undefined, deleting);
    expect(injection.hits).toBe(1);
    expect(summary).toMatchObject({ deleted: 1, warnings: 0, errors: 0 });
    expect(await guarded.bucket.keys()).toEqual(["same"]);
  });

  /** MinIO knows no conditions on deletes; the refusal is ours. */
  const refused = { kind: "refuse", status: 412, code: "PreconditionFailed" } as const;

  test("is our own success when the answer was lost and the repetition refused", async () => {
    await using guarded = await GuardedRun.begin();
    guarded.proxy.inject("DeleteObject", lost, { times: 1 });
    const refusal = guarded.proxy.inject("DeleteObject", refused, { times: 1 });
    const summary = await guarded.run(undefined, deleting);
    expect(refusal.hits).toBe(1);
    expect(summary).toMatchObject({ deleted: 1, warnings: 0, errors: 0 });
    expect(await guarded.bucket.keys()).toEqual(["same"]);
  });

  test("is none when somebody else wrote after it", async () => {
    await using guarded = await GuardedRun.begin();
    guarded.proxy.inject("DeleteObject", lost, { times: 1 });
    guarded.proxy.inject("DeleteObject", refused, { times: 1 });
    const gate = guarded.proxy.hold("DeleteObject", "request", { skip: 1 });
    const running = guarded.run(undefined, deleting);
    await gate.reached;
    await guarded.bucket.put("a", "theirs");
    gate.open();
    expect(await running).toMatchObject({ deleted: 0, warnings: 1 });
    expect(await guarded.bucket.keys()).toEqual(["a", "same"]);
  });
});

test("a conditional write has a connection of its own, where nobody repeats it unseen", async () => {
  await using guarded = await GuardedRun.begin();
  await guarded.run(contents.small);
  await guarded.run(contents.large, { ifMatch: false });
  const kept = guarded.proxy.requests.map(({ operation, headers }) => [
    operation,
    headers.get("connection") === "keep-alive",
  ]);
  expect(kept).toContainEqual(["PutObject", false]);
  expect(kept).not.toContainEqual(["PutObject", true]);
  expect(kept).toContainEqual(["CompleteMultipartUpload", true]);
});
