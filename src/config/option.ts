/**
 * What an option is.
 *
 * @module
 */
import { flag, type Kind } from "./kinds.ts";

/** The headings of `--help`, in order, under upstream's names. */
export const groups = [
  "General",
  "AWS Configuration",
  "Source Options",
  "Target Options",
  "Filtering",
  "Update Checking",
  "Verification",
  "Performance",
  "Multipart Settings",
  "Metadata/Headers",
  "Tagging",
  "Encryption",
  "Tracing/Logging",
  "Retry Options",
  "Timeout Options",
  "Advanced",
  "Dangerous",
] as const;

/** The heading an option stands under. */
export type Group = (typeof groups)[number];

/** One row of the option table: values of type `T`, and `D` (a `T` or `undefined`) when nobody says anything. */
export interface Option<T = unknown, D = unknown> {
  readonly group: Group;
  readonly kind: Kind<T>;
  readonly fallback: D;
  /** Sentences for `--help`. */
  readonly help: string;
  /** Not one of upstream's: read only from `S3SYNC_<NAME>`, never from `<NAME>`. */
  readonly ours: boolean;
}

/** The value that an option has in a `Config`. */
export type ValueOf<O> = O extends Option<infer T, infer D> ? T | D : never;

/** Marks options that upstream does not have. */
export const ours = { ours: true } as const;

/** An option that is on or off, and off by itself. */
export function onOff(group: Group, help: string, more?: typeof ours): Option<boolean, false> {
  return { group, kind: flag, fallback: false, help, ours: more !== undefined };
}

/** An option that may be absent. */
export function optional<T>(
  group: Group,
  kind: Kind<T>,
  help: string,
  more?: typeof ours,
): Option<T, undefined> {
  return { group, kind, fallback: undefined, help, ours: more !== undefined };
}

/** An option that always has a value. */
export function withDefault<T>(
  group: Group,
  kind: Kind<T>,
  fallback: T,
  help: string,
  more?: typeof ours,
): Option<T, T> {
  return { group, kind, fallback, help, ours: more !== undefined };
}

/** The environment variables of an option, the one that wins first. */
export function environmentNames(name: string, option: Option): string[] {
  const upper = name.toUpperCase().replaceAll("-", "_");
  return option.ours ? [`S3SYNC_${upper}`] : [`S3SYNC_${upper}`, upper];
}
