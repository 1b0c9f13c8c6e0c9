/**
 * A site in a directory, and a bucket where it is published.
 *
 * @module
 */
import fs from "node:fs";

import { publish, type PublishInput, type RunResult, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

/** What a run did, and what came of it. */
export interface Published {
  readonly summary: RunResult;
  /** The keys that were sent, sorted. */
  readonly sent: readonly string[];
  /** The keys that were deleted, sorted. */
  readonly deleted: readonly string[];
  /** How often the service was asked for what. */
  readonly requests: Readonly<Record<string, number>>;
  readonly events: readonly SyncEvent[];
}

/** Dispose of it. */
export class SiteScene implements AsyncDisposable {
  private constructor(
    readonly dir: TempDir,
    readonly bucket: TestBucket,
    /** In front of the server: it has seen every request. */
    readonly proxy: FaultProxy,
    private readonly prefix: string,
  ) {}

  /** @param files with their contents; they are old */
  static async create(
    files: Readonly<Record<string, string | Uint8Array>>,
    prefix = "",
  ): Promise<SiteScene> {
    const bucket = await TestBucket.create();
    const proxy = await FaultProxy.start(httpServer());
    const scene = new SiteScene(new TempDir(), bucket, proxy, prefix);
    fs.mkdirSync(scene.root);
    for (const [name, content] of Object.entries(files)) scene.write(name, content);
    return scene;
  }

  /** The directory of the site. */
  get root(): string {
    return this.dir.at("public");
  }

  /** Where it is published. */
  get url(): string {
    return this.bucket.url(this.prefix);
  }

  write(name: string, content: string | Uint8Array, time = new Date("2021-02-03T04:05:06Z")): void {
    this.dir.write(`public/${name}`, content, time);
  }

  remove(name: string): void {
    fs.rmSync(this.dir.at("public", name), { recursive: true });
  }

  /** Gives all files the time of now: what a build leaves that makes everything anew. */
  rebuild(time = new Date(Date.now() + 5000)): void {
    for (const name of this.dir.files("public")) fs.utimesSync(`${this.root}/${name}`, time, time);
  }

  /** The options that lead to the bucket, past the proxy. */
  get input(): PublishInput {
    const to = { ...this.bucket.side("target"), targetEndpointUrl: this.proxy.endpoint };
    return { source: this.root, target: this.url, ...to, initialBackoffMilliseconds: 1 };
  }

  async publish(more: Partial<PublishInput> = {}): Promise<Published> {
    const events: SyncEvent[] = [];
    this.proxy.requests.length = 0;
    const onEvent = (event: SyncEvent): void => void events.push(event);
    const summary = await publish({ ...this.input, ...more }, { onEvent });
    const keysOf = (type: "synced" | "deleted"): string[] =>
      events.flatMap((event) => (event.type === type ? [event.key] : [])).toSorted();
    return {
      ...{ summary, events, sent: keysOf("synced"), deleted: keysOf("deleted") },
      requests: summary.traffic.requests,
    };
  }

  /** What the bucket holds, but for the note of the rules. */
  async keys(): Promise<string[]> {
    return (await this.bucket.keys()).filter((key) => !key.endsWith(".s3sync-site"));
  }

  /** What changed the bucket, as the server saw it: `PUT a.css`, `POST` for deletions. */
  get changes(): string[] {
    const bucket = new RegExp(`^/${this.bucket.name}/?|[?].*`, "g");
    return this.proxy.requests
      .filter(({ method }) => method !== "GET" && method !== "HEAD")
      .map(({ method, target }) => `${method} ${target.replaceAll(bucket, "")}`.trimEnd())
      .filter((change) => !change.endsWith(".s3sync-site"));
  }

  /** Where an object leads, as it was said when it was written: MinIO does not tell. */
  redirectOf(key: string): string | undefined {
    const path = `/${this.bucket.name}/${key}`;
    const put = this.proxy.requests.find((each) => each.target.startsWith(path));
    return put?.headers.get("x-amz-website-redirect-location");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    await this.bucket[Symbol.asyncDispose]();
    this.dir[Symbol.dispose]();
  }
}
