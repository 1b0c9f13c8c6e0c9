/**
 * How the doctor reaches its place: options of either side, and those of none, mean the one side that there is.
 *
 * @module
 */
import { resolveConfig } from "../config/config.ts";
import { camelCase, type OptionName, optionNames } from "../config/options.ts";
import { parsePlace } from "../config/place.ts";
import { Secret } from "../config/secret.ts";
import type { Config, ConfigInput } from "../config/shape.ts";
import { SyncError } from "../core/errors.ts";

/** Options that say who and where, without their side. */
const sided = [
  "profile",
  "access-key",
  "secret-access-key",
  "session-token",
  "keyring",
  "region",
  "endpoint-url",
  "force-path-style",
  "accelerate",
  "request-payer",
] as const;

const sideless = [
  "dry-run",
  "aws-config-file",
  "aws-shared-credentials-file",
  "ca-bundle",
  "https-proxy",
  "http-proxy",
  "profile",
  "access-key",
  "secret-access-key",
  "session-token",
  "keyring",
  "region",
  "endpoint-url",
  "force-path-style",
  "aws-max-attempts",
  "initial-backoff-milliseconds",
  "operation-timeout-milliseconds",
  "operation-attempt-timeout-milliseconds",
  "connect-timeout-milliseconds",
  "read-timeout-milliseconds",
] as const satisfies readonly OptionName[];

/** The options that the doctor understands. */
export const doctorOptions: ReadonlySet<OptionName> = new Set<OptionName>([
  ...sideless,
  "source-no-sign-request",
  ...sided.flatMap((rest) => [`source-${rest}`, `target-${rest}`] as const),
]);

/** What to examine, and how it is reached. */
export type DoctorInput = { readonly place: string } & Omit<
  Partial<ConfigInput>,
  "source" | "target"
>;

/** A place of the doctor's, and a configuration that has it as its source. */
export interface DoctorConfig {
  readonly bucket: string;
  readonly prefix: string;
  readonly config: Config;
}

/**
 * Makes the one side out of both. Options that the doctor does not know are left out.
 *
 * @throws SyncError `usage` when the place is no bucket, or both sides say different things
 */
export function doctorConfig(input: DoctorInput): DoctorConfig {
  const place = parsePlace(input.place, "the place");
  if (place.kind === "local") {
    throw new SyncError("usage", `the doctor examines buckets, and ${input.place} is a path`, {
      hint: "For example: s3sync doctor s3://bucket/prefix/",
    });
  }
  const values: Record<string, unknown> = {};
  for (const name of optionNames) {
    if (doctorOptions.has(name)) values[camelCase(name)] = input[camelCase(name)];
  }
  const problems = sided.flatMap((rest) => merge(values, rest));
  if (problems.length > 0) throw new SyncError("usage", problems.join("\n"));
  const config = resolveConfig({ ...values, source: input.place, target: "." });
  return { bucket: place.bucket, prefix: place.prefix, config };
}

/** What is said of the target is said of the source. */
function merge(values: Record<string, unknown>, rest: (typeof sided)[number]): string[] {
  const [source, target] = [camelCase(`source-${rest}`), camelCase(`target-${rest}`)];
  const [ofSource, ofTarget] = [values[source], values[target]];
  delete values[target];
  if (ofTarget === undefined || ofTarget === false) return [];
  values[source] = ofTarget;
  if (ofSource === undefined || ofSource === false || isSame(ofSource, ofTarget)) return [];
  return [`--source-${rest} and --target-${rest} differ, and doctor examines one place`];
}

function isSame(a: unknown, b: unknown): boolean {
  return a instanceof Secret && b instanceof Secret ? a.equals(b) : a === b;
}
