/**
 * The prefix that the doctor writes below: knows all that was made there, and takes it away again.
 *
 * @module
 */
import { batchesOf } from "../core/batches.ts";
import { pause } from "../core/cancel.ts";
import { SyncError } from "../core/errors.ts";
import type { DirectClient } from "../store/s3/wire/client.ts";
import { decodeKey } from "../store/s3/wire/contents-reader.ts";
import type { Operation } from "../store/s3/wire/operation.ts";
import { elements, elementText } from "../store/s3/wire/xml.ts";
import { type Answer, ask, reasonOf } from "./exchange.ts";
import { completionXml, payload } from "./payload.ts";

/** How the prefixes of doctors begin, after the prefix that is examined. */
export const scratchName = ".s3sync-doctor-";
/** Requests at the same time. */
const atOnce = 8;
/** So often listings are gone through: a server that makes a marker of each deletion would never come to an end. */
const mostRounds = 10;
/** Some list for a moment what is deleted. */
const freshMs = 300;

/** A thing that is to go. */
interface Leftover {
  readonly key: string;
  readonly versionId: string | undefined;
}

/** What cannot be taken away. */
interface Stuck {
  readonly why: string;
  readonly isVersion: boolean;
}

/** What listings show. */
interface Shown {
  readonly items: readonly Leftover[];
  /** Old versions would be among it. */
  readonly tellsVersions: boolean;
}

/** Sends requests that write below one prefix, and remembers what they made. */
export class Scratch {
  /** Keys that were written under, perhaps. */
  private readonly keys = new Set<string>();
  private readonly versions = new Map<string, Leftover>();
  private readonly uploads = new Map<string, string>();

  constructor(
    private readonly client: DirectClient,
    /** Ends with `/`. */
    readonly prefix: string,
  ) {}

  get bucket(): string {
    return this.client.bucket;
  }

  /** Whether anything was written. */
  get isUsed(): boolean {
    return this.keys.size > 0;
  }

  /** Sends a request, after noting what it may leave. */
  async ask(operation: Operation, signal: AbortSignal): Promise<Answer> {
    const { key, method } = operation;
    if (method === "GET" || method === "HEAD") return ask(this.client, operation, signal);
    if (key !== undefined && !key.startsWith(this.prefix)) {
      throw new SyncError("internal", `the doctor must not write to ${key}`, { key });
    }
    const isNew = key !== undefined && !this.keys.has(key);
    if (key !== undefined) this.keys.add(key);
    const answer = await ask(this.client, operation, signal);
    if (answer.refusal !== undefined) {
      const isRefused = answer.status >= 400 && answer.status < 500;
      if (isNew && isRefused) this.keys.delete(key);
      return answer;
    }
    if (key === undefined) this.noteMarkers(answer);
    else this.note(key, operation, answer);
    return answer;
  }

  /** DeleteObjects in a bucket with versions leaves markers. */
  private noteMarkers({ text }: Answer): void {
    for (const inner of elements(text, "Deleted")) {
      const key = elementText(inner, "Key");
      const versionId = elementText(inner, "DeleteMarkerVersionId");
      if (key === undefined || versionId === undefined || !key.startsWith(this.prefix)) continue;
      this.versions.set(`${versionId} ${key}`, { key, versionId });
    }
  }

  private note(key: string, { name, query }: Operation, { headers, text }: Answer): void {
    if (name === "CreateMultipartUpload") {
      const id = elementText(text, "UploadId");
      if (id !== undefined) this.uploads.set(id, key);
    }
    const done = name === "CompleteMultipartUpload" || name === "AbortMultipartUpload";
    const ended = query?.["uploadId"];
    if (done && typeof ended === "string") this.uploads.delete(ended);
    const versionId = headers.get("x-amz-version-id");
    if (versionId === undefined || query?.["versionId"] !== undefined) return;
    this.versions.set(`${versionId} ${key}`, { key, versionId });
  }

  /**
   * Takes everything away that was made: unfinished uploads, objects, old versions and markers of deletion.
   *
   * @returns what could not be taken away, in words
   */
  async clear(signal: AbortSignal): Promise<readonly string[]> {
    if (!this.isUsed) return [];
    const stuck = new Map<string, Stuck>();
    const remove: Remover = async (operation, what) => {
      const why = await this.refusalOf(operation, signal);
      const isVersion = operation.query?.["versionId"] !== undefined;
      if (why === undefined) stuck.delete(what);
      else stuck.set(what, { why, isVersion });
      return why === undefined;
    };
    await this.abortUploads(remove, signal);
    await severalAtOnce([...this.versions.values()], (item) => removeItem(item, remove));
    const gone = await this.removeListed(remove, signal);
    const others = [...this.keys].filter((key) => !gone.has(key));
    await severalAtOnce(others, (key) => this.removeUnlisted(key, remove, signal));
    await this.compare(stuck, signal);
    if (stuck.size === 0) this.forget();
    return Array.from(stuck, ([what, { why }]) => `${what} (${why})`);
  }

  /** Looks at what is there in the end: that says more than what the server has answered. */
  private async compare(stuck: Map<string, Stuck>, signal: AbortSignal): Promise<void> {
    const { items, tellsVersions } = await this.left(signal);
    const names = new Set(items.map(nameOf));
    // Directories of some servers are listed until what they hold is gone, whether that is listed or not.
    const why = "deleted, and listed all the same";
    for (const name of names) if (!stuck.has(name)) stuck.set(name, { why, isVersion: true });
    // Some refuse to delete a version that is gone; two deletions at the same time may get in each other's way.
    if (!tellsVersions) return;
    for (const [name, { isVersion }] of stuck) {
      if (isVersion && !names.has(name)) stuck.delete(name);
    }
  }

  private forget(): void {
    this.versions.clear();
    this.keys.clear();
    this.uploads.clear();
  }

  /** What is gone already is as good. */
  private async refusalOf(operation: Operation, signal: AbortSignal): Promise<string | undefined> {
    try {
      const answer = await ask(this.client, operation, signal);
      return answer.refusal === undefined || answer.status === 404 ? undefined : reasonOf(answer);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  private async abortUploads(remove: Remover, signal: AbortSignal): Promise<void> {
    const query = { uploads: "", prefix: this.prefix, "encoding-type": "url" };
    const listed = await this.look({ name: "ListMultipartUploads", method: "GET", query }, signal);
    const encoded = isEncoded(listed);
    for (const inner of elements(listed, "Upload")) {
      const id = elementText(inner, "UploadId");
      const key = decodeKey(elementText(inner, "Key") ?? "", encoded).key;
      if (id !== undefined && key.startsWith(this.prefix)) this.uploads.set(id, key);
    }
    for (const [uploadId, key] of this.uploads) {
      const what = `the unfinished upload of ${key}`;
      const name = "AbortMultipartUpload";
      const abort: Operation = { name, method: "DELETE", key, query: { uploadId } };
      if (await remove(abort, what)) continue;
      // Who may not abort may still finish: an object can be deleted.
      const finish = await this.finishing(key, uploadId, signal);
      if (finish !== undefined) await remove(finish, what);
    }
  }

  private async finishing(
    key: string,
    uploadId: string,
    signal: AbortSignal,
  ): Promise<Operation | undefined> {
    try {
      const query = { partNumber: "1", uploadId };
      const part: Operation = { name: "UploadPart", method: "PUT", key, query, ...payload("x") };
      const { headers } = await ask(this.client, part, signal);
      const xml = completionXml([`<ETag>${headers.get("etag") ?? ""}</ETag>`]);
      const name = "CompleteMultipartUpload";
      return { name, method: "POST", key, query: { uploadId }, slow: true, ...payload(xml) };
    } catch {
      return undefined;
    }
  }

  /**
   * What the listings show, until they show nothing new.
   *
   * @returns the keys of what is gone
   */
  private async removeListed(remove: Remover, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const seen = new Set<string>();
    const gone = new Set<string>();
    for (let round = 0; round < mostRounds; round++) {
      const { items } = await this.listed(signal);
      const fresh = items.filter((item) => !seen.has(nameOf(item)));
      if (fresh.length === 0) break;
      await severalAtOnce(fresh, async (item) => {
        seen.add(nameOf(item));
        if (await removeItem(item, remove)) gone.add(item.key);
      });
    }
    return gone;
  }

  /** What listings show when all is deleted. */
  private async left(signal: AbortSignal): Promise<Shown> {
    const found = await this.listed(signal);
    if (found.items.length === 0) return found;
    await pause(freshMs, signal).catch(() => undefined);
    return await this.listed(signal);
  }

  private async listed(signal: AbortSignal): Promise<Shown> {
    const query = { prefix: this.prefix, "encoding-type": "url" };
    const all: Operation = {
      name: "ListObjectVersions",
      method: "GET",
      query: { ...query, versions: "" },
    };
    const xml = await this.look(all, signal);
    const versions = [...elements(xml, "Version"), ...elements(xml, "DeleteMarker")];
    if (versions.length > 0) return { items: this.leftovers(xml, versions), tellsVersions: true };
    const current: Operation = {
      name: "ListObjectsV2",
      method: "GET",
      query: { ...query, "list-type": "2" },
    };
    const listing = await this.look(current, signal);
    const items = this.leftovers(listing, [...elements(listing, "Contents")]);
    return { items, tellsVersions: xml !== "" };
  }

  /** Nothing that a listing shows besides what was asked for is ever touched. */
  private leftovers(xml: string, items: readonly string[]): readonly Leftover[] {
    const encoded = isEncoded(xml);
    return items
      .map((inner) => ({
        key: decodeKey(elementText(inner, "Key") ?? "", encoded).key,
        versionId: elementText(inner, "VersionId"),
      }))
      .filter(({ key }) => key.startsWith(this.prefix));
  }

  /** A key that may be there and in no listing. */
  private async removeUnlisted(key: string, remove: Remover, signal: AbortSignal): Promise<void> {
    const head: Operation = { name: "HeadObject", method: "HEAD", key };
    const there = await ask(this.client, head, signal).catch(() => undefined);
    if (there === undefined || there.refusal !== undefined) return;
    await removeItem({ key, versionId: there.headers.get("x-amz-version-id") }, remove);
  }

  /** An answer, or nothing where it cannot be had: what was noted has to do then. */
  private async look(operation: Operation, signal: AbortSignal): Promise<string> {
    try {
      return (await ask(this.client, operation, signal)).text;
    } catch {
      return "";
    }
  }
}

/** Tells whether it is gone. */
type Remover = (operation: Operation, what: string) => Promise<boolean>;

async function removeItem(item: Leftover, remove: Remover): Promise<boolean> {
  if (await remove(removal(item), nameOf(item))) return true;
  // Not all servers let delete by this name, which the objects of buckets without versions have.
  if (item.versionId !== "null") return false;
  return remove(removal({ ...item, versionId: undefined }), nameOf(item));
}

async function severalAtOnce<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  for (const batch of batchesOf(items, atOnce)) await Promise.all(batch.map(work));
}

function removal({ key, versionId }: Leftover): Operation {
  return { name: "DeleteObject", method: "DELETE", key, query: { versionId } };
}

function nameOf({ key, versionId }: Leftover): string {
  return versionId === undefined ? key : `${key} (version ${versionId})`;
}

function isEncoded(xml: string): boolean {
  return elementText(xml, "EncodingType") === "url";
}
