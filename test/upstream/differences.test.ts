/**
 * Every deliberate difference from the Rust s3sync 1.62.4: what it does, what we do, and the test that shows it.
 * Whoever finds another difference has found a bug, or a line that is missing here.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { parseArguments } from "../../src/cli/arguments.ts";
import { readOptions } from "../../src/cli/layers.ts";
import { resolveConfig, SyncError } from "../../src/index.ts";

interface Difference {
  readonly upstream: string;
  readonly ours: string;
  /** A test file, and a part of the test's name or of its code. */
  readonly shownBy: readonly [file: string, text: string];
}

const differences: readonly Difference[] = [
  // What is said.
  {
    upstream: "a filter's record tells its setting (include_regex, config_size …)",
    ours: "it names the option, as its reason",
    shownBy: ["upstream/records.test.ts", "What the original adds about a filter"],
  },
  {
    upstream: '"ETags are same" and "are the same", in a dry run sizes as texts',
    ours: "as the README has it, and always numbers",
    shownBy: ["upstream/records.test.ts", "the program has it in several ways"],
  },
  {
    upstream: "--aws-sdk-tracing and RUST_LOG show the insides of the AWS SDK",
    ours: "one record for each request, from the target `requests`",
    shownBy: ["e2e/tracing.test.ts", "is a record for each request"],
  },
  {
    upstream: "an empty RUST_LOG shows errors only",
    ours: "it is as good as none, as every empty variable",
    shownBy: ["e2e/tracing.test.ts", "an empty RUST_LOG is none"],
  },

  {
    upstream: "a status report leaves out what only the target has",
    ours: "NOT_FOUND_IN_SOURCE, and not_found_in_source in the summary",
    shownBy: ["minio/status-report.test.ts", "extra: NOT_FOUND_IN_SOURCE"],
  },
  {
    upstream: "a status report with --check-size says nothing of objects, and ends with 0",
    ours: "records of the type SIZE, size_matches and size_mismatch, and exit code 3",
    shownBy: ["minio/status-report.test.ts", "by sizes"],
  },

  // What is sent.
  {
    upstream: "an object is sent if it is newer in the source; its size does not matter",
    ours: "also if its size differs",
    shownBy: ["minio/update-check.test.ts", "an older file of another size is sent"],
  },
  {
    upstream: "what --check-etag and --check-additional-checksum cannot compare is never sent",
    ours: "it is sent, with a warning",
    shownBy: ["minio/checks.test.ts", "what has no such checksum is sent, with a warning"],
  },
  {
    upstream: "an exact key as SOURCE sends nothing",
    ours: "it sends that object",
    shownBy: ["minio/prefixes.test.ts", "comes down alone, under its last name"],
  },
  {
    upstream: "the prefix is decoded, resolved and cut at ? and #",
    ours: "it is taken literally",
    shownBy: ["config/place.test.ts", "takes the prefix of any text literally"],
  },
  {
    upstream: "a:b is refused as a path, and ARNs of other partitions than aws as buckets",
    ours: "both are taken",
    shownBy: ["upstream/differences.test.ts", "places that upstream refuses"],
  },
  {
    upstream: "one include and one exclude regex",
    ours: "any number; and globs, ignore files and lists, which protect from --delete as the exclude regex does",
    shownBy: ["minio/filters.test.ts", "what globs exclude is neither sent nor deleted"],
  },
  {
    upstream: "a costly regex may run into the engine's limit and counts as an error of the run",
    ours: "linear where it can be; where only trying helps, an error that names pattern and key",
    shownBy: ["regex/regex.test.ts", "ends with an error, never with an answer"],
  },
  {
    upstream:
      "\\G, \\K, \\R, \\Z, byte mode and patterns such as a{2 or [[:foo:]] are understood somehow",
    ours: "they are refused with exit code 2",
    shownBy: ["regex/regex.test.ts", "Rust takes them, and we refuse them"],
  },
  // What is proven.
  {
    upstream: "a file that grows during its upload is stored truncated and reported as verified",
    ours: "it is done over, then warned about, and never stored",
    shownBy: ["fault/source-changes.test.ts", "if it never stops growing"],
  },
  {
    upstream: "a large object of one part that is moved in several is a mismatch, and a warning",
    ours: "all its bytes are hashed in order as well, so it is verified",
    shownBy: ["upstream/differential.test.ts", "verifiesMore"],
  },
  {
    upstream: "checksums of a download are compared only if the listing mentions them",
    ours: "whenever the object has them",
    shownBy: ["upstream/differential.test.ts", "readsChecksums"],
  },
  {
    upstream: "a source without the checksum that is asked for is a warning",
    ours: "no warning: its ETag proves the same; with neither, it counts as not verified",
    shownBy: ["upstream/differential.test.ts", "a source that has no such checksum is no warning"],
  },
  {
    upstream: "parts that the server does not tell are an error with --auto-chunksize",
    ours: "one warning, and what can be verified is",
    shownBy: ["minio/foreign-objects.test.ts", "one warning says why they are not verified"],
  },
  {
    upstream: "objects that cannot be verified are not mentioned",
    ours: "they are counted in the summary",
    shownBy: ["minio/encryption.test.ts", "its ETags prove nothing, which is told and no warning"],
  },
  // What is deleted.
  {
    upstream: "--delete with a prefix without a slash deletes good files on the second run",
    ours: "never",
    shownBy: [
      "minio/prefixes.test.ts",
      "deletes only what is not in the source, however often it runs",
    ],
  },
  {
    upstream: "files are written through links out of the target",
    ours: "never",
    shownBy: ["store/local/guarded-trees.test.ts", "links out of the tree that were there before"],
  },
  {
    upstream: "--delete follows links out of the target",
    ours: "never",
    shownBy: ["minio/delete.test.ts", "nothing is deleted through a link"],
  },
  {
    upstream: "--max-delete N deletes N-1 objects and then stops",
    ours: "up to N, or none at all; also a percentage",
    shownBy: ["sync/deletes.test.ts", "that is exceeded is told with both numbers"],
  },
  {
    upstream: "--delete with a source without objects empties the target",
    ours: "a warning, and nothing is deleted, unless --allow-empty-source",
    shownBy: ["minio/delete-guards.test.ts", "a source without objects empties no target"],
  },
  {
    upstream: "a warning does not keep deletions from happening, whatever it is about",
    ours: "after an incomplete listing or a transfer that failed, nothing is deleted",
    shownBy: ["sync/deletes.test.ts", "when a part of the source's listing is missing"],
  },
  {
    upstream: "one DeleteObject for each key",
    ours: "one DeleteObjects for a thousand; one for each with --if-match",
    shownBy: ["minio/requests.test.ts", "for deleting are one for each thousand"],
  },
  {
    upstream: "a file that changed after it was listed is overwritten; an object is deleted",
    ours: "the file stays, with a warning; so does the object where the server compares ETags",
    shownBy: ["minio/meanwhile.test.ts", "stays if somebody wrote to it after it was listed"],
  },
  {
    upstream: "--if-match does not protect a key that did not exist when it was listed",
    ours: "it does, by If-None-Match",
    shownBy: ["minio/checks.test.ts", "also where there was nothing before"],
  },
  // What happens when something goes wrong.
  {
    upstream: "an odd name, a FIFO or a clash of key and path ends or hangs the run",
    ours: "it is a warning, and the others go on",
    shownBy: ["sync/files.test.ts", "warns about keys that are no safe paths"],
  },
  {
    upstream: "multipart calls and ranged reads are not retried",
    ours: "every call is that may be repeated",
    shownBy: ["fault/matrix.test.ts", "$route of a $size object"],
  },
  {
    upstream: "a retry that succeeds turns exit code 0 into 3",
    ours: "success is success",
    shownBy: ["fault/matrix.test.ts", "warnings: 0"],
  },
  {
    upstream: "an object fails after 10,000 parts",
    ours: "parts grow by themselves",
    shownBy: ["transfer/part-plan.test.ts", "at most 10,000 parts of legal sizes"],
  },
  // What is written.
  {
    upstream: "downloaded files have the mode 0600",
    ours: "that of the umask",
    shownBy: ["minio/metadata.test.ts", "the modes that the umask leaves"],
  },
  {
    upstream: "without --no-guess-mime-type's guess, application/octet-stream is sent",
    ours: "nothing is, the server decides",
    shownBy: ["minio/metadata.test.ts", "does not guess with --no-guess-mime-type"],
  },
  {
    upstream: "--metadata drops what --put-last-modified-metadata notes",
    ours: "both are written",
    shownBy: ["minio/headers.test.ts", "notes the source's time, also beside metadata"],
  },
  {
    upstream: "only storage classes that the SDK knows are accepted",
    ours: "any word: services have their own",
    shownBy: ["cli/options.test.ts", "STANDARD_IA"],
  },
  // Options.
  {
    upstream: "DRY_RUN=1 is refused, and DELETE=false counts as given",
    ours: "1, yes, on and their opposites are understood, and false means not given",
    shownBy: ["e2e/output.test.ts", "DELETE=false conflicts with nothing"],
  },
  {
    upstream: "only the first violated rule is told",
    ours: "all of them",
    shownBy: ["config/config.test.ts", "is refused with every problem at once"],
  },
  {
    upstream: "names of algorithms are case-sensitive",
    ours: "they are not",
    shownBy: ["upstream/differences.test.ts", "crc32"],
  },
  {
    upstream:
      "--auto-chunksize conflicts with the default of --multipart-threshold if that is spelled out",
    ours: "only with another value",
    shownBy: ["upstream/differences.test.ts", "multipart-threshold=8MiB"],
  },
  {
    upstream: "without --auto-chunksize the parts of the source are not looked at",
    ours: "they are kept where they can be, so that both sides have the same ETag",
    shownBy: ["minio/verification-matrix.test.ts", "several parts"],
  },
  {
    upstream: "--worker-size is 16",
    ours: "as many as pay off, from 16 on",
    shownBy: ["transfer/adaptive-limit.test.ts", "grows to its most"],
  },
  {
    upstream: "--enable-versioning with --metadata copies everything again each time",
    ours: "the notes of the origin are kept beside it, so nothing is",
    shownBy: ["minio/versions.test.ts", "with other metadata"],
  },
  {
    upstream: "--enable-versioning leaves out what was deleted and written again",
    ours: "the same; --sync-delete-markers deletes there, too",
    shownBy: ["minio/versions.test.ts", "with all markers, if these are to be kept"],
  },
  {
    upstream: "--point-in-time sends everything again",
    ours: "what has another size or ETag; everything with --remove-modified-filter",
    shownBy: ["minio/point-in-time.test.ts", "once more sends nothing, into a bucket"],
  },
  {
    upstream: "--point-in-time cannot be combined with --delete",
    ours: "it can",
    shownBy: ["minio/point-in-time.test.ts", "exactly, with --delete, whatever was there"],
  },
  {
    upstream: "object rates from 10 on, rounded down to tens, with bursts of a second",
    ours: "from 1 on, exact, at an even pace",
    shownBy: ["core/pace.test.ts", "lets no more pass in any second than it says"],
  },
  // What is said.
  {
    upstream: "the summary line is shown on terminals only",
    ours: "always, on stderr",
    shownBy: ["e2e/output.test.ts", "by itself says one summary line on stderr"],
  },
];

test.each(differences.map((each) => [each.ours, each] as const))("%s", (_, { shownBy }) => {
  const [file, text] = shownBy;
  const code = fs.readFileSync(path.join(import.meta.dir, "..", file), "utf8");
  expect(code).toContain(text);
});

/** What is wrong with a command line. */
function problemsOf(...argv: readonly string[]): string[] {
  const { positionals, ...typed } = parseArguments(argv);
  const [source = "", target = ""] = positionals;
  const { values, problems } = readOptions({ positionals, ...typed }, {});
  try {
    resolveConfig({ ...values, source, target });
    return [...problems];
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return [...problems, ...error.message.split("\n")];
  }
}

describe("is allowed here, and not upstream:", () => {
  test.each([
    ["places that upstream refuses", ["a:b", "s3://b/"]],
    ["an ARN of China", ["x", "s3://arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/a/p"]],
    ["an algorithm in lower case", ["--additional-checksum-algorithm", "crc32", "x", "s3://b/"]],
    [
      "a default that is spelled out",
      ["--auto-chunksize", "--multipart-threshold=8MiB", "s3://b/", "x"],
    ],
  ])("%s", (_, argv) => {
    expect(problemsOf(...argv)).toEqual([]);
  });
});
