/**
 * Test data: bytes that anybody can make again from a name, and comparisons byte for byte that share no code
 * with ours.
 *
 * @module
 */
import { createCipheriv, createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

import type { TestBucket } from "./bucket.ts";
import type { TempDir } from "./temp-dir.ts";

export const KiB = 1024;
export const MiB = 1024 * 1024;

const atOnce = 32;

/** Contents by key or relative path. */
export type Tree = Readonly<Record<string, Uint8Array | string>>;

/** Bytes that look random and are the same for the same seed. */
export function randomBytes(seed: string, size: number): Uint8Array {
  const key = createHash("md5").update(seed).digest();
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** The ETag that S3 gives to bytes written at once, or in parts of this size. */
export function etagOf(bytes: Uint8Array, partSize?: number): string {
  if (partSize === undefined) return createHash("md5").update(bytes).digest("hex");
  const whole = createHash("md5");
  const count = Math.max(1, Math.ceil(bytes.byteLength / partSize));
  for (let part = 0; part < count; part++) {
    const slice = bytes.subarray(part * partSize, (part + 1) * partSize);
    whole.update(createHash("md5").update(slice).digest());
  }
  return `${whole.digest("hex")}-${count}`;
}

/** Writes a tree below a directory. */
export function plant(dir: TempDir, tree: Tree): void {
  for (const [name, content] of Object.entries(tree)) dir.write(name, content);
}

/** Puts a tree into a bucket. */
export async function plantObjects(bucket: TestBucket, tree: Tree, prefix = ""): Promise<void> {
  const all = Object.entries(tree);
  for (let at = 0; at < all.length; at += atOnce) {
    const some = all.slice(at, at + atOnce);
    await Promise.all(some.map(([key, content]) => bucket.put(prefix + key, Buffer.from(content))));
  }
}

/** Digests of everything below a prefix of a bucket, read through the SDK. */
export async function objectDigests(
  bucket: TestBucket,
  prefix = "",
): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const key of await bucket.keys(prefix)) {
    digests[key.slice(prefix.length)] = digest(await bucket.get(key));
  }
  return digests;
}

/** Digests of all files below a directory, hidden ones too. */
export function fileDigests(root: string): Record<string, string> {
  const digests: Record<string, string> = {};
  if (!fs.existsSync(root)) return digests;
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const file = path.join(entry.parentPath, entry.name);
    digests[path.relative(root, file).replaceAll(path.sep, "/")] = digest(fs.readFileSync(file));
  }
  return digests;
}

/** Digests of a tree. */
export function treeDigests(tree: Tree): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tree).map(([name, content]) => [name, digest(Buffer.from(content))]),
  );
}

/** Short enough for a failing test to show, and as good as the bytes: SHA-256 and the length. */
export function digest(bytes: Uint8Array): string {
  return `${bytes.byteLength}:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Keys as S3 sorts them: by their UTF-8 bytes. */
export function inByteOrder(keys: Iterable<string>): string[] {
  return Array.from(keys).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** A time in the past, whole seconds. */
export function secondsAgo(seconds: number): Date {
  return new Date(Math.floor(Date.now() / 1000 - seconds) * 1000);
}
