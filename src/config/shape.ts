/**
 * The shape of a configuration.
 *
 * @module
 */
import type { DeleteLimit } from "./kinds.ts";
import type { OptionValues } from "./options.ts";
import type { Place } from "./place.ts";
import type { Purpose } from "./purpose.ts";

/** Everything a run needs to know. Frozen. */
export interface Config extends OptionValues {
  readonly purpose: Purpose;
  readonly source: Place;
  readonly target: Place;
}

/**
 * The options that are not to have their defaults, under their names in camel case. A text is read as on the command
 * line, wherever another type is wanted: `"8MiB"`, `"10%"`, `"3d"`, `["*.tmp"]`.
 */
export type OptionsInput = {
  readonly [Name in keyof OptionValues]?:
    OptionValues[Name] | TextFor<NonNullable<OptionValues[Name]>> | undefined;
};

/** How a value can be written instead. Words stay those that there are, so that editors know them. */
export type TextFor<V> = V extends string | boolean
  ? never
  : V extends readonly unknown[]
    ? readonly string[]
    : V extends DeleteLimit
      ? string | number
      : string;

/** What a caller has to say: both places, and options. */
export type ConfigInput = { readonly source: string; readonly target: string } & OptionsInput;
