/**
 * Finds a MinIO server, or builds one. Uses nothing but Bun, because it runs before dependencies are there.
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** The newest release that the Go module proxy has. */
export const minioVersion = "v0.0.0-20260212201848-7aac2a2c5b7c";

/**
 * The path of a MinIO server: `MINIO_BIN`, then `PATH`, then the cache, else built into the cache with Go.
 *
 * @param say where progress goes: building takes minutes
 */
export async function findMinio(say: (text: string) => void): Promise<string> {
  const named = process.env["MINIO_BIN"];
  if (named !== undefined && named !== "") {
    if (fs.existsSync(named)) return named;
    throw new Error(`MINIO_BIN is ${named}, which does not exist`);
  }
  const installed = Bun.which("minio");
  if (installed !== null) return installed;
  const directory = path.join(cacheDirectory(), `minio-${minioVersion}`);
  const cached = path.join(directory, process.platform === "win32" ? "minio.exe" : "minio");
  if (fs.existsSync(cached)) return cached;
  await build(directory, say);
  return cached;
}

function cacheDirectory(): string {
  const base = process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache");
  return path.join(base, "s3sync-test");
}

async function build(directory: string, say: (text: string) => void): Promise<void> {
  if (Bun.which("go") === null) {
    throw new Error(
      "no MinIO server: set MINIO_BIN, put minio into PATH, or install Go so that it can be built",
    );
  }
  say(`building MinIO ${minioVersion} with Go; this takes some minutes, once`);
  const building = `${directory}.${process.pid}`;
  fs.mkdirSync(building, { recursive: true });
  const go = Bun.spawn(["go", "install", `github.com/minio/minio@${minioVersion}`], {
    env: { ...process.env, GOBIN: building, GOFLAGS: "-buildvcs=false" },
    stdout: "ignore",
    stderr: "pipe",
  });
  const errors = await new Response(go.stderr).text();
  if ((await go.exited) !== 0) throw new Error(`MinIO could not be built:\n${errors.slice(-2000)}`);
  fs.rmSync(directory, { recursive: true, force: true });
  fs.renameSync(building, directory);
}
