/**
 * The trials behind `capabilities.ts`: whether a server does what Amazon S3 does. They look at what became of a
 * request, not at whether it was accepted. Each has a bucket of its own.
 *
 * @module
 */
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteObjectCommand,
  GetObjectAclCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

import { sdkClient, TestBucket } from "./bucket.ts";
import { at, keyProbes, type Probe, refuses, textOf } from "./key-probes.ts";
import { hasTlsServer, httpServer, tlsServer } from "./servers.ts";
import { uploadParts } from "./upload-parts.ts";

const fiveMiB = 5 * 1024 * 1024;
const another = '"00000000000000000000000000000000"';

async function begin(
  bucket: TestBucket,
  more: Partial<CreateMultipartUploadCommandInput> = {},
): Promise<string> {
  const command = new CreateMultipartUploadCommand({ ...at(bucket, "large"), ...more });
  return (await bucket.client.send(command)).UploadId ?? "";
}

/** Sends parts: the first of 5 MiB, which is the least. */
async function sendParts(
  bucket: TestBucket,
  UploadId: string,
  ChecksumAlgorithm: "SHA256" | "CRC64NVME" = "CRC64NVME",
): Promise<CompletedPart[]> {
  const parts: CompletedPart[] = [];
  for (const Body of [new Uint8Array(fiveMiB), Buffer.from("end")]) {
    const PartNumber = parts.length + 1;
    const input = { ...at(bucket, "large"), UploadId, PartNumber, Body, ChecksumAlgorithm };
    const told = await bucket.client.send(new UploadPartCommand(input));
    const { ETag, ChecksumSHA256, ChecksumCRC64NVME } = told;
    parts.push({ PartNumber, ETag, ChecksumSHA256, ChecksumCRC64NVME });
  }
  return parts;
}

function complete(
  bucket: TestBucket,
  UploadId: string,
  Parts: CompletedPart[],
  more: Partial<CompleteMultipartUploadCommandInput> = {},
): Promise<unknown> {
  const MultipartUpload = { Parts };
  const input = { ...at(bucket, "large"), UploadId, MultipartUpload, ...more };
  return bucket.client.send(new CompleteMultipartUploadCommand(input));
}

/** The status behind an error of the SDK. */
function statusOf(error: unknown): number | undefined {
  return (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata
    ?.httpStatusCode;
}

/** Begins an upload, sends its parts, and throws it away. */
async function giveUp(
  bucket: TestBucket,
): Promise<{ readonly UploadId: string; readonly parts: CompletedPart[] }> {
  const UploadId = await begin(bucket);
  const parts = await sendParts(bucket, UploadId);
  const input = { ...at(bucket, "large"), UploadId };
  await bucket.client.send(new AbortMultipartUploadCommand(input));
  return { UploadId, parts };
}

async function uploaded(
  bucket: TestBucket,
  ChecksumAlgorithm: "SHA256" | "CRC64NVME",
  ChecksumType: "COMPOSITE" | "FULL_OBJECT",
): Promise<string> {
  const id = await begin(bucket, { ChecksumAlgorithm, ChecksumType });
  await complete(bucket, id, await sendParts(bucket, id, ChecksumAlgorithm), { ChecksumType });
  const command = new HeadObjectCommand({ ...at(bucket, "large"), ChecksumMode: "ENABLED" });
  const told = await bucket.client.send(command);
  return told[`Checksum${ChecksumAlgorithm}`] ?? "";
}

/** Whether an upload is refused at its end where a condition is not met, as one, and what was there stays. */
async function completesOn(
  bucket: TestBucket,
  condition: Pick<CompleteMultipartUploadCommandInput, "IfMatch" | "IfNoneMatch">,
): Promise<boolean> {
  await bucket.put("large", "old");
  const id = await begin(bucket);
  const done = complete(bucket, id, await sendParts(bucket, id), condition);
  const status = await done.then(() => 200, statusOf);
  return status === 412 && (await textOf(bucket, "large")) === "old";
}

/** Whether this is the SHA256 of one part, and not that of an object in parts. */
function isOfPart(checksum: string | undefined): boolean {
  return checksum !== undefined && !checksum.includes("-");
}

/** Copies `from` to `to`. */
function copy(bucket: TestBucket, more: Partial<CopyObjectCommandInput>): Promise<unknown> {
  const input = { ...at(bucket, "to"), CopySource: `${bucket.name}/from`, ...more };
  return bucket.client.send(new CopyObjectCommand(input));
}

async function tagsOf(bucket: TestBucket, key: string): Promise<string> {
  const command = new GetObjectTaggingCommand(at(bucket, key));
  const { TagSet = [] } = await bucket.client.send(command);
  return TagSet.map(({ Key, Value }) => `${Key}=${Value}`).join("&");
}

/** Metadata beyond ASCII, which S3 shows as an encoded word of RFC 2047, and others as the bytes that they are. */
export function readMetadata(text: string): string {
  const [, word] = /^=\?UTF-8\?b\?(.*)\?=$/i.exec(text) ?? [];
  return Buffer.from(word ?? text, word === undefined ? "latin1" : "base64").toString("utf8");
}

function customerKey(byte: number): {
  readonly SSECustomerAlgorithm: "AES256";
  readonly SSECustomerKey: string;
  readonly SSECustomerKeyMD5: string;
} {
  const key = new Uint8Array(32).fill(byte);
  const SSECustomerKeyMD5 = new Bun.CryptoHasher("md5").update(key).digest("base64");
  const SSECustomerKey = Buffer.from(key).toString("base64");
  return { SSECustomerAlgorithm: "AES256", SSECustomerKey, SSECustomerKeyMD5 };
}

/** By names that go on from "a server that …". */
export const probes = {
  "checks checksums": (bucket) => refuses(bucket.put("a", "x", { ChecksumCRC32: "AAAAAA==" })),
  "checks Content-MD5": (bucket) =>
    refuses(bucket.put("a", "x", { ContentMD5: customerKey(1).SSECustomerKeyMD5 })),
  "keeps checksums of parts": async (bucket) =>
    (await uploaded(bucket, "SHA256", "COMPOSITE")).endsWith("=-2"),
  "keeps checksums of whole uploads": async (bucket) =>
    /^[\w+/]{11}=$/.test(await uploaded(bucket, "CRC64NVME", "FULL_OBJECT")),
  "makes checksums of uploads without one": async (bucket) => {
    await uploadParts(bucket, "large", [new Uint8Array(fiveMiB), Buffer.from("end")]);
    const command = new HeadObjectCommand({ ...at(bucket, "large"), ChecksumMode: "ENABLED" });
    return (await bucket.client.send(command)).ChecksumCRC64NVME !== undefined;
  },
  "tells the checksums of parts": async (bucket) => {
    await uploaded(bucket, "SHA256", "COMPOSITE");
    const which = { ...at(bucket, "large"), PartNumber: 2, ChecksumMode: "ENABLED" } as const;
    return isOfPart((await bucket.client.send(new HeadObjectCommand(which))).ChecksumSHA256);
  },
  "lists parts with their checksums": async (bucket) => {
    await uploaded(bucket, "SHA256", "COMPOSITE");
    // Two of them the SDK separates by a comma and a space: neither MinIO nor versitygw reads that.
    const which = { ...at(bucket, "large"), ObjectAttributes: ["ObjectParts" as const] };
    const { ObjectParts } = await bucket.client.send(new GetObjectAttributesCommand(which));
    return isOfPart(ObjectParts?.Parts?.[1]?.ChecksumSHA256);
  },
  "tells parts by their numbers": async (bucket) => {
    await uploaded(bucket, "CRC64NVME", "FULL_OBJECT");
    const command = new HeadObjectCommand({ ...at(bucket, "large"), PartNumber: 2 });
    const { PartsCount, ContentLength } = await bucket.client.send(command);
    return PartsCount === 2 && ContentLength === 3;
  },
  "lists unfinished uploads": async (bucket) => {
    await begin(bucket);
    return (await bucket.openUploads()) === 1;
  },
  "keeps what is there when an upload is given up": async (bucket) => {
    await bucket.put("large", "old");
    await giveUp(bucket);
    return (await textOf(bucket, "large")) === "old";
  },
  "refuses to complete uploads that were given up": async (bucket) => {
    await bucket.put("large", "old");
    const { UploadId, parts } = await giveUp(bucket);
    return refuses(complete(bucket, UploadId, parts));
  },
  "writes on conditions": async (bucket) => {
    await bucket.put("a", "old");
    const isRefused = [
      await refuses(bucket.put("a", "new", { IfNoneMatch: "*" })),
      await refuses(bucket.put("a", "new", { IfMatch: another })),
    ];
    await bucket.put("b", "x", { IfNoneMatch: "*" });
    return !isRefused.includes(false) && (await textOf(bucket, "a")) === "old";
  },
  "completes uploads on conditions": async (bucket) =>
    (await completesOn(bucket, { IfNoneMatch: "*" })) &&
    (await completesOn(bucket, { IfMatch: another })),
  "completes uploads only where nothing is": (bucket) => completesOn(bucket, { IfNoneMatch: "*" }),
  "deletes on conditions": async (bucket) => {
    await bucket.put("a", "old");
    const command = new DeleteObjectCommand({ ...at(bucket, "a"), IfMatch: another });
    await refuses(bucket.client.send(command));
    return (await bucket.keys()).length === 1;
  },
  "reads on conditions": async (bucket) => {
    await bucket.put("a", "x");
    const command = new GetObjectCommand({ ...at(bucket, "a"), IfMatch: another });
    return refuses(bucket.client.send(command));
  },
  "copies on conditions of the source": async (bucket) => {
    await bucket.put("from", "x");
    await copy(bucket, {});
    return refuses(copy(bucket, { CopySourceIfMatch: another }));
  },
  "copies on conditions of the target": async (bucket) => {
    await bucket.put("from", "new");
    await bucket.put("to", "old");
    await refuses(copy(bucket, { IfNoneMatch: "*" }));
    return (await textOf(bucket, "to")) === "old";
  },
  "keeps and counts tags": async (bucket) => {
    await bucket.put("a", "x", { Tagging: "k=v+w" });
    const { TagCount } = await bucket.head("a");
    return TagCount === 1 && (await tagsOf(bucket, "a")) === "k=v w";
  },
  "copies tags, and replaces them": async (bucket) => {
    await bucket.put("from", "x", { Tagging: "k=v" });
    await copy(bucket, {});
    const copied = await tagsOf(bucket, "to");
    await copy(bucket, { TaggingDirective: "REPLACE", Tagging: "k=w" });
    return copied === "k=v" && (await tagsOf(bucket, "to")) === "k=w";
  },
  "replaces headers and metadata in copies": async (bucket) => {
    await bucket.put("from", "x", { ContentLanguage: "de", Metadata: { a: "1" } });
    const given = { ContentType: "text/x", Metadata: { b: "2" } };
    await copy(bucket, { Key: "from", MetadataDirective: "REPLACE", ...given });
    const { ContentType, ContentLanguage, Metadata } = await bucket.head("from");
    const isGone = ContentLanguage === undefined && Metadata?.["a"] === undefined;
    return ContentType === "text/x" && Metadata?.["b"] === "2" && isGone;
  },
  "replaces nothing but the type in copies": async (bucket) => {
    await bucket.put("from", "x");
    await copy(bucket, { Key: "from", MetadataDirective: "REPLACE", ContentType: "text/x" });
    return (await bucket.head("from")).ContentType === "text/x";
  },
  "leaves headers behind in copies": async (bucket) => {
    await bucket.put("from", "x", { CacheControl: "no-store" });
    await copy(bucket, { MetadataDirective: "REPLACE", Metadata: { b: "2" } });
    return (await bucket.head("to")).CacheControl === undefined;
  },
  "dates objects as it is told": async (bucket) => {
    const time = new Date("2024-05-06T07:08:09Z");
    await bucket.putAt("a", Buffer.from("x"), time);
    return (await bucket.head("a")).LastModified?.getTime() === time.getTime();
  },
  "dates objects anew when their metadata is replaced": async (bucket) => {
    await bucket.put("from", "x");
    const { LastModified: before } = await bucket.head("from");
    // Dates may have whole seconds.
    await Bun.sleep(1100);
    await copy(bucket, { Key: "from", MetadataDirective: "REPLACE", Metadata: { a: "1" } });
    const [listed] =
      (await bucket.client.send(new ListObjectsV2Command({ Bucket: bucket.name }))).Contents ?? [];
    return (listed?.LastModified?.getTime() ?? 0) >= (before?.getTime() ?? 0) + 1000;
  },
  "keeps headers as they are given": async (bucket) => {
    const given = {
      ...{ ContentType: "text/x-odd; charset=utf-8", CacheControl: "max-age=60" },
      ...{ ContentDisposition: 'attachment; filename="a b"', ContentLanguage: "de" },
      ContentEncoding: "br",
    };
    await bucket.put("a", "x", { ...given, Metadata: { empty: "" } });
    const told = await bucket.head("a");
    if (told.Metadata?.["empty"] !== "") return false;
    return Object.entries(given).every(([name, value]) => told[name as "ContentType"] === value);
  },
  "calls what has no type binary/octet-stream": async (bucket) => {
    // The SDK gives a type to what it puts, and none to an upload in parts.
    await uploadParts(bucket, "large", [new Uint8Array(fiveMiB), Buffer.from("end")]);
    return (await bucket.head("large")).ContentType === "binary/octet-stream";
  },
  "keeps metadata beyond ASCII": async (bucket) => {
    const name = "Größe: naïve £5";
    await bucket.put("a", "x", { Metadata: { name } });
    return readMetadata((await bucket.head("a")).Metadata?.["name"] ?? "") === name;
  },
  "shows metadata beyond ASCII in RFC 2047's form": async (bucket) => {
    await bucket.put("a", "x", { Metadata: { name: "naïve" } });
    return ((await bucket.head("a")).Metadata?.["name"] ?? "").startsWith("=?");
  },
  "keeps rights of others": async (bucket) => {
    await bucket.put("a", "x", { ACL: "public-read" });
    const { Grants = [] } = await bucket.client.send(new GetObjectAclCommand(at(bucket, "a")));
    return Grants.some(({ Grantee }) => Grantee?.URI?.endsWith("/AllUsers") === true);
  },
  "answers when asked for the rights to uploads in parts": async (bucket) => {
    await uploaded(bucket, "CRC64NVME", "FULL_OBJECT");
    const asked = bucket.client.send(new GetObjectAclCommand(at(bucket, "large")));
    const status = await asked.then(() => 200, statusOf);
    // To know none is an answer as well.
    return status !== undefined && (status < 500 || status === 501);
  },
  "keeps storage classes": async (bucket) => {
    await bucket.put("a", "x", { StorageClass: "REDUCED_REDUNDANCY" });
    return (await bucket.head("a")).StorageClass === "REDUCED_REDUNDANCY";
  },
  "refuses storage classes that there are not": (bucket) =>
    refuses(bucket.put("a", "x", { StorageClass: "NO_SUCH_CLASS" as "STANDARD" })),
  "encrypts with its own key": async (bucket) => {
    await bucket.put("a", "x", { ServerSideEncryption: "AES256" });
    return (await bucket.head("a")).ServerSideEncryption === "AES256";
  },
  "encrypts uploads in parts, too": async (bucket) => {
    const id = await begin(bucket, { ServerSideEncryption: "AES256" });
    await complete(bucket, id, await sendParts(bucket, id));
    return (await bucket.head("large")).ServerSideEncryption === "AES256";
  },
  "encrypts with KMS": async (bucket) => {
    await bucket.put("a", "x", { ServerSideEncryption: "aws:kms" });
    const { ServerSideEncryption, ETag } = await bucket.head("a");
    const isMd5 = ETag === `"${new Bun.CryptoHasher("md5").update("x").digest("hex")}"`;
    return ServerSideEncryption === "aws:kms" && !isMd5;
  },
  "encrypts as its bucket says": async (bucket) => {
    const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: "AES256" as const };
    const Rules = [{ ApplyServerSideEncryptionByDefault }];
    const ServerSideEncryptionConfiguration = { Rules };
    await bucket.client.send(
      new PutBucketEncryptionCommand({ Bucket: bucket.name, ServerSideEncryptionConfiguration }),
    );
    await bucket.put("a", "x");
    return (await bucket.head("a")).ServerSideEncryption === "AES256";
  },
  "encrypts with keys of clients": async (usual) => {
    // MinIO takes such keys over https only.
    const hasSecure = hasTlsServer() && usual.server.endpoint === httpServer().endpoint;
    await using secure = hasSecure ? await TestBucket.create(tlsServer()) : undefined;
    const bucket = secure ?? usual;
    await bucket.put("a", "x", customerKey(1));
    const get = (more: object): Promise<unknown> =>
      bucket.client.send(new GetObjectCommand({ ...at(bucket, "a"), ...more }));
    await get(customerKey(1));
    return (await refuses(get(customerKey(2)))) && (await refuses(get({})));
  },
  "opens buckets by policies": async (bucket) => {
    await bucket.put("a", "x");
    const Resource = `arn:aws:s3:::${bucket.name}/*`;
    const allow = {
      Effect: "Allow",
      Principal: { AWS: ["*"] },
      Action: ["s3:GetObject"],
      Resource,
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [allow] });
    await bucket.client.send(new PutBucketPolicyCommand({ Bucket: bucket.name, Policy }));
    return (await fetch(`${bucket.server.endpoint}/${bucket.name}/a`)).ok;
  },
  "takes signatures for any region": async ({ name, server }) => {
    const stranger = sdkClient(server, "us-west-2");
    await stranger.send(new ListObjectsV2Command({ Bucket: name }));
    return true;
  },
  "refuses signatures of a wrong key": async ({ name, server }) => {
    const stranger = sdkClient({ ...server, secretAccessKey: "wrong-secret-key" });
    const command = new HeadObjectCommand({ Bucket: name, Key: "a" });
    const status = await stranger.send(command).then(() => 200, statusOf);
    return status === 403;
  },
  ...keyProbes,
} satisfies Record<string, Probe>;
