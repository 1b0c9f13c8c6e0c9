/**
 * Names that are not UTF-8 on disk (`--filename-encoding`): each byte is a character. Pure.
 *
 * @module
 */
import type { FilenameEncoding } from "../../../config/file-kinds.ts";
import { bytesOfName, nameOfBytes } from "./disk-names.ts";

/** Turns texts into names on disk, and back. */
export class NameEncoding {
  /** The character of each byte. */
  private readonly characters: readonly string[];
  private readonly bytes: ReadonlyMap<string, number>;

  constructor(readonly label: Exclude<FilenameEncoding, "utf-8">) {
    const all = Array.from({ length: 256 }, (_, byte) => byte);
    // What the web calls ISO 8859-1 is another one. Here the first 256 characters are meant, so that any byte is one.
    const decoder = label === "latin-1" ? undefined : new TextDecoder(label);
    this.characters = all.map(
      (byte) => decoder?.decode(Uint8Array.of(byte)) ?? String.fromCharCode(byte),
    );
    this.bytes = new Map(this.characters.map((character, byte) => [character, byte]));
  }

  /** The text of a name on disk. */
  textOf(name: string): string {
    return Array.from(bytesOfName(name), (byte) => this.characters[byte] ?? "").join("");
  }

  /** The name on disk of a text; `undefined` if it has characters that the encoding has not. */
  nameOf(text: string): string | undefined {
    const bytes = Array.from(text, (character) => this.bytes.get(character));
    return bytes.includes(undefined)
      ? undefined
      : nameOfBytes(Uint8Array.from(bytes, (byte) => byte ?? 0));
  }
}

/** The encoding, if it is not that of S3's keys. */
export function nameEncodingOf(label: FilenameEncoding): NameEncoding | undefined {
  return label === "utf-8" ? undefined : new NameEncoding(label);
}
