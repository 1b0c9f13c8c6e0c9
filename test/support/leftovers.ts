/**
 * What killed runs have left that the next one should have gone on with, or removed.
 *
 * @module
 */
import fs from "node:fs";

import { ListMultipartUploadsCommand, ListPartsCommand } from "@aws-sdk/client-s3";

import { cleanup, Secret } from "../../src/index.ts";
import type { TestBucket } from "./bucket.ts";
import type { TempDir } from "./temp-dir.ts";

/** A name that a file has before it is complete. */
export const unfinishedName = /(?:^|\/)\.s3sync-[^/]+\.(?:tmp|part)$/;

/**
 * Uploads with parts, unfinished files, and journals, apart from those about what is complete: a run that dies right
 * after that has no time to remove its journal, and `cleanup` does.
 *
 * An upload without parts does not count: when a run dies as soon as it is begun, nobody knows its id.
 *
 * @param place what was the target
 * @param endpointUrl at which the bucket was reached
 */
export async function leftovers(
  bucket: TestBucket,
  dir: TempDir,
  place: string,
  stateDir: string,
  endpointUrl = bucket.server.endpoint,
): Promise<string[]> {
  const { accessKeyId, secretAccessKey } = bucket.server;
  const keys = { accessKey: new Secret(accessKeyId), secretAccessKey: new Secret(secretAccessKey) };
  const access = { ...keys, endpointUrl, region: "us-east-1", forcePathStyle: true };
  const olderThan = new Date(Date.now() + 1000);
  const uploads = await uploadsWithParts(bucket);
  const cleaned = await Array.fromAsync(cleanup({ place, ...access, stateDir, olderThan }));
  const removed = cleaned.filter(
    ({ kind, outcome }) => kind !== "journal" && outcome === "removed",
  );
  // How the last run ended is kept on purpose. A draft of that has one name, and the next run writes over it.
  const inState = fs.existsSync(stateDir) ? fs.readdirSync(stateDir, { recursive: true }) : [];
  const journals = inState
    .map(String)
    .filter((name) => !/^runs(?:\/[^/]+\.json(?:\.new)?)?$/.test(name));
  const files = dir.files().filter((name) => unfinishedName.test(name));
  return [...uploads, ...removed.map(({ name }) => name), ...journals, ...files];
}

async function uploadsWithParts({ client, name: Bucket }: TestBucket): Promise<string[]> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  const withParts: string[] = [];
  for (const { Key, UploadId } of Uploads) {
    const { Parts = [] } = await client.send(new ListPartsCommand({ Bucket, Key, UploadId }));
    if (Parts.length > 0) withParts.push(`${Key}`);
  }
  return withParts;
}
