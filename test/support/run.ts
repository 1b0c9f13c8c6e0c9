/**
 * Does all the set-up and then runs a task. Uses nothing but Bun: it is what installs the rest.
 *
 *     bun test/support/run.ts setup
 *     bun test/support/run.ts test [arguments of bun test]
 *     bun test/support/run.ts demo
 *     bun test/support/run.ts bench [arguments]
 *     bun test/support/run.ts soak [arguments]
 *     bun test/support/run.ts docs
 *     bun test/support/run.ts audit
 *
 * @module
 */
import path from "node:path";

import { installOtherServers } from "./other-servers.ts";
import { startServers } from "./servers.ts";
import { installTools } from "./tools.ts";

const root = path.join(import.meta.dir, "../..");
const binaries = path.join(root, "node_modules/.bin");
const bun = process.execPath;

interface Task {
  /** Without one, the set-up is all. */
  readonly script: string | undefined;
  /** Whether it wants the S3 servers of the tests. */
  readonly servers: boolean;
  /** Whether it has tests that need programs of the system. */
  readonly tools: boolean;
}

const tasks: Readonly<Record<string, Task>> = {
  setup: { script: undefined, servers: false, tools: false },
  test: { script: "test/support/tests.ts", servers: true, tools: true },
  demo: { script: "test/support/demo.ts", servers: true, tools: false },
  bench: { script: "test/bench/bench.ts", servers: false, tools: false },
  soak: { script: "test/soak/soak.ts", servers: true, tools: false },
  docs: { script: "test/support/docs.ts", servers: false, tools: false },
  audit: { script: "test/support/audit.ts", servers: false, tools: false },
};

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

let running: Bun.Subprocess | undefined;
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
let stopped: keyof typeof exitCodes | undefined;

/** Ctrl-C must not leave servers and their data behind: the task is ended, and then everything else. */
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    stopped = signal;
    running?.kill(signal);
  });
}

/** Runs a command with our own streams. */
async function run(command: readonly string[]): Promise<number> {
  if (stopped !== undefined) return 1;
  running = Bun.spawn([...command], {
    cwd: root,
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
    env: { ...process.env, PATH: `${binaries}${path.delimiter}${process.env["PATH"] ?? ""}` },
  });
  return running.exited;
}

/**
 * Installs what bun.lock names. Where install scripts are refused, the `bun` among the packages is a stub that
 * only says so; its script is then run here.
 */
async function installPackages(): Promise<number> {
  const installed = await run([bun, "install", "--frozen-lockfile", "--silent"]);
  if (installed !== 0) return installed;
  if (runs(path.join(binaries, "bun"))) return 0;
  return run([bun, path.join(root, "node_modules/bun/install.js")]);
}

function runs(program: string): boolean {
  try {
    return Bun.spawnSync([program, "--version"]).exitCode === 0;
  } catch {
    return false;
  }
}

async function main(name = "test", ...rest: readonly string[]): Promise<number> {
  const task = tasks[name];
  if (task === undefined) {
    say(`there is no task ${name}; there are ${Object.keys(tasks).join(", ")}`);
    return 2;
  }
  const installed = await installPackages();
  if (installed !== 0 || task.script === undefined) return installed;
  if (task.tools) await installTools(say);
  if (task.tools) await installOtherServers(say);
  await using _servers = task.servers ? await startServers(say) : undefined;
  // Awaited here: the servers are stopped when this function is left.
  return await run([bun, task.script, ...rest]);
}

const exitCode = await main(...process.argv.slice(2));
process.exit(stopped === undefined ? exitCode : exitCodes[stopped]);
