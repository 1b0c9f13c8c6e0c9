/**
 * Names for keys that no path can have (`--encode-names`): what is in the way is written as in URLs, `%` and two digits
 * for each byte. The names are safe on Linux, macOS and Windows alike, and give back exactly the keys. Pure.
 *
 * - An empty component is `%2F`, as in `a/%2F/b` for the key `a//b`; `.` and `..` are `%2E` and `%2E%2E`.
 * - Characters that Windows or a terminal cannot take are encoded, and the last character where it is a dot or a blank.
 * - Of names that are reserved the first character is encoded: `%63on.txt`.
 * - `%` is encoded where it could be taken for an escape, and nowhere else.
 * - A component that is too long for a file system is cut: `…%-/…`, the last piece is that without `%-`.
 *
 * @module
 */
import { SyncError } from "../../../core/errors.ts";
import { isReservedOnWindows } from "./safe-path.ts";
import { isTempName } from "./temp-name.ts";

/** What file systems take as a name, in bytes. */
const longest = 255;
/** At the end of a piece that is not the last one. */
const goesOn = "%-";
/** What is left for the characters of a piece, if its first one has to be encoded as well. */
const pieceBytes = longest - goesOn.length - 2;
/** A piece ends where the next character might not fit, and nothing in it may need the room that was left for it. */
const leastPieceBytes = Math.floor((pieceBytes - 12) / 3);
/** So many pieces make the longest component of a key, 1,024 bytes that are all encoded. */
const mostPieces = 14;

/** C0, DEL, C1, what Windows refuses, and what steers bidirectional text. */
const unsafe =
  /[\u0000-\u001f\u007f-\u009f<>:"|?*\\\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
/** What reads as an escape. */
const ambiguous = /%(?=[0-9A-F]{2}|-$)/g;
const escapes = /(?:%[0-9A-F]{2})+/g;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The names of the directories and the file of any key.
 *
 * @throws SyncError `unsafe-key` when it has half a character, which has no bytes
 */
export function encodedComponents(key: string): string[] {
  if (/\p{Surrogate}/u.test(key)) {
    const text = `the key ${JSON.stringify(key)} is not stored: it holds half a character`;
    throw new SyncError("unsafe-key", text, { key });
  }
  return key.split("/").flatMap(encodedPieces);
}

/** The names for one component of a key: one, unless it is too long for that. */
export function encodedPieces(component: string): readonly string[] {
  const name = encodedName(component);
  if (Buffer.byteLength(name) <= longest) return [name];
  const pieces = cut(component);
  return pieces.map((piece, index) =>
    index === pieces.length - 1 ? encodedName(piece) : reserved(encodedText(piece) + goesOn),
  );
}

/** What names on disk stand for; `undefined` if they are not those of a component of any key. */
export function decodedPieces(names: readonly string[]): string | undefined {
  const text = names.map((name, index) => {
    if (index === names.length - 1) return name === "%2F" ? "" : unescaped(name);
    return unescaped(name.slice(0, -goesOn.length));
  });
  if (text.includes(undefined)) return undefined;
  const component = text.join("");
  // There is one way to write a key, so that no two files have the same.
  return encodedPieces(component).join("/") === names.join("/") ? component : undefined;
}

/** The key for the path of a file; `undefined` if no key has it. */
export function decodedKey(names: readonly string[]): string | undefined {
  const components: (string | undefined)[] = [];
  let pieces: string[] = [];
  for (const name of names) {
    pieces.push(name);
    if (name.endsWith(goesOn)) continue;
    components.push(decodedPieces(pieces));
    pieces = [];
  }
  return pieces.length > 0 || components.includes(undefined) ? undefined : components.join("/");
}

/** Whether a directory may hold the rest of a component, after these. */
export function mayGoOn(names: readonly string[]): boolean {
  const name = names.at(-1) ?? "";
  return (
    name.endsWith(goesOn) &&
    names.length < mostPieces &&
    Buffer.byteLength(name) - goesOn.length >= leastPieceBytes
  );
}

function encodedName(text: string): string {
  if (text === "") return "%2F";
  if (text === ".") return "%2E";
  if (text === "..") return "%2E%2E";
  const name = encodedText(text);
  const last = name.at(-1) ?? "";
  return reserved(last === "." || last === " " ? name.slice(0, -1) + escaped(last) : name);
}

function encodedText(text: string): string {
  return text.replace(ambiguous, "%25").replace(unsafe, escaped);
}

/** Takes the meaning from names that somebody has claimed. */
function reserved(name: string): string {
  if (!isReservedOnWindows(name) && !isTempName(name)) return name;
  return escaped(name.charAt(0)) + name.slice(1);
}

function escaped(character: string): string {
  return Array.from(Buffer.from(character), hexadecimal).join("");
}

function hexadecimal(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

/** `undefined` where the bytes are no text. */
function unescaped(name: string): string | undefined {
  try {
    return name.replace(escapes, (run) => utf8.decode(Buffer.from(run.replaceAll("%", ""), "hex")));
  } catch {
    return undefined;
  }
}

/** Cuts a text between characters, so that each piece has room for its escapes. */
function cut(text: string): string[] {
  const pieces: string[] = [];
  let [piece, bytes] = ["", 0];
  for (const character of text) {
    const plain = Buffer.byteLength(character);
    const most = /[%. ]/.test(character) || character.search(unsafe) === 0 ? 3 * plain : plain;
    if (bytes + most > pieceBytes) {
      pieces.push(piece);
      [piece, bytes] = ["", 0];
    }
    piece += character;
    bytes += most;
  }
  return [...pieces, piece];
}
