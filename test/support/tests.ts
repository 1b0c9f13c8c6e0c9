/**
 * Runs the tests, shows their output as it comes, and ends with the numbers.
 *
 *     bun test/support/tests.ts [arguments of bun test]
 *
 * The last line is `N passed, N failed`. The exit code is 0 only if something passed and nothing failed, and if no
 * secret that the tests used was printed by anything in them.
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { printable } from "../../src/report/printable.ts";
import { patient } from "./patience.ts";
import { readRegistry, registryVariable, SecretFinder } from "./secrets.ts";
import { readTestReport, skippedLines } from "./test-report.ts";

const args = process.argv.slice(2);
const chosenByName = args.some((arg) => /^(?:-t|--test-name-pattern)/.test(arg));
const directory = fs.mkdtempSync(path.join(os.tmpdir(), "s3sync-tests-"));
const reportFile = path.join(directory, "report.xml");

const registry = path.join(directory, "secrets");
fs.writeFileSync(registry, "");

const tests = Bun.spawn(
  [
    process.execPath,
    // The limit ends tests that hang; how fast something is, tests measure themselves.
    ...[
      "test",
      "--parallel",
      `--timeout=${patient(60_000)}`,
      "--reporter=junit",
      `--reporter-outfile=${reportFile}`,
    ],
    ...args,
  ],
  {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: {
      ...process.env,
      [registryVariable]: registry,
      ...(process.stderr.isTTY ? { FORCE_COLOR: "1" } : {}),
    },
  },
);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => tests.kill(signal));

/** Shows what comes, and keeps it: a secret may become known only after it was printed. */
async function passOn(output: ReadableStream<Uint8Array>, to: NodeJS.WriteStream): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of output) {
    pieces.push(piece);
    to.write(piece);
  }
  return Buffer.concat(pieces);
}

const printed = await Promise.all([
  passOn(tests.stdout, process.stdout),
  passOn(tests.stderr, process.stderr),
]);
const exitCode = await tests.exited;
readRegistry(registry);
const leak = printed.map((text) => new SecretFinder().find(text)).find(Boolean);

const xml = fs.existsSync(reportFile) ? fs.readFileSync(reportFile, "utf8") : "";
fs.rmSync(directory, { recursive: true });
const { passed, failed, skipped } = readTestReport(xml);

const lines: string[] = [""];
if (skipped.length > 0) lines.push(`skipped (${skipped.length})${chosenByName ? "" : ":"}`);
// Those that a pattern left out are called skipped as well.
const all = skippedLines(skipped).map((line) => `  ${printable(line)}`);
lines.push(...(chosenByName ? [] : all));
if (passed + failed === 0) lines.push("no test ran");
// A file that cannot be loaded, or a test process that died, is in no report.
const unreported = exitCode !== 0 && failed === 0 ? 1 : 0;
if (unreported > 0) lines.push(`bun test ended with ${exitCode}: see above`);
if (leak !== undefined) lines.push(`the tests printed ${leak}`);
const failures = failed + unreported + (leak === undefined ? 0 : 1);
lines.push(`${passed} passed, ${failures} failed`);
process.stdout.write(`${lines.join("\n")}\n`);
process.exitCode = exitCode === 0 && passed > 0 && failures === 0 ? 0 : 1;
