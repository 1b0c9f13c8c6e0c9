/**
 * What `ordinary-user.ts` runs: uses a local store and prints what came out, as JSON.
 *
 *     as-user.ts ready
 *     as-user.ts list source|target ROOT
 *     as-user.ts write ROOT KEY CONTENT
 *     as-user.ts read ROOT KEY
 *     as-user.ts remove ROOT KEY
 *
 * @module
 */
import { SyncError } from "../../../src/core/errors.ts";
import { asKey, everything } from "../../../src/core/key.ts";
import { bytesBody } from "../../../src/store/body.ts";
import { LocalStore } from "../../../src/store/local/store.ts";
import { objectOf } from "../../list/listed.ts";

const never = new AbortController().signal;

function open(root: string, side: "source" | "target"): LocalStore {
  const options = {
    ignoreLinks: false,
    guessContentType: false,
    removeLeftovers: false,
    sync: false,
  };
  return new LocalStore(root, { side, ...options });
}

async function list(side: string, root: string): Promise<unknown> {
  const found: unknown[] = [];
  for await (const page of open(root, side === "target" ? side : "source").list(
    everything,
    never,
  )) {
    for (const item of page) {
      const { kind, key } = item;
      found.push(item.kind === "gap" ? { kind, key, code: item.error.code } : { kind, key });
    }
  }
  return found;
}

async function write(root: string, key: string, content: string): Promise<unknown> {
  const bytes = Buffer.from(content);
  const spec = {
    key: asKey(key),
    size: bytes.byteLength,
    mtimeMs: 0,
    attributes: { metadata: {} },
  };
  const none = { md5: undefined, sha256: undefined };
  await open(root, "target").write(spec, bytesBody(bytes), none, never);
  return "written";
}

async function read(root: string, key: string): Promise<unknown> {
  const reader = await open(root, "source").open(objectOf(key));
  return Buffer.from(await reader.bytes(never)).toString();
}

async function remove(root: string, key: string): Promise<unknown> {
  const store = open(root, "target");
  for await (const page of store.list(everything, never)) {
    const entries = page.flatMap((item) =>
      item.kind === "object" && item.key === key ? [item] : [],
    );
    for (const { error } of await store.remove(entries, never))
      if (error !== undefined) throw error;
  }
  return "removed";
}

async function main([what, ...args]: readonly string[]): Promise<unknown> {
  const [first = "", second = "", third = ""] = args;
  switch (what) {
    case "list":
      return list(first, second);
    case "write":
      return write(first, second, third);
    case "read":
      return read(first, second);
    case "remove":
      return remove(first, second);
    default:
      return true;
  }
}

let printed: unknown;
try {
  printed = await main(process.argv.slice(2));
} catch (thrown) {
  if (!(thrown instanceof SyncError)) throw thrown;
  printed = { code: thrown.code, operation: thrown.operation, message: thrown.message };
}
process.stdout.write(JSON.stringify(printed));
