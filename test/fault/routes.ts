/**
 * The ways an object can take, each through one fault proxy, small and in parts: what the fault tests loop
 * over.
 *
 * @module
 */
import { type ConfigInput, type Summary, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy, type Operation } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import {
  digest,
  etagOf,
  fileDigests,
  KiB,
  MiB,
  objectDigests,
  randomBytes,
  secondsAgo,
} from "../support/trees.ts";

/** How bytes travel. */
export type RouteName = "upload" | "download" | "copy" | "server-side copy";

/** How large the object is. */
export type SizeName = "small" | "multipart";

const five = 5 * MiB;
const contents: Readonly<Record<SizeName, Uint8Array>> = {
  small: randomBytes("fault small", 300 * KiB),
  multipart: randomBytes("fault multipart", 6 * MiB),
};

/** The requests that each route sends about one object; of a copy those that the others do not show. */
export const operations: Readonly<Record<RouteName, Readonly<Record<SizeName, Operation[]>>>> = {
  upload: {
    small: ["ListObjectsV2", "PutObject", "DeleteObjects"],
    multipart: ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"],
  },
  download: {
    small: ["ListObjectsV2", "GetObject"],
    multipart: ["HeadObject", "GetObject"],
  },
  copy: {
    small: ["ListObjectsV2", "GetObject", "PutObject"],
    multipart: ["GetObject", "UploadPart"],
  },
  "server-side copy": {
    small: ["HeadObject", "CopyObject"],
    multipart: ["CreateMultipartUpload", "UploadPartCopy", "CompleteMultipartUpload"],
  },
};

/** All routes with all sizes. */
export const routes = (Object.keys(operations) as RouteName[]).flatMap((route) =>
  (["small", "multipart"] as const).map((size) => ({ route, size })),
);

/** Quick to try again, and soon at the end of its patience. */
const quick: Partial<ConfigInput> = {
  multipartThreshold: five,
  multipartChunksize: five,
  awsMaxAttempts: 2,
  initialBackoffMilliseconds: 1,
  forceRetryCount: 1,
  forceRetryIntervalMilliseconds: 1,
};
/** What is to be transferred, what is on both sides already, and what is only in the target: it is to be deleted. */
const [name, same, extra] = ["object", "same", "extra"];
const sameBytes = randomBytes("fault same", 10);
const extraBytes = randomBytes("fault extra", 20);

/** What a run did. */
export interface Course {
  readonly summary: Summary;
  readonly events: readonly SyncEvent[];
}

/** Where an object comes from: made once, and only read. Dispose of it. */
export class Origin implements AsyncDisposable {
  private constructor(
    readonly route: RouteName,
    readonly size: SizeName,
    readonly source: string,
    readonly side: Partial<ConfigInput>,
    private readonly stack: AsyncDisposableStack,
  ) {}

  static async create(route: RouteName, size: SizeName): Promise<Origin> {
    const stack = new AsyncDisposableStack();
    const dir = stack.use(new TempDir());
    dir.write(name, contents[size], secondsAgo(60));
    dir.write(same, sameBytes, secondsAgo(60));
    if (route === "upload") return new Origin(route, size, dir.path, {}, stack);
    const bucket = stack.use(await TestBucket.create());
    // By our own upload: stored in parts where it is large, so that a copy has the same ETag by every way.
    const side = bucket.side("target");
    await sync({ source: dir.path, target: bucket.url(), ...side, ...quick });
    return new Origin(route, size, bucket.url(), bucket.side("source"), stack);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stack[Symbol.asyncDispose]();
  }
}

/** An object on its way to a new place, with a proxy in between. Dispose of it. */
export class Journey implements AsyncDisposable {
  private readonly stack = new AsyncDisposableStack();

  private constructor(
    private readonly origin: Origin,
    readonly proxy: FaultProxy,
    private readonly directory: TempDir,
    /** The target bucket, unless the target is a directory. */
    readonly bucket: TestBucket | undefined,
  ) {
    this.stack.use(proxy);
    this.stack.use(directory);
    if (bucket !== undefined) this.stack.use(bucket);
  }

  static async begin(origin: Origin): Promise<Journey> {
    const bucket = origin.route === "download" ? undefined : await TestBucket.create();
    const directory = new TempDir();
    for (const [key, bytes] of [
      [same, sameBytes],
      [extra, extraBytes],
    ] as const) {
      if (bucket === undefined) directory.write(key, bytes);
      else await bucket.put(key, bytes);
    }
    return new Journey(origin, await FaultProxy.start(httpServer()), directory, bucket);
  }

  /** Runs through the proxy. */
  run(more: Partial<ConfigInput> = {}, signal?: AbortSignal): Promise<Course> {
    return this.runAt(this.proxy.endpoint, more, signal);
  }

  /** Runs through another proxy. */
  runThrough(endpoint: string, more: Partial<ConfigInput>): Promise<Course> {
    return this.runAt(endpoint, more);
  }

  /** Runs without faults, at the same address: what was interrupted goes on. */
  runClean(): Promise<Course> {
    this.proxy.calm();
    return this.runAt(this.proxy.endpoint, {});
  }

  private async runAt(
    endpoint: string,
    more: Partial<ConfigInput>,
    signal?: AbortSignal,
  ): Promise<Course> {
    const { origin, bucket } = this;
    const events: SyncEvent[] = [];
    const onEvent = (event: SyncEvent): void => void events.push(event);
    const input: ConfigInput = {
      source: origin.source,
      target: bucket?.url() ?? this.directory.path,
      ...origin.side,
      ...bucket?.side("target"),
      ...quick,
      delete: true,
      serverSideCopy: origin.route === "server-side copy",
      ...(origin.route === "upload" ? {} : { sourceEndpointUrl: endpoint }),
      ...(bucket === undefined ? {} : { targetEndpointUrl: endpoint }),
      ...more,
    };
    return { summary: await sync(input, { onEvent, signal }), events };
  }

  /** What is in the target: digests by name, temporary files and all, apart from those that are gone on with. */
  async found(): Promise<Record<string, string>> {
    const { bucket, directory } = this;
    if (bucket !== undefined) return objectDigests(bucket);
    const all = Object.entries(fileDigests(directory.path));
    return Object.fromEntries(all.filter(([file]) => !file.endsWith(".part")));
  }

  /** Unfinished files and uploads. */
  async unfinished(): Promise<number> {
    const parts = this.directory.files().filter((file) => file.endsWith(".part"));
    return parts.length + ((await this.bucket?.openUploads()) ?? 0);
  }

  /** What is to be in the target in the end. */
  get complete(): Record<string, string> {
    return { [name]: digest(contents[this.origin.size]), [same]: digest(sameBytes) };
  }

  /** What was in the target before. */
  get before(): Record<string, string> {
    return { [same]: digest(sameBytes), [extra]: digest(extraBytes) };
  }

  /** What may be in the target after a failure: nothing half-written, and nothing is deleted. */
  get halfway(): Record<string, string>[] {
    return [this.before, { ...this.before, ...this.complete }];
  }

  /** The ETag that the object has to have in a target bucket. */
  get etag(): string {
    const { size } = this.origin;
    return etagOf(contents[size], size === "small" ? undefined : five);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stack[Symbol.asyncDispose]();
  }
}
