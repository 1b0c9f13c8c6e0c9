/**
 * Builds the program for a test, in a copy of the project that is gone before the program runs: what it
 * needs it must have with it.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

/** The project. */
export const projectRoot = path.join(import.meta.dir, "../..");

/** All that `build.ts` reads. */
const parts = ["src", "build.ts", "bun.lock", "package.json", "tsconfig.json"];

/**
 * Builds with `build.ts` as users do.
 *
 * @param directory where the files go; the copy of the project lives and dies beside it
 * @param args further arguments of `build.ts`
 * @returns what the build printed
 */
export async function build(directory: string, args: readonly string[] = []): Promise<string> {
  const copy = `${directory}.project`;
  for (const part of parts) {
    fs.cpSync(path.join(projectRoot, part), path.join(copy, part), { recursive: true });
  }
  fs.symlinkSync(path.join(projectRoot, "node_modules"), path.join(copy, "node_modules"));
  const building = Bun.spawn(
    [process.execPath, path.join(copy, "build.ts"), "--out", directory, ...args],
    { cwd: copy, stdout: "pipe", stderr: "pipe" },
  );
  const [stdout, stderr] = await Promise.all([
    new Response(building.stdout).text(),
    new Response(building.stderr).text(),
  ]);
  if ((await building.exited) !== 0) throw new Error(`the build failed:\n${stdout}${stderr}`);
  fs.rmSync(copy, { recursive: true });
  return stdout;
}

/**
 * A copy of the project as it is packed, with what it needs for that.
 *
 * @returns the directory
 */
export function packageCopy(directory: string): string {
  for (const part of [...parts, "README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE"]) {
    fs.cpSync(path.join(projectRoot, part), path.join(directory, part), { recursive: true });
  }
  fs.symlinkSync(path.join(projectRoot, "node_modules"), path.join(directory, "node_modules"));
  return directory;
}

/** What a finished program left. */
export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and with what a program runs. */
export interface Surroundings {
  readonly cwd: string;
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program. The caller waits for it or ends it. */
export function start(
  command: readonly string[],
  { cwd, env }: Surroundings,
): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  return Bun.spawn([...command], {
    cwd,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** Runs a program to its end. */
export async function run(
  command: readonly string[],
  surroundings: Surroundings,
): Promise<Finished> {
  const child = start(command, surroundings);
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, stdout, stderr };
}
