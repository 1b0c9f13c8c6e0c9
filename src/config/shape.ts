/**
 * The shape of a configuration.
 *
 * @module
 */
import type { OptionValues } from "./options.ts";
import type { Place } from "./place.ts";

/** Everything a run needs to know. Frozen. */
export interface Config extends OptionValues {
  readonly source: Place;
  readonly target: Place;
}

/** The options that are not to have their defaults, under their names in camel case. */
export type OptionsInput = {
  readonly [Name in keyof OptionValues]?: OptionValues[Name] | undefined;
};

/** What a caller has to say: both places, and options. */
export type ConfigInput = { readonly source: string; readonly target: string } & OptionsInput;
