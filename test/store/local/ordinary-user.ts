/**
 * Runs a script as somebody who may not read everything: root ignores modes.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

const nobody = "65534";
const isRoot = process.getuid?.() === 0;
const becomeNobody = ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"];

/** What a skipped test says. */
export const userNeeds = "needs an ordinary user: setpriv, and a checkout that others may read";

/**
 * Runs a script of this folder to its end.
 *
 * @returns what it printed, read as JSON
 */
export async function runAsUser(script: string, ...args: readonly string[]): Promise<unknown> {
  const command = [process.execPath, path.join(import.meta.dir, script), ...args];
  const child = Bun.spawn(isRoot ? [...becomeNobody, ...command] : command, {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Takes rights away from a file or directory until the end of the test, which has to remove it. */
export class Locked implements Disposable {
  constructor(
    private readonly locked: string,
    mode: number,
  ) {
    fs.chmodSync(locked, mode);
  }

  [Symbol.dispose](): void {
    fs.chmodSync(this.locked, 0o755);
  }
}

/** Whether that works here. */
export const canBeUser = await (async (): Promise<boolean> => {
  if (process.platform === "win32") return false;
  if (!isRoot) return true;
  try {
    return (await runAsUser("as-user.ts", "ready")) === true;
  } catch {
    return false;
  }
})();
