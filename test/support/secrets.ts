/**
 * The secrets that tests use, and how they are found in what is printed: as they are, and in the forms that a log
 * or a header would give them.
 *
 * @module
 */
import fs from "node:fs";

/** Shorter ones, or ones with fewer different characters, could be anything. */
const shortest = 8;

/** Names the file in which all processes of a test run note their secrets. */
export const registryVariable = "S3SYNC_TEST_SECRETS";

/** What it is called in a report, and all that it may look like. */
interface Known {
  readonly label: string;
  readonly forms: readonly string[];
}

/** By value. */
const known = new Map<string, Known>();
/** Values that a test prints on purpose, with the number of those who do. */
const allowed = new Map<string, number>();

/**
 * From now on this must not be printed by any process that a test starts, nor by the tests.
 *
 * @param label what it is: reports name it instead of the value
 * @returns the value
 */
export function keepSecret(value: string, label = "a secret of a test"): string {
  if (new Set(value).size < shortest || known.has(value)) return value;
  known.set(value, { label, forms: formsOf(value) });
  const file = process.env[registryVariable];
  if (file !== undefined) fs.appendFileSync(file, `${JSON.stringify([value, label])}\n`);
  return value;
}

/** Declares that a test prints a secret, as long as it is not disposed of. */
export function mayPrint(value: string): Disposable {
  allowed.set(value, (allowed.get(value) ?? 0) + 1);
  return { [Symbol.dispose]: () => void allowed.set(value, (allowed.get(value) ?? 1) - 1) };
}

/** Reads what processes have noted. */
export function readRegistry(file: string): void {
  for (const line of fs.readFileSync(file, "utf8").split("\n")) {
    if (line === "") continue;
    const [value, label] = JSON.parse(line) as [string, string];
    keepSecret(value, label);
  }
}

/** A text, what base64 and hexadecimal make of it, and what a server is told of a key: its bytes and its MD5. */
function formsOf(value: string): string[] {
  const text = Buffer.from(value);
  const bytes = Buffer.from(value, "base64");
  const isBase64 = bytes.byteLength >= 16 && bytes.toString("base64") === value;
  const digest = new Bun.CryptoHasher("md5").update(bytes).digest();
  const encoded = [text, ...(isBase64 ? [bytes, digest] : [])].flatMap((each) => [
    each.toString("base64"),
    each.toString("base64url"),
    each.toString("hex"),
  ]);
  return [...new Set([value, encodeURIComponent(value), ...encoded])];
}

/** Looks for secrets in what comes in pieces. */
export class SecretFinder {
  /** The end of what came before: a secret may lie across a border. */
  private tail = "";

  /** @returns what was found, in words that do not hold it */
  find(piece: Uint8Array): string | undefined {
    const text = this.tail + Buffer.from(piece).toString("latin1");
    let longest = 1;
    for (const [value, { label, forms }] of known) {
      if ((allowed.get(value) ?? 0) > 0) continue;
      for (const form of forms) {
        longest = Math.max(longest, form.length);
        const at = text.indexOf(form);
        if (at !== -1) return `${label}, after: ${masked(text.slice(Math.max(0, at - 80), at))}`;
      }
    }
    this.tail = text.slice(1 - longest);
    return undefined;
  }
}

/** Without any secret that stands there as well. */
function masked(text: string): string {
  let shown = text;
  for (const { forms } of known.values()) {
    for (const form of forms) shown = shown.replaceAll(form, "***");
  }
  return JSON.stringify(shown);
}
