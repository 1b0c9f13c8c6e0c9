/**
 * Starts a task of the project on a machine that has only Node and npm: finds the Bun of package.json, or
 * fetches it, and hands over to `run.ts`.
 *
 *     node test/support/start.mjs test [arguments]
 *
 * `npx bun` is not used: Bun's npm package works only after its install script, which npm may refuse to run.
 * The executable is taken from the package of the platform instead.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
const { devDependencies } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
const version = devDependencies.bun;
const cache = path.join(
  process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache"),
  `s3sync-test/bun-${version}`,
);

/** Whether a file is a Bun of our version that runs here: there are several for Linux. */
function runs(file) {
  return (
    fs.existsSync(file) && spawnSync(file, ["--version"]).stdout?.toString().trim() === version
  );
}

/** Executables in the platform packages below a `node_modules`. */
function platformPackages(modules) {
  const scope = path.join(modules, "@oven");
  const names = fs.existsSync(scope) ? fs.readdirSync(scope) : [];
  return names.flatMap((name) =>
    ["bun", "bun.exe"].map((file) => path.join(scope, name, "bin", file)),
  );
}

function find() {
  const places = [
    path.join(root, "node_modules/bun/bin/bun.exe"),
    ...platformPackages(path.join(root, "node_modules")),
    ...platformPackages(path.join(cache, "node_modules")),
  ];
  return places.find(runs);
}

function fetchBun() {
  process.stderr.write(`fetching Bun ${version} with npm\n`);
  fs.mkdirSync(cache, { recursive: true });
  const args = ["install", "--prefix", cache, "--ignore-scripts", "--no-audit", "--no-fund"];
  const npm = process.env.npm_execpath;
  const quiet = ["--loglevel=error", `bun@${version}`];
  const { status } = npm
    ? spawnSync(process.execPath, [npm, ...args, ...quiet], { stdio: ["ignore", 2, 2] })
    : spawnSync("npm", [...args, ...quiet], {
        stdio: ["ignore", 2, 2],
        shell: process.platform === "win32",
      });
  if (status !== 0) throw new Error(`npm could not install bun@${version}`);
}

let bun = find();
if (bun === undefined) {
  fetchBun();
  bun = find();
}
if (bun === undefined) throw new Error(`there is no Bun ${version} for this system`);

const args = [path.join(root, "test/support/run.ts"), ...process.argv.slice(2)];
const child = spawn(bun, args, { cwd: root, stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  process.exitCode = code ?? 128 + os.constants.signals[signal];
});
