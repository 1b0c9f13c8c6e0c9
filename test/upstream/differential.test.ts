/**
 * The same command lines, run by the Rust s3sync and by ours on the same data: exit code, counters and what is in
 * the target afterwards must be the same. Where we differ on purpose, a row says so.
 *
 * @module
 */
import { afterAll, describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { GetObjectTaggingCommand, HeadObjectCommand } from "@aws-sdk/client-s3";

import { TestBucket } from "../support/bucket.ts";
import { cliCommand } from "../support/cli.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";
import { type Ended, runIn, side, timeoutMs } from "./both.ts";
import { rustBinary } from "./rust-binary.ts";

const rust = rustBinary();
/** Both programs may keep things at home. */
const home = new TempDir();
afterAll(() => home[Symbol.dispose]());

function run(program: readonly string[], args: readonly string[]): Promise<Ended> {
  return runIn(home.path, program, args);
}

/** What a target holds, by key. */
type State = Readonly<Record<string, unknown>>;

/** A command line. */
interface Row {
  readonly args: string;
  /** What is different on purpose, and so is not compared. */
  readonly apart?: Apart;
}

interface Apart {
  readonly because: string;
  /** Counters, and `exitCode`. */
  readonly ended?: readonly string[];
  /** Headers of objects. */
  readonly headers?: readonly string[];
}

const verifiesMore: Apart = {
  because:
    "a large object of one part, moved in several, is verified; upstream warns of a mismatch",
  ended: ["exitCode", "etag_verified", "warning"],
};
const readsChecksums: Apart = {
  because: "checksums are verified whether or not the listing mentions them",
  ended: ["checksum_verified"],
};
const noType: Apart = {
  because: "no Content-Type is sent at all, the server then takes binary/octet-stream",
  headers: ["ContentType"],
};

async function stateOf(bucket: TestBucket): Promise<State> {
  const keys = await bucket.keys();
  const heads = keys.map(async (Key) => {
    const place = { Bucket: bucket.name, Key };
    const command = new HeadObjectCommand({ ...place, ChecksumMode: "ENABLED" });
    const head = without(await bucket.client.send(command), [
      "$metadata",
      "LastModified",
      "Expires",
      "AcceptRanges",
    ]);
    const { TagSet = [] } = await bucket.client.send(new GetObjectTaggingCommand(place));
    const tags = TagSet.map(({ Key: name, Value }) => `${name}=${Value}`).toSorted();
    return [Key, { ...(head as object), tags }] as const;
  });
  return Object.fromEntries(await Promise.all(heads));
}

function filesOf(root: string): State {
  const names = fs.readdirSync(root, { recursive: true, withFileTypes: true });
  const files = names.filter((each) => each.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }): [string, unknown] => {
      const file = path.join(parentPath, name);
      const seconds = Math.floor(fs.statSync(file).mtimeMs / 1000);
      return [path.relative(root, file), [Bun.hash(fs.readFileSync(file)).toString(), seconds]];
    }),
  );
}

function without(head: unknown, names: readonly string[] = []): unknown {
  if (names.length === 0) return head;
  const entries = Object.entries(head as Record<string, unknown>);
  return Object.fromEntries(entries.filter(([name]) => !names.includes(name)));
}

/** Both outcomes, as far as they are to be the same. */
function comparable({ exitCode, counters, records }: Ended, state: State, { apart }: Row): object {
  const ended = Object.entries({ exitCode, ...counters });
  const heads = Object.entries(state).map(([key, head]) => [key, without(head, apart?.headers)]);
  return {
    ended: Object.fromEntries(ended.filter(([name]) => apart?.ended?.includes(name) !== true)),
    records,
    state: Object.fromEntries(heads) as State,
  };
}

const five = 5 * MiB;
const parts = "--multipart-threshold 5MiB --multipart-chunksize 5MiB";
const old = new Date("2024-03-01T12:00:00Z");
const recent = new Date("2025-06-01T12:00:00Z");

/** The files of all uploads. */
function plantFiles(dir: TempDir): void {
  dir.write("a.txt", "text", old);
  dir.write("b.html", "<p>", recent);
  dir.write("sub/c.jpg", randomBytes("c", 3000), old);
  dir.write("sub/deep/d", "", recent);
  dir.write("sub/e e+é.tmp", "odd", old);
  dir.write("large.bin", randomBytes("large", five + 1), recent);
}

const up: readonly Row[] = [
  { args: "" },
  { args: parts },
  ...["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"].flatMap((name) => [
    { args: `--additional-checksum-algorithm ${name}` },
    { args: `--additional-checksum-algorithm ${name} ${parts}` },
  ]),
  { args: `--additional-checksum-algorithm CRC32 --full-object-checksum ${parts}` },
  { args: `--additional-checksum-algorithm CRC32C --full-object-checksum ${parts}` },
  { args: `--additional-checksum-algorithm SHA256 --disable-additional-checksum-verify ${parts}` },
  { args: "--cache-control max-age=60 --content-disposition inline --content-encoding br" },
  { args: "--content-language de --content-type text/x-mine --metadata k1=v1,k2=" },
  { args: "--expires 2031-02-03T04:05:06Z --tagging a=1&b=2 --storage-class REDUCED_REDUNDANCY" },
  { args: "--put-last-modified-metadata" },
  { args: "--no-guess-mime-type", apart: noType },
  { args: "--acl private" },
  { args: "--website-redirect /there" },
  { args: `--disable-etag-verify ${parts}` },
  { args: `--disable-multipart-verify ${parts}` },
  { args: "--disable-content-md5-header" },
  { args: "--disable-payload-signing" },
  { args: "--dry-run" },
  { args: "--delete" },
  { args: "--delete --dry-run" },
  { args: "--delete --filter-exclude-regex \\.tmp$" },
  { args: "--delete --filter-exclude-regex \\.tmp$ --delete-excluded" },
  { args: "--delete --filter-include-regex ^sub/" },
  { args: "--filter-mtime-before 2025-01-01T00:00:00Z" },
  { args: "--filter-mtime-after 2025-06-01T12:00:00Z" },
  { args: "--filter-smaller-size 3000" },
  { args: "--filter-larger-size 3000" },
  { args: "--filter-larger-size 3KB --filter-smaller-size 4MiB" },
  { args: "--filter-include-content-type-regex ^(text|image)/" },
  { args: "--filter-exclude-content-type-regex ^text/" },
  { args: "--remove-modified-filter" },
  { args: "--remove-modified-filter --head-each-target" },
  { args: "--head-each-target" },
  { args: "--check-size" },
  { args: "--check-etag" },
  { args: "--check-mtime-and-etag" },
  { args: "--check-etag --auto-chunksize" },
  { args: "--if-none-match" },
  { args: "--warn-as-error" },
  { args: "--max-delete 5 --delete" },
  { args: "--force-retry-count 0 --worker-size 1 --max-parallel-uploads 1 --max-keys 2" },
  { args: "--max-parallel-listings 1 --object-listing-queue-size 10" },
];

const down: readonly Row[] = [
  { args: "" },
  { args: parts, apart: verifiesMore },
  { args: "--enable-additional-checksum", apart: readsChecksums },
  {
    args: `--enable-additional-checksum ${parts}`,
    apart: { ...verifiesMore, ended: [...(verifiesMore.ended ?? []), "checksum_verified"] },
  },
  { args: "--auto-chunksize" },
  { args: "--delete" },
  { args: "--dry-run --delete" },
  { args: "--check-size" },
  { args: "--check-etag" },
  { args: "--filter-include-regex ^sub/" },
  { args: "--filter-include-metadata-regex owner=(me|you)" },
  { args: "--filter-include-tag-regex stage=" },
  { args: "--filter-exclude-content-type-regex ^text/" },
  { args: "--disable-etag-verify" },
];

const across: readonly Row[] = [
  { args: "" },
  { args: parts, apart: verifiesMore },
  { args: "--server-side-copy" },
  { args: `--server-side-copy ${parts}`, apart: verifiesMore },
  { args: "--auto-chunksize" },
  { args: "--disable-tagging" },
  { args: "--tagging x=y" },
  { args: "--no-sync-system-metadata", apart: noType },
  { args: "--no-sync-user-defined-metadata" },
  { args: "--metadata mine=1" },
  { args: "--put-last-modified-metadata" },
  {
    args: "--enable-additional-checksum --additional-checksum-algorithm SHA256",
    apart: {
      because: "a source that has no such checksum is no warning: its ETag proves the same",
      ended: ["exitCode", "warning", "checksum_verified"],
    },
  },
  { args: "--filter-include-content-type-regex ^text/" },
  { args: "--filter-include-metadata-regex owner=me" },
  { args: "--filter-exclude-metadata-regex owner=me" },
  { args: "--filter-include-tag-regex ^stage=live$" },
  { args: "--filter-exclude-tag-regex stage=live" },
  { args: "--delete" },
  { args: "--check-etag" },
  { args: "--storage-class STANDARD" },
];

describe.skipIf(rust === undefined)("up, as the Rust s3sync (where it is installed):", () => {
  test.each(up.map((row) => [row.args, row] as const))(
    "%s",
    async (_, row) => {
      using dir = new TempDir();
      plantFiles(dir);
      const outcomes = [];
      for (const program of [[rust ?? ""], cliCommand()]) {
        await using bucket = await TestBucket.create();
        // One that is older than its file, one that is not, and one that nobody knows.
        await bucket.put("p/a.txt", "text");
        await bucket.put("p/only-here", "x");
        await bucket.put("p/only-here.tmp", "x");
        const words = row.args === "" ? [] : row.args.split(" ");
        const all = [...words, ...side("target"), dir.path, bucket.url("p/")];
        const ended = await run(program, all);
        outcomes.push(comparable(ended, await stateOf(bucket), row));
      }
      expect(outcomes[1]).toEqual(outcomes[0] ?? {});
    },
    timeoutMs,
  );
});

/** Names of files, and patterns that Rust and JavaScript might take for different things. */
const names = [
  ..."a A b1 B2 foo/bar.jpg foo/bar.JPG foo/baz.png photos/2024/001.jpg photos/2024/002.jpeg".split(
    " ",
  ),
  ..."photos/2023/x.jpg x-1_2.3 é É straße STRASSE ſ 日本語 日本 ١٢٣ 123 a+b [x] {3} dir/.hidden".split(
    " ",
  ),
  ...["a b", "K", "aaaa", "aaab", "abab", "new\nline", "tab\there", "😀", "k=v,k2=v2"],
];
const patterns = [
  ..."^a a$ (?i)^a$ (?i)é (?i)ss (?i)k \\d ^\\d+$ \\w$ ^\\W \\s \\bb ^.$ ^..$ [[:alpha:]]$".split(
    " ",
  ),
  ..."[[:^alnum:]] [a-z&&[^b]]$ [\\w--\\d]$ \\p{Lu} \\p{Greek} \\p{Han}+ \\pN (?P<x>ab)(?P=x)".split(
    " ",
  ),
  ..."^photos/(?!2023) (?<=2024/)\\d+ \\.(jpg|png)$ ^[^/]+$ (a|ab)(c|b)$ a{3,} ^(?:a|b)+$ a*?b".split(
    " ",
  ),
  ..."(?s)w.l (?m)^line \\Aa\\z ^\\[ \\x41 \\u{e9} (a)\\1 (?>a+)b a++b (?x)a\\u{20}b".split(" "),
];

describe.skipIf(rust === undefined)("patterns, as the Rust s3sync (where it is installed):", () => {
  test.each(patterns.map((pattern) => [pattern]))(
    "%s",
    async (pattern) => {
      using dir = new TempDir();
      for (const name of names) dir.write(name, "x");
      await using bucket = await TestBucket.create();
      const sent: string[][] = [];
      for (const program of [[rust ?? ""], cliCommand()]) {
        const args = [`--filter-include-regex=${pattern}`, ...side("target")];
        await run(program, [...args, dir.path, bucket.url(`${sent.length}/`)]);
        const prefix = `${sent.length}/`;
        sent.push((await bucket.keys(prefix)).map((key) => key.slice(prefix.length)));
      }
      expect(sent[1]).toEqual(sent[0] ?? []);
    },
    timeoutMs,
  );
});

async function plantObjects(bucket: TestBucket): Promise<void> {
  const described = { ContentType: "text/html", Metadata: { owner: "me", x: "1" } };
  await bucket.put("p/a.html", "<p>", { ...described, CacheControl: "no-store" });
  await bucket.put("p/sub/b.jpg", "jpg", { ContentType: "image/jpeg", Tagging: "stage=live" });
  await bucket.put("p/sub/c", "", { ChecksumAlgorithm: "SHA256" });
  await bucket.put("p/sub/e e+é", "odd", { ChecksumAlgorithm: "CRC32", Tagging: "a=1&stage=x" });
  await bucket.put("p/large", randomBytes("down", five + 1), { ChecksumAlgorithm: "SHA256" });
}

describe.skipIf(rust === undefined)("down, as the Rust s3sync (where it is installed):", () => {
  test.each(down.map((row) => [row.args, row] as const))(
    "%s",
    async (_, row) => {
      await using bucket = await TestBucket.create();
      await plantObjects(bucket);
      const outcomes = [];
      const later = new Date(Date.now() + 60_000);
      for (const program of [[rust ?? ""], cliCommand()]) {
        using dir = new TempDir();
        dir.write("a.html", "old", old);
        dir.write("sub/b.jpg", "jpg", later);
        dir.write("only/here", "x", old);
        const words = row.args === "" ? [] : row.args.split(" ");
        const ended = await run(program, [...words, ...side("source"), bucket.url("p/"), dir.path]);
        outcomes.push(comparable(ended, filesOf(dir.path), row));
      }
      expect(outcomes[1]).toEqual(outcomes[0] ?? {});
    },
    timeoutMs,
  );
});

describe.skipIf(rust === undefined)("across, as the Rust s3sync (where it is installed):", () => {
  test.each(across.map((row) => [row.args, row] as const))(
    "%s",
    async (_, row) => {
      await using source = await TestBucket.create();
      await plantObjects(source);
      const outcomes = [];
      for (const program of [[rust ?? ""], cliCommand()]) {
        await using target = await TestBucket.create();
        await target.put("q/a.html", "<p>");
        await target.put("q/only-here", "x");
        const words = row.args === "" ? [] : row.args.split(" ");
        const places = [source.url("p/"), target.url("q/")];
        const all = [...words, ...side("source"), ...side("target"), ...places];
        const ended = await run(program, all);
        outcomes.push(comparable(ended, await stateOf(target), row));
      }
      expect(outcomes[1]).toEqual(outcomes[0] ?? {});
    },
    timeoutMs,
  );
});
