/**
 * The original's rules about options that do not go together, one by one: the same command lines are refused.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { parseArguments } from "../../src/cli/arguments.ts";
import { readOptions } from "../../src/cli/layers.ts";
import { resolveConfig, SyncError } from "../../src/index.ts";

type Way = "up" | "down" | "across";
const places: Readonly<Record<Way, readonly [string, string]>> = {
  up: ["./here", "s3://b/"],
  down: ["s3://b/", "./here"],
  across: ["s3://a/", "s3://b/"],
};

/** What is wrong with a command line. */
function problemsOf(way: Way, line: string): string[] {
  const [source, target] = places[way];
  const typed = parseArguments(line.split(" "));
  const { values, problems } = readOptions(typed, {});
  const found = [...typed.problems, ...problems];
  try {
    resolveConfig({ ...values, source, target });
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    expect(error.code).toBe("usage");
    found.push(...error.message.split("\n"));
  }
  return found;
}

const key = Buffer.alloc(32).toString("base64");
const md5 = Buffer.alloc(16).toString("base64");
const sseC = (side: string): string =>
  `--${side}-sse-c AES256 --${side}-sse-c-key ${key} --${side}-sse-c-key-md5 ${md5}`;

/** Two options that cannot be given together. */
const exclusive: readonly (readonly [string, ...(readonly string[])])[] = [
  ["--source-profile p", "--source-access-key k", "--source-secret-access-key k"],
  ["--source-no-sign-request", "--source-profile p", "--source-request-payer"],
  ["--remove-modified-filter", "--check-mtime-and-etag"],
  ["--remove-modified-filter", "--check-mtime-and-additional-checksum SHA256"],
  ["--check-size", "--check-etag", "--check-mtime-and-etag"],
  ["--check-size", "--check-additional-checksum SHA1", "--point-in-time 2020-01-01T00:00:00Z"],
  ["--check-etag", "--check-additional-checksum SHA1", sseC("source"), sseC("target")],
  ["--check-mtime-and-etag", sseC("source"), sseC("target")],
  ["--auto-chunksize", "--multipart-threshold 16MiB", "--multipart-chunksize 16MiB"],
  ["--tagging a=1", "--disable-tagging"],
  ["--sync-latest-tagging", "--disable-tagging", "--enable-versioning", "--delete"],
  ["--sync-latest-object-annotations", "--enable-versioning", "--delete"],
  ["--sync-latest-object-annotations", "--enable-sync-object-annotations"],
  [
    "--enable-versioning",
    "--delete",
    "--head-each-target",
    "--remove-modified-filter",
    "--point-in-time 2020-01-01T00:00:00Z",
    "--report-sync-status",
    "--if-match",
    "--if-none-match",
    "--check-size",
    "--check-etag",
    "--check-mtime-and-etag",
    "--check-additional-checksum CRC32",
    "--check-mtime-and-additional-checksum CRC32",
  ],
  [
    "--point-in-time 2020-01-01T00:00:00Z",
    "--head-each-target",
    "--report-sync-status",
    "--if-match",
    "--if-none-match",
    "--check-size",
    "--check-etag",
    "--check-mtime-and-etag",
    "--check-mtime-and-additional-checksum CRC32",
  ],
  ["--report-sync-status", "--dry-run", "--delete", "--head-each-target"],
  [sseC("source"), "--sse AES256"],
  [sseC("target"), "--sse AES256"],
  ["--if-match", "--if-none-match"],
  ["--allow-lua-os-library", "--allow-lua-unsafe-vm"],
];

describe("cannot be combined:", () => {
  const pairs = exclusive.flatMap(([first, ...others]) => others.map((other) => [first, other]));
  test.each(pairs)("%s %s", (first, second) => {
    const problems = problemsOf("across", `${first} ${second}`).filter((problem) =>
      problem.includes("cannot be combined with"),
    );
    const named = (option: string | undefined): string => option?.split(" ")[0] ?? "";
    const about = problems.filter((problem) =>
      [first, second].every((option) => problem.includes(named(option))),
    );
    expect(about.length).toBeGreaterThan(0);
  });
});

describe("needs another option:", () => {
  test.each([
    ["--disable-additional-checksum-verify", "--additional-checksum-algorithm"],
    ["--source-access-key k", "--source-secret-access-key"],
    ["--source-session-token t", "--source-access-key"],
    ["--report-metadata-sync-status", "--report-sync-status"],
    ["--report-tagging-sync-status", "--report-sync-status"],
    ["--report-annotations-sync-status", "--report-sync-status"],
    ["--source-sse-c AES256", "--source-sse-c-key"],
    [`--source-sse-c-key ${key}`, "--source-sse-c-key-md5"],
    [`--target-sse-c-key-md5 ${md5}`, "--target-sse-c"],
    ["--copy-source-if-match", "--server-side-copy"],
    ["--delete-excluded", "--delete"],
    ["--max-delete 1", "--delete"],
    ["--check-size --remove-modified-filter", "--head-each-target"],
    ["--check-etag --remove-modified-filter", "--head-each-target"],
    ["--if-match --remove-modified-filter", "--head-each-target"],
    ["--sse-kms-key-id id", "--sse"],
    ["--sse AES256 --sse-kms-key-id id", "--sse aws:kms"],
  ])("%s: %s", (line, needed) => {
    const found = problemsOf("across", line).join("\n");
    expect(found).toContain("need");
    expect(found).toContain(needed);
  });
});

describe("makes no sense where it is:", () => {
  const rows: readonly (readonly [Way, readonly string[]])[] = [
    [
      "down",
      [
        "--storage-class STANDARD_IA",
        "--target-profile p",
        "--sse AES256",
        sseC("target"),
        "--acl private",
        "--additional-checksum-algorithm SHA256",
        "--cache-control x",
        "--content-disposition x",
        "--content-encoding x",
        "--content-language x",
        "--content-type x",
        "--website-redirect /x",
        "--expires 2030-01-01T00:00:00Z",
        "--tagging a=1",
        "--put-last-modified-metadata",
        "--target-endpoint-url http://h",
        "--disable-payload-signing",
        "--disable-content-md5-header",
        "--full-object-checksum",
        "--target-accelerate",
        "--target-request-payer",
        "--if-match",
        "--if-none-match",
        "--server-side-copy",
        "--no-sync-system-metadata",
        "--no-sync-user-defined-metadata",
        "--enable-versioning",
        "--sync-latest-tagging",
        "--enable-sync-object-annotations",
        "--report-sync-status --report-metadata-sync-status",
        "--ignore-symlinks",
        "--no-guess-mime-type",
      ],
    ],
    [
      "up",
      [
        "--source-profile p",
        sseC("source"),
        "--enable-additional-checksum",
        "--auto-chunksize",
        "--source-endpoint-url http://h",
        "--source-no-sign-request",
        "--source-accelerate",
        "--source-request-payer",
        "--filter-include-metadata-regex x",
        "--filter-exclude-metadata-regex x",
        "--filter-include-tag-regex x",
        "--filter-exclude-tag-regex x",
        "--point-in-time 2020-01-01T00:00:00Z",
        "--report-sync-status --report-tagging-sync-status",
      ],
    ],
    [
      "across",
      [
        "--ignore-symlinks",
        "--no-guess-mime-type",
        "--additional-checksum-algorithm SHA256 --full-object-checksum",
        "--point-in-time 2999-01-01T00:00:00Z",
        "--check-etag --sse aws:kms",
        "--check-mtime-and-etag --sse aws:kms:dsse",
      ],
    ],
  ];
  test.each(rows.flatMap(([way, lines]) => lines.map((line) => [way, line] as const)))(
    "%s %s",
    (way, line) => {
      expect(problemsOf(way, line)).not.toEqual([]);
    },
  );
});

describe("is refused for directory buckets:", () => {
  test.each(["--check-etag", "--check-mtime-and-etag", "--enable-versioning"])("%s", (line) => {
    const { values } = readOptions(parseArguments([line]), {});
    const resolve = (): unknown =>
      resolveConfig({ ...values, source: "s3://a/", target: "s3://b--use1-az4--x-s3/" });
    expect(resolve).toThrow(`${line} does not work with directory buckets`);
  });
});

describe("is allowed:", () => {
  test.each<[Way, string]>([
    ["up", "--source-region us-east-1 --source-force-path-style"],
    ["down", "--target-region us-east-1 --target-force-path-style"],
    ["up", "--auto-chunksize --check-etag"],
    ["up", "--auto-chunksize --check-mtime-and-etag"],
    ["across", "--check-additional-checksum SHA256 --point-in-time 2020-01-01T00:00:00Z"],
    ["across", "--check-size --remove-modified-filter --head-each-target"],
    ["across", "--full-object-checksum"],
    ["up", "--filter-include-content-type-regex x"],
    ["down", "--metadata a=1"],
    ["across", "--delete --delete-excluded --max-delete 5"],
  ])("%s %s", (way, line) => {
    expect(problemsOf(way, line)).toEqual([]);
  });
});
