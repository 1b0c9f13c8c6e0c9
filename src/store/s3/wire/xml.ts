/**
 * The little XML that S3 speaks: flat elements, five entities, no attributes that matter.
 *
 * @module
 */
import { SyncError } from "../../../core/errors.ts";

const entity = /&(?:amp|lt|gt|quot|apos|#x([0-9a-fA-F]+)|#([0-9]+));/g;
const named: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
};

/** Takes the entities out of a text. */
export function unescapeXml(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(entity, (whole, hexCode?: string, decimal?: string) => {
    if (hexCode === undefined && decimal === undefined) return named[whole] ?? whole;
    const code = hexCode === undefined ? Number(decimal) : Number.parseInt(hexCode, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const special = /[&<>"'\u0000-\u001f\u007f]/g;

/** Puts entities into a text; control characters become numeric ones. */
export function escapeXml(text: string): string {
  return text.replace(special, (c) => {
    if (c === "&") return "&amp;";
    if (c === "<") return "&lt;";
    if (c === ">") return "&gt;";
    if (c === '"') return "&quot;";
    return `&#${c.charCodeAt(0)};`;
  });
}

/** The text of the first element of this name, or `undefined`. */
export function elementText(xml: string, name: string): string | undefined {
  const start = xml.indexOf(`<${name}>`);
  if (start === -1) return undefined;
  const from = start + name.length + 2;
  const end = xml.indexOf(`</${name}>`, from);
  return end === -1 ? undefined : unescapeXml(xml.slice(from, end));
}

/** The inner text of every element of this name, in order. */
export function* elements(xml: string, name: string): Generator<string> {
  const open = `<${name}>`;
  const close = `</${name}>`;
  for (let at = xml.indexOf(open); at !== -1; at = xml.indexOf(open, at)) {
    const from = at + open.length;
    const end = xml.indexOf(close, from);
    if (end === -1) return;
    yield xml.slice(from, end);
    at = end + close.length;
  }
}

/** Characters that XML 1.0 cannot hold in any spelling. */
const unnameable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/**
 * Tells keys that XML can name from others.
 *
 * @throws SyncError `unsafe-key` for half a surrogate pair: as UTF-8 it would be another key
 */
export function byXml(keys: readonly string[]): { nameable: string[]; others: string[] } {
  const nameable: string[] = [];
  const others: string[] = [];
  for (const key of keys) {
    if (!key.isWellFormed()) {
      throw new SyncError("unsafe-key", "a key with half a surrogate pair cannot be sent", { key });
    }
    (unnameable.test(key) ? others : nameable).push(key);
  }
  return { nameable, others };
}
