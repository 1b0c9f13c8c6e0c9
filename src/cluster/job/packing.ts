/**
 * Values of options as plain JSON, and back. Pure.
 *
 * @module
 */
import { fieldsOf } from "../../core/json.ts";

/** A time is `{"$date": …}`; a name of a field that begins with `$` has one more. */
const mark = "$";
const date = `${mark}date`;

/** Values that have been read already may be more than JSON: a time, or an expression, which is its text. */
export function packed(value: unknown): unknown {
  if (value instanceof Date) return { [date]: value.toISOString() };
  if (Array.isArray(value)) return value.map(packed);
  const fields = fieldsOf(value);
  if (fields === undefined) return value;
  const { test, pattern } = fields;
  if (typeof test === "function") return pattern;
  return renamed(fields, (name) => (name.startsWith(mark) ? mark + name : name), packed);
}

/** What was packed. */
export function unpacked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpacked);
  const fields = fieldsOf(value);
  if (fields === undefined) return value;
  const { [date]: time } = fields;
  if (typeof time === "string") return new Date(time);
  return renamed(fields, (name) => (name.startsWith(mark) ? name.slice(1) : name), unpacked);
}

function renamed(
  fields: Readonly<Record<string, unknown>>,
  name: (name: string) => string,
  value: (value: unknown) => unknown,
): unknown {
  return Object.fromEntries(Object.entries(fields).map(([key, each]) => [name(key), value(each)]));
}
