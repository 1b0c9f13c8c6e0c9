/**
 * One large object on its way, whose transfer the network breaks after some parts; and the run that goes on.
 *
 * @module
 */
import { type ConfigInput, type Summary, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy, type Operation } from "../support/fault-proxy.ts";
import { httpServer, type TestServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import {
  digest,
  fileDigests,
  MiB,
  objectDigests,
  randomBytes,
  secondsAgo,
} from "../support/trees.ts";

/** How bytes travel. */
export type WayName = "upload" | "download" | "copy" | "server-side copy";

const partBytes = 5 * MiB;
/** Four parts and a short one. */
export const content = randomBytes("interrupted", 4 * partBytes + 1000);
const name = "large";

/** The request that brings a part. */
export const partRequest: Readonly<Record<WayName, Operation>> = {
  upload: "UploadPart",
  download: "GetObject",
  copy: "UploadPart",
  "server-side copy": "UploadPartCopy",
};

/** What a run did. */
export interface Outcome {
  readonly summary: Summary;
  readonly events: readonly SyncEvent[];
  /** Requests of this run, by operation. */
  readonly count: (operation: Operation) => number;
  readonly kept: number;
}

/** An object, where it comes from, and where it goes. Dispose of it. */
export class Interrupted implements AsyncDisposable {
  private readonly stack = new AsyncDisposableStack();

  private constructor(
    readonly way: WayName,
    readonly proxy: FaultProxy,
    readonly dir: TempDir,
    readonly from: TestBucket,
    readonly to: TestBucket,
  ) {
    for (const each of [proxy, from, to]) this.stack.use(each);
    this.stack.use(dir);
  }

  /** @param inParts the source object was uploaded in parts: its ETag is made of theirs */
  static async begin(
    way: WayName,
    inParts = true,
    server: TestServer = httpServer(),
  ): Promise<Interrupted> {
    const [from, to] = [await TestBucket.create(server), await TestBucket.create(server)];
    const here = new Interrupted(way, await FaultProxy.start(server), new TempDir(), from, to);
    here.dir.write(`from/${name}`, content, secondsAgo(60));
    if (way !== "upload") {
      const large = inParts ? partBytes : 64 * MiB;
      await here.runAt(server.endpoint, {
        ...{ source: here.dir.at("from"), target: from.url(), serverSideCopy: false },
        ...{ multipartThreshold: large, multipartChunksize: large },
      });
    }
    return here;
  }

  /** Where this test keeps state. */
  get stateDir(): string {
    return this.dir.at("state");
  }

  /** Runs through the proxy. */
  async run(more: Partial<ConfigInput> = {}): Promise<Outcome> {
    const before = this.proxy.requests.length;
    const { summary, events } = await this.runAt(this.proxy.endpoint, more);
    const requests = this.proxy.requests.slice(before);
    return {
      ...{ summary, events },
      count: (operation) => requests.filter((request) => request.operation === operation).length,
      kept: events.reduce((sum, event) => sum + (event.type === "kept" ? event.bytes : 0), 0),
    };
  }

  /** Runs until so many parts are there; all further requests for parts fail. */
  async interrupt(parts: number, more: Partial<ConfigInput> = {}): Promise<Outcome> {
    const rule = this.proxy.inject(
      partRequest[this.way],
      { kind: "reset", at: "before-request" },
      { skip: parts },
    );
    const outcome = await this.run({ ...oneByOne, ...more });
    rule.remove();
    if (rule.hits === 0) throw new Error("the run was not interrupted");
    return outcome;
  }

  private async runAt(
    endpoint: string,
    more: Partial<ConfigInput>,
  ): Promise<{ readonly summary: Summary; readonly events: readonly SyncEvent[] }> {
    const { way, dir, from, to } = this;
    const events: SyncEvent[] = [];
    const isUp = way === "upload";
    const isDown = way === "download";
    const input = {
      source: isUp ? dir.at("from") : from.url(),
      target: isDown ? dir.at("to") : to.url(),
      ...(isUp && more.source === undefined
        ? {}
        : { ...from.side("source"), sourceEndpointUrl: endpoint }),
      ...(isDown && more.target === undefined
        ? {}
        : { ...to.side("target"), targetEndpointUrl: endpoint }),
      ...{ multipartThreshold: partBytes, multipartChunksize: partBytes, stateDir: this.stateDir },
      ...{ serverSideCopy: way === "server-side copy", forceRetryCount: 0, awsMaxAttempts: 3 },
      ...{ initialBackoffMilliseconds: 1, forceRetryIntervalMilliseconds: 1 },
      ...more,
    };
    const local = more.source?.startsWith("s3:") === false ? this.withoutSource(input) : input;
    const summary = await sync(local, { onEvent: (event) => void events.push(event) });
    return { summary, events };
  }

  /** A directory has no endpoint. */
  private withoutSource(input: ConfigInput): ConfigInput {
    const names = Object.keys(this.from.side("source"));
    return { ...input, ...Object.fromEntries(names.map((it) => [it, undefined])) };
  }

  /** What is in the target: digests by name, temporary files and all. */
  found(): Promise<Record<string, string>> {
    if (this.way === "download") return Promise.resolve(fileDigests(this.dir.at("to")));
    return objectDigests(this.to);
  }

  /** What is left of what was interrupted: uploads, unfinished files, journals. */
  async leftovers(): Promise<{ uploads: number; parts: string[]; journals: number }> {
    return {
      uploads: await this.to.openUploads(),
      parts: this.dir.files("to").filter((file) => file.endsWith(".part")),
      journals: this.dir.files("state").length,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack[Symbol.asyncDispose]();
  }
}

/** Then it is known which parts are there. */
export const oneByOne: Partial<ConfigInput> = {
  maxParallelUploads: 1,
  awsMaxAttempts: 1,
  threads: 0,
};

/** What is to be in the target in the end. */
export const complete = { [name]: digest(content) };
/** Nothing is left. */
export const nothingLeft = { uploads: 0, parts: [], journals: 0 };
