/**
 * Asks the registry for advisories about the packages in `bun.lock`, those for development included.
 *
 *     bun test/support/audit.ts
 *
 * Ends with 0 if there is none that is high or critical, with 1 if there is, and with 3 if the registry could not be
 * asked: that is no good news.
 *
 * @module
 */
import path from "node:path";

import { printable } from "../../src/report/printable.ts";

/** What a registry tells of a package. */
interface Advisory {
  readonly severity: string;
  readonly title: string;
  readonly url: string;
  readonly vulnerable_versions: string;
}

const grave: ReadonlySet<string> = new Set(["high", "critical"]);
const exitCodes = { fine: 0, grave: 1, unknown: 3 } as const;

/** Severe first. */
const severities = ["critical", "high", "moderate", "low"];

function ask(): Readonly<Record<string, readonly Advisory[]>> | string {
  const child = Bun.spawnSync([process.execPath, "audit", "--json"], {
    cwd: process.env["S3SYNC_TEST_AUDITED"] ?? path.join(import.meta.dir, "../.."),
    stdout: "pipe",
    stderr: "pipe",
    timeout: 60_000,
  });
  try {
    return JSON.parse(child.stdout.toString()) as Readonly<Record<string, readonly Advisory[]>>;
  } catch {
    return child.stderr.toString().trim() || "bun audit said nothing";
  }
}

function tell(text: string): void {
  process.stdout.write(`${text.split("\n").map(printable).join("\n")}\n`);
}

const answer = ask();
if (typeof answer === "string") {
  tell(`the registry could not be asked for advisories: ${answer}`);
  process.exitCode = exitCodes.unknown;
} else {
  const found = Object.entries(answer)
    .flatMap(([name, advisories]) => advisories.map((advisory) => ({ name, ...advisory })))
    .toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
  for (const { name, severity, title, url, vulnerable_versions: versions } of found) {
    tell(`${severity}: ${name} ${versions}: ${title} (${url})`);
  }
  const count = found.filter(({ severity }) => grave.has(severity)).length;
  tell(`${found.length} advisories, ${count} of them high or critical`);
  process.exitCode = count === 0 ? exitCodes.fine : exitCodes.grave;
}
