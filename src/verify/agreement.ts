/**
 * Verdicts on two objects of the same key, by what their stores show of them.
 *
 * @module
 */
import type { Agreement } from "../core/check.ts";
import type { Entry } from "../core/entry.ts";
import { type ETag, etagForm, parseETag } from "../core/etag.ts";
import type { ObjectInfo } from "../core/object.ts";
import { multipartETag } from "../hash/etag.ts";
import { judgeCopiedChecksum } from "./checksum.ts";
import type { Verdict } from "./verdict.ts";

/**
 * What the listings alone say. Equal ETags are proof: an ETag that is no MD5 is no other object's.
 *
 * @returns `undefined` if they leave it open
 */
export function judgeListed(source: Entry, target: Entry): Agreement | undefined {
  if (source.size !== target.size) {
    const reason = `${source.size} bytes in SOURCE, ${target.size} in TARGET`;
    return { verdict: "differs", reason };
  }
  if (source.size === 0) return { verdict: "same", by: "empty" };
  const { etag } = source;
  if (etag === undefined || etag !== target.etag) return undefined;
  return etagForm(etag).kind === "opaque" ? undefined : { verdict: "same", by: "etag" };
}

/** What stores tell when they are asked for an object. */
export type Head = Pick<ObjectInfo, "etag" | "encryption" | "checksum">;

/** A verdict, or one that holds only if both objects were uploaded in the same parts. */
export type ShownAgreement = Agreement | { readonly verdict: "differs-if-same-parts" };

/** What ETags and checksums say of objects of one size. One that proves something is enough. */
export function judgeShown(source: Head, target: Head): ShownAgreement {
  const etags = compareETags(source, target);
  if (etags.kind === "match") return { verdict: "same", by: "etag" };
  if (etags.kind === "mismatch") return differs("ETags", etags);
  const sums = judgeCopiedChecksum(source.checksum, target.checksum);
  if (sums.kind === "match") return { verdict: "same", by: "checksum" };
  const areOfParts = target.checksum?.value.includes("-") === true;
  if (sums.kind === "mismatch" && !areOfParts) return differs("checksums", sums);
  if (sums.kind === "mismatch" || etags.kind === "of-parts") {
    return { verdict: "differs-if-same-parts" };
  }
  const also = sums.kind === "none" ? "and they have no checksum of one kind" : sums.reason;
  return { verdict: "unproven", reason: `${etags.reason}, ${also}` };
}

function differs(what: string, { expected, actual }: Extract<Verdict, { kind: "mismatch" }>) {
  return { verdict: "differs", reason: `${what} ${expected} and ${actual}` } as const;
}

type ETagVerdict =
  | Exclude<Verdict, { kind: "none" }>
  /** Other parts would make other ETags. */
  | { readonly kind: "of-parts" };

function compareETags(source: Head, target: Head): ETagVerdict {
  const [a, b] = [source.etag, target.etag].map(lowerCase);
  if (a === undefined || b === undefined) return unknown("not both have an ETag");
  const [from, to] = [etagForm(a), etagForm(b)];
  if (from.kind === "opaque" || to.kind === "opaque") return unknown("an ETag has no known form");
  if (a === b) return { kind: "match" };
  const encrypted = [source, target].find((side) => (side.encryption ?? "AES256") !== "AES256");
  if (encrypted !== undefined) {
    return unknown(`encrypted with ${encrypted.encryption}, the ETag is no MD5`);
  }
  if (from.kind === "md5" && to.kind === "md5") {
    return { kind: "mismatch", expected: a, actual: b };
  }
  const [plainA, plainB] = [asOnePart(a), asOnePart(b)];
  if (plainA === plainB) return { kind: "match" };
  const [m, n] = [a, b].map((etag) => partsOf(etag));
  if (m !== n) return unknown(`uploaded in other parts: ETags ${a} and ${b}`);
  return m === 1 ? { kind: "mismatch", expected: a, actual: b } : { kind: "of-parts" };
}

function lowerCase(etag: ETag | undefined): ETag | undefined {
  return etag === undefined ? undefined : parseETag(etag.toLowerCase());
}

/** The ETag that an object would have if its bytes had been uploaded as the single part of an upload in parts. */
function asOnePart(etag: ETag): ETag {
  return etagForm(etag).kind === "md5" ? multipartETag([Buffer.from(etag, "hex")]) : etag;
}

function partsOf(etag: ETag): number {
  const form = etagForm(etag);
  return form.kind === "multipart" ? form.parts : 1;
}

function unknown(reason: string): ETagVerdict {
  return { kind: "unknown", reason };
}
