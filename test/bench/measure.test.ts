/**
 * The stopwatch itself.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { TempDir } from "../support/temp-dir.ts";
import { type Finished, measure } from "./measure.ts";

const MiB = 1024 * 1024;

async function run(script: string, capS = 30, given?: TempDir): Promise<Finished> {
  using own = new TempDir();
  const dir = given ?? own;
  const signal = new AbortController().signal;
  const command = { argv: [process.execPath, "-e", script], env: {} };
  return await measure(command, { workDir: dir.path, capS, signal });
}

describe("a measured command", () => {
  test.skipIf(process.platform !== "linux")(
    "is charged with its own peak, not with that of whoever started it (needs Linux)",
    async () => {
      const ballast = new Uint8Array(200 * MiB).fill(1);
      const { cost } = await run("await Bun.sleep(100)");
      expect(cost.peakBytes).toBeGreaterThan(5 * MiB);
      expect(cost.peakBytes).toBeLessThan(150 * MiB);
      expect(ballast.byteLength).toBe(200 * MiB);
    },
  );

  test("is charged with the CPU that it used", async () => {
    const { cost, exitCode } = await run(
      "let n = 0; while (process.cpuUsage().user < 300_000) for (let i = 0; i < 1e6; i++) n += i;",
    );
    expect(exitCode).toBe(0);
    expect(cost.cpuS).toBeGreaterThan(0.3);
  });

  test("is not taken for the one before it", async () => {
    using dir = new TempDir();
    dir.write("stderr", "a long line of somebody else");
    expect((await run("console.error('own')", 30, dir)).lastLines).toBe("own");
  });

  test("leaves its exit code and its last lines on stderr", async () => {
    const finished = await run("console.error('first\\nwhy\\nlast\\n'); process.exit(3)");
    expect(finished).toMatchObject({ exitCode: 3, lastLines: "why / last", capped: false });
  });

  test.skipIf(process.platform !== "linux")(
    "is ended with its children when its time is over (needs Linux)",
    async () => {
      const script =
        "const child = Bun.spawn(['sleep', '100']); console.error(child.pid); await child.exited";
      const { capped, lastLines } = await run(script, 1);
      expect(capped).toBe(true);
      expect(Number(lastLines)).toBeGreaterThan(0);
      await untilDead(Number(lastLines));
    },
  );
});

/** The kernel takes its time. The test's own limit ends this if it never happens. */
async function untilDead(pid: number): Promise<void> {
  while (isAlive(pid)) await Bun.sleep(5);
}

/** A dead process that nobody has taken note of yet still has its number. */
function isAlive(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  if (!fs.existsSync(file)) return false;
  const stat = fs.readFileSync(file, "utf8");
  return stat.charAt(stat.lastIndexOf(")") + 2) !== "Z";
}
