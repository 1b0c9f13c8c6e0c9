/**
 * Numbers for people.
 *
 * @module
 */

const units = ["KiB", "MiB", "GiB", "TiB", "PiB"];

/** `0 B`, `1.50 KiB`, `30.00 MiB`. */
export function bytes(count: number): string {
  if (count < 1024) return `${Math.round(count)} B`;
  let value = count / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(2)} ${units[unit]}`;
}

/** `1,234,567`. */
export function grouped(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** `1 object`, `1,234 objects`. */
export function counted(count: number, one: string, more = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : more}`;
}

const steps: readonly (readonly [number, string])[] = [
  [365 * 86_400, "year"],
  [7 * 86_400, "week"],
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];

/**
 * A rounded duration in one unit: `1 second`, `25 seconds`, `6 minutes`. Changes to the next unit at one and a
 * half of it, so that nothing is rounded to 1 that is nearly 2.
 */
export function humanDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  for (const [length, name] of steps) {
    const count = Math.round(seconds / length);
    const isLast = length === 1;
    if (isLast || seconds >= length * 1.5) return `${count} ${name}${count === 1 ? "" : "s"}`;
  }
  return "0 seconds";
}

/** `4:05`, `1:02:03`. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}
