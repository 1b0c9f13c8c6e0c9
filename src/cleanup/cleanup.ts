/**
 * `cleanup()`: removes what runs left behind that did not come to their end, and that nobody goes on with.
 *
 * @module
 */
import { resolveOptions } from "../config/config.ts";
import { parsePlace } from "../config/place.ts";
import type { ConfigInput } from "../config/shape.ts";
import { SyncError } from "../core/errors.ts";
import type { Leftover } from "../core/leftover.ts";
import { doctorConfig, type DoctorInput } from "../doctor/config.ts";
import { defaultStateDirectory, StateDirectory } from "../state/state-directory.ts";
import { directApi } from "../store/s3/direct/api.ts";
import { serviceOf } from "../store/s3/endpoint.ts";
import { openDirect } from "../store/s3/open.ts";
import { s3OptionsOf } from "../sync/opening/s3-options.ts";
import { cleanFiles } from "./files.ts";
import type { CleanupRules } from "./rules.ts";
import { cleanUploads } from "./uploads.ts";

/** What to clean up: a directory, or `s3://bucket/prefix`, and how it is reached. */
export type CleanupInput = DoctorInput &
  Pick<Partial<ConfigInput>, "olderThan" | "others" | "stateDir" | "dryRun">;

/** How to stop. */
export interface CleanupHandlers {
  readonly signal?: AbortSignal | undefined;
}

/** There is only one place, and it is no side of a run. */
const noSides = {
  source: { kind: "store", name: "the place" },
  target: { kind: "store", name: "nowhere" },
} as const;

const defaultAgeMs = 7 * 24 * 3600_000;

/**
 * Cleans up. What is found comes as it is dealt with.
 *
 * @throws SyncError `usage` when the configuration makes no sense, or what keeps the place from being looked through
 */
export async function* cleanup(
  input: CleanupInput,
  handlers: CleanupHandlers = {},
): AsyncGenerator<Leftover, void, undefined> {
  const signal = handlers.signal ?? new AbortController().signal;
  const { olderThan, others, stateDir, dryRun, ...access } = input;
  const config = resolveOptions({ olderThan, others, stateDir, dryRun }, () => noSides, "cleanup");
  const rules: CleanupRules = {
    untilMs: config.olderThan?.getTime() ?? Date.now() - defaultAgeMs,
    others: config.others,
    dryRun: config.dryRun,
    state: new StateDirectory(config.stateDir ?? defaultStateDirectory()),
  };
  const place = parsePlace(input.place, "the place");
  if (place.kind === "local") yield* cleanFiles(place.path, rules, signal);
  else yield* cleanBucket(access, rules, signal);
}

async function* cleanBucket(
  access: DoctorInput,
  rules: CleanupRules,
  signal: AbortSignal,
): AsyncGenerator<Leftover, void, undefined> {
  const { bucket, prefix, config } = doctorConfig(access);
  const troubles: SyncError[] = [];
  const options = { ...s3OptionsOf(config, "source"), side: undefined, bucket, prefix };
  const { client } = await openDirect(options, (event) => {
    if (event.type === "warning") troubles.push(event.error);
  });
  try {
    const service = serviceOf(await client.endpoint(), bucket);
    yield* cleanUploads(directApi(client), { service, prefix }, rules, signal);
  } catch (thrown) {
    // What was odd about the credentials may be why.
    const [trouble] = troubles;
    if (trouble === undefined || !(thrown instanceof SyncError)) throw thrown;
    throw new SyncError(thrown.code, `${thrown.message}\n${trouble.message}`, {
      ...thrown,
      hint: trouble.hint,
    });
  } finally {
    client.close();
  }
}
