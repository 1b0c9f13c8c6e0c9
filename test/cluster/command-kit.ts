/**
 * A cluster of processes: a server of NATS, two buckets, and the command line.
 *
 * @module
 */
import { openCluster } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { type CliResult, runCli, serverEnv, startCli } from "../support/cli.ts";
import { NatsServer } from "../support/nats-server.ts";
import { httpServer } from "../support/servers.ts";

/** A process that works. */
export type WorkerProcess = ReturnType<typeof startCli>;

/** All of it. Dispose of it. */
export class CommandScene implements AsyncDisposable {
  private readonly stack = new AsyncDisposableStack();

  private constructor(
    readonly nats: NatsServer,
    readonly source: TestBucket,
    readonly target: TestBucket,
  ) {
    for (const each of [nats, source, target]) this.stack.use(each);
  }

  /** @param leaseMs how long after the death of a worker others take what it had: whoever comes first says it */
  static async begin(leaseMs?: number): Promise<CommandScene> {
    const nats = await NatsServer.start();
    await using _ = await openCluster({ servers: nats.url, leaseMs });
    return new CommandScene(nats, await TestBucket.create(), await TestBucket.create());
  }

  /** Puts objects into the source. */
  async fill(count: number): Promise<void> {
    const keys = Array.from({ length: count }, (_, index) => `folder-${index % 7}/object-${index}`);
    for (let at = 0; at < count; at += 50) {
      await Promise.all(keys.slice(at, at + 50).map((key) => this.source.put(key, `of ${key}`)));
    }
  }

  get env(): Record<string, string> {
    return { ...serverEnv(httpServer()), S3SYNC_NATS: this.nats.url };
  }

  /** Starts a worker, which ends with the scene. */
  work(...args: readonly string[]): WorkerProcess {
    const child = startCli(["cluster", "worker", ...args], { env: this.env });
    this.stack.defer(async () => {
      child.kill("SIGKILL");
      await child.exited;
    });
    return child;
  }

  run(...args: readonly string[]): Promise<CliResult> {
    return runCli(["cluster", ...args], { env: this.env });
  }

  /** Submits what is to go from one bucket to the other. */
  submit(job: string, ...args: readonly string[]): Promise<CliResult> {
    return this.run("submit", "--job", job, ...args, this.source.url(), this.target.url());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack.disposeAsync();
  }
}

/** The summary line without what depends on time. */
export function countsIn({ stderr }: CliResult): string {
  const line = stderr.split("\n").find((text) => text.includes("transferred")) ?? stderr;
  return line.replaceAll(/[^,|]*\/sec/g, "").replace(/,\s*duration.*$/, "");
}

/** Log records without their times. */
export function withoutTimes(text: string): string {
  return text.replaceAll(/^\d{4}-\d\d-\d\dT\S+ /gm, "");
}

/** Lines that a process says, as they come. */
export class SaidLines {
  private text = "";
  private readonly reader;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.reader = stream.getReader();
  }

  /** Waits until a text was said. */
  async until(text: string): Promise<void> {
    const decoder = new TextDecoder();
    while (!this.text.includes(text)) {
      const { done, value } = await this.reader.read();
      if (done) throw new Error(`it ended without ${text}: ${this.text}`);
      this.text += decoder.decode(value, { stream: true });
    }
  }
}
