/**
 * What lies in one directory whose names are encoded (`--encode-names`): under decoded names, in the order of the keys.
 *
 * @module
 */
import { sep } from "node:path";

import { SyncError } from "../../../core/errors.ts";
import { fileError } from "../fs-errors.ts";
import { decodedPieces, encodedPieces, mayGoOn } from "../names/encoded-names.ts";
import { isTempName } from "../names/temp-name.ts";
import {
  type Children,
  ChildrenReader,
  namesIn,
  type Readable,
  type Seen,
  typeByLstat,
} from "./children.ts";

/**
 * Reads a directory.
 *
 * @param reach goes to a directory in it, for as long as the function runs
 * @param onTemp hears of temporary files of ours, which do not count
 * @throws what the system says
 */
export function readEncodedChildren(
  directory: Readable,
  reach: <T>(pieces: readonly string[], look: (place: Readable) => T) => T,
  onTemp: (path: string, name: string) => void,
  seen: Seen,
): Children {
  const children = new ChildrenReader(seen);
  /** Those that are no names of ours come last, when it is known which keys are taken. */
  const nameless: { readonly name: string; readonly error: SyncError }[] = [];
  const read = (place: Readable, above: readonly string[]): void => {
    const { found, damaged } = namesIn(place.self);
    for (const { name, type } of found) {
      const path = place.self + sep + name;
      const shown = place.shown + sep + name;
      const pieces = [...above, name];
      const actual = type ?? typeByLstat(path, shown);
      const key = decodedPieces(pieces);
      if (isTempName(name)) onTemp(path, name);
      else if (key !== undefined) children.add(key, path, actual, pieces);
      else if (actual !== "directory" || !mayGoOn(pieces)) {
        nameless.push({ name: pieces.join("/"), error: notEncoded(shown, name) });
      } else readRest(pieces, shown);
    }
    for (const spelled of damaged.values()) {
      nameless.push({ name: spelled, error: notEncoded(place.shown + sep + spelled, undefined) });
    }
  };
  const readRest = (pieces: readonly string[], shown: string): void => {
    try {
      reach(pieces, (place) => read(place, pieces));
    } catch (thrown) {
      const error = fileError(thrown, "list", shown);
      if (error.code !== "not-found") nameless.push({ name: pieces.join("/"), error });
    }
  };
  read(directory, []);
  for (const { name, error } of nameless) children.addNameless(name, error);
  return children.finish();
}

/** @param name `undefined` if it is no text */
function notEncoded(file: string, name: string | undefined): SyncError {
  const better = name === undefined ? [] : encodedPieces(name);
  const hint =
    better.length === 1 ? `Rename it to ${better.join()}.` : "Rename it; S3 keys are UTF-8.";
  const text = `${file} is skipped: --encode-names gives no key that name`;
  return new SyncError("file-name", text, { path: file, hint });
}
