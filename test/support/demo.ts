/**
 * The main job on real files, for people to watch: a directory goes up, stays as it is, comes down elsewhere,
 * and is the same. Run by `npm run demo` against a MinIO of its own.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
} from "@aws-sdk/client-s3";

import { bytes } from "../../src/report/numbers.ts";
import { printable } from "../../src/report/printable.ts";
import { sdkClient } from "./bucket.ts";
import { cliCommand, serverEnv } from "./cli.ts";
import { httpServer } from "./servers.ts";
import { TempDir } from "./temp-dir.ts";
import { MiB, randomBytes } from "./trees.ts";

const files: Readonly<Record<string, Uint8Array | string>> = {
  "2026/lake.jpg": randomBytes("lake", 300_000),
  "2026/summer at the lake.jpg": randomBytes("summer", 180_000),
  "2026/100% sun + sea.jpg": randomBytes("sun", 95_000),
  "2026/🎄/Österreich.jpg": randomBytes("winter", 120_000),
  "film.mov": randomBytes("film", 20 * MiB),
  "a & b <c> 'd' \"e\".html": "<h1>Names are taken as they are</h1>\n",
  "two\nlines.txt": "Even this is a file name.\n",
  "empty.txt": "",
};

const colours = process.stdout.isTTY === true && (process.env["NO_COLOR"] ?? "") === "";
const server = httpServer();
const client = sdkClient(server);
/** A server of somebody else may have a bucket `demo`. */
const bucket =
  process.env["S3_TEST_ENDPOINT"] === undefined
    ? "demo"
    : `s3sync-demo-${crypto.randomUUID().slice(0, 8)}`;

using dir = new TempDir();
let failures = 0;

function paint(code: number, text: string): string {
  return colours ? `\u001b[${code}m${text}\u001b[0m` : text;
}

function say(text = ""): void {
  fs.writeSync(1, `${text}\n`);
}

function heading(text: string): void {
  say(`\n${paint(1, text)}`);
}

function check(holds: boolean, claim: string): void {
  if (!holds) failures += 1;
  say(holds ? paint(32, `✓ ${claim}`) : paint(31, `✗ not true: ${claim}`));
}

/** Runs s3sync where the files are, with nothing of the user's own settings. */
async function s3sync(...args: readonly string[]): Promise<void> {
  say(paint(36, `$ s3sync ${args.join(" ")}`));
  const kept = ["PATH", "HOME", "TERM", "NO_COLOR", "CI", "COLUMNS", "TMPDIR", "SystemRoot"];
  const own = kept.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const child = Bun.spawn([...cliCommand(), ...args], {
    cwd: dir.path,
    env: { ...Object.fromEntries(own), ...serverEnv(server) },
    stdin: "ignore",
    stdout: "inherit",
    // One stream, so that the summaries stand where they belong.
    stderr: 1,
  });
  const exitCode = await child.exited;
  check(exitCode === 0, `exit code ${exitCode}`);
}

/** Draws a directory. */
function draw(directory: string, indent = "  "): void {
  const entries = fs
    .readdirSync(directory, { withFileTypes: true })
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  for (const [index, entry] of entries.entries()) {
    const isLast = index === entries.length - 1;
    const file = path.join(directory, entry.name);
    const branch = `${indent}${isLast ? "└── " : "├── "}${printable(entry.name)}`;
    if (entry.isDirectory()) {
      say(`${branch}/`);
      draw(file, `${indent}${isLast ? "    " : "│   "}`);
    } else {
      say(`${branch}  ${paint(2, bytes(fs.statSync(file).size))}`);
    }
  }
}

interface Stored {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly changedAt: number;
}

/** What the bucket holds, asked through the AWS SDK. */
async function stored(): Promise<Stored[]> {
  const command = new ListObjectsV2Command({ Bucket: bucket, EncodingType: "url" });
  const { Contents = [] } = await client.send(command);
  return Contents.map(({ Key = "", Size = 0, ETag = "", LastModified }) => ({
    key: decodeURIComponent(Key.replaceAll("+", " ")),
    size: Size,
    etag: ETag.replaceAll('"', ""),
    changedAt: LastModified?.getTime() ?? 0,
  }));
}

function isSame(downloaded: string): boolean {
  const names = Object.keys(files).toSorted();
  const found = dir.files(downloaded).toSorted();
  return (
    Bun.deepEquals(found, names) &&
    names.every(
      (name) => Buffer.compare(dir.read(`${downloaded}/${name}`), dir.read(`photos/${name}`)) === 0,
    )
  );
}

for (const [name, content] of Object.entries(files)) dir.write(`photos/${name}`, content);
await client.send(new CreateBucketCommand({ Bucket: bucket }));
try {
  heading("A directory with small, empty, large and oddly named files");
  say("photos/");
  draw(dir.at("photos"));

  heading("Up");
  await s3sync("photos", `s3://${bucket}/photos/`);
  const before = await stored();
  say(`\ns3://${bucket}/ as the AWS SDK sees it`);
  for (const { key, size, etag } of before) {
    say(`  ${paint(2, etag.padEnd(34))} ${bytes(size).padStart(10)}  ${printable(key)}`);
  }
  check(before.length === Object.keys(files).length, "every file is an object");

  heading("Up again: nothing to do");
  await s3sync("photos", `s3://${bucket}/photos/`);
  check(Bun.deepEquals(await stored(), before), "no object was written anew");

  heading("Down, to another place");
  await s3sync(`s3://${bucket}/photos/`, "restored");
  say("\nrestored/");
  draw(dir.at("restored"));
  say();
  check(isSame("restored"), "restored is photos, byte for byte");
} finally {
  const Objects = (await stored()).map(({ key }) => ({ Key: key }));
  await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
  await client.send(new DeleteBucketCommand({ Bucket: bucket }));
  client.destroy();
}
process.exitCode = failures === 0 ? 0 : 1;
