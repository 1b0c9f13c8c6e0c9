/**
 * Servers of NATS with JetStream, alone and as a cluster, that can die and come back. A CI machine installs the program
 * into the cache; elsewhere `S3SYNC_TEST_SERVERS=1` does, else tests that need it are skipped by name.
 *
 * @see https://github.com/nats-io/nats-server
 * @module
 */
import { freePort } from "./minio-server.ts";
import { hasServer, programOf } from "./other-servers.ts";
import { TempDir } from "./temp-dir.ts";

/** Whether it can be started here. */
export const hasNats = hasServer("nats-server");

const startLimitMs = 30_000;

/** What is special about a server. */
export interface NatsServerOptions {
  /** More lines of its configuration file. */
  readonly config?: string;
  /** What URLs of it begin with. */
  readonly scheme?: "nats" | "tls";
  /** Without JetStream it is of no use to us. */
  readonly jetStream?: boolean;
}

/** A server. Dispose of it. */
export class NatsServer implements AsyncDisposable {
  private child: Bun.Subprocess | undefined;
  private readonly monitorPort = freePort();
  private readonly dir = new TempDir();
  readonly port = freePort();

  constructor(private options: NatsServerOptions = {}) {}

  /** Starts one and waits until it is ready. */
  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(options);
    await server.revive();
    return server;
  }

  get url(): string {
    return `${this.options.scheme ?? "nats"}://127.0.0.1:${this.port}`;
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    this.child?.kill("SIGKILL");
    await this.child?.exited;
    this.child = undefined;
  }

  /** Starts it, with what it held. */
  async revive(): Promise<void> {
    this.launch();
    await this.ready();
  }

  /** From its next start on it is another one. */
  reconfigure(options: NatsServerOptions): void {
    this.options = options;
  }

  /** Begins to start it. */
  launch(): void {
    const file = this.dir.write("nats.conf", this.text());
    this.child = Bun.spawn([programOf("nats-server"), "-c", file], {
      ...{ stdin: "ignore", stdout: "ignore", stderr: Bun.file(this.dir.at("log")) },
    });
  }

  /** Waits until it has read all that it holds. */
  async ready(): Promise<void> {
    const until = performance.now() + startLimitMs;
    while (performance.now() < until) {
      if (this.child?.exitCode !== null) break;
      try {
        const health = await fetch(`http://127.0.0.1:${this.monitorPort}/healthz`);
        await health.text();
        if (health.ok) return;
      } catch {
        // Not listening yet.
      }
      await Bun.sleep(30);
    }
    const log = await Bun.file(this.dir.at("log")).text();
    throw new Error(`nats-server is not ready: ${log.slice(-2000)}`);
  }

  /** What it tells of itself: `jsz`, `raftz`. */
  async ask(what: string): Promise<unknown> {
    return await (await fetch(`http://127.0.0.1:${this.monitorPort}/${what}`)).json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.dir[Symbol.dispose]();
  }

  private text(): string {
    const { jetStream = true, config = "" } = this.options;
    const stream = jetStream
      ? `jetstream { store_dir: ${JSON.stringify(this.dir.at("data"))} }`
      : "";
    return [
      ...[`listen: 127.0.0.1:${this.port}`, `http: 127.0.0.1:${this.monitorPort}`],
      ...[`server_name: n${this.port}`, stream, config, ""],
    ].join("\n");
  }
}

/** Three servers that keep the same. Dispose of them. */
export class NatsCluster implements AsyncDisposable {
  private constructor(readonly servers: readonly NatsServer[]) {}

  static async start(): Promise<NatsCluster> {
    const ports = [freePort(), freePort(), freePort()];
    const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(", ");
    const servers = ports.map((port) => {
      const config = `cluster { name: test, listen: "127.0.0.1:${port}", routes: [${routes}] }`;
      return new NatsServer({ config });
    });
    const cluster = new NatsCluster(servers);
    for (const server of servers) server.launch();
    await Promise.all(servers.map((server) => server.ready()));
    return cluster;
  }

  /** All of them. */
  get url(): string {
    return this.servers.map(({ url }) => url).join(",");
  }

  /** Who leads all of them: makes streams, and answers whoever connects. */
  async leader(): Promise<NatsServer> {
    return await this.named((report) => report.meta_cluster?.leader);
  }

  /** Who leads a stream. */
  async leaderOf(stream: string): Promise<NatsServer> {
    return await this.named((report) => leaderIn(report, stream));
  }

  /** Asks all of them until one names another, or itself. */
  private async named(nameIn: (report: Report) => string | undefined): Promise<NatsServer> {
    for (;;) {
      for (const server of this.servers) {
        const report = await server.ask("jsz?streams=true").catch(() => undefined);
        const name = nameIn(report ?? {});
        const leader = this.servers.find(({ port }) => name === `n${port}`);
        if (leader !== undefined) return leader;
      }
      await Bun.sleep(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
  }
}

interface Report {
  readonly meta_cluster?: { readonly leader?: string };
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly cluster?: { readonly leader?: string };
    }[];
  }[];
}

function leaderIn(report: Report, stream: string): string | undefined {
  const { account_details: accounts = [] } = report;
  const details = accounts.flatMap((account) => account.stream_detail ?? []);
  return details.find(({ name }) => name === stream)?.cluster?.leader;
}
