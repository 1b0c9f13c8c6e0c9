/**
 * Trials of keys, listings and versions, see `capability-probes.ts`.
 *
 * @module
 */
import { HeadObjectCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";

import type { TestBucket } from "./bucket.ts";

/** Whether the server does it; an error means that it does not. */
export type Probe = (bucket: TestBucket) => Promise<boolean>;

/** Whether the server says no. */
export function refuses(request: Promise<unknown>): Promise<boolean> {
  return request.then(
    () => false,
    () => true,
  );
}

export async function textOf(bucket: TestBucket, key: string): Promise<string> {
  return Buffer.from(await bucket.get(key)).toString();
}

export function at(
  bucket: TestBucket,
  key: string,
): { readonly Bucket: string; readonly Key: string } {
  return { Bucket: bucket.name, Key: key };
}

async function versionsOf(
  bucket: TestBucket,
  MaxKeys = 1000,
): Promise<{ readonly ids: readonly string[]; readonly dates: readonly Date[] }> {
  const ids: string[] = [];
  const dates: Date[] = [];
  let mark: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (let page = 0; page < 20; page++) {
    const command = new ListObjectVersionsCommand({ Bucket: bucket.name, MaxKeys, ...mark });
    const told = await bucket.client.send(command);
    for (const { VersionId, LastModified } of [
      ...(told.Versions ?? []),
      ...(told.DeleteMarkers ?? []),
    ]) {
      ids.push(VersionId ?? "");
      dates.push(LastModified ?? new Date(0));
    }
    if (told.IsTruncated !== true) return { ids, dates };
    mark = { KeyMarker: told.NextKeyMarker, VersionIdMarker: told.NextVersionIdMarker };
  }
  throw new Error("there is no end of pages");
}

/** Whether all such keys can be written and are listed as they are, in this order. */
async function listsAsGiven(bucket: TestBucket, keys: readonly string[]): Promise<boolean> {
  for (const key of keys.toReversed()) await bucket.put(key, key);
  return JSON.stringify(await bucket.keys()) === JSON.stringify(keys);
}

/** By names that go on from "a server that …". */
export const keyProbes = {
  "keeps versions": async (bucket) => {
    await bucket.keepVersions();
    for (const text of ["1", "2"]) await bucket.put("a", text);
    await bucket.remove(["a"]);
    const { ids } = await versionsOf(bucket);
    return new Set(ids).size === 3 && (await bucket.keys()).length === 0;
  },
  "keeps what was there before as version null": async (bucket) => {
    for (const key of ["a", "b"]) await bucket.put(key, "old");
    await bucket.keepVersions();
    await bucket.put("a", "new");
    for (const key of ["a", "b"]) {
      const old = { ...at(bucket, key), VersionId: "null" };
      await bucket.client.send(new HeadObjectCommand(old));
    }
    return true;
  },
  "keeps the dates of old versions": async (bucket) => {
    await bucket.keepVersions();
    await bucket.put("a", "1");
    const [before] = (await versionsOf(bucket)).dates;
    // Dates may have whole seconds.
    await Bun.sleep(1100);
    await bucket.put("a", "2");
    const { dates } = await versionsOf(bucket);
    return dates.some((date) => date.getTime() === before?.getTime());
  },
  "tells versions apart by milliseconds": async (bucket) => {
    await bucket.keepVersions();
    for (const text of ["1", "2", "3"]) await bucket.put("a", text);
    return (await versionsOf(bucket)).dates.some((date) => date.getTime() % 1000 !== 0);
  },
  "lists versions page by page": async (bucket) => {
    await bucket.keepVersions();
    for (const key of ["a", "b", "c"]) for (const text of ["1", "2"]) await bucket.put(key, text);
    await bucket.remove(["a", "c"]);
    for (const maxKeys of [1, 3]) {
      if ((await versionsOf(bucket, maxKeys)).ids.length !== 8) return false;
    }
    return true;
  },
  "lists versions after any key": async (bucket) => {
    await bucket.keepVersions();
    for (const key of ["a", "c", "d"]) await bucket.put(key, key);
    const command = new ListObjectVersionsCommand({ Bucket: bucket.name, KeyMarker: "b" });
    const { Versions = [] } = await bucket.client.send(command);
    return Versions.map(({ Key }) => Key).join() === "c,d";
  },
  "escapes keys in listings": (bucket) => listsAsGiven(bucket, ["a\u0001b", "c d+e%41"]),
  "keeps line breaks in keys": (bucket) => listsAsGiven(bucket, ["a\nb"]),
  "keeps backslashes in keys": (bucket) => listsAsGiven(bucket, ["a\\b"]),
  "lists keys in the order of their bytes": (bucket) =>
    listsAsGiven(bucket, ["a-b", "a/b", "a0", "\ue000", "\u{10000}"]),
  "keeps an object and others below its name": async (bucket) => {
    for (const key of ["a", "a/b", "b/c", "b"]) await bucket.put(key, key);
    return (await textOf(bucket, "a/b")) === "a/b" && (await textOf(bucket, "b")) === "b";
  },
  "lists an object and others below its name": (bucket) => listsAsGiven(bucket, ["a", "a/b"]),
  "keeps data in directory markers": (bucket) => listsAsGiven(bucket, ["a/"]),
  "takes keys with empty segments and dots as they are": (bucket) =>
    listsAsGiven(bucket, ["./a", "a/../b", "a//b"]),
  "stores nothing under another key": async (bucket) => {
    const keys = ["a/../b", "c//d"];
    for (const key of keys) await bucket.put(key, "x").catch(() => undefined);
    return (await bucket.keys()).every((key) => keys.includes(key));
  },
  "refuses keys of more than 1,024 bytes": (bucket) =>
    refuses(bucket.put(Array.from({ length: 5 }, () => "k".repeat(250)).join("/"), "x")),
} satisfies Record<string, Probe>;
