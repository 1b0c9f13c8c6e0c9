/**
 * From what somebody wants to a configuration that makes sense.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { resolveConfig } from "../../src/config/config.ts";
import { camelCase, optionNames, options } from "../../src/config/options.ts";
import { Secret } from "../../src/config/secret.ts";
import type { Config, ConfigInput } from "../../src/config/shape.ts";
import { GiB, MiB } from "../../src/core/bytes.ts";
import { problemsOf } from "./problems.ts";

type Given = Partial<ConfigInput>;

const up: ConfigInput = { source: "./a", target: "s3://b/" };
const down: ConfigInput = { source: "s3://b/", target: "./a" };
const across: ConfigInput = { source: "s3://a/", target: "s3://b/" };
const key = new Secret("key");

describe("defaults", () => {
  test("are those of the original, where it has them", () => {
    expect(resolveConfig(up)).toMatchObject({
      workerSize: undefined,
      maxParallelUploads: 16,
      multipartThreshold: 8 * MiB,
      multipartChunksize: undefined,
      maxMemory: 256 * MiB,
      awsMaxAttempts: 10,
      initialBackoffMilliseconds: 100,
      forceRetryCount: 5,
      forceRetryIntervalMilliseconds: 1000,
      connectTimeoutMilliseconds: 3100,
      maxKeys: 1000,
    } satisfies Partial<Config>);
  });

  test("switch nothing on", () => {
    const config = resolveConfig(up);
    for (const name of optionNames) {
      if (options[name].kind.flag) expect(config[camelCase(name)] ?? false).toBe(false);
    }
  });

  test("are taken for every option that is not given, and for `undefined`", () => {
    const config = resolveConfig({ ...up, workerSize: undefined });
    for (const name of optionNames) {
      expect(config[camelCase(name)]).toBe(options[name].fallback);
    }
  });

  test("are themselves allowed values", () => {
    for (const name of optionNames) {
      const { fallback, kind } = options[name];
      if (fallback === undefined) continue;
      const check = kind.check.bind(kind) as (value: unknown) => string | undefined;
      expect(check(fallback)).toBeUndefined();
    }
  });
});

describe("a configuration", () => {
  test("has the given values and both places, and cannot be changed", () => {
    const config = resolveConfig({ ...up, workerSize: 3, dryRun: true });
    expect(config).toMatchObject({
      workerSize: 3,
      dryRun: true,
      source: { kind: "local", path: "./a" },
      target: { kind: "s3", bucket: "b", prefix: "" },
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  test("never shows a secret", () => {
    const config = resolveConfig({ ...up, targetAccessKey: key, targetSecretAccessKey: key });
    expect(JSON.stringify(config) + Bun.inspect(config)).not.toContain('key"');
    expect(JSON.stringify(config)).toContain('"targetAccessKey":"***"');
  });

  test("is refused with every problem at once", () => {
    const problems = problemsOf({ ...down, workerSize: 0, maxKeys: 32_768, ignoreSymlinks: true });
    expect(problems).toEqual([
      "--worker-size: a whole number from 1 to 65535 is allowed",
      "--max-keys: a whole number from 1 to 32767 is allowed",
      "--ignore-symlinks needs a local SOURCE",
    ]);
  });
});

describe("a value is refused", () => {
  const rows: readonly (readonly [Given, string])[] = [
    [
      { multipartThreshold: 5 * MiB - 1 },
      "--multipart-threshold: a size from 5MiB to 5GiB is allowed",
    ],
    [
      { multipartChunksize: 5 * GiB + 1 },
      "--multipart-chunksize: a size from 5MiB to 5GiB is allowed",
    ],
    [{ maxMemory: 1 }, "--max-memory: a size from 16MiB to 1TiB is allowed"],
    [{ awsMaxAttempts: -1 }, "--aws-max-attempts: a whole number from 0 to 4294967295 is allowed"],
    [{ workerSize: 1.5 }, "--worker-size: a whole number from 1 to 65535 is allowed"],
    [{ tempDir: "" }, "--temp-dir: it must not be empty"],
    [
      { targetEndpointUrl: "host" },
      "--target-endpoint-url: an http or https URL is allowed, such as https://s3.example.com",
    ],
  ];
  test.each(rows)("%j", (given, problem) => {
    expect(problemsOf({ ...up, ...given })).toEqual([problem]);
  });
});

describe("places that do not go together:", () => {
  test("two local ones, with a guess at the bucket that was meant", () => {
    expect(problemsOf({ source: "./a", target: "bucket/p" })).toEqual([
      "both sides are local: ./a and bucket/p; write s3://bucket/p for a bucket",
    ]);
  });

  test.each([
    ["photos", "my-bucket", "s3://my-bucket"],
    ["photos", "b", "s3://BUCKET/PREFIX"],
    ["./photos", "./there", "s3://BUCKET/PREFIX"],
    ["bucket/p", "./here", "s3://bucket/p"],
    ["bucket", "/tmp/here", "s3://bucket"],
  ])("%s and %s: the bucket may be %s", (source, target, url) => {
    expect(problemsOf({ source, target })).toEqual([
      `both sides are local: ${source} and ${target}; write ${url} for a bucket`,
    ]);
  });

  test.each([
    ["photos", "bucket:a/b", 'TARGET "bucket:a/b" is not an S3 URL; write s3://bucket/a/b'],
    ["photos", "bucket:", 'TARGET "bucket:" is not an S3 URL; write s3://bucket/'],
    [
      "photos",
      "arn:aws:s3:us-west-2:1:accesspoint/a/p",
      'TARGET "arn:aws:s3:us-west-2:1:accesspoint/a/p" is not an S3 URL; write s3://arn:aws:s3:us-west-2:1:accesspoint/a/p',
    ],
    ["bucket:/a", "there", 'SOURCE "bucket:/a" is not an S3 URL; write s3://bucket/a'],
    [
      "C:\\photos",
      "D:/there",
      "both sides are local: C:\\photos and D:/there; write s3://BUCKET/PREFIX",
    ],
    ["./a:b", "x", "both sides are local: ./a:b and x; write s3://BUCKET/PREFIX"],
  ])("%s and %s: %s", (source, target, problem) => {
    expect(problemsOf({ source, target })).toEqual([`${problem} for a bucket`]);
  });

  test.each([
    ["s3://b/", "s3://b/"],
    ["s3://b/p/", "s3://b/p/"],
    ["s3://b", "s3://b"],
  ])("the same place twice: %s", (source, target) => {
    expect(problemsOf({ source, target })).toEqual(["SOURCE and TARGET are the same"]);
  });

  test("an empty one", () => {
    expect(problemsOf({ source: "", target: "s3://b/" })).toEqual(["SOURCE is empty"]);
  });

  const inside = "TARGET lies inside SOURCE: what is written would be copied again, without end";
  test.each([
    ["s3://b/", "s3://b/p/"],
    ["s3://b/p", "s3://b/p/q"],
    ["s3://b/p", "s3://b/pq"],
  ])("a target inside the source: %s to %s", (source, target) => {
    expect(problemsOf({ source, target })).toEqual([inside]);
  });

  test.each([
    ["s3://b/p/", "s3://b/q/"],
    ["s3://b/p/", "s3://b/p"],
    ["s3://b/p/", "s3://b/"],
    ["s3://b/", "s3://c/"],
  ])("but not %s to %s", (source, target) => {
    expect(problemsOf({ source, target })).toEqual([]);
  });

  test("the same bucket name at another service is another bucket", () => {
    const elsewhere = { targetEndpointUrl: "http://127.0.0.1:9000" };
    expect(problemsOf({ source: "s3://b/", target: "s3://b/p/", ...elsewhere })).toEqual([]);
  });

  test("the same endpoint, written with a slash at the end, is the same service", () => {
    expect(
      problemsOf({
        source: "s3://b/",
        target: "s3://b/p/",
        sourceEndpointUrl: "http://127.0.0.1:9000",
        targetEndpointUrl: "http://127.0.0.1:9000/",
      }),
    ).toEqual([inside]);
  });

  test("a source inside the target, with --delete", () => {
    expect(problemsOf({ source: "s3://b/p/", target: "s3://b/", delete: true })).toEqual([
      "SOURCE lies inside TARGET: --delete would delete it",
    ]);
  });
});

describe("options that do not go together:", () => {
  const rows: readonly (readonly [string, ConfigInput, Given, readonly string[]])[] = [
    [
      "an access key without its secret",
      up,
      { targetAccessKey: key },
      ["--target-access-key and --target-secret-access-key need each other"],
    ],
    [
      "a secret without its access key",
      down,
      { sourceSecretAccessKey: key },
      ["--source-access-key and --source-secret-access-key need each other"],
    ],
    [
      "a session token alone",
      up,
      { targetSessionToken: key },
      ["--target-session-token needs --target-access-key"],
    ],
    [
      "a profile and keys",
      up,
      { targetProfile: "p", targetAccessKey: key, targetSecretAccessKey: key },
      [
        "--target-profile cannot be combined with --target-access-key",
        "--target-profile cannot be combined with --target-secret-access-key",
      ],
    ],
    [
      "no signature, and a profile",
      down,
      { sourceNoSignRequest: true, sourceProfile: "p" },
      ["--source-no-sign-request cannot be combined with --source-profile"],
    ],
    [
      "no signature, and paying",
      down,
      { sourceNoSignRequest: true, sourceRequestPayer: true },
      ["--source-no-sign-request cannot be combined with --source-request-payer"],
    ],
    [
      "an option of S3 for a local source",
      up,
      { sourceProfile: "p" },
      ["--source-profile makes no sense: SOURCE is local"],
    ],
    [
      "an option of S3 for a local target",
      down,
      { targetRequestPayer: true },
      ["--target-request-payer makes no sense: TARGET is local"],
    ],
    [
      "acceleration, which only AWS has, and another endpoint",
      up,
      { targetAccelerate: true, targetEndpointUrl: "http://127.0.0.1:9000" },
      ["--target-accelerate cannot be combined with --target-endpoint-url"],
    ],
    [
      "a server-side copy of files",
      up,
      { serverSideCopy: true },
      ["--server-side-copy needs S3 on both sides"],
    ],
    [
      "symbolic links in a bucket",
      across,
      { ignoreSymlinks: true },
      ["--ignore-symlinks needs a local SOURCE"],
    ],
    [
      "file names in a bucket",
      down,
      { noGuessMimeType: true },
      ["--no-guess-mime-type needs a local SOURCE"],
    ],
    [
      "upload headers for a download",
      down,
      { disablePayloadSigning: true, disableContentMd5Header: true },
      [
        "--disable-payload-signing needs an S3 TARGET",
        "--disable-content-md5-header needs an S3 TARGET",
      ],
    ],
    [
      "a range that holds no key",
      across,
      { keyStart: "b", keyEnd: "a" },
      ["no key lies after --key-start and not after --key-end"],
    ],
    [
      "several update checks",
      across,
      { checkSize: true, checkEtag: true, update: true },
      [
        "--check-size cannot be combined with --check-etag",
        "--check-size cannot be combined with --update",
      ],
    ],
    [
      "a check of what is sent in any case",
      across,
      { checkSize: true, removeModifiedFilter: true },
      ["--check-size with --remove-modified-filter needs --head-each-target"],
    ],
    [
      "only what exists and only what does not",
      across,
      { existing: true, ignoreExisting: true },
      ["--existing cannot be combined with --ignore-existing"],
    ],
    [
      "a limit of deletions without deletions",
      up,
      { maxDelete: { kind: "objects", most: 1 } },
      ["--max-delete needs --delete"],
    ],
    [
      "links of a bucket",
      up,
      { followTargetLinks: true },
      ["--follow-target-links needs a local TARGET"],
    ],
    [
      "links that are followed, and deletions",
      down,
      { followTargetLinks: true, delete: true },
      ["--follow-target-links cannot be combined with --delete"],
    ],
    [
      "names of files between buckets",
      across,
      { encodeNames: true },
      ["--encode-names needs a local side"],
    ],
    ["a disk to wait for in a bucket", up, { fsync: true }, ["--fsync needs a local TARGET"]],
    [
      "checksums of files",
      up,
      { enableAdditionalChecksum: true },
      ["--enable-additional-checksum needs an S3 SOURCE"],
    ],
    [
      "checksums and tags with files",
      down,
      { additionalChecksumAlgorithm: "SHA256", tagging: "a=1" },
      ["--additional-checksum-algorithm needs an S3 TARGET", "--tagging needs an S3 TARGET"],
    ],
    [
      "a checksum of all bytes that cannot be made of parts",
      up,
      { additionalChecksumAlgorithm: "SHA1", fullObjectChecksum: true },
      ["--full-object-checksum cannot be combined with SHA1"],
    ],
    [
      "no comparison of a checksum that is not there",
      up,
      { disableAdditionalChecksumVerify: true },
      ["--disable-additional-checksum-verify needs --additional-checksum-algorithm"],
    ],
    [
      "tags and no tags",
      across,
      { tagging: "a=1", disableTagging: true },
      ["--tagging cannot be combined with --disable-tagging"],
    ],
  ];
  test.each(rows)("%s", (_, input, given, problems) => {
    expect(problemsOf({ ...input, ...given })).toEqual([...problems]);
  });

  test.each([
    [
      "both keys and a token",
      up,
      { targetAccessKey: key, targetSecretAccessKey: key, targetSessionToken: key },
    ],
    ["a profile for each side", across, { sourceProfile: "a", targetProfile: "b" }],
    ["a server-side copy between buckets", across, { serverSideCopy: true }],
    ["an anonymous source", down, { sourceNoSignRequest: true }],
    [
      "a size to be asked for again",
      across,
      { checkSize: true, removeModifiedFilter: true, headEachTarget: true },
    ],
    ["links and types of local files", up, { ignoreSymlinks: true, noGuessMimeType: true }],
  ] as const)("but not %s", (_, input, given) => {
    expect(problemsOf({ ...input, ...given })).toEqual([]);
  });
});
