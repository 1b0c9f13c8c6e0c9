/**
 * What is ordered of a cluster, as it travels: places, and options that are no secret, as plain JSON.
 *
 * @module
 */
import { camelCase, type OptionName, optionNames } from "../../config/options.ts";
import { absoluteName, type Place } from "../../config/place.ts";
import type { Config, ConfigInput, OptionsInput } from "../../config/shape.ts";
import { KiB } from "../../core/bytes.ts";
import { SyncError } from "../../core/errors.ts";
import { everything } from "../../core/key.ts";
import { backupPlaceOf } from "../../sync/backups/backup-place.ts";
import { rangeOf } from "../../sync/opening/stores.ts";
import { configOf } from "../../sync/sync.ts";
import { largestText } from "../words.ts";
import { packed, unpacked } from "./packing.ts";
import type { Span } from "./range-state.ts";
import { refusals } from "./refusals.ts";

/** Plain JSON. */
export interface Order {
  readonly source: string;
  readonly target: string;
  /** Local paths name the same directory on every machine. */
  readonly sharedPath: boolean;
  /** By their names in camel case; only what somebody has said. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a cluster is asked for: both places, and options of a run. Those about clusters themselves are refused. */
export type OrderInput = ConfigInput & {
  /** Local paths name the same directory on every machine, as those of a network file system do. */
  readonly sharedPath?: boolean | undefined;
};

/** They are for whoever looks on, wherever the work is done. */
const ofOnlookers: ReadonlySet<OptionName> = new Set<OptionName>([
  ...(["json-tracing", "summary-json", "tracing-stderr", "aws-sdk-tracing"] as const),
  ...(["span-events-tracing", "disable-color-tracing", "show-no-progress", "config"] as const),
]);

/**
 * Checks an order, and makes it fit to travel.
 *
 * @throws SyncError `usage`, one line for each thing that is wrong
 */
export function orderOf({ sharedPath = false, ...given }: OrderInput): Order {
  const input: ConfigInput = given;
  const config = configOf(input);
  requirePossible(config, input, sharedPath);
  // Where backups and objects would get mixed up, each range would find that out.
  backupPlaceOf(config);
  const options: Record<string, unknown> = {};
  for (const option of optionNames) {
    const name = camelCase(option);
    const [value, read]: unknown[] = [input[name], config[name]];
    // So long ago is so long before now, and not before each worker reads it.
    const meant = read instanceof Date ? read : value;
    if (value !== undefined && !ofOnlookers.has(option)) options[name] = packed(meant);
  }
  const source = placeFor(config.source, input.source);
  const target = placeFor(config.target, input.target);
  const order = { source, target, sharedPath, options };
  requireRoom(order);
  return order;
}

/** The options of an order, as somebody has given them. */
export function givenIn({ options }: Order): OptionsInput {
  const entries = Object.entries(options).map(([name, value]) => [name, unpacked(value)]);
  // Whatever is wrong with it is found out when it is read.
  return Object.fromEntries(entries) as OptionsInput;
}

/**
 * What an order says, where it has arrived.
 *
 * @throws SyncError `usage` if it is none that this version would have sent
 */
export function configOfOrder(order: Order): Config {
  const { source, target, sharedPath } = order;
  const given = givenIn(order);
  const config = configOf({ ...given, source, target });
  requirePossible(config, given, sharedPath);
  return config;
}

/** The keys that it is about. */
export function spanOf(config: Config): Span {
  return rangeOf(config) ?? everything;
}

/** Workers have another directory to begin a path at. */
function placeFor(place: Place, given: string): string {
  return place.kind === "local" ? absoluteName(place) : given;
}

/** A job holds more than its order: also what becomes of it. */
const largestOrder = largestText - 32 * KiB;

function requireRoom(order: Order): void {
  const size = Buffer.byteLength(JSON.stringify(order));
  if (size <= largestOrder) return;
  const most = `a cluster keeps ${Math.floor(largestOrder / KiB)} KiB for them`;
  throw new SyncError("usage", `all options are ${Math.ceil(size / KiB)} KiB, and ${most}`, {
    hint: "Long lists of patterns are mostly the reason: shorter ones, or one regular expression for many of them, fit.",
  });
}

function requirePossible(config: Config, given: OptionsInput, sharedPath: boolean): void {
  const problems = refusals(config, given, sharedPath);
  if (problems.length > 0) throw new SyncError("usage", problems.join("\n"));
}
