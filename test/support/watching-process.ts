/**
 * A watch as a process, and what it says.
 *
 * @module
 */
import { TestBucket } from "./bucket.ts";
import { cliCommand, serverEnv } from "./cli.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { httpServer } from "./servers.ts";
import { TempDir } from "./temp-dir.ts";

/** A line of the log. */
type Record = { readonly [name: string]: unknown };

/** A process that watches. Dispose of it, and all that it works with goes. */
export class Watching implements AsyncDisposable {
  readonly records: Record[] = [];
  /** On stderr, so far. */
  said = "";
  readonly child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  private news = Promise.withResolvers<void>();
  private readonly hearing: Promise<void>;
  private hasEnded = false;

  constructor(
    readonly dir: TempDir,
    readonly bucket: TestBucket,
    readonly proxy: FaultProxy,
    command: readonly string[],
  ) {
    const env = {
      ...serverEnv(httpServer()),
      ...{ AWS_ENDPOINT_URL: proxy.endpoint, S3SYNC_STATE_DIR: dir.at("state") },
    };
    this.child = Bun.spawn([...command], {
      ...({ stdin: "ignore", stdout: "pipe", stderr: "pipe", cwd: dir.path } as const),
      env: { ...process.env, ...env },
    });
    this.hearing = this.hear();
    void this.read();
    void this.child.exited.then(() => {
      this.hasEnded = true;
      this.news.resolve();
    });
  }

  private async read(): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const piece of this.child.stdout) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      this.records.push(...lines.map((line) => JSON.parse(line) as Record));
      this.news.resolve();
    }
  }

  private async hear(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const piece of this.child.stderr) {
      this.said += decoder.decode(piece, { stream: true });
      this.news.resolve();
    }
  }

  /** Waits until something holds: it is looked at whenever the process says something. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (;;) {
      this.news = Promise.withResolvers<void>();
      if (await condition()) return;
      if (this.hasEnded) throw new Error(`the watch has ended: ${(await this.ended()).stderr}`);
      await this.news.promise;
    }
  }

  /** Until all is in step, once more than before. */
  async untilIdle(): Promise<void> {
    const from = this.records.length;
    await this.until(() => this.records.slice(from).some((it) => phaseOf(it) === "idle"));
  }

  /** What it came to. */
  async ended(): Promise<{ readonly code: number; readonly stderr: string }> {
    await this.hearing;
    return { code: await this.child.exited, stderr: this.said };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
    this.dir[Symbol.dispose]();
    await this.proxy[Symbol.asyncDispose]();
    await this.bucket[Symbol.asyncDispose]();
  }
}

/** The phase that a record tells. */
export function phaseOf(record: Record): unknown {
  return (record["fields"] as Record | undefined)?.["phase"] ?? record["phase"];
}

/**
 * Starts one in a directory of its own, where the directory `files` has one file.
 *
 * @param around what starts it in its turn
 */
export async function watching(
  argsOf: (bucket: TestBucket, dir: TempDir) => readonly string[],
  around: readonly string[] = [],
): Promise<Watching> {
  const dir = new TempDir();
  dir.write("files/first", "1");
  const bucket = await TestBucket.create();
  const proxy = await FaultProxy.start(httpServer());
  return new Watching(dir, bucket, proxy, [...around, ...cliCommand(), ...argsOf(bucket, dir)]);
}
