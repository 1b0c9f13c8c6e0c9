/**
 * Short ways to what is kept of files in tests.
 *
 * @module
 */
import { type FileAspect, fileAspects, type FileRules } from "../../../src/core/file-attributes.ts";
import { type KeepOptions, KeptFiles } from "../../../src/store/local/attributes/kept-files.ts";

/** Rules by which all aspects are kept, and plain files only. */
export function keepingRules(
  more: Partial<FileRules> = {},
  aspects: readonly FileAspect[] = fileAspects,
): FileRules {
  const plain = { links: false, specials: false, hardLinks: false, directories: "none" } as const;
  return { aspects: new Set(aspects), ...plain, ...more };
}

/** What is kept of files, but for extended attributes, without the system's own calls. */
export function keptFiles(
  more: Partial<FileRules> = {},
  { native, warn = () => undefined }: Partial<KeepOptions> = {},
): KeptFiles {
  const rules = keepingRules(more, ["mtime", "mode"]);
  return new KeptFiles({ rules, native, warn });
}
