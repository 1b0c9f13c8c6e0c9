/**
 * Which records are wanted, in the notation of `RUST_LOG`.
 *
 * @see https://docs.rs/tracing-subscriber/latest/tracing_subscriber/filter/struct.EnvFilter.html
 * @module
 */
import type { Level } from "./records.ts";

/** A level and all graver ones, or nothing. */
export type Verbosity = Level | "off";

const ranks: readonly Verbosity[] = ["off", "error", "warn", "info", "debug", "trace"];

/** From the gravest on: 0 is `off`. */
export function rankOf(verbosity: Verbosity): number {
  return ranks.indexOf(verbosity);
}

/** What is wanted of the targets whose names begin with a text. */
interface Directive {
  readonly target: string;
  readonly verbosity: Verbosity;
}

/** Decides which records are written, by their level and by which part of the program they come from. */
export class LogFilter {
  /** Longest target first: what says more about one counts. */
  private readonly directives: readonly Directive[];
  /** Nothing beyond it is wanted of anybody. */
  readonly most: Verbosity;

  constructor(directives: readonly Directive[]) {
    // Of two for the same target the later one counts.
    const byTarget = new Map(directives.map((directive) => [directive.target, directive]));
    this.directives = [...byTarget.values()].toSorted((a, b) => b.target.length - a.target.length);
    const most = Math.max(0, ...this.directives.map(({ verbosity }) => rankOf(verbosity)));
    this.most = ranks[most] ?? "off";
  }

  wants(level: Level, target: string): boolean {
    if (rankOf(level) > rankOf(this.most)) return false;
    const directive = this.directives.find((each) => target.startsWith(each.target));
    return directive !== undefined && rankOf(level) <= rankOf(directive.verbosity);
  }
}

/** The same for these targets, nothing of others. */
export function upTo(verbosity: Verbosity, targets: readonly string[]): LogFilter {
  return new LogFilter(targets.map((target) => ({ target, verbosity })));
}

/** A filter, and what in its text makes no sense: upstream ignores that, and says so. */
export interface ReadFilter {
  readonly filter: LogFilter;
  readonly ignored: readonly string[];
}

/** Reads `warn,s3sync::storage=debug`. */
export function readLogFilter(text: string): ReadFilter {
  const directives: Directive[] = [];
  const ignored: string[] = [];
  for (const written of text.split(",").map((each) => each.trim())) {
    if (written === "") continue;
    const directive = readDirective(written);
    if (directive === undefined) ignored.push(written);
    else directives.push(directive);
  }
  // Without any, only errors are shown.
  const filter = new LogFilter(
    directives.length > 0 ? directives : [{ target: "", verbosity: "error" }],
  );
  return { filter, ignored };
}

/** `level`, `target` or `target=level`. Those for spans and fields are unknown here. */
function readDirective(written: string): Directive | undefined {
  const level = readLevel(written);
  if (level !== undefined) return { target: "", verbosity: level };
  const [, target, name] = /^([\w:-]+)(?:=(\w+))?$/.exec(written) ?? [];
  const verbosity = name === undefined ? "trace" : readLevel(name);
  if (target === undefined || verbosity === undefined) return undefined;
  return { target, verbosity };
}

/** A name in any case, or a number from 0. */
function readLevel(text: string): Verbosity | undefined {
  const lower = text.toLowerCase();
  if (/^[0-5]$/.test(text)) return ranks[Number(text)];
  return ranks.find((rank) => rank === lower);
}
