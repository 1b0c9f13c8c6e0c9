/**
 * A MinIO that tells those who listen to it what happens. Since October 2025 MinIO's answers cannot be flushed, so that
 * events wait in a buffer: the same release is built once more, with the four lines that it lacks.
 *
 * @see https://github.com/chainguard-forks/minio/pull/37
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { minioVersion } from "./minio-binary.ts";

const flush = `
// Flush hands on what was written.
func (w *trackingResponseWriter) Flush() {
	xhttp.Flush(w.ResponseWriter)
}
`;

/** Where it is, or would be. */
export function streamingMinio(): string {
  const base = process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache");
  return path.join(base, `s3sync-test/minio-${minioVersion}-streaming/minio`);
}

/** Whether it can be started here. */
export function hasStreamingMinio(): boolean {
  return fs.existsSync(streamingMinio());
}

/** Builds it out of the sources that Go has fetched for the usual one. What cannot be built stays missing. */
export async function buildStreamingMinio(say: (text: string) => void): Promise<void> {
  if (hasStreamingMinio() || Bun.which("go") === null) return;
  const modules = (await Bun.$`go env GOMODCACHE`.nothrow().quiet().text()).trim();
  const fetched = path.join(modules, `github.com/minio/minio@${minioVersion}`);
  if (!fs.existsSync(fetched)) return;
  say("building a MinIO that can be listened to; this takes some minutes, once");
  const sources = fs.mkdtempSync(path.join(os.tmpdir(), "s3sync-minio-"));
  try {
    fs.cpSync(fetched, sources, { recursive: true });
    // Go's copies are read-only.
    await Bun.$`chmod -R u+w ${sources}`.quiet();
    fs.appendFileSync(path.join(sources, "cmd/api-response.go"), flush);
    const target = streamingMinio();
    const built = await Bun.$`go build -buildvcs=false -o ${target} .`
      .cwd(sources)
      .nothrow()
      .quiet();
    if (built.exitCode !== 0) say(`it could not be built: ${built.stderr.toString().slice(-300)}`);
  } finally {
    fs.rmSync(sources, { recursive: true, force: true });
  }
}
