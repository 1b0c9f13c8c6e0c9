/**
 * The log, record by record, as the Rust s3sync writes it: messages, levels, fields and their order. Its records
 * are kept beside this file, and made anew from the program with `S3SYNC_TEST_WRITE_GOLDEN=1`.
 *
 * @module
 */
import { afterAll, describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { TestBucket } from "../support/bucket.ts";
import { cliCommand } from "../support/cli.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";
import { side, timeoutMs } from "./both.ts";
import { rustBinary } from "./rust-binary.ts";

const rust = rustBinary();
const goldenFile = path.join(import.meta.dir, "records.golden.json");
const writesGolden = process.env["S3SYNC_TEST_WRITE_GOLDEN"] === "1";
/** Both programs may keep things at home. */
const home = new TempDir();
afterAll(() => home[Symbol.dispose]());

interface Place {
  readonly bucket: TestBucket;
  readonly dir: TempDir;
}

/** A run whose log is compared; what comes before it in the list has been run in the same place. */
interface Scenario {
  readonly name: string;
  readonly args: (place: Place) => readonly string[];
  /** Verified by us where the original does not: whether the listing mentions checksums or not. */
  readonly hasMoreProof?: boolean;
}

const sha256 = ["--additional-checksum-algorithm", "SHA256"];
const up = [...side("target"), "--filter-exclude-regex", "^no"];

const scenarios: readonly Scenario[] = [
  { name: "up", args: ({ dir, bucket }) => [...up, dir.at("from"), bucket.url("p/")] },
  { name: "up again", args: ({ dir, bucket }) => [...up, dir.at("from"), bucket.url("p/")] },
  {
    name: "up, --check-size",
    args: ({ dir, bucket }) => [...up, "--check-size", dir.at("from"), bucket.url("p/")],
  },
  {
    name: "up, --check-etag",
    args: ({ dir, bucket }) => [...up, "--check-etag", dir.at("from"), bucket.url("p/")],
  },
  {
    name: "up with checksums",
    args: ({ dir, bucket }) => [...up, ...sha256, dir.at("from"), bucket.url("s/")],
  },
  {
    name: "up, --check-additional-checksum",
    args: ({ dir, bucket }) => [
      ...[...up, ...sha256, "--check-additional-checksum", "SHA256"],
      ...[dir.at("from"), bucket.url("s/")],
    ],
  },
  {
    name: "down",
    args: ({ dir, bucket }) => [...side("source"), bucket.url("p/"), dir.at("down")],
  },
  {
    name: "down with checksums",
    hasMoreProof: true,
    args: ({ dir, bucket }) => [
      ...[...side("source"), "--enable-additional-checksum"],
      ...[bucket.url("s/"), dir.at("sums")],
    ],
  },
  {
    name: "across",
    args: ({ bucket }) => [
      ...[...side("source"), ...side("target")],
      ...[bucket.url("p/"), bucket.url("q/")],
    ],
  },
  {
    name: "filters",
    args: ({ dir, bucket }) => [
      ...[...side("target"), "--filter-include-regex", "^large", "--filter-smaller-size", "5MiB"],
      ...[dir.at("from"), bucket.url("f/")],
    ],
  },
  {
    name: "a report of files",
    args: ({ dir, bucket }) => [...up, "--report-sync-status", dir.at("from"), bucket.url("p/")],
  },
  {
    name: "a report of files that are missing or others",
    args: ({ dir, bucket }) => [
      ...[...side("target"), "--report-sync-status", dir.at("from"), bucket.url("s/a")],
    ],
  },
  {
    name: "a report of buckets, with metadata and tags",
    args: ({ bucket }) => [
      ...[...side("source"), ...side("target"), "--report-sync-status"],
      ...["--report-metadata-sync-status", "--report-tagging-sync-status"],
      ...[bucket.url("p/"), bucket.url("q/")],
    ],
  },
  {
    name: "a report by checksums",
    args: ({ dir, bucket }) => [
      ...[...up, "--report-sync-status", "--check-additional-checksum", "SHA256"],
      ...[dir.at("from"), bucket.url("s/")],
    ],
  },
  {
    name: "deleting in a bucket, in a dry run",
    args: ({ dir, bucket }) => [
      ...[...side("target"), "--delete", "--dry-run", dir.at("less"), bucket.url("p/")],
    ],
  },
  {
    name: "deleting in a bucket",
    args: ({ dir, bucket }) => [...side("target"), "--delete", dir.at("less"), bucket.url("p/")],
  },
  {
    name: "deleting files",
    args: ({ dir, bucket }) => [...side("source"), "--delete", bucket.url("p/"), dir.at("down")],
  },
];

/** Records of a status report have names, and no message. */
const reports = /STATUS$|^REPORT_SUMMARY$/;
/** What other messages say is a matter of each program's insides. */
const compared =
  /^(\[dry-run\] )?(sync|delete) completed\.$|^[Oo]bject filtered|verified\.$|^sync summary$/;
/** Numbers of the summary that depend on the machine. */
const byTheClock = /_per_sec$|^duration_sec$/;
/** What our records say beyond the original's. */
const ours: Readonly<Record<string, readonly string[]>> = {
  "sync summary": [
    ...["not_verified", "dry_run", "interrupted", "sent_byte", "received_byte", "requests"],
  ],
  REPORT_SUMMARY: ["size_matches", "size_mismatch", "not_found_in_source"],
};
const oursAnywhere = ["reason"];
/** What the original adds about a filter; ours names the option, as its `reason`. */
const theirs: Readonly<Record<string, readonly string[]>> = {
  "object filtered.": [
    ...["delete_marker", "include_regex", "exclude_regex", "content_length", "config_size"],
  ],
};

type Fields = Readonly<Record<string, unknown>>;

/** A record without what differs from run to run and place to place. */
function recordOf(line: string, { dir }: Place): string | undefined {
  if (!line.startsWith("{")) return undefined;
  const { level, fields } = JSON.parse(line) as { level: string; fields: Fields };
  const message = String(fields["message"]);
  const name = String(fields["name"]);
  if (!compared.test(message) && !reports.test(name)) return undefined;
  if (fields["status"] === "NOT_FOUND_IN_SOURCE") return undefined;
  const dropped = [
    ...(ours[message] ?? []),
    ...(ours[name] ?? []),
    ...oursAnywhere,
    ...(theirs[message] ?? []),
  ];
  const kept = Object.entries(fields)
    .filter(([field]) => !dropped.includes(field) && !byTheClock.test(field))
    .map(([field, value]) => [field, plain(field, value, dir)]);
  return JSON.stringify([level, ...kept]);
}

function plain(name: string, value: unknown, dir: TempDir): unknown {
  if (name.endsWith("last_modified")) {
    return String(value).replace(/^[-\d]+T[:\d]+(?:\.\d+)?(\+00:00|Z)$/, "<time$1>");
  }
  // In a dry run the original writes the size as a text.
  if (name === "size") return Number(value);
  // Ours is as the original's README has it; the program has it in several ways.
  if (name === "message") {
    return String(value).replace("Object", "object").replace("are the same", "are same");
  }
  return typeof value === "string" ? value.replaceAll(dir.path, "<dir>") : value;
}

async function records(program: readonly string[]): Promise<Record<string, readonly string[]>> {
  await using bucket = await TestBucket.create();
  using dir = new TempDir();
  const old = new Date("2024-03-01T12:00:00.250Z");
  dir.write("from/a.txt", "text", old);
  dir.write("from/sub/ü b", "odd", old);
  dir.write("from/empty", "", old);
  dir.write("from/no.txt", "excluded", old);
  dir.write("from/large", randomBytes("large", 9 * MiB), old);
  dir.write("less/new", "new", old);
  const found: Record<string, readonly string[]> = {};
  for (const { name, args } of scenarios) {
    const all = args({ bucket, dir });
    // Beside its report the original logs the same once more.
    const verbosity = all.includes("--report-sync-status") ? "-v" : "-vv";
    const child = Bun.spawn([...program, "--json-tracing", verbosity, ...all], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
      env: { PATH: process.env["PATH"], HOME: home.path, AWS_EC2_METADATA_DISABLED: "true" },
    });
    const out = await new Response(child.stdout).text();
    const told = out.split("\n").flatMap((line) => recordOf(line, { bucket, dir }) ?? []);
    found[name] = told.toSorted();
  }
  return found;
}

function withoutChecksums(told: readonly string[]): string[] {
  return told
    .filter((record) => !record.includes("additional checksum verified."))
    .map((record) => record.replace(/\["checksum_verified",\d+\]/, ""));
}

function golden(): Record<string, readonly string[]> {
  return JSON.parse(fs.readFileSync(goldenFile, "utf8")) as Record<string, readonly string[]>;
}

test.skipIf(rust === undefined)(
  "the Rust s3sync (where it is installed) writes what is kept of it",
  async () => {
    const now = await records([rust ?? ""]);
    if (writesGolden) fs.writeFileSync(goldenFile, `${JSON.stringify(now, undefined, 2)}\n`);
    expect(now).toEqual(golden());
  },
  timeoutMs,
);

describe("our records are those of the Rust s3sync:", () => {
  let all: Promise<Record<string, readonly string[]>> | undefined;
  test.each(scenarios.map(({ name, hasMoreProof }) => [name, hasMoreProof] as const))(
    "%s",
    async (name, hasMoreProof) => {
      all ??= records(cliCommand());
      const mine = (await all)[name] ?? [];
      const same = (told: readonly string[]): string[] =>
        hasMoreProof === true ? withoutChecksums(told) : [...told];
      expect(same(mine)).toEqual(same(golden()[name] ?? []));
      expect(mine.length).toBeGreaterThan(1);
    },
    timeoutMs,
  );
});
