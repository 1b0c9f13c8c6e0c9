/**
 * The synthetic endpoint: a listing that is wrong would make every figure of the scenario *list* wrong.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { ListObjectsCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";

import { Endpoint } from "./endpoint.ts";
import { KeySpace } from "./keys.ts";

const count = 2500;
const folders = 3;
const keys = new KeySpace(count, folders);
const all = Array.from({ length: count }, (_, index) => keys.key(index));

/** The endpoint, over the wire. */
class Served implements AsyncDisposable {
  private readonly endpoint = new Endpoint(keys, 0);
  private readonly server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => this.endpoint.answer(request),
  });
  readonly client = new S3Client({
    endpoint: `http://127.0.0.1:${this.server.port}`,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "user", secretAccessKey: "password" },
  });

  get stats() {
    return this.endpoint.stats();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy();
    await this.server.stop(true);
  }
}

/** All pages of a listing. */
async function listAll(
  client: S3Client,
  more: { Prefix?: string; Delimiter?: string; StartAfter?: string; MaxKeys?: number } = {},
): Promise<{ found: string[]; groups: string[]; pages: number }> {
  const found: string[] = [];
  const groups: string[] = [];
  let pages = 0;
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: "source", ...more, ContinuationToken: token }),
    );
    pages += 1;
    found.push(...(page.Contents ?? []).map(({ Key = "" }) => Key));
    groups.push(...(page.CommonPrefixes ?? []).map(({ Prefix = "" }) => Prefix));
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return { found, groups, pages };
}

describe("the synthetic keys", () => {
  test("come in UTF-8 order", () => {
    const sorted = all.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(all).toEqual(sorted);
    expect(new Set(all).size).toBe(count);
  });

  test("are found by any text that lies between them, also one beyond ASCII", () => {
    for (const text of ["", "photos/", `${keys.key(7)}x`, keys.key(7), "photos/é", "\u{1f600}"]) {
      const after = all.findIndex((key) => Buffer.compare(Buffer.from(key), Buffer.from(text)) > 0);
      expect(keys.firstAfter(text)).toBe(after === -1 ? count : after);
    }
  });
});

describe("the synthetic endpoint", () => {
  test("lists every key once, in order, in pages of 1,000", async () => {
    await using served = new Served();
    const { found, pages } = await listAll(served.client);
    expect(found).toEqual(all);
    expect(pages).toBe(3);
    expect(served.stats).toMatchObject({ pages: 3, keys: count, needless: 0 });
  });

  test("keeps to max-keys, prefix and start-after", async () => {
    await using served = new Served();
    const Prefix = `photos/${keys.folder(1000)}/`;
    const StartAfter = keys.key(1000);
    const { found, pages } = await listAll(served.client, { Prefix, StartAfter, MaxKeys: 100 });
    const wanted = all.filter((key) => key.startsWith(Prefix) && key > StartAfter);
    expect(found).toEqual(wanted);
    expect(pages).toBe(Math.ceil(wanted.length / 100));
  });

  test("groups by delimiter, page by page", async () => {
    await using served = new Served();
    const top = await listAll(served.client, { Delimiter: "/" });
    expect(top).toEqual({ found: [], groups: ["photos/"], pages: 1 });
    const years = await listAll(served.client, { Delimiter: "/", Prefix: "photos/", MaxKeys: 2 });
    expect(years.groups).toEqual(["photos/2022/", "photos/2023/", "photos/2024/"]);
    expect(years.pages).toBe(2);
    const year = await listAll(served.client, { Delimiter: "/", Prefix: "photos/2023/" });
    expect(year.found).toEqual(all.filter((key) => key.startsWith("photos/2023/")));
  });

  test("speaks the first version of the call, too", async () => {
    await using served = new Served();
    const found: string[] = [];
    let marker: string | undefined;
    do {
      const page = await served.client.send(
        new ListObjectsCommand({ Bucket: "source", Marker: marker }),
      );
      found.push(...(page.Contents ?? []).map(({ Key = "" }) => Key));
      marker = page.NextMarker;
    } while (marker !== undefined);
    expect(found).toEqual(all);
  });

  test("groups in the first version without repeating a group", async () => {
    await using served = new Served();
    const groups: string[] = [];
    let marker: string | undefined;
    do {
      const page = await served.client.send(
        new ListObjectsCommand({
          Bucket: "source",
          Prefix: "photos/",
          Delimiter: "/",
          MaxKeys: 1,
          Marker: marker,
        }),
      );
      groups.push(...(page.CommonPrefixes ?? []).map(({ Prefix = "" }) => Prefix));
      marker = page.NextMarker;
    } while (marker !== undefined);
    expect(groups).toEqual(["photos/2022/", "photos/2023/", "photos/2024/"]);
  });

  test("counts a write as needless and refuses it", async () => {
    await using served = new Served();
    const put = await fetch(`${await address(served.client)}/source/key`, { method: "PUT" });
    expect(put.status).toBe(405);
    expect(served.stats.needless).toBe(1);
  });
});

async function address(client: S3Client): Promise<string> {
  const endpoint = await client.config.endpoint?.();
  return `${endpoint?.protocol}//${endpoint?.hostname}:${endpoint?.port}`;
}
