/**
 * Reports, histories and journals of many objects take no more memory than those of few.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import path from "node:path";

import { parseETag } from "../../src/core/etag.ts";
import { asKey } from "../../src/core/key.ts";
import { RunJournal } from "../../src/state/run-journal.ts";
import { startEndpoint } from "../bench/scenarios/list.ts";
import { serverEnv } from "../support/cli.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB } from "../support/trees.ts";
import { canMeasure, type Measured, runMeasured, summaryOf } from "./measured.ts";

/**
 * Garbage between two collections: of 200,000 objects 174 to 238 MiB were seen at the peak, of a million 211 to 281, of
 * three million 260. Two hundred bytes kept for each object would break this.
 */
const growthLimit = 144 * MiB;
const timeoutMs = 240_000;
const versionsEndpoint = path.join(import.meta.dir, "versions-endpoint.ts");
/** Up to the fewer the collector lets its heap grow, whatever a run holds. */
const counts = { fewer: 200_000, many: 1_000_000 };

async function run(
  program: string | undefined,
  keys: number,
  options: readonly string[],
): Promise<Measured> {
  const endpoint = await startEndpoint({ keys, folders: 10, latencyMs: 0 }, program);
  try {
    const args = ["s3://source", "s3://target", ...options];
    return await runMeasured(args, { env: serverEnv({ ...endpoint.server, caFile: undefined }) });
  } finally {
    await endpoint.stop();
  }
}

describe.skipIf(!canMeasure)("flat memory (needs /proc)", () => {
  test(
    "for a report, on stdout and in a file",
    async () => {
      using dir = new TempDir();
      const peaks: number[] = [];
      for (const keys of [counts.fewer, counts.many]) {
        const file = dir.at("report.csv");
        const options = ["--report-sync-status", "--check-etag", "--report-file", file];
        const result = await run(undefined, keys, options);
        expect(result.exitCode).toBe(0);
        expect(result.stdout.trimEnd().split("\n").at(-1)).toContain(`etag_matches=${keys} `);
        peaks.push(result.peak);
      }
      expectFlat(peaks);
    },
    timeoutMs,
  );

  test(
    "for versions, all of which are there",
    async () => {
      const peaks: number[] = [];
      for (const keys of [counts.fewer / 10, counts.many / 10]) {
        const options = ["--enable-versioning", "--json-tracing"];
        const result = await run(versionsEndpoint, keys, options);
        expect(result.exitCode).toBe(0);
        expect(summaryOf(result)).toMatchObject({ transferred_object: 0, skipped: 2 * keys });
        peaks.push(result.peak);
      }
      expectFlat(peaks);
    },
    timeoutMs,
  );

  test(
    "for the journal of a run that is to be taken back",
    async () => {
      using dir = new TempDir();
      const peaks: number[] = [];
      for (const keys of [20_000, 120_000]) {
        const file = dir.at(`${keys}.journal`);
        await writeJournal(file, keys);
        const env = { TMPDIR: dir.path };
        const result = await runMeasured(["undo", "--max-delete", "1", file], { env });
        expect(result).toMatchObject({
          exitCode: 1,
          stderr: expect.stringContaining(`${keys} objects`),
        });
        peaks.push(result.peak);
      }
      // No garbage of transfers: a kilobyte for each would be 100 MiB.
      expectFlat(peaks, 64 * MiB);
      expect(dir.files()).toHaveLength(2);
    },
    timeoutMs,
  );
});

/** The journal of a run that made so many objects. */
async function writeJournal(file: string, keys: number): Promise<void> {
  const head = { source: "from", target: "s3://b/", began: "now", backups: undefined };
  const journal = new RunJournal(file, { ...head, encodeNames: false });
  const trace = { size: 1, mtimeMs: 0, versionId: undefined };
  for (let i = 0; i < keys; i++) {
    const after = { ...trace, etag: parseETag(i.toString(16).padStart(32, "0")) };
    const key = asKey(`a/folder/with/a/name/of/some/length/${i}`);
    journal.writing(key, undefined, after);
    journal.wrote(key, { ...after, versionId: `version-${i}` });
  }
  await journal.end();
}

function expectFlat([fewer = 0, many = 0]: readonly number[], limit = growthLimit): void {
  expect(many - fewer).toBeLessThan(limit);
}
