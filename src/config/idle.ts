/**
 * Defaults for many runs that say nothing in some of them: a limit for deletions where nothing is deleted, a
 * storage class where files are written.
 *
 * @module
 */
import { camelCase, type OptionName, options } from "./options.ts";
import { parsePlace, type Place } from "./place.ts";
import type { Purpose } from "./purpose.ts";
import { aboutOneSide, decisive, dependent, foreignOptions, needs } from "./rules/tables.ts";
import type { ConfigInput } from "./shape.ts";

/**
 * Leaves out what has no effect on this run.
 *
 * @param loose options that may be left out: nobody has asked for them for this very run
 * @throws SyncError `usage` when a place is none
 */
export function withoutIdle(
  input: ConfigInput,
  loose: readonly OptionName[],
  purpose: Purpose = "sync",
): ConfigInput {
  const source = parsePlace(input.source, "SOURCE");
  const target = parsePlace(input.target, "TARGET");
  const others = foreignOptions(purpose).map(([name]) => name);
  const here = without(input, loose, [...others, ...foreignTo(source, target)]);
  const isIdle = !isGiven(here, "trust-index") && !isGiven(here, "watch");
  const alone = dependent.flatMap(([name, needed]) => (isGiven(here, needed) ? [] : [name]));
  return without(here, loose, isIdle ? [...alone, "rescan"] : alone);
}

function without(
  input: ConfigInput,
  loose: readonly OptionName[],
  idle: readonly OptionName[],
): ConfigInput {
  const names = idle.filter((name) => loose.includes(name));
  const nothing = Object.fromEntries(names.map((name) => [camelCase(name), undefined]));
  return { ...input, ...nothing };
}

function isGiven(input: ConfigInput, name: OptionName): boolean {
  const value = input[camelCase(name)];
  return value !== undefined && value !== options[name].fallback;
}

/** What is about places of another kind. */
function foreignTo(source: Place, target: Place): OptionName[] {
  const isS3 = { source: source.kind === "s3", target: target.kind === "s3" };
  const names = [
    ...(isS3.source ? needs.localSource : needs.s3Source),
    ...(isS3.target ? needs.localTarget : needs.s3Target),
    ...(isS3.source && isS3.target ? needs.anyLocal : needs.s3Both),
    ...(["source", "target"] as const).flatMap((side) =>
      isS3[side] ? [] : aboutOneSide.map((rest) => `${side}-${rest}`).filter(isOption),
    ),
  ];
  return names.filter((name) => !decisive.includes(name));
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(options, name);
}
