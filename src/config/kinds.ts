/**
 * Kinds of option values: how each is written, and what is allowed.
 *
 * @module
 */
import { GiB, KiB, MiB, TiB } from "../core/bytes.ts";
import type { SampleSize } from "../core/check.ts";
import { Secret } from "./secret.ts";

/** How the value of an option is read. */
export interface Kind<T> {
  /** Flags need no value on the command line. */
  readonly flag: boolean;
  /** Where a number can be written as such, in files that know numbers. */
  readonly numeric?: true;
  /** May be given more than once: the values are put together. */
  join?(values: readonly T[]): T;
  /** The values, where there are only some. */
  readonly words?: readonly string[];
  /** What `--help` calls the value. */
  readonly placeholder: string;
  /**
   * Reads a value.
   *
   * @param at its place among all options of the command line, for those of which the order counts
   * @throws Error whose message says what is allowed, without naming the option
   */
  parse(text: string, at?: number): T;
  /** Writes a value as `--help` shows it. */
  format(value: T): string;
  /** What is wrong with a value that did not come as text; `undefined` if nothing is. */
  check(value: T): string | undefined;
}

/** A check that lets everything pass. */
export const fine = (): undefined => undefined;

/** A kind whose values are checked once they are read, however they came. */
export function checked<T>({
  read,
  ...kind
}: Omit<Kind<T>, "flag" | "parse"> & { readonly read: Kind<T>["parse"] }): Kind<T> {
  return {
    ...kind,
    flag: false,
    parse(written, at) {
      const value = read(written, at);
      const problem = kind.check(value);
      if (problem !== undefined) throw new Error(problem);
      return value;
    },
  };
}

/** Any text that passes a check. */
export function checkedText(placeholder: string, check: Kind<string>["check"]): Kind<string> {
  return checked({ placeholder, read: (value) => value, format: String, check });
}

/** On or off. */
export const flag: Kind<boolean> = {
  flag: true,
  placeholder: "",
  parse(value) {
    const lower = value.toLowerCase();
    if (["1", "true", "yes", "on"].includes(lower)) return true;
    if (["0", "false", "no", "off"].includes(lower)) return false;
    throw new Error("true or false is allowed");
  },
  format: String,
  check: (value: unknown) => (typeof value === "boolean" ? undefined : "true or false is allowed"),
};

/** Any text but the empty one. */
export function text(placeholder: string): Kind<string> {
  return checkedText(placeholder, (value) => (value === "" ? "it must not be empty" : undefined));
}

/** The name of an object, which is a path below SOURCE where that is a directory. */
export const keyName = checkedText("NAME", (value) =>
  value.split("/").some((part) => part === "" || part === "." || part === "..")
    ? "a name such as .mounted is allowed, without empty parts, . and .."
    : undefined,
);

/** A text that nobody may see. */
export function secret(placeholder: string): Kind<Secret> {
  return {
    flag: false,
    placeholder,
    parse(value) {
      if (value === "") throw new Error("it must not be empty");
      return new Secret(value);
    },
    format: String,
    check: (value: unknown) =>
      value instanceof Secret ? undefined : "a text or a Secret is allowed",
  };
}

/** A whole number in a range. */
export function integer(min: number, max: number, placeholder = "N"): Kind<number> {
  const check = (value: number): string | undefined =>
    Number.isSafeInteger(value) && value >= min && value <= max
      ? undefined
      : `a whole number from ${min} to ${max} is allowed`;
  const read = (value: string): number => (/^\d+$/.test(value) ? Number(value) : Number.NaN);
  return checked({ placeholder, numeric: true, read, format: String, check });
}

/** Milliseconds, 0 included. */
export const milliseconds = integer(0, 2 ** 31 - 1, "MS");

const units: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 1000,
  KIB: KiB,
  MB: 1000 ** 2,
  MIB: MiB,
  GB: 1000 ** 3,
  GIB: GiB,
  TB: 1000 ** 4,
  TIB: TiB,
};

/** A number of bytes, with or without a unit: `8MiB`, `8388608`. */
export function size(min: number, max: number): Kind<number> {
  const check = (value: number): string | undefined =>
    Number.isSafeInteger(value) && value >= min && value <= max
      ? undefined
      : `a size from ${formatSize(min)} to ${formatSize(max)} is allowed`;
  return checked({
    placeholder: "SIZE",
    numeric: true,
    read(value) {
      const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value.trim()) ?? [];
      const factor = units[(unit ?? "?").toUpperCase()];
      if (number === undefined || factor === undefined) {
        throw new Error("a size such as 8MiB is allowed (KB, KiB, MB, MiB, GB, GiB, TB, TiB)");
      }
      return Math.round(Number(number) * factor);
    },
    format: formatSize,
    check,
  });
}

/** `8MiB`, or the plain number if no unit fits. */
export function formatSize(bytes: number): string {
  for (const [name, factor] of [
    ["TiB", TiB],
    ["GiB", GiB],
    ["MiB", MiB],
    ["KiB", KiB],
  ] as const) {
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${name}`;
  }
  return String(bytes);
}

/** An http or https URL without a query. Records show it, so it may hold no password; no request would carry one. */
export const url = checkedText("URL", (value) => {
  const { username = "", password = "" } = URL.parse(value) ?? {};
  if (username + password !== "") return "a URL without user and password is allowed";
  return urlProblem(value);
});

/** An http or https URL that may hold a password. */
export const secretUrl: Kind<Secret> = {
  ...secret("URL"),
  parse(value) {
    if (urlProblem(value) === undefined) return new Secret(value);
    throw new Error(
      "an http or https URL is allowed, such as http://user:password@proxy.example.com:3128",
    );
  },
};

function urlProblem(value: string): string | undefined {
  const parsed = URL.parse(value);
  const good =
    parsed !== null && ["http:", "https:"].includes(parsed.protocol) && parsed.search === "";
  return good ? undefined : "an http or https URL is allowed, such as https://s3.example.com";
}

/** One of several words, however they are spelled in upper and lower case. */
export function oneOf<const T extends string>(words: readonly T[], placeholder: string): Kind<T> {
  const others = words.slice(0, -1).join(", ");
  const allowed = `${others === "" ? "only" : `${others} or`} ${words.at(-1)} is allowed`;
  return {
    flag: false,
    words,
    placeholder,
    parse(value) {
      const found = words.find((word) => word.toLowerCase() === value.toLowerCase());
      if (found === undefined) throw new Error(allowed);
      return found;
    },
    format: String,
    check: (value) => (words.includes(value) ? undefined : allowed),
  };
}

/** The most that may be deleted: so many objects, or so many percent of those that the target has. */
export interface DeleteLimit {
  readonly kind: "objects" | "percent";
  readonly most: number;
}

const deleteLimitHint = "a whole number from 1, or a percentage such as 10%, is allowed";

/** How a number of objects, or a share of them, is written: `100` or `2.5%`. */
const share = {
  numeric: true,
  read(value: string): DeleteLimit {
    const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(value) ?? [];
    return { kind: percent === "%" ? "percent" : "objects", most: Number(digits) };
  },
  format: ({ kind, most }: DeleteLimit) => `${most}${kind === "percent" ? "%" : ""}`,
} as const;

/** `100` or `2.5%`. */
export const deleteLimit = checked<DeleteLimit>({
  ...share,
  placeholder: "LIMIT",
  check: limitProblem,
});

/** The objects of a sample are held in memory until all are listed; those of a share are not. */
const largestSample = 1_000_000;

/** More than nothing: a sample of nothing would prove everything. */
export const sampleSize = checked<SampleSize>({
  ...share,
  placeholder: "SAMPLE",
  check: (value) => {
    const isTooLarge = value.kind === "objects" && value.most > largestSample;
    return value.most === 0 || isTooLarge || limitProblem(value) !== undefined
      ? `a whole number from 1 to ${largestSample}, or a percentage above 0 such as 1%, is allowed`
      : undefined;
  },
});

function limitProblem({ kind, most }: DeleteLimit): string | undefined {
  const good =
    kind === "percent" ? most >= 0 && most <= 100 : Number.isSafeInteger(most) && most >= 1;
  return good ? undefined : deleteLimitHint;
}

const momentHint =
  "now, a time such as 2030-02-19T12:00:00Z or 2030-02-19 12:00, a day such as 2030-02-19 (its beginning), both UTC unless a time ends with an offset such as +01:00, or an age such as 90m, 12h, 3d or 2w is allowed";
const ages: Readonly<Record<string, number>> = { m: 1, h: 60, d: 24 * 60, w: 7 * 24 * 60 };

/** A moment in the past: now, an instant, a time or the beginning of a day in UTC, or so long ago. */
export const moment = checked<Date>({
  placeholder: "TIME",
  read(value) {
    if (value.toLowerCase() === "now") return new Date();
    const [, count, unit = ""] = /^(\d+)([mhdw])$/.exec(value) ?? [];
    if (count !== undefined)
      return new Date(Date.now() - Number(count) * (ages[unit] ?? 0) * 60_000);
    const [, day = "", minute = "00:00", second = ":00", zone = "Z"] = wallTime.exec(value) ?? [];
    return readInstant(`${day}T${minute}${second}${zone}`);
  },
  format: (value) => value.toISOString(),
  check: (value) => (Number.isNaN(value.getTime()) ? momentHint : undefined),
});

const periods: Readonly<Record<string, number>> = {
  h: 1,
  d: 24,
  w: 7 * 24,
  M: 31 * 24,
  y: 366 * 24,
};

/** How far back something reaches: the moment so long ago. Months have 31 days, and years 366. */
export const period = checked<Date>({
  placeholder: "PERIOD",
  read(value) {
    const [, count = "", unit = ""] = /^(\d+)([hdwMy])$/.exec(value) ?? [];
    return new Date(
      count === "" ? NaN : Date.now() - Number(count) * (periods[unit] ?? 0) * 3600_000,
    );
  },
  format: (value) => value.toISOString(),
  check: (value) =>
    Number.isNaN(value.getTime())
      ? "a period such as 12h, 30d, 8w, 6M (months) or 1y is allowed"
      : undefined,
});

/** A day, with or without a time, which may end with minutes and without an offset. */
const wallTime = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?)?$/;

const spans: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3600_000,
  d: 24 * 3600_000,
  w: 7 * 24 * 3600_000,
};
const longestSpan = 1000 * 365 * 24 * 3600_000;

/** A span, in milliseconds: `500ms`, `30s`, `10m`, `12h`, `7d`, `2w`, or `0`. */
export const duration = checked<number>({
  placeholder: "DURATION",
  read(value) {
    const [, count, unit = ""] = /^(\d+)(ms|[smhdw])$/.exec(value) ?? [];
    if (value === "0") return 0;
    return count === undefined ? Number.NaN : Number(count) * (spans[unit] ?? 1);
  },
  format: formatDuration,
  check: (value) =>
    Number.isSafeInteger(value) && value >= 0 && value <= longestSpan
      ? undefined
      : "a duration such as 30s, 10m, 12h, 7d or 2w, or 0, is allowed",
});

/** `7d`, in the largest unit that fits; from a second on, milliseconds that fit none are rounded up to seconds. */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0";
  if (ms < 1000) return `${ms}ms`;
  const largestFirst = Object.entries(spans).toReversed();
  const fits = largestFirst.find(([, span]) => ms % span === 0);
  const [unit, length] = fits ?? ["s", 1000];
  return `${Math.ceil(ms / length)}${unit}`;
}

const instantHint = "a time such as 2030-02-19T12:00:00Z is allowed";

/** A moment, as RFC 3339 writes it: with an offset, so that it is the same everywhere. */
export const instant = checked<Date>({
  placeholder: "TIME",
  read: readInstant,
  format: (value) => value.toISOString(),
  check: (value) => (Number.isNaN(value.getTime()) ? instantHint : undefined),
});

function readInstant(value: string): Date {
  const [, day] =
    /^(\d{4}-\d\d-\d\d)[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.exec(value) ?? [];
  return new Date(day !== undefined && isDay(day) ? value.replace(" ", "T") : Number.NaN);
}

/** February 30 would be taken for March 2. */
function isDay(written: string): boolean {
  const date = new Date(written);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(written);
}
