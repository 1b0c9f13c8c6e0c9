/**
 * Runs s3sync as somebody whom file modes bind, and on disks that are full, also where the tests run as root.
 *
 * @module
 */
import fs from "node:fs";

import { cliCommand, type CliOptions, type CliResult } from "../support/cli.ts";
import { TempDir } from "../support/temp-dir.ts";

/** Root without the capabilities to pass over file modes. */
const withoutOverride = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];

/** What to put before a command so that file modes bind it; `undefined` if nothing does that here. */
const binding: readonly string[] | undefined = [[], withoutOverride].find(modesBind);

/** Whether file modes can be made to bind. */
export const canRestrict = binding !== undefined;

function modesBind(prefix: readonly string[]): boolean {
  if (process.platform === "win32") return false;
  using dir = new TempDir();
  const file = dir.write("secret", "x");
  fs.chmodSync(file, 0);
  try {
    return Bun.spawnSync([...prefix, "cat", file], { stderr: "ignore" }).stdout.byteLength === 0;
  } catch {
    return false;
  }
}

/** Runs s3sync where file modes bind it. */
export function runRestricted(
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  return run([...(binding ?? []), ...cliCommand(), ...args], options);
}

/** Mounts a tiny file system for one command, and lists afterwards what the command left there. */
const onTinyDisk = `
  mount -t tmpfs -o size=1m none "$0" || exit 99
  "$@"
  code=$?
  ls -A "$0" > "$0.left"
  exit $code
`;
/** The same with a disk that holds one file and cannot be changed. */
const onReadOnlyDisk = `
  mount -t tmpfs -o size=1m none "$0" && echo x > "$0/kept" && mount -o remount,ro "$0" || exit 99
  ${onTinyDisk.slice(onTinyDisk.indexOf('"$@"'))}
`;
const unshare = ["unshare", "--mount", "--map-root-user"];

/** Whether a tiny file system can be mounted. */
export const canMount = mountWorks();

function mountWorks(): boolean {
  if (process.platform !== "linux") return false;
  using dir = new TempDir();
  const disk = dir.at("disk");
  fs.mkdirSync(disk);
  try {
    return Bun.spawnSync([...unshare, "sh", "-c", onTinyDisk, disk, "true"]).exitCode === 0;
  } catch {
    return false;
  }
}

/** Runs s3sync with a disk of 1 MiB mounted at a directory; `left` is what it left there. */
export function runOnTinyDisk(
  disk: string,
  args: readonly string[],
  options: CliOptions = {},
): Promise<DiskResult> {
  return runOn(onTinyDisk, disk, args, options);
}

/** Runs s3sync with a disk mounted at a directory that holds the file `kept` and cannot be changed. */
export function runOnReadOnlyDisk(
  disk: string,
  args: readonly string[],
  options: CliOptions = {},
): Promise<DiskResult> {
  return runOn(onReadOnlyDisk, disk, args, options);
}

/** What a run left, on the disk too. */
type DiskResult = CliResult & { readonly left: readonly string[] };

async function runOn(
  script: string,
  disk: string,
  args: readonly string[],
  options: CliOptions,
): Promise<DiskResult> {
  const command = [...unshare, "sh", "-c", script, disk, ...cliCommand(), ...args];
  const result = await run(command, options);
  const left = fs.readFileSync(`${disk}.left`, "utf8").split("\n");
  return { ...result, left: left.filter((name) => name !== "") };
}

async function run(command: readonly string[], options: CliOptions): Promise<CliResult> {
  const child = Bun.spawn([...command], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...options.env },
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, stdout, stderr };
}
