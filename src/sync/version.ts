/**
 * Which s3sync this is.
 *
 * @module
 */
import manifest from "../../package.json" with { type: "json" };

/** As in `--version`. */
export const version: string = manifest.version;

/** As servers see it. */
export const userAgent = `s3sync/${version} bun/${Bun.version}`;
