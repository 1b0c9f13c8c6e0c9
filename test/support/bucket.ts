/**
 * A bucket for one test, looked at through the AWS SDK: a witness that shares no code with ours.
 *
 * @module
 */
import fs from "node:fs";
import https from "node:https";

import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from "@aws-sdk/client-s3";

import { type ConfigInput, Secret } from "../../src/index.ts";
import { httpServer, isUsualServer, type TestServer } from "./servers.ts";

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
}

/** A new bucket. Dispose of it where the server outlives the tests. */
export class TestBucket implements AsyncDisposable {
  private constructor(
    readonly name: string,
    readonly server: TestServer,
    readonly client: S3Client,
  ) {}

  /** @param locks versions can be locked: they are kept from the beginning */
  static async create(
    server: TestServer = httpServer(),
    region?: string,
    locks = false,
  ): Promise<TestBucket> {
    const name = `test-${crypto.randomUUID()}`;
    const client = sdkClient(server, region);
    await client.send(
      new CreateBucketCommand({
        Bucket: name,
        ...(locks ? { ObjectLockEnabledForBucket: true } : {}),
      }),
    );
    return new TestBucket(name, server, client);
  }

  /** `s3://bucket/prefix`. */
  url(prefix = ""): string {
    return `s3://${this.name}/${prefix}`;
  }

  /** The options that make this bucket's server a side of a run. */
  side(side: "source" | "target"): Partial<ConfigInput> {
    const { endpoint, accessKeyId, secretAccessKey } = this.server;
    return {
      [`${side}EndpointUrl`]: endpoint,
      [`${side}AccessKey`]: new Secret(accessKeyId),
      [`${side}SecretAccessKey`]: new Secret(secretAccessKey),
      [`${side}Region`]: "us-east-1",
      [`${side}ForcePathStyle`]: true,
    };
  }

  async put(
    key: string,
    body: Uint8Array | string,
    more: Partial<PutObjectCommandInput> = {},
  ): Promise<void> {
    await this.client.send(
      new PutObjectCommand({ Bucket: this.name, Key: key, Body: body, ...more }),
    );
  }

  /** Puts an object of a given time, as far as the server is MinIO: others date it by their clocks. */
  async putAt(key: string, body: Uint8Array, time: Date): Promise<void> {
    const command = new PutObjectCommand({ Bucket: this.name, Key: key, Body: body });
    command.middlewareStack.add(
      (next) => (args) => {
        addHeader(args.request, "x-minio-source-mtime", time.toISOString());
        return next(args);
      },
      { step: "build" },
    );
    await this.client.send(command);
  }

  async get(key: string): Promise<Uint8Array> {
    const answer = await this.client.send(new GetObjectCommand({ Bucket: this.name, Key: key }));
    return (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0);
  }

  head(key: string): Promise<HeadObjectCommandOutput> {
    return this.client.send(new HeadObjectCommand({ Bucket: this.name, Key: key }));
  }

  /** All objects, in the order of the server. */
  async list(prefix = ""): Promise<ListedObject[]> {
    const objects: ListedObject[] = [];
    let token: string | undefined;
    do {
      const page = await this.client.send(
        new ListObjectsV2Command({
          Bucket: this.name,
          Prefix: prefix,
          EncodingType: "url",
          ContinuationToken: token,
        }),
      );
      for (const { Key = "", Size = 0, ETag = "" } of page.Contents ?? []) {
        // Some servers do not know of this, and give keys as they are.
        const isEncoded = page.EncodingType === "url";
        const key = isEncoded ? decodeURIComponent(Key.replaceAll("+", " ")) : Key;
        objects.push({ key, size: Size, etag: ETag.replaceAll('"', "") });
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return objects;
  }

  async keys(prefix = ""): Promise<string[]> {
    return (await this.list(prefix)).map(({ key }) => key);
  }

  /** Multipart uploads that were begun and neither completed nor aborted. */
  async openUploads(): Promise<number> {
    const answer = await this.client.send(new ListMultipartUploadsCommand({ Bucket: this.name }));
    return answer.Uploads?.length ?? 0;
  }

  /** From now on what is replaced or deleted stays as an old version. */
  async keepVersions(Status: "Enabled" | "Suspended" = "Enabled"): Promise<void> {
    const VersioningConfiguration = { Status };
    await this.client.send(
      new PutBucketVersioningCommand({ Bucket: this.name, VersioningConfiguration }),
    );
  }

  /** Deletes keys, each in a request of its own. */
  async remove(keys: readonly string[]): Promise<void> {
    for (const Key of keys) {
      await this.client.send(new DeleteObjectCommand({ Bucket: this.name, Key }));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (isUsualServer()) await this.drop();
    else await this.empty();
    this.client.destroy();
  }

  /** As MinIO can: with all that is in it, for it is kept in memory. Other servers of ours end with their tests. */
  private async drop(): Promise<void> {
    const command = new DeleteBucketCommand({ Bucket: this.name });
    command.middlewareStack.add(
      (next) => (args) => {
        addHeader(args.request, "x-minio-force-delete", "true");
        return next(args);
      },
      { step: "build" },
    );
    await this.client.send(command).catch(() => undefined);
  }

  /** What the server does not let go of stays: the tests are not about that. */
  private async empty(): Promise<void> {
    const keys = await this.keys().catch(() => []);
    for (let at = 0; at < keys.length; at += 1000) {
      const Objects = keys.slice(at, at + 1000).map((Key) => ({ Key }));
      const command = new DeleteObjectsCommand({
        Bucket: this.name,
        Delete: { Objects, Quiet: true },
      });
      await this.client.send(command).catch(() => undefined);
    }
    await this.client.send(new DeleteBucketCommand({ Bucket: this.name })).catch(() => undefined);
  }
}

/** Adds a header that the SDK knows nothing about. */
function addHeader(request: unknown, name: string, value: string): void {
  (request as { readonly headers: Record<string, string> }).headers[name] = value;
}

/** A client of the SDK for a test server. */
export function sdkClient(server: TestServer, region = "us-east-1"): S3Client {
  const { endpoint, accessKeyId, secretAccessKey, caFile } = server;
  return new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    ...(caFile === undefined
      ? {}
      : { requestHandler: { httpsAgent: new https.Agent({ ca: fs.readFileSync(caFile) }) } }),
  });
}
