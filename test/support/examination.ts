/**
 * Runs the doctor on a test bucket, and looks whether it left anything.
 *
 * @module
 */
import { ListObjectVersionsCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";

import { doctor, type DoctorInput, type Finding, Secret } from "../../src/index.ts";
import type { TestBucket } from "./bucket.ts";
import type { TestServer } from "./servers.ts";

/** How the doctor reaches a bucket. */
export function doctorInput(
  bucket: TestBucket,
  prefix = "p/",
  server: Pick<TestServer, "endpoint" | "accessKeyId" | "secretAccessKey"> = bucket.server,
): DoctorInput {
  return {
    place: bucket.url(prefix),
    endpointUrl: server.endpoint,
    accessKey: new Secret(server.accessKeyId),
    secretAccessKey: new Secret(server.secretAccessKey),
    region: "us-east-1",
    forcePathStyle: true,
    initialBackoffMilliseconds: 1,
  };
}

/** What the doctor found, by name. */
export async function examined(
  input: DoctorInput,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Finding>> {
  const findings = new Map<string, Finding>();
  for await (const finding of doctor(input, { signal })) findings.set(finding.name, finding);
  return findings;
}

/** Names of what is not good, and how bad it is. */
export function flaws(findings: ReadonlyMap<string, Finding>): Record<string, string> {
  const found = [...findings.values()].filter(({ outcome }) => outcome !== "good");
  return Object.fromEntries(found.map(({ name, outcome }) => [name, outcome]));
}

/** Everything that a bucket holds, old versions, markers of deletion and unfinished uploads included. */
export async function contentsOf(bucket: TestBucket): Promise<readonly string[]> {
  const { Versions = [], DeleteMarkers = [] } = await bucket.client.send(
    new ListObjectVersionsCommand({ Bucket: bucket.name }),
  );
  const versions = [...Versions, ...DeleteMarkers].map(
    ({ Key = "", VersionId = "" }) => `${Key} ${VersionId}`,
  );
  return [...versions, ...(await bucket.keys()), `${await bucket.openUploads()} uploads`];
}

/** Makes a bucket keep old versions. */
export async function keepVersions(bucket: TestBucket): Promise<void> {
  await bucket.client.send(
    new PutBucketVersioningCommand({
      Bucket: bucket.name,
      VersioningConfiguration: { Status: "Enabled" },
    }),
  );
}
