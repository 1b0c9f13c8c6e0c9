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
  "Cleanup",
  "Metadata/Headers",
  "File Attributes",
  "Tagging",
  "Object Annotation",
  "Versioning",
  "Going Back",
  "Encryption",
  "Reporting",
  "Tracing/Logging",
  "Retry Options",
  "Timeout Options",
  "Advanced",
  "Index and Lock",
  "Two-way Sync",
  "Watch",
  "Sites",
  "Cluster",
  "Lua scripting support",
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
  readonly traits: Traits;
}

/** What sets an option apart. */
export interface Traits {
  /** Not one of upstream's: read only from `S3SYNC_<NAME>`, never from `<NAME>`. */
  readonly ours?: true;
  /** Not in `--help`. */
  readonly hidden?: true;
}

/** The value that an option has in a `Config`. */
export type ValueOf<O> = O extends Option<infer T, infer D> ? T | D : never;

/** Marks options that upstream does not have. */
export const ours: Traits = { ours: true };

/** An option that is on or off, and off by itself. */
export function onOff(group: Group, help: string, traits: Traits = {}): Option<boolean, false> {
  return { group, kind: flag, fallback: false, help, traits };
}

/** An option that may be absent. */
export function optional<T>(
  group: Group,
  kind: Kind<T>,
  help: string,
  traits: Traits = {},
): Option<T, undefined> {
  return { group, kind, fallback: undefined, help, traits };
}

/** An option that always has a value. */
export function withDefault<T>(
  group: Group,
  kind: Kind<T>,
  fallback: T,
  help: string,
  traits: Traits = {},
): Option<T, T> {
  return { group, kind, fallback, help, traits };
}

/** The environment variables of an option, the one that wins first. */
export function environmentNames(name: string, option: Option): string[] {
  const upper = name.toUpperCase().replaceAll("-", "_");
  return option.traits.ours === true ? [`S3SYNC_${upper}`] : [`S3SYNC_${upper}`, upper];
}
