/**
 * What dates have in Lua and not in JavaScript.
 *
 * @module
 */

/** 1 is the first of January. */
export function dayOfYear(date: Date, isUtc: boolean): number {
  const [year, month, day] = isUtc
    ? [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
    : [date.getFullYear(), date.getMonth(), date.getDate()];
  return Math.round((Date.UTC(year, month, day) - Date.UTC(year, 0, 1)) / 86_400_000) + 1;
}

/** Whether clocks are ahead of what they show in one of winter and summer. */
export function isSummer(date: Date): boolean {
  const offsets = [0, 6].map((month) => new Date(date.getFullYear(), month, 1).getTimezoneOffset());
  return date.getTimezoneOffset() < Math.max(...offsets);
}
