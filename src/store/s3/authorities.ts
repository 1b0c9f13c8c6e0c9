/**
 * Whom to believe about certificates.
 *
 * @module
 */
import fs from "node:fs";

import { SyncError } from "../../core/errors.ts";

/**
 * Reads a bundle of authorities. It replaces the system's, as with the AWS CLI.
 *
 * @param file as in `--ca-bundle` and `AWS_CA_BUNDLE`; `undefined`: the system's authorities
 * @throws SyncError `usage` when the file is not PEM: Bun would only say that no socket could be opened
 */
export function readAuthorities(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SyncError("usage", `--ca-bundle or AWS_CA_BUNDLE cannot be read: ${message}`, {
      path: file,
      cause,
    });
  }
  if (!text.includes("-----BEGIN CERTIFICATE-----")) {
    throw new SyncError("usage", `--ca-bundle or AWS_CA_BUNDLE: ${file} holds no PEM certificate`, {
      path: file,
    });
  }
  return text;
}
