/**
 * Verdicts on additional checksums.
 *
 * @module
 */
import { type Checksum, checksumForm } from "../core/checksum.ts";
import { compositeChecksum, type PartChecksum } from "../hash/checksum.ts";
import type { Verdict } from "./verdict.ts";

/** The checksums of the bytes that passed. */
export interface PassedChecksums {
  /** Of all bytes, where it was computed. */
  readonly whole: Checksum | undefined;
  /** Of the parts in order, where they are those of the object that is judged. */
  readonly parts: readonly PartChecksum[] | undefined;
}

/**
 * Compares the checksum that a store shows with the bytes that passed.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export function judgeChecksum(shown: Checksum | undefined, passed: PassedChecksums): Verdict {
  if (shown === undefined) return { kind: "none" };
  const form = checksumForm(shown);
  switch (form.kind) {
    case "opaque":
      return { kind: "unknown", reason: "the checksum has no known form" };
    case "full":
      if (passed.whole?.algorithm !== shown.algorithm) {
        return { kind: "unknown", reason: "the object was moved in parts, its checksum is not" };
      }
      return compare(shown, passed.whole);
    case "composite":
      if (passed.parts?.length !== form.parts) {
        return { kind: "unknown", reason: "the checksum is made of parts whose sizes are unknown" };
      }
      return compare(shown, compositeChecksum(shown.algorithm, passed.parts));
  }
}

/** Compares what the server shows of an object and of its own copy of it: the same kind of checksum says the same. */
export function judgeCopiedChecksum(from: Checksum | undefined, to: Checksum | undefined): Verdict {
  if (from === undefined || to === undefined) return { kind: "none" };
  const [a, b] = [checksumForm(from), checksumForm(to)];
  const sameParts = a.kind !== "composite" || (b.kind === "composite" && a.parts === b.parts);
  if (from.algorithm !== to.algorithm || a.kind !== b.kind || !sameParts) {
    return { kind: "unknown", reason: "the copy has another kind of checksum than the source" };
  }
  return compare(to, from);
}

function compare({ value: actual }: Checksum, { value: expected }: Checksum): Verdict {
  return actual === expected ? { kind: "match" } : { kind: "mismatch", expected, actual };
}
