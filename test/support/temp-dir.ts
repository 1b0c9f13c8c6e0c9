/**
 * A directory for one test.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { memoryDirectory } from "./minio-server.ts";
import { keepSecretsOfFile } from "./watched-children.ts";

/** A directory that goes away with its test. */
export class TempDir implements Disposable {
  readonly path = fs.mkdtempSync(path.join(memoryDirectory(), `s3sync-test-${process.pid}-`));

  /** A path in the directory. */
  at(...names: string[]): string {
    return path.join(this.path, ...names);
  }

  /** Writes a file and the directories above it. */
  write(name: string, content: Uint8Array | string = "", mtime?: Date): string {
    if (typeof content === "string") keepSecretsOfFile(content);
    const file = this.at(...name.split("/"));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
    if (mtime !== undefined) fs.utimesSync(file, mtime, mtime);
    return file;
  }

  read(name: string): Uint8Array {
    return fs.readFileSync(this.at(...name.split("/")));
  }

  /** Relative paths of all files below a directory, sorted as bytes. */
  files(below = ""): string[] {
    const root = this.at(below);
    if (!fs.existsSync(root)) return [];
    const found = fs.readdirSync(root, { recursive: true, withFileTypes: true });
    return found
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.path, { recursive: true, force: true });
  }
}
