/**
 * A large object that the server copies from bucket to bucket, and workers who have it do so.
 *
 * @module
 */
import { GetObjectTaggingCommand } from "@aws-sdk/client-s3";

import { follow } from "../../src/cluster/control/follow.ts";
import { submit } from "../../src/cluster/control/submit.ts";
import type { Ground } from "../../src/cluster/ground.ts";
import type { Trouble } from "../../src/cluster/job/notes.ts";
import type { OrderInput } from "../../src/cluster/job/order.ts";
import { Worker } from "../../src/cluster/work/worker.ts";
import type { Side, SyncEvent } from "../../src/core/events.ts";
import { openS3, type S3Options } from "../../src/store/s3/open.ts";
import type { Part, Store } from "../../src/store/store.ts";
import { s3Options } from "../contract/s3-subject.ts";
import { TestBucket } from "../support/bucket.ts";
import { httpServer, type TestServer } from "../support/servers.ts";
import { randomBytes } from "../support/trees.ts";
import { uploadParts } from "../support/upload-parts.ts";
import { never } from "./job-kit.ts";
import { numbersTo, partBytes, sharing, smallParts, WatchedCopies } from "./parts-kit.ts";

/** So many parts, of which the last is short. */
export const count = 9;

/** What is ordered of all. */
export const copying = { ...smallParts, serverSideCopy: true, forceRetryCount: 0 };

/** What the object has besides its bytes. */
const attributes = {
  ...{ ContentType: "text/x-large", CacheControl: "no-store", Metadata: { colour: "green" } },
  Tagging: "kind=large&year=2026",
};

/** What is special about one worker. */
export interface JoinOptions {
  /** Called before each part that it has copied. */
  readonly before?: (part: Part) => Promise<void> | void;
  /** Objects are shared from this size on, in bytes. */
  readonly fromBytes?: number;
  /** What is special about how it reaches the buckets. */
  readonly sides?: Partial<Record<Side, Partial<S3Options>>>;
}

/** One of the workers. */
export interface Joined {
  readonly target: WatchedCopies;
  /** How many requests for copies of parts it has sent. */
  requests(): number;
}

/** Two buckets and those who work on them. Dispose of it. */
export class CopyScene implements AsyncDisposable {
  private readonly end = new AbortController();
  private readonly stack = new AsyncDisposableStack();
  private readonly running: Promise<void>[] = [];

  private constructor(
    private readonly connect: () => Promise<Ground>,
    readonly from: TestBucket,
    readonly to: TestBucket,
  ) {
    this.stack.use(from);
    this.stack.use(to);
  }

  /** @param connect gives each who takes part a connection */
  static async begin(
    connect: () => Promise<Ground>,
    server: TestServer = httpServer(),
  ): Promise<CopyScene> {
    const [from, to] = [await TestBucket.create(server), await TestBucket.create(server)];
    return new CopyScene(connect, from, to);
  }

  /** Puts the object into the source, of random bytes that follow from a name. */
  async put(name: string): Promise<Uint8Array> {
    const content = randomBytes(name, (count - 1) * partBytes + 1000);
    const bodies = numbersTo(count).map((number) =>
      content.subarray((number - 1) * partBytes, number * partBytes),
    );
    await uploadParts(this.from, "large", bodies, attributes);
    return content;
  }

  /** Lets one more worker work, on one thing at a time. */
  async join({
    before = () => undefined,
    fromBytes,
    sides = {},
  }: JoinOptions = {}): Promise<Joined> {
    let requests = 0;
    const hear = (event: SyncEvent): void => {
      if (event.type === "request" && event.operation === "UploadPartCopy") requests += 1;
    };
    const from = await openS3({ ...s3Options(this.from, ""), ...sides.source }, () => undefined);
    const to = await openS3({ ...s3Options(this.to, ""), ...sides.target }, hear);
    const target = new WatchedCopies(to, before);
    for (const store of [from, to]) this.stack.defer(() => store.close());
    const stores: Record<Side, Store> = { source: from, target };
    const shared = fromBytes === undefined ? sharing : { ...sharing, fromBytes };
    const options = { slots: 1, sharing: shared, stores, ending: this.end.signal, lookMs: 20 };
    // Who dies says so; a job that nobody works on is waited for in vain.
    const run = new Worker(await this.connect(), options).run().catch(() => undefined);
    this.running.push(run);
    return { target, requests: () => requests };
  }

  /** Puts a job in, waits for it, and gives what came of it. */
  async carryOut(input: Partial<OrderInput> = {}) {
    const ground = await this.connect();
    const troubles: Trouble[] = [];
    const onTrouble = (trouble: Trouble): void => void troubles.push(trouble);
    const places = { source: "s3://a/", target: "s3://b/" };
    await submit(ground, "nightly", { ...places, ...copying, ...input });
    const options = { signal: never, everyMs: 5, onTrouble };
    const { job, summary } = await follow(ground, "nightly", options);
    return { job, summary, troubles };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end.abort();
    await Promise.all(this.running);
    await this.stack.disposeAsync();
  }
}

/** All that a bucket shows of the object, but when it was written. */
export async function shown(bucket: TestBucket) {
  const { ETag, ContentLength, ContentType, CacheControl, Metadata } = await bucket.head("large");
  const tagging = new GetObjectTaggingCommand({ Bucket: bucket.name, Key: "large" });
  const { TagSet = [] } = await bucket.client.send(tagging);
  const tags = TagSet.map(({ Key, Value }) => `${Key}=${Value}`).toSorted();
  return { ETag, ContentLength, ContentType, CacheControl, Metadata, tags };
}
