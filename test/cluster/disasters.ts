/**
 * What befalls a job on three servers of NATS: its submitter is killed at once, and then workers, a server and whoever waits
 * for it, each at a moment that a seed draws. Everything stands still at that moment, in the middle of a request of S3.
 *
 * @module
 */
import fs from "node:fs";

import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

import { Cluster } from "../../src/cluster/cluster.ts";
import { asJob, keys } from "../../src/cluster/job/job.ts";
import { openNatsGround } from "../../src/cluster/nats/nats-ground.ts";
import { type CliResult, serverEnv, startCli } from "../support/cli.ts";
import { FaultProxy, type Gate } from "../support/fault-proxy.ts";
import { type Moment, random, randomMoments } from "../support/moments.ts";
import type { NatsCluster } from "../support/nats-server.ts";
import type { TestServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { leaseMs, WorkerProcesses, type WorkerWish } from "./worker-process.ts";

/** Who is killed. */
export type Victim = "worker" | "server" | "waiter";

/** What happens when. */
export interface Disaster {
  readonly victim: Victim;
  /** In the middle of a request, or of the first one that deletes something. */
  readonly moment: Moment | "deletion";
}

/**
 * Draws moments for some deaths.
 *
 * @param requests so many come before the last of them
 */
export function drawDisasters(
  seed: number,
  requests: number,
  victims: readonly Victim[],
): Disaster[] {
  const moments = randomMoments(seed, victims.length, requests);
  return moments
    .toSorted((a, b) => a.request - b.request)
    .flatMap((moment, index) => {
      const victim = victims[index];
      return victim === undefined ? [] : [{ victim, moment }];
    });
}

/** So many ranges there are to be. */
const fewestRanges = 8;

/** Whoever waits for the job, and what it ends with. */
interface Waiter {
  readonly child: ReturnType<typeof startCli>;
  readonly result: Promise<CliResult>;
}

/** Some workers, and one job that they do. Dispose of it. */
export class Disasters implements AsyncDisposable {
  /** Who died, in order. */
  readonly deaths: string[] = [];
  private readonly stack = new AsyncDisposableStack();
  private readonly workers = this.stack.use(new WorkerProcesses());
  private readonly dir = this.stack.use(new TempDir());
  private readonly summaryFile = this.dir.at("summary.json");
  private readonly next: () => number;
  private waiter: Waiter | undefined;
  /** Whether there is something to do for all workers: from then on moments are counted. */
  private isSpread = false;

  private constructor(
    private readonly servers: NatsCluster,
    private readonly proxy: FaultProxy,
    private readonly wish: WorkerWish,
    private readonly env: Record<string, string>,
    private readonly job: string,
    seed: number,
  ) {
    proxy.keepsRequests = false;
    this.stack.use(proxy);
    this.next = random(seed);
  }

  /** @param wish how the workers are to be */
  static async begin(
    job: string,
    servers: NatsCluster,
    s3: TestServer,
    seed: number,
    wish: Pick<WorkerWish, "slots" | "leastKeys" | "mostKeys">,
  ): Promise<Disasters> {
    const proxy = await FaultProxy.start(s3);
    // Who comes first says for how long tasks are held.
    await using _ = await openNatsGround({ servers: servers.url, leaseMs }, never);
    const env = { ...serverEnv(s3), S3SYNC_NATS: servers.url };
    const wished = { ...wish, servers: servers.url, credentials: s3 };
    return new Disasters(servers, proxy, wished, env, job, seed);
  }

  /** Where S3 is for the workers: what stands in between can hold everything up. */
  get endpoint(): string {
    return this.proxy.endpoint;
  }

  /** Submits the job, by a process that is killed as soon as anybody can see the job. */
  async submit(...args: readonly string[]): Promise<void> {
    const failed = new AbortController();
    await using ground = await openNatsGround({ servers: this.wish.servers }, never);
    const child = startCli(["cluster", "submit", "--job", this.job, ...args], { env: this.env });
    void child.exited.then((code) => (code === 0 ? undefined : failed.abort()));
    for await (const change of ground.records.watch(keys.jobs, failed.signal)) {
      if (asJob(change?.value)?.name === this.job) break;
    }
    if (failed.signal.aborted) throw new Error(await new Response(child.stderr).text());
    child.kill("SIGKILL");
    const isKilled = (await child.exited) !== 0;
    this.deaths.push(isKilled ? "submitter" : "submitter at its end");
  }

  /** Lets workers work and all of it happen, and waits for the job: what whoever waited last was told. */
  async go(
    workers: number,
    disasters: readonly Disaster[],
  ): Promise<CliResult & { readonly summary: unknown }> {
    let turn: Promise<void> = Promise.resolve();
    for (const { victim, moment } of disasters) {
      const gate = this.gateAt(moment);
      // As they come: who is dead sends nothing, so that a later moment may be the first.
      void gate.reached.then(() => (turn = turn.then(() => this.strike(victim, gate))));
    }
    await this.work(workers);
    void this.untilSpread().then(() => (this.isSpread = true));
    this.waiter ??= this.wait();
    const result = await this.outcome(this.waiter);
    await turn;
    const text = result.exitCode === 0 ? fs.readFileSync(this.summaryFile, "utf8") : "{}";
    return { ...result, summary: JSON.parse(text) };
  }

  /** How often tasks were handed out once more. */
  async redeliveries(): Promise<number> {
    const servers = this.servers.servers.map(({ port }) => `127.0.0.1:${port}`);
    const nats = await connect({ servers });
    const manager = await jetstreamManager(nats);
    const { delivered } = await manager.consumers.info("S3SYNC_TASKS", "workers");
    await nats.close();
    return delivered.consumer_seq - delivered.stream_seq;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack.disposeAsync();
  }

  private async outcome(waiter: Waiter): Promise<CliResult> {
    const result = await waiter.result;
    const next = this.waiter;
    return next === undefined || next === waiter ? result : await this.outcome(next);
  }

  private async untilSpread(): Promise<void> {
    await using cluster = new Cluster(await openNatsGround({ servers: this.wish.servers }, never));
    await until(async () => {
      const { job, totals } = await cluster.state(this.job);
      return (totals?.ranges.open ?? 0) >= fewestRanges || job.end !== undefined;
    });
  }

  private gateAt(moment: Disaster["moment"]): Gate {
    return moment === "deletion"
      ? this.proxy.hold("DeleteObjects", "in-request")
      : this.proxy.hold(() => this.isSpread, moment.at, { skip: moment.request });
  }

  private async strike(victim: Victim, gate: Gate): Promise<void> {
    this.deaths.push(victim);
    if (victim === "worker") {
      await this.workers.killOne(this.next());
      gate.open();
      await this.work(1);
    } else if (victim === "waiter") {
      this.waiter?.child.kill("SIGKILL");
      this.waiter = this.wait();
      gate.open();
    } else {
      const stream = this.next() < 0.5 ? "KV_S3SYNC_RECORDS" : "S3SYNC_TASKS";
      const leader = await this.servers.leaderOf(stream);
      await leader.kill();
      gate.open();
      await leader.revive();
    }
  }

  private async work(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.workers.start(this.wish)));
  }

  private wait(): Waiter {
    const args = ["cluster", "wait", "--summary-json", this.summaryFile, this.job];
    const child = startCli(args, { env: this.env });
    this.stack.defer(() => child.kill("SIGKILL"));
    const said = [new Response(child.stdout).text(), new Response(child.stderr).text()] as const;
    const result = Promise.all([child.exited, ...said]).then(([exitCode, stdout, stderr]) => ({
      ...{ exitCode, stdout, stderr },
    }));
    return { child, result };
  }
}

const never = new AbortController().signal;
