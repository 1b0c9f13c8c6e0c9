/**
 * The scenario *two-way*: a tree and a bucket that are put together for the first time, then looked through with
 * nothing to do, then brought in step after 100 changes, half of them on each side.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { TestBucket } from "../../support/bucket.ts";
import { type RunningServer, startMinio } from "../../support/minio-server.ts";
import { fileName, type TreePlan, writeTree } from "../data.ts";
import { cpuOf } from "../measure.ts";
import type { Outcome, Result } from "../outcome.ts";
import type { Tool, TwoWayJob, TwoWayStep } from "../tool.ts";
import { type BenchOptions, runCommand, type Scenario, WorkDir } from "./scenario.ts";

/** Changed, removed and new ones on each side: 100 in all. */
const changed = 20;
const removed = 15;
const added = 15;

/** What a run says of itself. */
interface Said {
  readonly transferred_object: number;
  readonly deleted: number;
  readonly conflict: number;
  /** By their kind. */
  readonly requests: Readonly<Record<string, number>>;
}

/** @param sizes files of each tree */
export function twoWayScenario(sizes: readonly number[], options: BenchOptions): Scenario {
  return {
    name: "two-way",
    async run(tool) {
      const outcomes: Outcome[] = [];
      for (const files of sizes) {
        await using pair = await TwoPlaces.make(tool, files, options);
        for (const step of ["first", "unchanged", "100 changes"] as const) {
          options.say(`two-way: ${files} files, ${step}`);
          const work = { objects: step === "100 changes" ? 100 : files, bytes: 0 };
          const result = await pair.take(step);
          outcomes.push({ scenario: "two-way", step: `${files} ${step}`, tool, work, result });
        }
      }
      return outcomes;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A tree and a bucket of its own. */
class TwoPlaces implements AsyncDisposable {
  private readonly plan: TreePlan;
  private readonly job: TwoWayJob;
  private readonly home = new WorkDir();

  private constructor(
    private readonly tool: Tool,
    files: number,
    private readonly options: BenchOptions,
    private readonly server: RunningServer,
    private readonly bucket: TestBucket,
  ) {
    const { home } = this;
    this.plan = { files, bytesPerFile: 1024, filesPerDirectory: 100, seed: "two-way" };
    this.job = {
      ...{ directory: home.at("files"), bucket: bucket.name, server },
      ...{ stateFile: home.at("state"), summaryFile: home.at("summary.json") },
    };
  }

  static async make(tool: Tool, files: number, options: BenchOptions): Promise<TwoPlaces> {
    const server = await startMinio({ tls: false, say: options.say });
    const places = new TwoPlaces(tool, files, options, server, await TestBucket.create(server));
    writeTree(places.job.directory, places.plan);
    return places;
  }

  async take(step: TwoWayStep): Promise<Result> {
    const { tool, server, home, options, job } = this;
    if (step === "100 changes") await this.change();
    const command = tool.twoWayCommand?.(job);
    if (command === undefined) return { kind: "failed", why: "it knows one direction only" };
    return runCommand(command, home.path, options, {
      serverCpu: async () => cpuOf(server.pid),
      check: async () => this.complaint(step),
      requests: () => Object.values(this.said().requests).reduce((sum, each) => sum + each, 0),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.home[Symbol.dispose]();
    this.bucket.client.destroy();
    await this.server[Symbol.asyncDispose]();
  }

  /** The first files are changed here, the last ones there. */
  private async change(): Promise<void> {
    const { directory } = this.job;
    const { files } = this.plan;
    const nameAt = (index: number): string => fileName(index, this.plan);
    for (let index = 0; index < changed; index++) {
      fs.writeFileSync(path.join(directory, nameAt(index)), `changed here ${index}`);
    }
    for (let index = changed; index < changed + removed; index++) {
      fs.rmSync(path.join(directory, nameAt(index)));
    }
    for (let index = 0; index < added; index++) {
      fs.writeFileSync(path.join(directory, `new here ${index}`), `new here ${index}`);
    }
    for (let index = 0; index < changed; index++) {
      await this.bucket.put(nameAt(files - 1 - index), `changed there ${index}`);
    }
    const gone = Array.from({ length: removed }, (_, index) => files - 1 - changed - index);
    await this.bucket.remove(gone.map(nameAt));
    for (let index = 0; index < added; index++) {
      await this.bucket.put(`new there ${index}`, `new there ${index}`);
    }
  }

  private complaint(step: TwoWayStep): string | undefined {
    const { transferred_object: moved, deleted, conflict } = this.said();
    const wanted = {
      first: [this.plan.files, 0],
      unchanged: [0, 0],
      "100 changes": [2 * (changed + added), 2 * removed],
    }[step];
    const isAsWanted = moved === wanted[0] && deleted === wanted[1] && conflict === 0;
    return isAsWanted ? undefined : `${moved} moved, ${deleted} deleted, ${conflict} conflicts`;
  }

  private said(): Said {
    return JSON.parse(fs.readFileSync(this.job.summaryFile, "utf8")) as Said;
  }
}
