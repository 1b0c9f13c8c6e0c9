/**
 * Whether everything arrived, found out without any code of ours: files are hashed by Node, the bucket is listed
 * by the AWS SDK.
 *
 * @module
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

import type { TestBucket } from "../support/bucket.ts";
import { MiB } from "../support/trees.ts";

/** A file as it has to arrive. */
interface Digested {
  readonly size: number;
  /** What S3 makes of its bytes. */
  readonly etag: string;
}

/** The size of the parts in which s3sync uploads, and from which size on it does. */
const partBytes = 8 * MiB;

/** All files below a directory. */
export function digestTree(root: string): Map<string, Digested> {
  const files = new Map<string, Digested>();
  if (!fs.existsSync(root)) return files;
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const bytes = fs.readFileSync(file);
    files.set(path.relative(root, file), { size: bytes.byteLength, etag: etagOfBytes(bytes) });
  }
  return files;
}

/** What S3 makes of bytes: their MD5, or that of the MD5s of their parts. */
function etagOfBytes(bytes: Uint8Array): string {
  const md5 = (part: Uint8Array): Buffer => createHash("md5").update(part).digest();
  if (bytes.byteLength < partBytes) return md5(bytes).toString("hex");
  const count = Math.ceil(bytes.byteLength / partBytes);
  const parts = Array.from({ length: count }, (_, index) =>
    md5(bytes.subarray(index * partBytes, (index + 1) * partBytes)),
  );
  return `${md5(Buffer.concat(parts)).toString("hex")}-${count}`;
}

/** All objects of a bucket, as it shows them. */
export async function digestBucket(bucket: TestBucket): Promise<Map<string, Digested>> {
  const objects = await bucket.list();
  return new Map(objects.map(({ key, size, etag }) => [key, { size, etag }]));
}

/** What is not as it has to be; at most ten lines, and their number. */
export function differences(
  expected: ReadonlyMap<string, Digested>,
  found: ReadonlyMap<string, Digested>,
): { readonly count: number; readonly some: readonly string[] } {
  const lines: string[] = [];
  for (const [key, { size, etag }] of expected) {
    const other = found.get(key);
    if (other === undefined) lines.push(`${key} is missing`);
    else if (other.size !== size) lines.push(`${key} has ${other.size} bytes, not ${size}`);
    else if (other.etag !== etag) lines.push(`${key} has other bytes`);
  }
  for (const key of found.keys()) if (!expected.has(key)) lines.push(`${key} is too much`);
  return { count: lines.length, some: lines.slice(0, 10) };
}
