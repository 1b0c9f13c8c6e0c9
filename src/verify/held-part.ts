/**
 * Whether a part that was brought to a place earlier holds the same bytes as one at hand. Pure.
 *
 * @module
 */
import type { Checksum } from "../core/checksum.ts";
import type { ETag } from "../core/etag.ts";
import { type Digests, hex } from "../hash/digest.ts";

/** What is known of a part's bytes. */
export interface PartProof {
  readonly md5?: Uint8Array | undefined;
  readonly checksum?: Checksum | undefined;
  /** Its MD5, unless the server encrypts: then it says nothing. */
  readonly etag?: ETag | undefined;
}

/**
 * Compares. What can be compared must all be the same, and something must be: an MD5, a checksum of the same
 * algorithm, or an ETag that is the very MD5. Another ETag shows no difference.
 */
export function isSamePart(known: PartProof, at: Pick<Digests, "md5" | "checksum">): boolean {
  const verdicts = [
    known.checksum === undefined || known.checksum.algorithm !== at.checksum?.algorithm
      ? undefined
      : known.checksum.value === at.checksum.value,
    known.md5 === undefined || at.md5 === undefined ? undefined : hex(known.md5) === hex(at.md5),
    at.md5 !== undefined && known.etag === hex(at.md5) ? true : undefined,
  ];
  return verdicts.includes(true) && !verdicts.includes(false);
}
