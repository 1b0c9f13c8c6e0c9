/**
 * A long run with faults: many objects go up, some change, all come down into an empty directory, while requests and
 * answers are reset, cut, refused and lost. Afterwards everything has to be there, and the memory where it was.
 *
 *     bun run soak [OPTIONS]        see `settings.ts`
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { bytes, grouped } from "../../src/report/numbers.ts";
import { TestBucket } from "../support/bucket.ts";
import { serverEnv } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { differences, digestBucket, digestTree } from "./arrived.ts";
import { SoakData } from "./data.ts";
import { SoakFaults } from "./faults.ts";
import { curve, type Growth, growthOf } from "./memory.ts";
import { readSettings, type Settings, usage } from "./settings.ts";
import { watch, type Watched } from "./watched-run.ts";

/** The most that memory may grow after the warm-up, resident and heap each. */
const capBytes = 150_000_000;

function say(text = ""): void {
  fs.writeSync(1, `${text}\n`);
}

/** One soak. */
class Soak {
  private readonly problems: string[] = [];
  private readonly data: SoakData;
  private readonly down: string;
  private largestGrowth = 0;

  constructor(
    private readonly workDir: string,
    private readonly bucket: TestBucket,
    private readonly proxy: FaultProxy,
    private readonly faults: SoakFaults,
    settings: Settings,
    private readonly signal: AbortSignal,
  ) {
    this.data = new SoakData(path.join(workDir, "up"), settings);
    this.down = path.join(workDir, "down");
  }

  /** @returns what is wrong */
  async run(): Promise<readonly string[]> {
    const { data, bucket, down } = this;
    await data.write(this.signal);
    await this.sync("up", data.count, data.root, bucket.url());
    const { sent, removed } = data.change();
    const again = await this.sync("again", sent, data.root, bucket.url(), "--delete");
    this.expect(again["deleted"] === removed, `${again["deleted"]} deleted, not ${removed}`);
    await this.sync("down", data.count, bucket.url(), down);
    await this.check("check", data.root, bucket.url());
    await this.check("check --read-data", data.root, down, "--read-data");
    this.sayFaults();
    await this.compare();
    const isWithin = this.largestGrowth <= capBytes;
    const grown = `memory grew by ${megabytes(this.largestGrowth)} after a warm-up, ${megabytes(capBytes)} are allowed`;
    this.expect(isWithin, grown);
    if (isWithin) say(grown);
    return this.problems;
  }

  private expect(holds: boolean, otherwise: string): void {
    if (!holds) this.problems.push(otherwise);
  }

  /** Runs s3sync, which has to send so many objects. */
  private async sync(
    name: string,
    objects: number,
    source: string,
    target: string,
    ...options: readonly string[]
  ): Promise<Readonly<Record<string, number>>> {
    const file = path.join(this.workDir, "summary.json");
    const args = [source, target, "--summary-json", file, ...options];
    const watched = await this.watch(name, args);
    if (watched.exitCode !== 0) return {};
    const summary = JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, number>;
    const { transferred_object: transferred = 0, transferred_byte: moved = 0 } = summary;
    this.expect(transferred === objects, `${name}: ${transferred} objects sent, not ${objects}`);
    const rate = (amount: number): number => amount / watched.seconds;
    const load = `${grouped(rate(transferred))} objects/s, ${megabytes(rate(moved))}/s`;
    this.sayRun(name, `${grouped(transferred)} objects, ${bytes(moved)}: ${load}`, watched);
    return summary;
  }

  private async check(
    name: string,
    source: string,
    target: string,
    ...options: readonly string[]
  ): Promise<void> {
    const watched = await this.watch(name, ["check", source, target, ...options]);
    const found = watched.stdout.split("\n").filter((line) => line !== "");
    this.problems.push(...found.slice(0, 10).map((line) => `${name}: ${line}`));
    this.sayRun(name, `${found.length} differences; ${watched.stderr.trim()}`, watched);
  }

  private async watch(name: string, args: readonly string[]): Promise<Watched> {
    const { endpoint } = this.proxy;
    const env = serverEnv({ ...httpServer(), endpoint });
    const watched = await watch(args, env, this.workDir, this.signal);
    const { exitCode, stderr } = watched;
    this.expect(exitCode === 0, `${name}: exit code ${exitCode}: ${stderr.trim()}`);
    return watched;
  }

  private sayRun(name: string, what: string, { samples, seconds }: Watched): void {
    say(`\n${name}: ${seconds.toFixed(1)} s, ${what}`);
    for (const [label, values] of [
      ["resident", samples.map(({ rss }) => rss)],
      ["heap", samples.map(({ heap }) => heap)],
    ] as const) {
      const growth = growthOf(values);
      this.largestGrowth = Math.max(this.largestGrowth, growth.grown ?? 0);
      say(`  ${label.padEnd(9)} ${curve(values)} ${growthText(growth)}`);
    }
  }

  private sayFaults(): void {
    const { counts } = this.faults;
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    say(`\nfaults survived: ${grouped(total)}`);
    for (const [name, count] of Object.entries(counts)) {
      say(`  ${grouped(count).padStart(7)}  ${name}`);
    }
  }

  /** By programs that share no code with ours. */
  private async compare(): Promise<void> {
    say();
    const expected = digestTree(this.data.root);
    for (const [name, found] of [
      ["the bucket, listed by the AWS SDK", await digestBucket(this.bucket)],
      ["the directory, hashed by Node", digestTree(this.down)],
    ] as const) {
      const { count, some } = differences(expected, found);
      this.problems.push(...some.map((line) => `${name}: ${line}`));
      const verdict = count === 0 ? "all are as they have to be" : `${count} differ`;
      say(`${name}: ${grouped(found.size)} objects, ${verdict}`);
    }
    // Nobody knows of an upload whose id was lost with the answer, until it is looked for.
    const [uploads, lost] = [await this.bucket.openUploads(), this.faults.lostUploads];
    this.expect(uploads <= lost, `${uploads} uploads were left behind, and only ${lost} ids lost`);
    if (uploads > 0) say(`${uploads} unfinished uploads, whose ids were lost with answers`);
  }
}

function growthText({ warm, peak, grown }: Growth): string {
  const most = `${megabytes(peak)} at most`;
  return grown === undefined ? most : `${most}, +${megabytes(grown)} since ${megabytes(warm)} warm`;
}

function megabytes(count: number): string {
  return `${(count / 1_000_000).toFixed(1)} MB`;
}

async function main(): Promise<number> {
  const settings = readSettings(process.argv.slice(2));
  if (settings === undefined) {
    say(usage);
    return 0;
  }
  const { smallObjects, largeObjects, largeMiB, faultsPerThousand, seed } = settings;
  say(
    `${grouped(smallObjects)} small objects (1 to 8 KiB), ${largeObjects} of ${largeMiB} MiB; ${faultsPerThousand} faults in 1,000 requests, seed ${seed}; ${os.availableParallelism()} processors`,
  );
  const workDir = fs.mkdtempSync(path.join(os.tmpdir(), "s3sync-soak-"));
  try {
    await using bucket = await TestBucket.create();
    await using proxy = await FaultProxy.start(httpServer());
    proxy.keepsRequests = false;
    const faults = new SoakFaults(proxy, faultsPerThousand, seed);
    const { signal } = stop;
    const problems = await new Soak(workDir, bucket, proxy, faults, settings, signal).run();
    for (const problem of problems) say(`FAILED: ${problem}`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    fs.rmSync(workDir, { recursive: true, force: true });
  }
}

const stop = new AbortController();
// What was written is taken away first.
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => stop.abort());
process.exitCode = await main().catch((thrown: unknown) => {
  if (!stop.signal.aborted) throw thrown;
  return 130;
});
