/**
 * A table of a configuration file as a place where option values come from.
 *
 * @module
 */
import { type Option, type OptionName, options } from "../../index.ts";
import type { Found, Layer } from "../layers.ts";
import { expand, expandPath } from "./expand.ts";
import type { Settings } from "./settings.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** More values than any table has. */
const many = 2 ** 20;

/** Finds the values of a table, with the variables put in. */
export class FileLayer implements Layer {
  /**
   * @param origin how messages name the table
   * @param rank from 0 to less than 1. What stands on the command line has places from 1 on, and a variable is
   *   before all of them
   * @param isLoose whether the table is for many runs
   */
  constructor(
    private readonly settings: Settings,
    private readonly environment: Environment,
    private readonly origin: string,
    private readonly rank: number,
    private readonly isLoose: boolean,
  ) {}

  find(name: OptionName): Found | undefined {
    const given = this.settings.values.get(name);
    if (given === undefined) return undefined;
    const { isLoose } = this;
    const origin = `${this.origin}: ${given.key}`;
    const places = given.places.map((place) => this.rank + (place + 1) / many);
    try {
      const texts = given.texts.map((text) => this.valueOf(text, options[name]));
      // A text of variables that are empty counts as none, as an empty variable does.
      const used = texts.map((text, index) => text !== "" || given.texts[index] === "");
      if (used.length > 0 && !used.includes(true)) return undefined;
      const kept = <T>(items: readonly T[]): T[] => items.filter((_, index) => used[index]);
      return { texts: kept(texts), places: kept(places), origin, isLoose };
    } catch (error) {
      return { texts: [], origin, problem: error instanceof Error ? error.message : String(error) };
    }
  }

  private valueOf(text: string, { kind }: Option): string {
    const isPath = kind.placeholder === "FILE" || kind.placeholder === "DIR";
    return isPath ? expandPath(text, this.environment) : expand(text, this.environment);
  }
}
