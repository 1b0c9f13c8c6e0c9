/**
 * The S3 operations over `@aws-sdk/client-s3`: slower, and able to sign everything the SDK can (multi-region
 * access points, directory buckets). Also the independent witness in the tests of the direct one.
 *
 * @module
 */
import { Readable } from "node:stream";

import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";

import { isDirectoryBucket } from "../../../config/place.ts";
import { isError, SyncError } from "../../../core/errors.ts";
import { parseETag, quoteETag } from "../../../core/etag.ts";
import type { Digests } from "../../../hash/digest.ts";
import type { Body } from "../../body.ts";
import type { S3Api } from "../api.ts";
import { requireAsked } from "../asked-for.ts";
import { asTheBucketSays, type EncryptionOptions } from "../encryption.ts";
import { withoutSecrets } from "../wire/redact.ts";
import { namedError } from "../wire/s3-errors.ts";
import { tagQuery } from "../wire/tag-query.ts";
import { transportError } from "../wire/transport-errors.ts";
import { byXml } from "../wire/xml.ts";
import { bodyOf, infoOf, keyReader, missing, writtenOf } from "./answers.ts";
import { sdkCompanions } from "./companions.ts";
import {
  attributeInput,
  bodyInput,
  checksumInput,
  checksumOf,
  conditionInput,
  copyInput,
  customerKeyInput,
  encryptionInput,
  rangeText,
  readInput,
} from "./inputs.ts";
import { headPartChecksum, listObjectParts } from "./object-parts.ts";
import { plainError, sentBefore } from "./plain-errors.ts";
import { listMultipartUploads, listParts } from "./unfinished.ts";
import { deleteVersions, listVersions } from "./versions.ts";

/** Binds the operations to an SDK client. */
export function sdkApi(
  client: S3Client,
  bucket: string,
  encryption: EncryptionOptions = asTheBucketSays,
): S3Api {
  const Bucket = bucket;
  const onObject = customerKeyInput(encryption);
  const onWrite = { ...encryptionInput(encryption), ...onObject };
  // Directory buckets do not take Content-MD5.
  const takesMd5 = !isDirectoryBucket(bucket);
  const sentBody = (body: Body, digests: Digests): ReturnType<typeof bodyInput> =>
    bodyInput(body, takesMd5 ? digests : { ...digests, md5: undefined });

  /** Runs one command; errors become ours. */
  async function run<T>(
    operation: string,
    key: string | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      if (!(thrown instanceof S3ServiceException))
        throw transportError(plainError(thrown), operation);
      const { $metadata, name, message } = thrown;
      const status = $metadata.httpStatusCode ?? 0;
      const reason = name === "Unknown" || name === "UnknownError" ? undefined : name;
      const said = { reason, message, status, requestId: $metadata.requestId };
      const repeated = ($metadata.attempts ?? 1) > 1;
      throw namedError(said, { operation, bucket, key, repeated, sent: sentBefore(thrown) });
    }
  }

  return {
    bucket,
    listObjects: (request, signal) =>
      run("ListObjectsV2", undefined, async () => {
        const page = await client.send(
          new ListObjectsV2Command({
            Bucket,
            Prefix: request.prefix,
            StartAfter: request.startAfter,
            ContinuationToken: request.token,
            MaxKeys: request.maxKeys,
            EncodingType: "url",
          }),
          { abortSignal: signal },
        );
        const decode = keyReader(page.EncodingType);
        return {
          objects: (page.Contents ?? []).map((object) => ({
            key: decode(object.Key),
            damaged: false,
            size: object.Size ?? 0,
            mtimeMs: object.LastModified?.getTime() ?? 0,
            etag: object.ETag === undefined ? undefined : parseETag(object.ETag),
            storageClass: object.StorageClass,
            checksumAlgorithm: object.ChecksumAlgorithm?.[0],
            checksumType: object.ChecksumType,
          })),
          commonPrefixes: (page.CommonPrefixes ?? []).map(({ Prefix }) => decode(Prefix)),
          nextToken: page.IsTruncated === true ? page.NextContinuationToken : undefined,
        };
      }),
    listVersions: (request, signal) =>
      run("ListObjectVersions", undefined, () => listVersions(client, Bucket, request, signal)),
    getBucketVersioning: (signal) =>
      run("GetBucketVersioning", undefined, async () => {
        const command = new GetBucketVersioningCommand({ Bucket });
        return (await client.send(command, { abortSignal: signal })).Status;
      }),
    headObject: (key, options, signal) =>
      run("HeadObject", key, async () => {
        const command = new HeadObjectCommand({
          Bucket,
          Key: key,
          ...readInput(options),
          ...onObject,
        });
        return infoOf(await client.send(command, { abortSignal: signal }));
      }).catch(replaced),
    headPart: async (key, versionId, number, signal) => {
      try {
        const command = new HeadObjectCommand({
          Bucket,
          Key: key,
          PartNumber: number,
          VersionId: versionId,
          ...onObject,
        });
        const head = await client.send(command, { abortSignal: signal });
        return head.PartsCount === undefined ? undefined : head.ContentLength;
      } catch (thrown) {
        if (thrown instanceof S3ServiceException) return undefined;
        throw transportError(plainError(thrown), "HeadObject");
      }
    },
    headPartChecksum: (key, versionId, number, signal) =>
      run("HeadObject", key, () =>
        headPartChecksum(client, Bucket, { key, versionId }, number, onObject, signal),
      ),
    listObjectParts: (key, versionId, after, signal) =>
      run("GetObjectAttributes", key, () =>
        listObjectParts(client, Bucket, { key, versionId }, after, onObject, signal),
      ),
    getObject: (key, options, consume, signal) =>
      run("GetObject", key, async () => {
        const command = new GetObjectCommand({
          Bucket,
          Key: key,
          ...readInput(options),
          ...onObject,
        });
        const answer = await client.send(command, { abortSignal: signal });
        try {
          return await consume(bodyOf(answer));
        } finally {
          if (answer.Body instanceof Readable) answer.Body.destroy();
        }
      }).catch(replaced),
    putObject: (key, body, digests, attributes, signal) =>
      run("PutObject", key, async () => {
        const input = {
          Bucket,
          Key: key,
          ...attributeInput(attributes),
          ...conditionInput(attributes.expected),
          ...sentBody(body, digests),
          ...onWrite,
        };
        return sendBody(body, signal, async (Body, abortSignal) =>
          writtenOf(await client.send(new PutObjectCommand({ ...input, Body }), { abortSignal })),
        );
      }),
    createMultipartUpload: (key, attributes, checksum, signal) =>
      run("CreateMultipartUpload", key, async () => {
        const input = {
          Bucket,
          Key: key,
          ...attributeInput(attributes),
          ...(checksum === undefined
            ? {}
            : { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type }),
          ...onWrite,
        };
        const command = new CreateMultipartUploadCommand(input);
        const { UploadId } = await client.send(command, { abortSignal: signal });
        return UploadId ?? missing("CreateMultipartUpload", "upload id");
      }),
    uploadPart: (upload, number, body, digests, signal) =>
      run("UploadPart", upload.key, async () => {
        const place = { Bucket, Key: upload.key, UploadId: upload.id, PartNumber: number };
        const input = { ...place, ...sentBody(body, digests), ...onObject };
        return sendBody(body, signal, async (Body, abortSignal) => {
          const command = new UploadPartCommand({ ...input, Body });
          const { ETag } = await client.send(command, { abortSignal });
          return ETag === undefined ? missing("UploadPart", "ETag") : parseETag(ETag);
        });
      }),
    completeMultipartUpload: (upload, parts, signal) =>
      run("CompleteMultipartUpload", upload.key, async () => {
        const command = new CompleteMultipartUploadCommand({
          Bucket,
          Key: upload.key,
          UploadId: upload.id,
          ...conditionInput(upload.expected),
          MultipartUpload: {
            Parts: parts.map(({ number, etag, checksum }) => ({
              PartNumber: number,
              ETag: quoteETag(etag),
              ...checksumInput(checksum),
            })),
          },
        });
        return writtenOf(await client.send(command, { abortSignal: signal }));
      }),
    abortMultipartUpload: (upload, signal) =>
      run("AbortMultipartUpload", upload.key, async () => {
        const input = { Bucket, Key: upload.key, UploadId: upload.id };
        await client.send(new AbortMultipartUploadCommand(input), { abortSignal: signal });
      }),
    listParts: (upload, after, signal) =>
      run("ListParts", upload.key, () =>
        listParts(client, Bucket, upload, after, onObject, signal),
      ),
    listMultipartUploads: (prefix, mark, signal) =>
      run("ListMultipartUploads", undefined, () =>
        listMultipartUploads(client, Bucket, prefix, mark, signal),
      ),
    copyObject: (source, key, attributes, checksum, signal) =>
      run("CopyObject", key, async () => {
        const command = new CopyObjectCommand({
          Bucket,
          Key: key,
          MetadataDirective: "REPLACE",
          ...(attributes.tagging === undefined ? {} : { TaggingDirective: "REPLACE" }),
          ...(checksum === undefined ? {} : { ChecksumAlgorithm: checksum.algorithm }),
          ...attributeInput(attributes),
          ...conditionInput(attributes.expected),
          ...copyInput(source),
          ...onWrite,
        });
        const answer = await client.send(command, { abortSignal: signal });
        return writtenOf({ ...answer, ...answer.CopyObjectResult });
      }).catch(attributes.expected === undefined ? replaced : undefined),
    uploadPartCopy: (source, range, upload, number, signal) =>
      run("UploadPartCopy", upload.key, async () => {
        const command = new UploadPartCopyCommand({
          Bucket,
          Key: upload.key,
          UploadId: upload.id,
          PartNumber: number,
          CopySourceRange: rangeText(range),
          ...copyInput(source),
          ...onObject,
        });
        const { CopyPartResult } = await client.send(command, { abortSignal: signal });
        const etag = CopyPartResult?.ETag;
        if (etag === undefined) return missing("UploadPartCopy", "ETag");
        return { etag: parseETag(etag), checksum: checksumOf(CopyPartResult ?? {}) };
      }).catch(replaced),
    getObjectTagging: (key, versionId, signal) =>
      run("GetObjectTagging", key, async () => {
        const input = { Bucket, Key: key, VersionId: versionId };
        const command = new GetObjectTaggingCommand(input);
        const { TagSet } = await client.send(command, { abortSignal: signal });
        return tagQuery((TagSet ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
      }),
    setObjectTagging: (key, tagging, signal) =>
      tagging === ""
        ? run("DeleteObjectTagging", key, async () => {
            const command = new DeleteObjectTaggingCommand({ Bucket, Key: key });
            await client.send(command, { abortSignal: signal });
          })
        : run("PutObjectTagging", key, async () => {
            const tags = [...new URLSearchParams(tagging)];
            const TagSet = tags.map(([Key, Value]) => ({ Key, Value }));
            const input = { Bucket, Key: key, Tagging: { TagSet } };
            await client.send(new PutObjectTaggingCommand(input), { abortSignal: signal });
          }),
    deleteObject: (key, etag, signal) =>
      run("DeleteObject", key, async () => {
        const input = { Bucket, Key: key, IfMatch: quoteETag(etag) };
        await client.send(new DeleteObjectCommand(input), { abortSignal: signal });
      }),
    deleteObjects: (keys, signal, etags) =>
      run("DeleteObjects", undefined, async () => {
        const { nameable, others } = byXml(keys);
        for (const Key of others) {
          await client.send(new DeleteObjectCommand({ Bucket, Key }), { abortSignal: signal });
        }
        if (nameable.length === 0) return [];
        const Objects = nameable.map((Key) => {
          const etag = etags?.get(Key);
          return etag === undefined ? { Key } : { Key, ETag: quoteETag(etag) };
        });
        const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects } });
        const { Deleted, Errors } = await client.send(command, { abortSignal: signal });
        requireAsked(
          keys,
          (Deleted ?? []).flatMap(({ Key }) => Key ?? []),
          Bucket,
        );
        return (Errors ?? []).map(({ Key, Code, Message }) => ({
          key: Key ?? "",
          reason: Code ?? "",
          message: withoutSecrets(Message ?? ""),
        }));
      }),
    deleteVersions: (versions, signal) =>
      run("DeleteObjects", undefined, () => deleteVersions(client, Bucket, versions, signal)),
    companions: sdkCompanions(client, bucket, run),
    close: () => client.destroy(),
  };
}

/** A condition that fails while reading means that somebody replaced the object. */
function replaced(error: unknown): never {
  if (!isError(error, "precondition")) throw error;
  throw new SyncError("source-changed", "the object was replaced while it was read", {
    ...error,
    cause: error,
  });
}

/** Sends a body. What breaks the body itself is what is thrown: the SDK would wait for the rest of it. */
async function sendBody<T>(
  body: Body,
  signal: AbortSignal,
  send: (input: Uint8Array | Readable, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (body.kind === "bytes") return send(body.bytes, signal);
  const broken = new AbortController();
  const stream = Readable.from(body.open()).on("error", (error) => broken.abort(error));
  try {
    return await send(stream, AbortSignal.any([signal, broken.signal]));
  } catch (thrown) {
    throw broken.signal.aborted ? broken.signal.reason : thrown;
  }
}
