/**
 * Counts what came of the faults, and compares that with the tables in test/README.md.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { type RouteName, routes, type SizeName } from "./routes.ts";

/** What a run with a fault came to: all is there and proven, or it was said that it is not. */
export type Outcome = "complete" | "failed";

/** One run with one fault. */
export interface Cell {
  readonly fault: string;
  readonly route: RouteName;
  readonly size: SizeName;
}

const readme = path.join(import.meta.dir, "../README.md");

/** Outcomes by fault and by way. */
export class Tally {
  private readonly rows = new Map<string, Map<string, Record<Outcome, number>>>();
  /** How many were counted. */
  total = 0;

  /** @param faults the rows, in order */
  constructor(
    private readonly name: string,
    faults: readonly string[],
  ) {
    for (const fault of faults) this.rows.set(fault, new Map());
  }

  count({ fault, route, size }: Cell, outcome: Outcome): void {
    const row = this.rows.get(fault);
    if (row === undefined) throw new Error(`no row for ${fault}`);
    const way = wayOf(route, size);
    const counts = row.get(way) ?? { complete: 0, failed: 0 };
    counts[outcome] += 1;
    row.set(way, counts);
    this.total += 1;
  }

  /** The table of the README, or, with `S3SYNC_TEST_WRITE=1`, what it is from now on. */
  published(): string[][] {
    const [open, end] = [`<!-- outcomes: ${this.name} -->`, `<!-- end: ${this.name} -->`];
    const text = fs.readFileSync(readme, "utf8");
    const from = text.indexOf(open) + open.length;
    const to = text.indexOf(end);
    if (to < from) throw new Error(`test/README.md has no ${open}`);
    if (process.env["S3SYNC_TEST_WRITE"] === "1") {
      const lines = this.table().map((cells) => `| ${cells.join(" | ")} |`);
      fs.writeFileSync(
        readme,
        `${text.slice(0, from)}\n\n${lines.join("\n")}\n\n${text.slice(to)}`,
      );
      return this.table();
    }
    const lines = text.slice(from, to).trim().split("\n");
    return lines
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      )
      .map((cells) => cells.map((cell) => cell.replace(/^-+$/, "---")));
  }

  /** Each cell says how many runs ended complete and how many failed honestly; empty where the fault cannot be met. */
  table(): string[][] {
    const ways = routes.map(({ route, size }) => wayOf(route, size));
    const rows = Array.from(this.rows, ([fault, row]) => [
      fault,
      ...ways.map((way) => shown(row.get(way))),
    ]);
    return [["fault", ...ways], ["fault", ...ways].map(() => "---"), ...rows];
  }
}

function shown(counts: Record<Outcome, number> | undefined): string {
  return counts === undefined ? "" : `${counts.complete} + ${counts.failed}`;
}

function wayOf(route: RouteName, size: SizeName): string {
  return `${route}${size === "small" ? "" : ", parts"}`;
}
