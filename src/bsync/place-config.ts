/**
 * What options mean for one place. Pure.
 *
 * @module
 */
import { resolveOptions } from "../config/config.ts";
import type { Config, OptionsInput } from "../config/shape.ts";
import type { Place } from "./place.ts";
import { needsBackups, refuseOthers } from "./wrong-use.ts";

/**
 * The configuration of a place: as of an upload that deletes, only of what is still as it was listed.
 *
 * @param input may hold more than options
 * @throws SyncError `usage`
 */
export function configFor(input: OptionsInput, { path: directory, bucket, prefix }: Place): Config {
  const given: Record<string, unknown> = { ...input, ifMatch: true, delete: true };
  delete given["local"];
  delete given["remote"];
  // It is about the other side.
  delete given["backupDir"];
  refuseOthers(input);
  const { backupDir, conflictLoser, backupPrefix } = input;
  if (conflictLoser === "backup" && (backupDir === undefined || backupPrefix === undefined)) {
    throw needsBackups();
  }
  const config = resolveOptions(
    given,
    () => ({
      source: { kind: "local", path: directory },
      target: { kind: "s3", bucket, prefix },
    }),
    "bsync",
  );
  return { ...config, backupDir };
}
