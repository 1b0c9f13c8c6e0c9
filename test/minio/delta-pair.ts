/**
 * A large file and its object: what a run with `--delta` sends and asks for after one of them has changed.
 *
 * @module
 */
import { type ConfigInput, type RunResult, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy, type Operation } from "../support/fault-proxy.ts";
import { httpServer, type TestServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { digest, MiB, secondsAgo } from "../support/trees.ts";

/** The least that S3 takes. */
export const partBytes = 5 * MiB;
const name = "large";

/** What a run did. */
export interface Sent {
  readonly summary: RunResult;
  readonly count: (operation: Operation) => number;
  /** Bytes of the bodies that it sent. */
  readonly bodyBytes: number;
  readonly notices: readonly string[];
}

/** Both sides. Dispose of them. */
export class DeltaPair implements AsyncDisposable {
  private readonly dir = new TempDir();
  /** Of all files that go up: the same file, written again, is what it was. */
  private readonly time = secondsAgo(60);

  private constructor(
    readonly bucket: TestBucket,
    readonly proxy: FaultProxy,
  ) {}

  static async create(server: TestServer = httpServer()): Promise<DeltaPair> {
    return new DeltaPair(await TestBucket.create(server), await FaultProxy.start(server));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dir[Symbol.dispose]();
    await this.proxy[Symbol.asyncDispose]();
    await this.bucket[Symbol.asyncDispose]();
  }

  /** A path beside both sides. */
  at(file: string): string {
    return this.dir.at(file);
  }

  /** Sends a file. */
  up(content: Uint8Array, more: Partial<ConfigInput> = {}): Promise<Sent> {
    this.dir.write(`up/${name}`, content, this.time);
    const side = { ...this.bucket.side("target"), targetEndpointUrl: this.proxy.endpoint };
    return this.run({ source: this.dir.at("up"), target: this.bucket.url(), ...side, ...more });
  }

  /** Fetches the object over a file that is older. */
  down(content: Uint8Array, more: Partial<ConfigInput> = {}): Promise<Sent> {
    this.dir.write(`down/${name}`, content, secondsAgo(3600));
    const side = { ...this.bucket.side("source"), sourceEndpointUrl: this.proxy.endpoint };
    return this.run({ source: this.bucket.url(), target: this.dir.at("down"), ...side, ...more });
  }

  private async run(input: ConfigInput): Promise<Sent> {
    const before = this.proxy.requests.length;
    const notices: string[] = [];
    const onEvent = (event: SyncEvent): void => {
      if (event.type === "notice") notices.push(event.message);
    };
    const sizes = { multipartThreshold: partBytes, multipartChunksize: partBytes };
    const patience = { awsMaxAttempts: 2, initialBackoffMilliseconds: 1 };
    const base = { delta: true, checkEtag: true, stateDir: this.dir.at("state") };
    const summary = await sync({ ...base, ...sizes, ...patience, ...input }, { onEvent });
    const requests = this.proxy.requests.slice(before);
    const bodies = requests.filter(({ method }) => method === "PUT");
    const lengths = bodies.map(({ headers }) => Number(headers.get("content-length") ?? 0));
    return {
      ...{ summary, notices },
      count: (operation) => requests.filter((request) => request.operation === operation).length,
      bodyBytes: lengths.reduce((sum, length) => sum + length, 0),
    };
  }

  async object(): Promise<string> {
    return digest(await this.bucket.get(name));
  }

  async etag(): Promise<string | undefined> {
    return (await this.bucket.head(name)).ETag?.replaceAll('"', "");
  }

  file(): string {
    return digest(this.dir.read(`down/${name}`));
  }

  /** What lies beside the file. */
  filesDown(): string[] {
    return this.dir.files("down");
  }
}

/** The same bytes with others at these places. */
export function changedAt(content: Uint8Array, ...places: readonly number[]): Uint8Array {
  // A Buffer gives no copy by slice().
  const changed = new Uint8Array(content);
  for (const place of places) changed[place] = ((changed[place] ?? 0) + 1) % 256;
  return changed;
}
