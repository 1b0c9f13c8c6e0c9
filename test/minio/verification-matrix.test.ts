/**
 * The original's three verification matrices: what is verified in which direction, for objects of one part and of
 * several, by ETag, by ETag where it is no MD5, and by an additional checksum; with and without the options that
 * change that.
 *
 * @module
 */
import { describe, expect } from "bun:test";

import { type ConfigInput, type Summary, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { type Capability, needing } from "../support/capabilities.ts";
import { patient } from "../support/patience.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";

type Way = "up" | "down" | "across";
type Shape = "one part" | "several parts";
type Proof = "ETag" | "ETag that is no MD5" | "ETag and SHA256" | "SHA256 alone";
type Option = "none" | "--auto-chunksize" | "--disable-multipart-verify" | "--disable-etag-verify";

const ways: readonly Way[] = ["up", "down", "across"];
const shapes: readonly Shape[] = ["one part", "several parts"];
const proofs: readonly Proof[] = ["ETag", "ETag that is no MD5", "ETag and SHA256", "SHA256 alone"];
const settings: Readonly<Record<Option, Partial<ConfigInput>>> = {
  none: {},
  "--auto-chunksize": { autoChunksize: true },
  "--disable-multipart-verify": { disableMultipartVerify: true },
  "--disable-etag-verify": { disableEtagVerify: true },
};

const contents: Readonly<Record<Shape, Uint8Array>> = {
  "one part": randomBytes("matrix", 1000),
  "several parts": randomBytes("matrix", 12 * MiB),
};
const five = 5 * MiB;
const parts = { multipartThreshold: five, multipartChunksize: five };
const timeoutMs = patient(60_000);

/** By how much a run verified its one object. */
type Verified = Pick<Summary, "etagVerified" | "checksumVerified" | "notVerified" | "warnings">;

/** What the matrices say. */
function expected(shape: Shape, proof: Proof, option: Option): Verified {
  const isIgnored = option === "--disable-multipart-verify" && shape === "several parts";
  const hasMd5 = proof === "ETag" || proof === "ETag and SHA256";
  const etagVerified = hasMd5 && !isIgnored && option !== "--disable-etag-verify" ? 1 : 0;
  const checksumVerified = proof.includes("SHA256") && !isIgnored ? 1 : 0;
  const isCompared = !isIgnored && option !== "--disable-etag-verify";
  const notVerified = isCompared && etagVerified + checksumVerified === 0 ? 1 : 0;
  return { etagVerified, checksumVerified, notVerified, warnings: 0 };
}

async function verified(way: Way, shape: Shape, proof: Proof, option: Option): Promise<Verified> {
  await using bucket = await TestBucket.create();
  using dir = new TempDir();
  dir.write("a", contents[shape]);
  const summed = proof.includes("SHA256");
  const encrypted = proof === "ETag that is no MD5" || proof === "SHA256 alone";
  const writes: Partial<ConfigInput> = {
    additionalChecksumAlgorithm: summed ? "SHA256" : undefined,
    sse: encrypted ? "aws:kms" : undefined,
  };
  const reads = { enableAdditionalChecksum: summed };
  const first: ConfigInput = {
    source: dir.path,
    target: bucket.url("from/"),
    ...bucket.side("target"),
    ...parts,
    ...writes,
  };
  if (way === "up") return pick(await sync({ ...first, ...settings[option] }));
  await sync(first);
  const from = { source: bucket.url("from/"), ...bucket.side("source"), ...reads };
  if (way === "down") {
    using back = new TempDir();
    return pick(await sync({ ...from, target: back.path, ...settings[option] }));
  }
  const to = { target: bucket.url("to/"), ...bucket.side("target"), ...writes };
  return pick(await sync({ ...from, ...to, ...settings[option] }));
}

function pick({
  etagVerified,
  checksumVerified,
  notVerified,
  warnings,
  errors,
}: Summary): Verified {
  expect(errors).toBe(0);
  return { etagVerified, checksumVerified, notVerified, warnings };
}

/** What the server must do for a proof to be what it is called. */
const neededFor: Readonly<Record<Proof, readonly Capability[]>> = {
  ETag: [],
  "ETag that is no MD5": ["encrypts with KMS"],
  "ETag and SHA256": ["checks checksums"],
  "SHA256 alone": ["checks checksums", "encrypts with KMS"],
};

/** What was read is compared in the parts of the source. */
function neededToRead(way: Way, shape: Shape): readonly Capability[] {
  return way !== "up" && shape === "several parts" ? ["tells parts by their numbers"] : [];
}

// Files have no parts to keep.
const optionsOf = (way: Way): Option[] =>
  (Object.keys(settings) as Option[]).filter(
    (option) => way !== "up" || option !== "--auto-chunksize",
  );

describe.each([...ways])("%s", (way) => {
  for (const [proof, shape] of proofs.flatMap((each) =>
    shapes.map((one) => [each, one] as const),
  )) {
    needing(...neededFor[proof], ...neededToRead(way, shape)).test.each(optionsOf(way))(
      `${shape}, ${proof}, %s`,
      async (option) => {
        expect(await verified(way, shape, proof, option)).toEqual(expected(shape, proof, option));
      },
      timeoutMs,
    );
  }
});
