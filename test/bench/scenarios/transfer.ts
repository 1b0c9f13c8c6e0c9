/**
 * The scenarios *small* and *large*: files up into an empty bucket, and down again into an empty directory. Each
 * run has a MinIO of its own, so that every tool meets the same server: fresh, empty and alone.
 *
 * @module
 */
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
} from "@aws-sdk/client-s3";

import { MiB } from "../../../src/core/bytes.ts";
import { sdkClient } from "../../support/bucket.ts";
import { type RunningServer, startMinio } from "../../support/minio-server.ts";
import { differenceOf, stateOf, type TreePlan, writeTree } from "../data.ts";
import { cpuOf } from "../measure.ts";
import type { Outcome, Result } from "../outcome.ts";
import type { StepName, Tool } from "../tool.ts";
import { type BenchOptions, runJob, type Scenario, WorkDir } from "./scenario.ts";

const plans = {
  small: { files: 10_000, bytesPerFile: 10 * 1024, filesPerDirectory: 100, seed: "small" },
  large: { files: 4, bytesPerFile: 512 * MiB, filesPerDirectory: 4, seed: "large" },
} as const satisfies Record<string, TreePlan>;

const steps: Readonly<Record<"small" | "large", readonly StepName[]>> = {
  small: ["up", "no-op up", "down", "no-op down"],
  large: ["up", "down"],
};

const bucket = "bench";

/** Writes the files. */
export function transferScenario(name: "small" | "large", options: BenchOptions): Scenario {
  const work = new WorkDir();
  const plan = plans[name];
  options.say(`${name}: writing ${plan.files} files of ${plan.bytesPerFile} bytes`);
  writeTree(work.at("files"), plan);
  return {
    name,
    async run(tool) {
      await using run = await TransferRun.start(tool, plan, work.at("files"), options);
      const wanted = stepsFor(tool, steps[name]);
      const outcomes: Outcome[] = [];
      for (const step of wanted) {
        const bytes = step.startsWith("no-op") ? 0 : plan.files * plan.bytesPerFile;
        const result = await run.take(step);
        const objects = plan.files;
        outcomes.push({ scenario: name, step, tool, work: { objects, bytes }, result });
      }
      return outcomes;
    },
    [Symbol.asyncDispose]: async () => work[Symbol.dispose](),
  };
}

/** A step has to be taken also where only a later one is measured: there would be nothing to bring down. */
function stepsFor({ only }: Tool, all: readonly StepName[]): readonly StepName[] {
  const measured = only?.steps ?? all;
  const last = all.findLastIndex((step) => measured.includes(step));
  return all.slice(0, last + 1).filter((step) => measured.includes(step) || step === "up");
}

/** One tool on its way through the steps. */
class TransferRun implements AsyncDisposable {
  private readonly home = new WorkDir();
  private broken: string | undefined;

  private constructor(
    private readonly tool: Tool,
    private readonly plan: TreePlan,
    private readonly files: string,
    private readonly options: BenchOptions,
    private readonly server: RunningServer,
  ) {}

  static async start(
    tool: Tool,
    plan: TreePlan,
    files: string,
    options: BenchOptions,
  ): Promise<TransferRun> {
    const server = await startMinio({ tls: false, say: options.say });
    const client = sdkClient(server);
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
    return new TransferRun(tool, plan, files, options, server);
  }

  /** Takes a step. Where one before it failed there is nothing to build on. */
  async take(step: StepName): Promise<Result> {
    if (this.broken !== undefined) return { kind: "failed", why: `not run: ${this.broken} failed` };
    const result = step.endsWith("up") ? await this.upload(step) : await this.download(step);
    if (result.kind === "failed") this.broken = step;
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.home[Symbol.dispose]();
    await this.server[Symbol.asyncDispose]();
  }

  private async upload(step: StepName): Promise<Result> {
    const job = { kind: "upload", directory: this.files, bucket } as const;
    const before = step === "up" ? undefined : await this.bucketState();
    return this.job(job, async () => {
      const { count, bytes, mark } = await this.bucketState();
      const { files, bytesPerFile } = this.plan;
      if (count !== files) return `${count} objects in the bucket instead of ${files}`;
      if (bytes !== files * bytesPerFile) return `${bytes} bytes in the bucket`;
      return before === undefined || before.mark === mark
        ? undefined
        : "objects were written again";
    });
  }

  private async download(step: StepName): Promise<Result> {
    const directory = this.home.at("down");
    const job = { kind: "download", bucket, directory } as const;
    const before = step === "down" ? undefined : stateOf(directory);
    return this.job(job, async () => {
      if (before === undefined) return differenceOf(this.files, directory, this.plan);
      return before === stateOf(directory) ? undefined : "files were written again";
    });
  }

  private job(
    job:
      | { kind: "upload"; directory: string; bucket: string }
      | { kind: "download"; directory: string; bucket: string },
    check: () => Promise<string | undefined>,
  ): Promise<Result> {
    const { tool, server, options } = this;
    const serverCpu = async (): Promise<number | undefined> => cpuOf(server.pid);
    const whole = { ...job, server, homeDir: this.home.path };
    return runJob(tool, whole, options, { serverCpu, check });
  }

  /** What the bucket holds, and a mark that changes when an object is written again. */
  private async bucketState(): Promise<{ count: number; bytes: number; mark: string }> {
    const client = sdkClient(this.server);
    const hasher = new Bun.CryptoHasher("sha256");
    let count = 0;
    let bytes = 0;
    let token: string | undefined;
    do {
      const page: ListObjectsV2CommandOutput = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }),
      );
      for (const { Key, Size = 0, LastModified } of page.Contents ?? []) {
        count += 1;
        bytes += Size;
        hasher.update(`${Key} ${Size} ${LastModified?.getTime()}\n`);
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
    client.destroy();
    return { count, bytes, mark: hasher.digest("hex") };
  }
}
