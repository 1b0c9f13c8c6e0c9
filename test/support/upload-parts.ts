/**
 * Uploads in parts by way of the SDK, as other programs may make them: parts of any sizes.
 *
 * @module
 */
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

import type { TestBucket } from "./bucket.ts";

/** Uploads an object that is made of these parts. */
export async function uploadParts(
  bucket: TestBucket,
  key: string,
  bodies: readonly Uint8Array[],
  more: Partial<CreateMultipartUploadCommandInput> = {},
): Promise<void> {
  const to = { Bucket: bucket.name, Key: key };
  const { UploadId } = await bucket.client.send(
    new CreateMultipartUploadCommand({ ...to, ...more }),
  );
  const Parts = [];
  for (const [index, Body] of bodies.entries()) {
    const PartNumber = index + 1;
    const part = { ...to, UploadId, PartNumber, Body };
    const { ETag } = await bucket.client.send(new UploadPartCommand(part));
    Parts.push({ PartNumber, ETag });
  }
  const whole = { ...to, UploadId, MultipartUpload: { Parts } };
  await bucket.client.send(new CompleteMultipartUploadCommand(whole));
}
