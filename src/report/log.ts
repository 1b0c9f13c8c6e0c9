/**
 * The log: records as text or JSON lines. consola does the levels; its own throttling of repeated lines is
 * off, because every record counts.
 *
 * @module
 */
import { type ConsolaInstance, createConsola } from "consola/core";

import { jsonText } from "../core/json.ts";
import type { LineWriter } from "./line-writer.ts";
import { type LogFilter, rankOf, type Verbosity } from "./log-filter.ts";
import { printable, quoted } from "./printable.ts";
import type { FieldValue, Level, LogRecord } from "./records.ts";

const consolaLevels: Readonly<Record<Verbosity, number>> = {
  off: -999,
  error: 0,
  warn: 1,
  info: 3,
  debug: 4,
  trace: 5,
};

/** How records look. */
export interface LogStyle {
  readonly json: boolean;
  /** Say which part of the program a record comes from. */
  readonly targets: boolean;
  readonly colours: boolean;
}

const colourCodes: Readonly<Record<Level, number>> = {
  error: 31,
  warn: 33,
  info: 32,
  debug: 34,
  trace: 35,
};

/** Writes records of the wanted levels. */
export class Log {
  private readonly consola: ConsolaInstance;

  constructor(
    private readonly filter: LogFilter,
    private readonly style: LogStyle,
    private readonly writer: LineWriter,
  ) {
    this.consola = createConsola({
      level: consolaLevels[filter.most],
      throttle: 0,
      reporters: [{ log: ({ args }) => this.print(args[0] as LogRecord) }],
    });
  }

  /** Whether any record of a level may be wanted. Ask before making one. */
  wants(level: Level): boolean {
    return rankOf(level) <= rankOf(this.filter.most);
  }

  /** Whether a record would be written. */
  shows({ level, target }: LogRecord): boolean {
    return this.filter.wants(level, target);
  }

  /** Writes a record if it is wanted. */
  write(record: LogRecord): void {
    if (this.shows(record)) this.consola[record.level].raw(record);
  }

  /** Writes a record whatever its level. */
  print(record: LogRecord): void {
    const { json } = this.style;
    this.writer.line(json ? jsonLine(record, this.style) : textLine(record, this.style));
  }
}

/** UTC with microseconds, as upstream writes it. */
function timestamp(): string {
  const now = performance.timeOrigin + performance.now();
  const micros = Math.floor((now * 1000) % 1000);
  return new Date(now).toISOString().replace("Z", `${String(micros).padStart(3, "0")}Z`);
}

/** `2026-11-21T00:48:43.946319Z  INFO sync completed. key="a" size=3`. */
export function textLine(
  { level, target, span, message, fields }: LogRecord,
  { colours, targets }: Pick<LogStyle, "colours" | "targets">,
): string {
  const paint = (code: number, text: string): string =>
    colours ? `\u001b[${code}m${text}\u001b[0m` : text;
  const shown = Object.entries(fields)
    .flatMap(flat)
    .map(([name, value]) => {
      const text = typeof value === "string" ? quoted(value) : String(value);
      return ` ${paint(3, printable(name))}${paint(2, "=")}${text}`;
    });
  const name = paint(colourCodes[level], level.toUpperCase().padStart(5));
  const step = span === undefined ? "" : `${paint(1, span)}${paint(2, ":")} `;
  const from = targets ? `${paint(2, `${target}:`)} ` : "";
  return `${paint(2, timestamp())} ${name} ${step}${from}${`${printable(message)}${shown.join("")}`.trimStart()}`;
}

function flat([name, value]: [string, FieldValue]): [string, string | number | boolean][] {
  if (typeof value !== "object") return [[name, value]];
  return Object.entries(value).map(([part, count]) => [`${name}.${part}`, count]);
}

/** One object a line: timestamp, level, fields with the message first. */
export function jsonLine(
  { level, target, span, message, fields }: LogRecord,
  { targets }: Pick<LogStyle, "targets">,
): string {
  return jsonText({
    timestamp: timestamp(),
    level: level.toUpperCase(),
    fields: message === "" ? fields : { message, ...fields },
    ...(targets ? { target } : {}),
    ...(span === undefined ? {} : { span: { name: span } }),
  });
}
