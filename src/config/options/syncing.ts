/**
 * Options about what is sent and proven.
 *
 * @module
 */
import { checksumAlgorithms } from "../../core/checksum.ts";
import { integer, oneOf, sampleSize, text } from "../kinds.ts";
import { onOff, optional, ours } from "../option.ts";

/** What the run is. */
export const general = {
  "dry-run": onOff("General", "Say what would be done, and do nothing."),
  "server-side-copy": onOff(
    "General",
    "S3 to S3: let the server copy. Both sides must be the same storage service.",
  ),
  config: optional(
    "General",
    text("FILE"),
    "Take the jobs of s3sync run from this file (TOML, YAML or JSON), and its defaults for any run.",
    ours,
  ),
  "allow-both-local-storage": onOff("General", "Both sides may be local.", { hidden: true }),
} as const;

const algorithm = oneOf(checksumAlgorithms, "ALGORITHM");

/** Which objects are sent that the target has. */
export const updateChecking = {
  "remove-modified-filter": onOff("Update Checking", "Send everything, whatever the target has."),
  "check-size": onOff("Update Checking", "Send what has another size, whatever the times."),
  "check-etag": onOff(
    "Update Checking",
    "Send what has another ETag. Files are hashed in the parts of the other side.",
  ),
  "check-mtime-and-etag": onOff(
    "Update Checking",
    "Send what is newer in the source and has another ETag.",
  ),
  "check-additional-checksum": optional(
    "Update Checking",
    algorithm,
    "Send what has another checksum of this kind. Files are hashed.",
  ),
  "check-mtime-and-additional-checksum": optional(
    "Update Checking",
    algorithm,
    "Send what is newer in the source and has another checksum of this kind.",
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
    algorithm,
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
  "disable-multipart-verify": onOff(
    "Verification",
    "Do not compare ETags and checksums that are made of parts.",
  ),
  "disable-etag-verify": onOff("Verification", "Do not compare ETags with the bytes that passed."),
  "disable-additional-checksum-verify": onOff(
    "Verification",
    "Keep checksums with what is written, but do not compare them.",
  ),
  "read-data": onOff(
    "Verification",
    "With s3sync check: read the bytes of both sides and compare them.",
    ours,
  ),
  sample: optional(
    "Verification",
    sampleSize,
    "With s3sync check: do that for so many objects, or such a share of them, drawn at random: 1000, 1%. Of the rest only what listings and ETags say is compared.",
    ours,
  ),
  "sample-seed": optional(
    "Verification",
    integer(0, 2 ** 32 - 1),
    "With s3sync check: draw the same sample again. The summary tells the seed.",
    ours,
  ),
} as const;
