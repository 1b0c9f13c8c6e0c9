/**
 * Options about what is sent, checked and deleted.
 *
 * @module
 */
import { checksumAlgorithms } from "../../core/checksum.ts";
import type { Regex } from "../../regex/regex.ts";
import { deleteLimit, instant, integer, oneOf, regexes, size, text } from "../kinds.ts";
import { onOff, optional, ours, withDefault } from "../option.ts";

/** What the run is. */
export const general = {
  "dry-run": onOff("General", "Say what would be done, and do nothing."),
  "server-side-copy": onOff(
    "General",
    "S3 to S3: let the server copy. Both sides must be the same storage service.",
  ),
} as const;

const anySize = size(0, Number.MAX_SAFE_INTEGER);
const none: readonly Regex[] = [];

/** What the run is about. */
export const filtering = {
  "filter-mtime-before": optional(
    "Filtering",
    instant,
    "Only objects that are older than this, such as 2023-02-19T12:00:00Z.",
  ),
  "filter-mtime-after": optional(
    "Filtering",
    instant,
    "Only objects that are as old as this, or newer.",
  ),
  "filter-smaller-size": optional("Filtering", anySize, "Only objects with fewer bytes than this."),
  "filter-larger-size": optional(
    "Filtering",
    anySize,
    "Only objects with as many bytes as this, or more.",
  ),
  "filter-include-regex": withDefault(
    "Filtering",
    regexes,
    none,
    "Only keys that match this regular expression, below SOURCE. Repeatable: one of them is enough.",
  ),
  "filter-exclude-regex": withDefault(
    "Filtering",
    regexes,
    none,
    "No keys that match this one. Repeatable. --delete leaves such keys alone in the target, too.",
  ),
  "key-start": optional(
    "Filtering",
    text("KEY"),
    "Only keys after this one, on both sides; below SOURCE and TARGET, in the order of their UTF-8 bytes. Runs to a key and after it together are one run.",
    ours,
  ),
  "key-end": optional("Filtering", text("KEY"), "Only keys up to this one, itself included.", ours),
} as const;

/** Which objects are sent that the target has. */
export const updateChecking = {
  "remove-modified-filter": onOff("Update Checking", "Send everything, whatever the target has."),
  "head-each-target": onOff(
    "Update Checking",
    "Ask the target for each object that is to be sent: its listing may be old.",
  ),
  "check-size": onOff("Update Checking", "Send what has another size, whatever the times."),
  "check-etag": onOff(
    "Update Checking",
    "Send what has another ETag. Files are hashed in the parts of the other side.",
  ),
  "check-mtime-and-etag": onOff(
    "Update Checking",
    "Send what is newer in the source and has another ETag.",
  ),
  "ignore-existing": onOff("Update Checking", "Send only what the target does not have.", ours),
  existing: onOff("Update Checking", "Send only what the target has, if it is stale.", ours),
  update: onOff(
    "Update Checking",
    "Send only what is missing or newer in the source; sizes do not matter.",
    ours,
  ),
} as const;

/** What is proven. */
export const verification = {
  "additional-checksum-algorithm": optional(
    "Verification",
    oneOf(checksumAlgorithms, "ALGORITHM"),
    "Keep this checksum with what is written to S3, and compare it: CRC32, CRC32C, CRC64NVME, SHA1 or SHA256.",
  ),
  "full-object-checksum": onOff(
    "Verification",
    "The checksum of an object that is written in parts is that of all its bytes. CRC64NVME always is, the SHAs cannot.",
  ),
  "enable-additional-checksum": onOff(
    "Verification",
    "Ask for the checksums that the source's objects have, and compare them.",
  ),
  "disable-etag-verify": onOff("Verification", "Do not compare ETags with the bytes that passed."),
  "disable-additional-checksum-verify": onOff(
    "Verification",
    "Keep checksums with what is written, but do not compare them.",
  ),
} as const;

/** The rest. */
export const advanced = {
  "warn-as-error": onOff("Advanced", "Warnings are errors."),
  "if-none-match": onOff(
    "Advanced",
    "Write an object only if the target does not have it at that very moment.",
  ),
  "continue-on-error": onOff(
    "Advanced",
    "Go on with the other objects after an error. Nothing is deleted then, and the run ends with 1.",
    ours,
  ),
  fsync: onOff(
    "Advanced",
    "Wait until the disk has a downloaded file and its name before it counts as transferred.",
    ours,
  ),
  "ignore-symlinks": onOff("Advanced", "Leave symbolic links in the source out."),
  "no-guess-mime-type": onOff("Advanced", "Do not derive a Content-Type from a file's name."),
  "max-keys": withDefault("Advanced", integer(1, 1000), 1000, "Keys per page of a listing."),
  "disable-stalled-stream-protection": onOff(
    "Advanced",
    "Wait for ever for a body that does not move.",
  ),
  "disable-payload-signing": onOff(
    "Advanced",
    "Do not sign bodies. Content-MD5 still protects them.",
  ),
  "disable-content-md5-header": onOff(
    "Advanced",
    "No Content-MD5. It also disables the ETag verification of uploads.",
  ),
} as const;

/** What can lose data. */
export const dangerous = {
  delete: onOff(
    "Dangerous",
    "Delete what is in the target but not in the source. Try it with --dry-run first.",
  ),
  "delete-excluded": onOff(
    "Dangerous",
    "Delete also what --filter-exclude-regex leaves out, where only the target has it.",
  ),
  "max-delete": optional(
    "Dangerous",
    deleteLimit,
    "Delete nothing at all if it would be more objects than this, or a larger share of those in the target: 100, 10%.",
  ),
} as const;
