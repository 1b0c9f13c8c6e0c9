/**
 * What lies in one directory whose names are in another encoding (`--filename-encoding`): by their texts, in the order of
 * the keys.
 *
 * @module
 */
import fs from "node:fs";
import { sep } from "node:path";

import { nameOfBytes, onDisk } from "../names/disk-names.ts";
import type { NameEncoding } from "../names/name-encoding.ts";
import { isTempName } from "../names/temp-name.ts";
import {
  type Children,
  ChildrenReader,
  type Readable,
  type Seen,
  typeByLstat,
} from "./children.ts";

/**
 * Reads a directory.
 *
 * @param onTemp hears of temporary files of ours, which do not count
 * @throws what the system says
 */
export function readRecodedChildren(
  { self, shown }: Readable,
  encoding: NameEncoding,
  onTemp: (path: string, name: string) => void,
  seen: Seen,
): Children {
  const children = new ChildrenReader(seen);
  // Bun tells types only together with texts.
  for (const bytes of fs.readdirSync(onDisk(self), { encoding: "buffer" })) {
    const name = nameOfBytes(bytes);
    const path = self + sep + name;
    const text = encoding.textOf(name);
    if (isTempName(name)) onTemp(path, name);
    else children.add(text, path, typeByLstat(path, shown + sep + text), [name]);
  }
  return children.finish();
}
