/**
 * What comes out of comparing what a store shows with the bytes that passed.
 *
 * @module
 */

/** What came out of a comparison. */
export type Verdict =
  /** The store shows nothing that could be compared. */
  | { readonly kind: "none" }
  | { readonly kind: "match" }
  | { readonly kind: "mismatch"; readonly expected: string; readonly actual: string }
  /** What it shows cannot be made from these digests. */
  | { readonly kind: "unknown"; readonly reason: string };
