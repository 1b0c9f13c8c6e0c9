/**
 * Names on disk as the system knows them: bytes. What is valid UTF-8 is a text like others; of anything else each byte
 * beyond ASCII stands as half a character, U+DC80 to U+DCFF, which no text has. So a path is a string all the way, and becomes
 * bytes where the system is called. Pure.
 *
 * @module
 */

import { sep } from "node:path";

/** What a byte is added to. */
const half = 0xdc00;

/** What the system is to be given for a path. */
export function onDisk(path: string): string | Buffer {
  return path.isWellFormed() ? path : bytesOfName(path);
}

/** The path of what lies below a directory. Bun's own joining takes half characters for damaged ones. */
export function below(directory: string, ...names: readonly string[]): string {
  const top = directory.endsWith(sep) ? directory.slice(0, -sep.length) : directory;
  return names.length === 0 ? directory : [top, ...names].join(sep);
}

/** The bytes of a name, or of a path. */
export function bytesOfName(name: string): Buffer {
  const pieces = Array.from(name, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const isByte = code >= half + 0x80 && code <= half + 0xff;
    return isByte ? Buffer.of(code - half) : Buffer.from(character);
  });
  return Buffer.concat(pieces);
}

/** How many bytes a name has. */
export function lengthOnDisk(name: string): number {
  return name.isWellFormed() ? Buffer.byteLength(name) : bytesOfName(name).byteLength;
}

/** The name that bytes are. */
export function nameOfBytes(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("utf8");
  if (Buffer.from(text).equals(bytes)) return text;
  return Array.from(bytes, (byte) => String.fromCharCode(byte < 0x80 ? byte : half + byte)).join(
    "",
  );
}
