/**
 * Options about large files that changed in part.
 *
 * @module
 */
import { onOff, ours } from "../option.ts";

/** Only what changed. */
export const delta = {
  delta: onOff(
    "Multipart Settings",
    "Between files and S3: of large files that changed in part, send only the parts that differ. Uploads carry SHA256 checksums, so that parts can be compared.",
    ours,
  ),
} as const;
