/**
 * Options for special needs, and those that can lose data.
 *
 * @module
 */
import { filenameEncodings } from "../file-kinds.ts";
import { deleteLimit, integer, keyName, oneOf, text } from "../kinds.ts";
import { onOff, optional, ours, withDefault } from "../option.ts";

/** The rest. */
export const advanced = {
  "warn-as-error": onOff("Advanced", "Warnings are errors."),
  "head-each-target": onOff(
    "Advanced",
    "Ask the target for each object that is to be sent: its listing may be old.",
  ),
  "if-match": onOff(
    "Advanced",
    "Replace and delete an object only if it is still what the target's listing shows.",
  ),
  "copy-source-if-match": onOff(
    "Advanced",
    "Has no effect: a copy on the server always wants the source as it was listed.",
  ),
  "if-none-match": onOff(
    "Advanced",
    "Write an object only if the target does not have it at that very moment.",
  ),
  callback: optional(
    "Advanced",
    text("FILE"),
    "A module of TypeScript or JavaScript that exports filter, preprocess, onEvent or close, to be called during the run. This runs code, with all your rights.",
    ours,
  ),
  "continue-on-error": onOff(
    "Advanced",
    "Go on with the other objects after an error. Nothing is deleted then, and the run ends with 1.",
    ours,
  ),
  "read-back-verify": onOff(
    "Advanced",
    "Read each object again after it was written, and compare its bytes.",
    ours,
  ),
  fsync: onOff(
    "Advanced",
    "Wait until the disk has a downloaded file and its name before it counts as transferred.",
    ours,
  ),
  "follow-target-links": onOff(
    "Advanced",
    "Follow symbolic links in a local TARGET, if they lead to directories inside it.",
    ours,
  ),
  "encode-names": onOff(
    "Advanced",
    "Local names are encoded keys: what no file can be called, such as .. or a//b, is written with % and two digits for each byte.",
    ours,
  ),
  "filename-encoding": withDefault(
    "Advanced",
    oneOf(filenameEncodings, "ENCODING"),
    "utf-8",
    `In which encoding local names are: ${filenameEncodings.join(", ")}. Keys are always UTF-8. Not with what keeps more than bytes and times (--preserve, --links...), --encode-names, --journal, --watch or --backup-dir.`,
    ours,
  ),
  "ignore-symlinks": onOff("Advanced", "Leave symbolic links in the source out."),
  "no-guess-mime-type": onOff("Advanced", "Do not derive a Content-Type from a file's name."),
  "max-keys": withDefault("Advanced", integer(1, 32_767), 1000, "Keys per page of a listing."),
  "ignore-glacier-warnings": onOff(
    "Advanced",
    "Skip archived objects without a warning: they cannot be read before they are restored.",
  ),
  "auto-complete-shell": optional(
    "Advanced",
    oneOf(["bash", "zsh", "fish", "powershell", "elvish"], "SHELL"),
    "Print a completion script for this shell and do nothing else: bash, zsh, fish, powershell or elvish.",
  ),
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
  "disable-express-one-zone-additional-checksum": onOff(
    "Advanced",
    "Directory buckets: no CRC64NVME unless it is asked for.",
  ),
} as const;

/** What can lose data. */
export const dangerous = {
  delete: onOff(
    "Dangerous",
    "Delete what is in the target but not in the source. Try it with --dry-run first.",
  ),
  "delete-excluded": onOff(
    "Advanced",
    "Delete also what --filter-exclude-regex, --exclude, --include, an ignore file or --files-from leaves out, where only the target has it.",
  ),
  "max-delete": optional(
    "Advanced",
    deleteLimit,
    "Delete nothing at all if it would be more objects than this, or a larger share of those in the target: 100, 10%.",
  ),
  "allow-empty-source": onOff(
    "Advanced",
    "Delete also when SOURCE has no objects, or filters hide all of it: without this nothing is deleted then.",
    ours,
  ),
  "require-marker": optional(
    "Advanced",
    keyName,
    "Do nothing at all unless SOURCE has an object or file of this name: the disk may not be mounted.",
    ours,
  ),
  "backup-prefix": optional(
    "Advanced",
    text("PREFIX"),
    "Copy objects to this prefix of the target's bucket, or to s3://BUCKET/PREFIX, before they are replaced or deleted. {date} is the day, in UTC.",
    ours,
  ),
  "backup-dir": optional(
    "Advanced",
    text("DIR"),
    "Move files to this directory before they are replaced or deleted. {date} is the day, in UTC.",
    ours,
  ),
  "confirm-deletes": onOff(
    "Advanced",
    "Ask SOURCE for each object before it is deleted in the target, and keep it if it is there: a listing may leave keys out.",
    ours,
  ),
} as const;
