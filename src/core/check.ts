/**
 * Whether both sides hold the same under a key, and how that is known: what a check finds.
 *
 * @module
 */
import type { Entry } from "./entry.ts";
import type { Key } from "./key.ts";

/**
 * What shows that both sides hold the same bytes: nothing is the same as nothing; an ETag or a checksum that the
 * bytes of one side have, and the other side shows; or the bytes of both, read.
 */
export type Proof = "empty" | "etag" | "checksum" | "bytes";

/** How two objects of the same key stand to each other. */
export type Agreement =
  | { readonly verdict: "same"; readonly by: Proof }
  /** Of one size, and not looked at more closely: it was not in the sample. */
  | { readonly verdict: "alike" }
  | { readonly verdict: "differs"; readonly reason: string }
  /** Of one size, and nothing shows whether they are the same. */
  | { readonly verdict: "unproven"; readonly reason: string };

/** What was found out about a key. */
export type Standing =
  Agreement | { readonly verdict: "only-in-source" } | { readonly verdict: "only-in-target" };

/** What was found out, and about what. */
export type Checked = Standing & {
  readonly key: Key;
  /** `undefined` where that side has no object of this key. */
  readonly source: Entry | undefined;
  readonly target: Entry | undefined;
  /** What was read for it, on both sides together, in bytes. */
  readonly readBytes: number;
};

/** The bytes of so many objects, or of such a share of them, are read and compared. */
export interface SampleSize {
  readonly kind: "objects" | "percent";
  readonly most: number;
}

/** The counters of a check. */
export interface CheckCounts {
  readonly same: Readonly<Record<Proof, number>>;
  readonly alike: number;
  readonly differs: number;
  readonly unproven: number;
  readonly onlyInSource: number;
  readonly onlyInTarget: number;
  /** Bytes of both sides together. */
  readonly readBytes: number;
  /** With the same seed and the same keys, the same objects are read again. */
  readonly sample?: { readonly size: SampleSize; readonly seed: number } | undefined;
}

/** Counts what a check finds. */
export class CheckTally {
  private readonly same = { empty: 0, etag: 0, checksum: 0, bytes: 0 };
  private readonly others = {
    alike: 0,
    differs: 0,
    unproven: 0,
    "only-in-source": 0,
    "only-in-target": 0,
  };
  private readBytes = 0;

  constructor(private readonly sample: CheckCounts["sample"]) {}

  take(checked: Checked): void {
    this.readBytes += checked.readBytes;
    if (checked.verdict === "same") this.same[checked.by] += 1;
    else this.others[checked.verdict] += 1;
  }

  get counts(): CheckCounts {
    const { same, others, readBytes, sample } = this;
    const { alike, differs, unproven } = others;
    return {
      same: { ...same },
      ...{ alike, differs, unproven },
      onlyInSource: others["only-in-source"],
      onlyInTarget: others["only-in-target"],
      readBytes,
      sample,
    };
  }
}
