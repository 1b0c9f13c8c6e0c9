/**
 * Makes the reference of the library in `dist/docs`, of the doc comments, with TypeDoc.
 *
 *     npm run docs
 *
 * TypeDoc reads TypeScript with the compiler's interface of version 5, which version 7 does not have. So it is no
 * package of ours: it is kept in the cache, beside the TypeScript that it needs.
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const packages = ["typedoc@0.28.20", "typescript@5.9.3"];
const root = path.join(import.meta.dir, "../..");
const cache = path.join(
  process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache"),
  `s3sync-test/${packages.join("-")}`,
);
const program = path.join(cache, "node_modules/typedoc/bin/typedoc");

/** `npm` for other programs than Bun's own: it runs wherever the project is set up. */
function install(): number {
  fs.mkdirSync(cache, { recursive: true });
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  return run(["npm", "install", "--prefix", cache, ...quiet, ...packages]);
}

function run(command: readonly string[]): number {
  const [name = "", ...args] = command;
  const { exitCode } = Bun.spawnSync([Bun.which(name) ?? name, ...args], {
    cwd: root,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
  });
  return exitCode;
}

if (!fs.existsSync(program) && install() !== 0) process.exit(1);
const exitCode = run([
  ...["node", program, "--entryPoints", "src/index.ts", "--tsconfig", "tsconfig.json"],
  // A link that leads nowhere, and a type that cannot be looked up, are errors.
  ...["--out", "dist/docs", "--name", "s3sync", "--treatWarningsAsErrors", "--disableSources"],
  ...["--logLevel", "Warn", "--readme", "README.md"],
  ...["sh", "console", "ts", "js", "json", "toml", "lua", "html", "yaml", "ini", "xml"].flatMap(
    (name) => ["--highlightLanguages", name],
  ),
]);
process.exit(exitCode);
