/**
 * Times in records.
 *
 * @module
 */

/** As upstream writes it: no fraction where there is none. Empty for a time that no calendar has: file systems hold some. */
export function rfc3339(milliseconds: number): string {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return "";
  return date.toISOString().replace(/(?:\.000)?Z$/, "+00:00");
}
