/**
 * All that somebody could print of a value.
 *
 * @module
 */
import { inspect } from "node:util";

/** Every text that can be reached from a value, hidden properties included, and what printers make of it. */
export function everythingIn(value: unknown): string {
  const texts = [
    inspect(value, { depth: null, showHidden: true, maxStringLength: null }),
    Bun.inspect(value, { depth: 20 }),
    String(value),
  ];
  const seen = new Set<unknown>();
  const waiting: unknown[] = [value];
  for (let each = waiting.pop(); waiting.length > 0 || each !== undefined; each = waiting.pop()) {
    if (typeof each === "string") texts.push(each);
    if (typeof each !== "object" || each === null || seen.has(each)) continue;
    seen.add(each);
    if (each instanceof Map || each instanceof Set) waiting.push(...each);
    for (const name of Reflect.ownKeys(each)) waiting.push(Reflect.get(each, name));
  }
  return texts.join("\n");
}
