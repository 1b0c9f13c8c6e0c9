/**
 * Which objects are sent although the target has them. Pure.
 *
 * @module
 */
import type { ChecksumAlgorithm } from "../core/checksum.ts";
import type { Entry } from "../core/entry.ts";
import type { Evidence } from "../core/events.ts";
import type { FileRules } from "../core/file-attributes.ts";

/** How an object is judged that both sides have. */
export type UpdateRule =
  /** Another size, or the source is newer: the default. */
  | ({ readonly kind: "size-or-newer" } & Doubt)
  /** The source is newer; sizes do not matter. */
  | ({ readonly kind: "newer" } & Doubt)
  /** Another size, whatever the times. */
  | { readonly kind: "size" }
  /** Another ETag. */
  | ({
      readonly kind: "etag";
      /** Only where the source is newer. */
      readonly ifNewer: boolean;
    } & Doubt)
  /** Another additional checksum. */
  | ({
      readonly kind: "checksum";
      readonly algorithm: ChecksumAlgorithm;
      /** Only where the source is newer. */
      readonly ifNewer: boolean;
    } & Doubt)
  /** Another size, or another time as it was kept; what else was kept is brought in step without the bytes. */
  | {
      readonly kind: "kept";
      /** Only where the source is newer by that time. Sizes do not matter then. */
      readonly ifNewer: boolean;
      /** What is not kept as such is a file. */
      readonly types: Pick<FileRules, "links" | "specials">;
    }
  /** Another size, or newer than the object and with other bytes: the object tells when it was written, and no more. */
  | PublishedRule
  | { readonly kind: "always" }
  | { readonly kind: "never" };

/** How a file of a site is judged that is published already. */
export interface PublishedRule {
  readonly kind: "published";
  /** Which files are hashed that have the size of the object: those that are newer, all, or none. */
  readonly hashes: "newer" | "all" | "none";
  /**
   * What is made of files and was written later may be made otherwise: it is looked at, whatever the times. Milliseconds
   * since 1970, by the clock of the service.
   */
  readonly madeUntilMs: number;
  /** A file counts as newer when it is so by more than this, in milliseconds. */
  readonly toleranceMs: number;
  /** How far the clock of the service is ahead, in milliseconds. Asked for each object: answers tell it. */
  readonly clockOffsetMs: () => number;
}

/** What is known to have changed may look older: within a second nobody can tell, and clocks differ. */
interface Doubt {
  /** Where the target is newer by no more than this, in milliseconds, the content is compared. Default: it is older. */
  readonly doubtMs?: number | undefined;
}

/** What is sent. */
export interface UpdateCheck {
  readonly rule: UpdateRule;
  /** Whether objects are sent that the target does not have. */
  readonly sendsMissing: boolean;
  /** Ask the target for each object that is to be sent, because its listing may be old. */
  readonly headEachTarget: boolean;
  /** Whether the target's listing counts. If not, every object is to be sent, as far as that says. */
  readonly asksListing: boolean;
}

/** What users mean who say nothing. */
export const defaultCheck: UpdateCheck = {
  rule: { kind: "size-or-newer" },
  sendsMissing: true,
  headEachTarget: false,
  asksListing: true,
};

/** `look`: what is known does not tell, the content must be compared. */
export type Judgement = "send" | "keep" | "look";

/** Judges an object by what is known of it. */
export function judgeUpdate(source: Entry, target: Entry, rule: UpdateRule): Judgement {
  switch (rule.kind) {
    case "size-or-newer":
      if (source.size !== target.size || isNewer(source, target)) return "send";
      return isDoubtful(source, target, rule) ? "look" : "keep";
    case "newer":
      if (isNewer(source, target)) return "send";
      return isDoubtful(source, target, rule) ? "look" : "keep";
    case "size":
      return sendIf(source.size !== target.size);
    case "etag":
      if (rule.ifNewer && isOlder(source, target, rule)) return "keep";
      if (source.size !== target.size) return "send";
      if (source.etag === undefined || target.etag === undefined) return "look";
      return sendIf(source.etag !== target.etag);
    case "checksum":
      if (rule.ifNewer && isOlder(source, target, rule)) return "keep";
      // No listing shows them.
      return source.size === target.size ? "look" : "send";
    case "kept":
      // Times are in the metadata, which no listing shows.
      return !rule.ifNewer && source.size !== target.size ? "send" : "look";
    case "published":
      return judgePublished(source, target, rule);
    case "always":
      return "send";
    case "never":
      return "keep";
  }
}

function judgePublished(source: Entry, target: Entry, rule: PublishedRule): Judgement {
  // How many bytes it will have, only its making tells.
  if (source.isMade !== true && source.size !== target.size) return "send";
  if (source.etag !== undefined) return source.etag === target.etag ? "keep" : "look";
  const mayBeOther = source.isMade === true && target.mtimeMs > rule.madeUntilMs;
  const mustLook = rule.hashes === "all" || mayBeOther;
  if (!mustLook && !isNewerThanWritten(source, target, rule)) {
    return isPutThereSince(source, target, rule) ? "look" : "keep";
  }
  return rule.hashes === "none" ? "send" : "look";
}

/** An earlier build that was copied with its times: of other files sizes tell, of what is made nothing else does. */
function isPutThereSince(source: Entry, target: Entry, rule: PublishedRule): boolean {
  const { isMade, ctimeMs } = source;
  if (isMade !== true || ctimeMs === undefined) return false;
  return isNewerThanWritten({ ...source, mtimeMs: ctimeMs }, target, rule);
}

/** When the object was written is told by the clock of the service. */
function isNewerThanWritten(source: Entry, target: Entry, rule: PublishedRule): boolean {
  return source.mtimeMs + rule.clockOffsetMs() > target.mtimeMs + rule.toleranceMs;
}

/** By what an object is kept that both sides have. */
export function evidenceOf(source: Entry, target: Entry, rule: UpdateRule): Evidence["by"] {
  switch (rule.kind) {
    case "size":
      return "size";
    case "etag":
      return rule.ifNewer && isOlder(source, target, rule) ? "time" : "etag";
    case "checksum":
      return rule.ifNewer && isOlder(source, target, rule) ? "time" : "checksum";
    case "published":
      return source.etag === undefined && judgePublished(source, target, rule) === "keep"
        ? "time"
        : "etag";
    case "size-or-newer":
    case "newer":
    case "kept":
    case "always":
    case "never":
      return "time";
  }
}

function sendIf(isStale: boolean): Judgement {
  return isStale ? "send" : "keep";
}

function isOlder(source: Entry, target: Entry, rule: Doubt): boolean {
  return !isNewer(source, target) && !isDoubtful(source, target, rule);
}

function isDoubtful({ mtimeMs }: Entry, target: Entry, { doubtMs }: Doubt): boolean {
  const later = { mtimeMs: mtimeMs + (doubtMs ?? 0) + 1000 };
  return doubtMs !== undefined && isNewer(later, target);
}

/** By whole seconds, as upstream: many servers and file systems know no more. */
export function isNewer(source: Pick<Entry, "mtimeMs">, target: Pick<Entry, "mtimeMs">): boolean {
  return Math.floor(source.mtimeMs / 1000) > Math.floor(target.mtimeMs / 1000);
}
