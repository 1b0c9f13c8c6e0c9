/**
 * What a configuration keeps of files besides their bytes.
 *
 * @module
 */
import type { Config } from "../../config/shape.ts";
import type { Side } from "../../core/events.ts";
import type { FileRules } from "../../core/file-attributes.ts";

/** Reads the options about files of a side; `undefined`: nothing but their times. */
export function fileRulesOf(config: Config, side: Side): FileRules | undefined {
  const { preserve = [], links, specials, hardLinks, keepDirs, purpose } = config;
  const isPlain = preserve.length === 0 && !links && !specials && !hardLinks && !keepDirs;
  if (isPlain) return undefined;
  const aspects = new Set(preserve);
  // What is kept of directories needs an object for each of them; and any of the target's may be left empty.
  const areAll = aspects.size > 0 || (side === "target" && purpose !== "check");
  const directories = !keepDirs ? "none" : areAll ? "all" : "empty";
  return { aspects, links, specials, hardLinks, directories };
}
