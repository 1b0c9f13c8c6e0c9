/**
 * S3 stores under contract: one bucket for all tests of a file, a prefix of its own for each.
 *
 * @module
 */
import { asTheBucketSays } from "../../src/store/s3/encryption.ts";
import type { S3Options } from "../../src/store/s3/open.ts";
import type { S3Store } from "../../src/store/s3/store.ts";
import { TestBucket } from "../support/bucket.ts";
import { can, type Capability } from "../support/capabilities.ts";
import type { Exceptions, Subject } from "./subject.ts";

/** Few, so that a listing of several pages needs few objects. */
const pageSize = 7;

/** How to reach a prefix of a test bucket. */
export function s3Options(bucket: TestBucket, prefix: string): S3Options {
  const { endpoint, accessKeyId, secretAccessKey, caFile } = bucket.server;
  return {
    bucket: bucket.name,
    prefix,
    region: "us-east-1",
    endpointUrl: endpoint,
    forcePathStyle: true,
    accelerate: false,
    profile: undefined,
    credentials: { accessKeyId, secretAccessKey, sessionToken: undefined },
    keyring: undefined,
    anonymous: false,
    configFile: undefined,
    credentialsFile: undefined,
    maxAttempts: 3,
    caFile,
    proxies: { http: undefined, https: undefined },
    maxKeys: pageSize,
    digestsFirst: { md5: true, sha256: true },
    requestPayer: false,
    retry: { maxAttempts: 3, initialBackoffMs: 20 },
    patience: { answerMs: 30_000, stallMs: 30_000, attemptMs: 0 },
    connectMs: 5000,
    operationMs: 0,
    checksum: undefined,
    encryption: asTheBucketSays,
    deletesOnlyKnown: false,
    readsChecksums: false,
    userAgent: "s3sync-test",
    tellsStarts: false,
    pointInTimeMs: undefined,
  };
}

/** Gives prefixes of one bucket, which is made with the first of them. */
export class Prefixes implements AsyncDisposable {
  private bucket: Promise<TestBucket> | undefined;
  private count = 0;

  constructor(private readonly open: (options: S3Options) => Promise<S3Store>) {}

  /** An empty store. Odd characters in its prefix are a matter of every request. */
  async next(): Promise<Subject> {
    this.bucket ??= TestBucket.create();
    this.count += 1;
    const prefix = `p +%${this.count}&/`;
    const store = await this.open(s3Options(await this.bucket, prefix));
    const longestKey = 1024 - prefix.length;
    return { store, pageSize, longestKey, [Symbol.asyncDispose]: () => store.close() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.bucket)?.[Symbol.asyncDispose]();
  }
}

const orderOfKeys = "the server lists keys in another order";
const losesWhatIsThere = "the server deletes what is there when an upload over it is given up";

/** What a bucket on the test server does not do, whichever client asks. */
const s3Exceptions: Exceptions = {
  "an object that changed since it was listed stays, and that is told":
    "MinIO overlooks the ETags in DeleteObjects, see servers/conditional-deletes.test.ts",
  ...unless("lists an object and others below its name", {
    "a key is both object and prefix, unless keys are paths: then it is a clash":
      "the server does not list what lies below an object",
  }),
  ...unless("keeps what is there when an upload is given up", {
    "a writer that is aborted leaves the old object, and aborting twice is fine": losesWhatIsThere,
    "a writer that was aborted cannot be committed": losesWhatIsThere,
    "a commit after the signal fired changes nothing and throws `aborted`": losesWhatIsThere,
    "a part whose signal fires shows nothing, and the writer can be aborted": losesWhatIsThere,
  }),
  ...unless("lists keys in the order of their bytes", {
    "a listing comes in the order of the keys' UTF-8 bytes": orderOfKeys,
    "the first key of a range is the first that its listing shows": orderOfKeys,
    "a range holds its prefix, begins after its lower bound and ends with its upper one":
      orderOfKeys,
    "the range of one key holds what the full listing says of it": orderOfKeys,
    "all odd keys together are listed in order, each once": orderOfKeys,
  }),
  ...unless("keeps line breaks in keys", {
    "a key with a newline is written, listed, read and removed": "the server does not take it",
    "all odd keys together are listed in order, each once": "the server does not take all",
    "an odd key can be written in parts": "the server does not take it",
  }),
  ...unless("keeps backslashes in keys", {
    "a key with a backslash is written, listed, read and removed": "the server does not take it",
  }),
  ...unless("keeps headers as they are given", {
    "attributes come back, if the store keeps any": "the server changes headers",
  }),
  ...unless("refuses to complete uploads that were given up", {
    "a writer that was aborted cannot be committed":
      "the server says that it completes what it has thrown away",
  }),
  ...unless("escapes keys in listings", {
    "a key with an escape character is written, listed, read and removed":
      "the server cannot list it",
    "all odd keys together are listed in order, each once": "the server cannot list some of them",
  }),
};

/** What the direct client sends as it is, and what the SDK's sends in the form of RFC 2047. */
const metadataRule = "metadata beyond ASCII come back as they were, if the store keeps any";
const metadataReason = "S3 gives them back in the form of RFC 2047, and takes that form as it is";

/** Of the direct client alone: there are servers that give back the very bytes. */
export const directExceptions: Exceptions = {
  ...s3Exceptions,
  ...(can("shows metadata beyond ASCII in RFC 2047's form")
    ? { [metadataRule]: metadataReason }
    : {}),
};

/** Of the SDK's client alone. */
export const sdkExceptions: Exceptions = { ...s3Exceptions, [metadataRule]: metadataReason };

function unless(capability: Capability, exceptions: Exceptions): Exceptions {
  return can(capability) ? {} : exceptions;
}
