/**
 * Makes the program: one file that needs nothing else. And what the package needs besides its sources.
 *
 *     bun run build              dist/s3sync, for this machine
 *     bun run build --all        all release binaries and SHA256SUMS
 *     bun run build --out DIR    elsewhere than dist/
 *     bun run build --types      dist/types: what the library's users check their code against
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import lock from "./bun.lock";
import manifest from "./package.json" with { type: "json" };

const root = import.meta.dir;

interface Target {
  /** File name in `dist/`. */
  readonly name: string;
  readonly compile: Bun.Build.CompileTarget;
  /** The npm package that holds the Bun which goes into the file. */
  readonly runtime: string;
}

/**
 * What a release consists of. On x64 Bun 1.4 ships one runtime, for the baseline CPU (SSE4.2): it looks for
 * newer instructions when it runs. `-baseline` therefore names the same runtime; it is written out so that a
 * Bun that ships two again does not silently change what the files need.
 */
const release: readonly Target[] = [
  {
    name: "s3sync-linux-x64",
    compile: "bun-linux-x64-baseline",
    runtime: "@oven/bun-linux-x64",
  },
  {
    name: "s3sync-linux-x64-musl",
    compile: "bun-linux-x64-baseline-musl",
    runtime: "@oven/bun-linux-x64-musl",
  },
  {
    name: "s3sync-linux-arm64",
    compile: "bun-linux-arm64",
    runtime: "@oven/bun-linux-aarch64",
  },
  {
    name: "s3sync-darwin-arm64",
    compile: "bun-darwin-arm64",
    runtime: "@oven/bun-darwin-aarch64",
  },
  {
    name: "s3sync-windows-x64.exe",
    compile: "bun-windows-x64-baseline",
    runtime: "@oven/bun-windows-x64",
  },
  {
    name: "s3sync-windows-arm64.exe",
    compile: "bun-windows-arm64",
    runtime: "@oven/bun-windows-aarch64",
  },
];

/**
 * Compiles the program.
 *
 * - ESM with bytecode and splitting: the AWS SDK is a chunk of its own that `--version` never loads.
 * - Threads are entry points, started by their paths below `src/`.
 * - Neither `.env` nor `bunfig.toml` of the current directory is read: a sync tool is started inside
 *   directories that other people fill.
 * - Always under the same name at the same place below the project: the file holds its name, and source maps
 *   hold relative paths, but the same sources are to give the same bytes on every machine.
 */
async function compile(outfile: string, options: Bun.CompileBuildOptions = {}): Promise<void> {
  const workshop = path.join(root, ".cache", `build-${process.pid}`);
  const built = path.join(workshop, `s3sync${path.extname(outfile)}`);
  try {
    await bundle(built, options);
    // A program that runs cannot be overwritten, but it can be replaced.
    fs.rmSync(outfile, { force: true });
    fs.copyFileSync(built, outfile);
  } finally {
    fs.rmSync(workshop, { recursive: true, force: true });
  }
}

async function bundle(outfile: string, options: Bun.CompileBuildOptions): Promise<void> {
  const result = await Bun.build({
    entrypoints: ["main.ts", "transfer/threads/thread.ts", "script/lua/thread.ts"].map((name) =>
      path.join(root, "src", name),
    ),
    root: path.join(root, "src"),
    compile: { ...options, outfile, autoloadDotenv: false, autoloadBunfig: false },
    format: "esm",
    splitting: true,
    bytecode: true,
    minify: { whitespace: true, syntax: true, identifiers: true, keepNames: true },
    sourcemap: "inline",
    throw: false,
  });
  for (const message of result.logs) console.error(message);
  if (!result.success) throw new Error(`${path.basename(outfile)} could not be built`);
}

/** The Bun of a target, from the npm package of exactly our version, proven by the hash in `bun.lock`. */
async function runtimeOf({ runtime }: Target): Promise<string> {
  const base = process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache");
  const directory = path.join(base, "s3sync-build", `${path.basename(runtime)}-${Bun.version}`);
  const executable = path.join(
    directory,
    runtime.includes("windows") ? "package/bin/bun.exe" : "package/bin/bun",
  );
  if (fs.existsSync(executable)) return executable;
  const [, , , integrity] = lock.packages[runtime] ?? [];
  if (typeof integrity !== "string") throw new Error(`bun.lock has no hash for ${runtime}`);
  const unpacking = `${directory}.${process.pid}`;
  fs.mkdirSync(unpacking, { recursive: true });
  try {
    const tarball = await download(`${runtime}@${Bun.version}`, integrity, unpacking);
    await new Bun.Archive(tarball).extract(unpacking);
    fs.chmodSync(path.join(unpacking, path.relative(directory, executable)), 0o755);
    fs.rmSync(directory, { recursive: true, force: true });
    fs.renameSync(unpacking, directory);
  } finally {
    fs.rmSync(unpacking, { recursive: true, force: true });
  }
  return executable;
}

/** npm knows where packages come from on this machine: mirrors, proxies, tokens. */
async function download(
  specifier: string,
  integrity: string,
  directory: string,
): Promise<Uint8Array> {
  const npm = Bun.which("npm");
  if (npm === null) throw new Error(`${specifier} is fetched with npm, which is not installed`);
  const args = ["pack", specifier, "--silent", "--pack-destination", directory];
  const packing = Bun.spawn([npm, ...args], { cwd: directory, stderr: "inherit" });
  const name = (await new Response(packing.stdout).text()).trim();
  if ((await packing.exited) !== 0) throw new Error(`npm could not fetch ${specifier}`);
  const file = path.join(directory, name);
  const tarball = fs.readFileSync(file);
  fs.rmSync(file);
  const hash = `sha512-${new Bun.CryptoHasher("sha512").update(tarball).digest("base64")}`;
  if (hash !== integrity) throw new Error(`${specifier} is not what bun.lock says: ${hash}`);
  return tarball;
}

async function buildRelease(directory: string): Promise<void> {
  const sums: string[] = [];
  for (const target of release) {
    const outfile = path.join(directory, target.name);
    await compile(outfile, { target: target.compile, executablePath: await runtimeOf(target) });
    const bytes = fs.readFileSync(outfile);
    const sum = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    sums.push(`${sum}  ${target.name}\n`);
    tell(outfile, bytes.length);
  }
  fs.writeFileSync(path.join(directory, "SHA256SUMS"), sums.join(""));
}

async function buildHere(directory: string): Promise<void> {
  const outfile = path.join(directory, process.platform === "win32" ? "s3sync.exe" : "s3sync");
  await compile(outfile);
  tell(outfile, fs.statSync(outfile).size);
}

function tell(file: string, size: number): void {
  const shown = path.relative(process.cwd(), file);
  console.log(`${shown}  ${(size / 1024 / 1024).toFixed(1)} MiB`);
}

/**
 * Declarations of all that can be reached from `src/index.ts`. The sources themselves would be checked by the rules
 * of whoever imports them.
 */
async function declare(outDir: string): Promise<void> {
  const workshop = path.join(root, ".cache", `types-${process.pid}`);
  const config = path.join(workshop, "tsconfig.json");
  const emit = { noEmit: false, declaration: true, emitDeclarationOnly: true };
  const compilerOptions = { ...emit, outDir, rootDir: root };
  const extended = { extends: path.join(root, "tsconfig.json"), compilerOptions };
  fs.rmSync(outDir, { recursive: true, force: true });
  fs.mkdirSync(workshop, { recursive: true });
  try {
    const include = ["index.ts", "script/lua/text-modules.d.ts"].map((name) =>
      path.join(root, "src", name),
    );
    fs.writeFileSync(config, JSON.stringify({ ...extended, include }));
    const tsc = Bun.which("tsc", { PATH: path.join(root, "node_modules/.bin") });
    if (tsc === null) throw new Error("tsc is not installed: bun install");
    const emitting = Bun.spawn([tsc, "-p", config], { cwd: root, stdout: "inherit" });
    if ((await emitting.exited) !== 0) throw new Error("the types could not be made");
  } finally {
    fs.rmSync(workshop, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    types: { type: "boolean", default: false },
    out: { type: "string" },
  },
});
const directory = path.resolve(values.out ?? path.join(root, "dist"));
const wanted = manifest.devDependencies.bun;
if (Bun.version !== wanted) {
  throw new Error(`this is Bun ${Bun.version}; s3sync is built with ${wanted}: npx bun@${wanted}`);
}
fs.mkdirSync(directory, { recursive: true });
if (values.types) await declare(path.join(directory, "types"));
else await (values.all ? buildRelease(directory) : buildHere(directory));
