/**
 * Each option of the original by itself, in each direction: what the Rust s3sync refuses, ours refuses, and what it
 * takes, ours takes. Nothing is run: where an endpoint is needed there is none.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { parseArguments } from "../../src/cli/arguments.ts";
import { readOptions } from "../../src/cli/layers.ts";
import { type OptionName, options, resolveConfig, SyncError } from "../../src/index.ts";
import { TempDir } from "../support/temp-dir.ts";
import { upstreamOptions } from "./options.ts";
import { rustBinary } from "./rust-binary.ts";

const rust = rustBinary();
const timeoutMs = 120_000;
const key = Buffer.alloc(32).toString("base64");
const md5 = new Bun.CryptoHasher("md5").update(Buffer.alloc(32)).digest("base64");

/** A value of each kind, by what `--help` calls it. */
const values: Readonly<Record<string, string>> = {
  ...{ ACL: "private", AES256: "AES256", ALGORITHM: "SHA256", CLASS: "STANDARD_IA", ID: "id" },
  ...{ KEY: "any", KIND: "AES256", LIMIT: "10", METADATA: "a=1", MS: "100", N: "20" },
  ...{ NAME: "name", REGEX: "a", REGION: "us-east-1", SIZE: "64MiB", TAGS: "a=1", TOKEN: "t" },
  ...{ TIME: "2023-02-19T12:00:00Z", URL: "http://127.0.0.1:1", VALUE: "x", MD5: md5 },
};

/** What an option cannot be without. */
function company(name: OptionName): readonly string[] {
  const [side, rest = ""] = /^(source|target)-(.*)$/.exec(name)?.slice(1) ?? [];
  const keys = [`--${side}-access-key=any`, `--${side}-secret-access-key=any`];
  const customer = [`--${side}-sse-c=AES256`, `--${side}-sse-c-key=${key}`];
  if (rest.endsWith("access-key") || rest === "session-token") return keys;
  if (rest.startsWith("sse-c")) return [...customer, `--${side}-sse-c-key-md5=${md5}`];
  if (name === "max-delete" || name === "delete-excluded") return ["--delete"];
  if (name === "copy-source-if-match") return ["--server-side-copy"];
  if (name === "sse-kms-key-id") return ["--sse=aws:kms"];
  if (name === "disable-additional-checksum-verify") {
    return ["--additional-checksum-algorithm=SHA256"];
  }
  return /^report-.+-sync-status$/.test(name) ? ["--report-sync-status"] : [];
}

function wordsFor(name: OptionName, script: string): string[] {
  const { kind } = options[name];
  const value = name.endsWith("lua-script") ? script : values[kind.placeholder];
  const own = kind.flag ? `--${name}` : `--${name}=${value}`;
  const others = company(name).filter((word) => !word.startsWith(`--${name}`));
  const isTogether = name.endsWith("sse-c-key");
  return isTogether ? [`--${name}=${key}`, ...others] : [own, ...others];
}

/** What is wrong with it. */
function problemsOf(argv: readonly string[], source: string, target: string): string[] {
  const typed = parseArguments(argv);
  const { values: read, problems } = readOptions(typed, {});
  const found = [...typed.problems, ...problems];
  try {
    resolveConfig({ ...read, source, target });
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    found.push(...error.message.split("\n"));
  }
  return found;
}

/** The same by the original: 2 is its exit code for what makes no sense. */
async function isRefusedUpstream(argv: readonly string[]): Promise<boolean> {
  const patience = ["--aws-max-attempts=1", "--force-retry-count=0"].filter(
    (word) => !argv.some((other) => other.split("=")[0] === word.split("=")[0]),
  );
  const child = Bun.spawn([rust ?? "", ...patience, ...argv], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
    env: {
      ...{ HOME: "/nonexistent", AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" },
      ...{ AWS_REGION: "us-east-1", AWS_ENDPOINT_URL: "http://127.0.0.1:1" },
    },
    // One that keeps trying has been taken.
    timeout: 1500,
  });
  return (await child.exited) === 2;
}

const names = upstreamOptions
  .map(([, name]) => name as OptionName)
  .filter((name) => !/^auto-complete-shell$|^aws-.*-file$/.test(name));

describe.skipIf(rust === undefined)("as the Rust s3sync (where it is installed),", () => {
  test.each(["up", "down", "across"])(
    "each option is taken or refused %s",
    async (way) => {
      using dir = new TempDir();
      const script = dir.write("a.lua", "function filter(o) return true end\n");
      const [source, target] = [
        way === "up" ? dir.path : "s3://bucket-a/",
        way === "down" ? dir.path : "s3://bucket-b/",
      ];
      const differing: string[] = [];
      for (const name of names) {
        const argv = wordsFor(name, script);
        const ours = problemsOf(argv, source, target);
        const theirs = await isRefusedUpstream([...argv, source, target]);
        if (theirs !== ours.length > 0) differing.push(`${argv.join(" ")}: ${ours.join("; ")}`);
      }
      expect(differing).toEqual([]);
    },
    timeoutMs,
  );
});
