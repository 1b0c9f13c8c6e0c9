/**
 * Files to synchronise: the same bytes in every run.
 *
 * @module
 */
import { createCipheriv, createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

/** A tree of equal files. */
export interface TreePlan {
  readonly files: number;
  readonly bytesPerFile: number;
  readonly filesPerDirectory: number;
  readonly seed: string;
}

/** Before anything is uploaded, so that no tool takes a file for newer than its object. */
const modified = new Date("2025-01-01T00:00:00Z");
const blockBytes = 1024 * 1024;

/** Bytes that look random and depend on nothing but the seed. */
export class SeededBytes {
  private readonly cipher;

  constructor(seed: string) {
    const key = createHash("sha256").update(seed).digest();
    this.cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  }

  next(length: number): Uint8Array {
    return this.cipher.update(Buffer.alloc(length));
  }
}

/** The name of a file, below the root of its tree. */
export function fileName(index: number, { filesPerDirectory }: TreePlan): string {
  const directory = String(Math.floor(index / filesPerDirectory)).padStart(4, "0");
  return `${directory}/file-${String(index).padStart(6, "0")}.bin`;
}

/** Writes a tree. */
export function writeTree(root: string, plan: TreePlan): void {
  const bytes = new SeededBytes(plan.seed);
  for (let index = 0; index < plan.files; index++) {
    const file = path.join(root, fileName(index, plan));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const descriptor = fs.openSync(file, "w");
    for (let left = plan.bytesPerFile; left > 0; left -= blockBytes) {
      fs.writeSync(descriptor, bytes.next(Math.min(blockBytes, left)));
    }
    fs.closeSync(descriptor);
    fs.utimesSync(file, modified, modified);
  }
}

/**
 * Compares a tree with the one it is a copy of, byte for byte.
 *
 * @returns what is different; `undefined` if nothing is
 */
export function differenceOf(original: string, copy: string, plan: TreePlan): string | undefined {
  const found = filesOf(copy);
  if (found.length !== plan.files) return `${found.length} files instead of ${plan.files}`;
  for (let index = 0; index < plan.files; index++) {
    const name = fileName(index, plan);
    if (!sameContent(path.join(original, name), path.join(copy, name))) return `${name} differs`;
  }
  return undefined;
}

function filesOf(root: string): fs.Dirent[] {
  if (!fs.existsSync(root)) return [];
  const all = fs.readdirSync(root, { recursive: true, withFileTypes: true });
  return all.filter((entry) => entry.isFile());
}

function sameContent(left: string, right: string): boolean {
  if (!fs.existsSync(right)) return false;
  const descriptors = [fs.openSync(left, "r"), fs.openSync(right, "r")] as const;
  const buffers = [Buffer.alloc(blockBytes), Buffer.alloc(blockBytes)] as const;
  try {
    for (;;) {
      const a = fs.readSync(descriptors[0], buffers[0]);
      const b = fs.readSync(descriptors[1], buffers[1]);
      if (a !== b || buffers[0].compare(buffers[1], 0, a, 0, b) !== 0) return false;
      if (a === 0) return true;
    }
  } finally {
    for (const descriptor of descriptors) fs.closeSync(descriptor);
  }
}

/** A mark that changes when a file of the tree is written again or replaced. */
export function stateOf(root: string): string {
  const lines = filesOf(root).map((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    const { ino, size, mtimeMs } = fs.statSync(file);
    return `${file} ${ino} ${size} ${mtimeMs}`;
  });
  return createHash("sha256").update(lines.sort().join("\n")).digest("hex");
}
