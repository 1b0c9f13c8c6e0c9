/**
 * What is ordered of a cluster, as it travels: places, and options that are no secret, as plain JSON.
 *
 * @module
 */
import { camelCase, type OptionName, optionNames } from "../config/options.ts";
import type { Config, ConfigInput, OptionsInput } from "../config/shape.ts";
import { SyncError } from "../core/errors.ts";
import { fieldsOf } from "../core/json.ts";
import { everything } from "../core/key.ts";
import { rangeOf } from "../sync/opening/stores.ts";
import { configOf } from "../sync/sync.ts";
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
  requirePossible(configOf(input), input, sharedPath);
  const options: Record<string, unknown> = {};
  for (const name of optionNames) {
    const value: unknown = input[camelCase(name)];
    if (value !== undefined && !ofOnlookers.has(name)) options[camelCase(name)] = packed(value);
  }
  return { source: input.source, target: input.target, sharedPath, options };
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

function requirePossible(config: Config, given: OptionsInput, sharedPath: boolean): void {
  const problems = refusals(config, given, sharedPath);
  if (problems.length > 0) throw new SyncError("usage", problems.join("\n"));
}

/** Values that have been read already may be more than JSON: a time, or an expression, which is its text. */
function packed(value: unknown): unknown {
  if (value instanceof Date) return { $date: value.toISOString() };
  if (Array.isArray(value)) return value.map(packed);
  const fields = fieldsOf(value);
  if (fields === undefined) return value;
  const { test, pattern } = fields;
  return typeof test === "function" ? pattern : value;
}

function unpacked(value: unknown): unknown {
  const { $date: date } = fieldsOf(value) ?? {};
  return typeof date === "string" ? new Date(date) : value;
}
