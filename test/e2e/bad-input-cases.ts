/**
 * What a user can get wrong, as a table: the command line, the exit code, and what is said about it.
 *
 * @module
 */
import type { TestBucket } from "../support/bucket.ts";
import { httpServer, tlsServer } from "../support/servers.ts";
import type { TempDir } from "../support/temp-dir.ts";

/** What a case can use. */
export interface Scene {
  readonly bucket: TestBucket;
  readonly dir: TempDir;
  /** A directory with one file. */
  readonly source: string;
  /** A directory that is not there, and must not be there afterwards. */
  readonly out: string;
  /** A regular file. */
  readonly file: string;
  /** An AWS configuration file with the profile `local`, whose endpoint nobody listens at. */
  readonly awsConfig: string;
  /** A port at which something answers that is not HTTP. */
  readonly notHttpPort: number;
}

export interface Case {
  readonly title: string;
  readonly args: (scene: Scene) => readonly string[];
  readonly env?: (scene: Scene) => Readonly<Record<string, string>>;
  readonly exitCode: 1 | 2;
  readonly says: RegExp;
  readonly hints?: RegExp;
}

export const secret = "a-secret-that-nobody-may-see";

export const usage: readonly Case[] = [
  { title: "no argument", args: () => [], exitCode: 2, says: /SOURCE and TARGET are needed/ },
  {
    title: "one argument",
    args: ({ source }) => [source],
    exitCode: 2,
    says: /SOURCE and TARGET are needed/,
  },
  {
    title: "three arguments",
    args: ({ source, bucket }) => [source, bucket.url(), "more"],
    exitCode: 2,
    says: /SOURCE and TARGET are needed/,
  },
  {
    title: "an unknown option",
    args: ({ source, bucket }) => [source, bucket.url(), "--wokrer-size=3"],
    exitCode: 2,
    says: /unknown option --wokrer-size.*--worker-size/,
  },
  {
    title: "an unknown short option",
    args: ({ source, bucket }) => [source, bucket.url(), "-x"],
    exitCode: 2,
    says: /unknown option -x/,
  },
  {
    title: "an option without its value",
    args: ({ source, bucket }) => [source, bucket.url(), "--worker-size"],
    exitCode: 2,
    says: /--worker-size needs a value/,
  },
  {
    title: "a value out of range",
    args: ({ source, bucket }) => [source, bucket.url(), "--multipart-chunksize=4MiB"],
    exitCode: 2,
    says: /--multipart-chunksize.*5MiB/,
  },
  {
    title: "a bad value in the environment",
    args: ({ source, bucket }) => [source, bucket.url()],
    env: () => ({ S3SYNC_WORKER_SIZE: "many" }),
    exitCode: 2,
    says: /S3SYNC_WORKER_SIZE.*whole number/,
  },
  {
    title: "a limit in the environment that a run has no use for",
    args: ({ source, bucket }) => [source, bucket.url()],
    env: () => ({ MAX_DELETE: "5" }),
    exitCode: 2,
    says: /--max-delete \(the variable MAX_DELETE\) needs --delete/,
  },
  {
    title: "an empty SOURCE",
    args: ({ bucket }) => ["", bucket.url()],
    exitCode: 2,
    says: /SOURCE is empty/,
  },
  {
    title: "an empty TARGET",
    args: ({ source }) => [source, ""],
    exitCode: 2,
    says: /TARGET is empty/,
  },
  {
    title: "a URL without a bucket",
    args: ({ source }) => [source, "s3://"],
    exitCode: 2,
    says: /TARGET "s3:\/\/" names no bucket/,
  },
  {
    title: "both sides local",
    args: ({ source, out }) => [source, out],
    exitCode: 2,
    says: /both sides are local/,
  },
  {
    title: "a bucket's name that is a local folder",
    args: () => ["source", "folder"],
    exitCode: 2,
    says: /both sides are local.*s3:\/\/folder/,
  },
  {
    title: "a folder, and a name that cannot be a bucket's",
    args: () => ["source", "b"],
    exitCode: 2,
    says: /both sides are local.*s3:\/\/BUCKET/,
  },
  {
    title: "a bucket as other tools write it",
    args: () => ["source", "bucket:path"],
    exitCode: 2,
    says: /TARGET "bucket:path" is not an S3 URL; write s3:\/\/bucket\/path/,
  },
  {
    title: "a web address",
    args: ({ out }) => ["https://bucket.s3.amazonaws.com/path", out],
    exitCode: 2,
    says: /SOURCE "https:.*" is not an S3 URL/,
    hints: /s3:\/\/BUCKET/,
  },
  {
    title: "the same place twice",
    args: ({ bucket }) => [bucket.url("p/"), bucket.url("p/")],
    exitCode: 2,
    says: /SOURCE and TARGET are the same/,
  },
  {
    title: "a flag with an empty value",
    args: ({ source, bucket }) => [source, bucket.url(), "--dry-run="],
    exitCode: 2,
    says: /--dry-run: true or false is allowed/,
  },
  {
    title: "a SOURCE that is not there",
    args: ({ dir, bucket }) => [dir.at("missing"), bucket.url()],
    exitCode: 2,
    says: /SOURCE .*missing does not exist/,
  },
  {
    title: "a TARGET that is a file",
    args: ({ bucket, file }) => [bucket.url(), file],
    exitCode: 2,
    says: /TARGET .*file is not a directory/,
  },
  {
    title: "a TARGET below a file",
    args: ({ bucket, file }) => [bucket.url(), `${file}/below`],
    exitCode: 2,
    says: /TARGET .*below cannot be made: .*file is no directory/,
  },
  {
    title: "a SOURCE below a file",
    args: ({ bucket, file }) => [`${file}/below`, bucket.url()],
    exitCode: 2,
    says: /SOURCE .*below does not exist/,
  },
  {
    title: "an endpoint that is no http URL",
    args: ({ source, bucket }) => [source, bucket.url(), "--target-endpoint-url=ftp://x"],
    exitCode: 2,
    says: /--target-endpoint-url.*http/,
  },
  {
    title: "--server-side-copy from a directory",
    args: ({ source, bucket }) => [source, bucket.url(), "--server-side-copy"],
    exitCode: 2,
    says: /--server-side-copy needs S3 on both sides/,
  },
  {
    title: "no region",
    args: ({ source, bucket }) => [source, bucket.url()],
    env: () => ({ AWS_REGION: "" }),
    exitCode: 2,
    says: /no region/,
    hints: /AWS_REGION/,
  },
  {
    title: "an access key without its secret",
    args: ({ source, bucket }) => [source, bucket.url(), "--target-access-key=AKIA"],
    exitCode: 2,
    says: /--target-access-key and --target-secret-access-key need each other/,
  },
  {
    title: "a certificate bundle that is none",
    args: ({ source, bucket }) => [source, bucket.url()],
    env: ({ file }) => ({ AWS_CA_BUNDLE: file }),
    exitCode: 2,
    says: /AWS_CA_BUNDLE.*no PEM certificate/,
  },
];

export const refusals: readonly Case[] = [
  {
    title: "a bucket that does not exist, as TARGET",
    args: ({ source }) => [source, "s3://no-such-bucket-anywhere/"],
    exitCode: 1,
    says: /s3:\/\/no-such-bucket-anywhere.*NoSuchBucket/,
    hints: /name/,
  },
  {
    title: "a bucket that does not exist, as SOURCE",
    args: ({ out }) => ["s3://no-such-bucket-anywhere/", out],
    exitCode: 1,
    says: /s3:\/\/no-such-bucket-anywhere.*NoSuchBucket/,
    hints: /name/,
  },
  {
    title: "a key in a bucket that does not exist",
    args: ({ out }) => ["s3://no-such-bucket-anywhere/a/key", out],
    exitCode: 1,
    says: /s3:\/\/no-such-bucket-anywhere.*NoSuchBucket/,
    hints: /name/,
  },
  {
    title: "a bucket name that is not allowed",
    args: ({ source }) => [source, "s3://Not_A_Bucket/"],
    exitCode: 1,
    says: /InvalidBucketName/,
    hints: /name/,
  },
  {
    title: "a storage class that the server does not have",
    args: ({ source, bucket }) => [source, bucket.url(), "--storage-class=ANY"],
    exitCode: 1,
    says: /InvalidStorageClass/,
    hints: /Leave --storage-class out, .*s3sync doctor s3:\/\//,
  },
  {
    title: "a wrong access key",
    args: ({ source, bucket }) => [source, bucket.url()],
    env: () => ({ AWS_ACCESS_KEY_ID: "AKIAWRONG", AWS_SECRET_ACCESS_KEY: secret }),
    exitCode: 1,
    says: /InvalidAccessKeyId/,
    hints: /access key/,
  },
  {
    title: "a wrong secret",
    args: ({ source, bucket }) => [source, bucket.url()],
    env: () => ({ AWS_SECRET_ACCESS_KEY: secret }),
    exitCode: 1,
    says: /SignatureDoesNotMatch/,
    hints: /secret/,
  },
  {
    title: "a wrong secret as an option",
    args: ({ source, bucket }) => [
      source,
      bucket.url(),
      "--target-access-key=AKIAWRONG",
      `--target-secret-access-key=${secret}`,
      "-vvv",
    ],
    exitCode: 1,
    says: /InvalidAccessKeyId/,
    hints: /access key/,
  },
  {
    title: "no credentials",
    args: ({ source, bucket }) => [source, bucket.url()],
    env: () => ({ AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" }),
    exitCode: 1,
    says: /no credentials/,
    hints: /AWS_ACCESS_KEY_ID/,
  },
  {
    title: "an endpoint where nobody listens",
    args: ({ source, bucket }) => [
      source,
      bucket.url(),
      "--target-endpoint-url=http://127.0.0.1:1",
    ],
    exitCode: 1,
    says: /cannot connect to 127\.0\.0\.1:1: connection refused/,
    hints: /address/,
  },
  {
    title: "an endpoint of this machine: the bucket goes into the path",
    args: ({ source, bucket }) => [
      source,
      bucket.url(),
      "--target-endpoint-url=http://localhost:1",
    ],
    exitCode: 1,
    says: /cannot connect to localhost:1:/,
  },
  {
    title: "an endpoint of this machine with a name of its own",
    args: ({ source, bucket }) => [
      source,
      bucket.url(),
      "--target-endpoint-url=http://minio.localhost:1",
    ],
    exitCode: 1,
    says: /cannot connect to minio\.localhost:1:/,
  },
  {
    title: "the endpoint of the profile that is named for a side",
    args: ({ source, bucket, awsConfig }) => [
      source,
      bucket.url(),
      "--target-profile=local",
      `--aws-config-file=${awsConfig}`,
    ],
    env: () => ({ AWS_ENDPOINT_URL: "" }),
    exitCode: 1,
    says: /cannot connect to localhost:1:/,
  },
  {
    title: "an endpoint where nobody listens, as SOURCE",
    args: ({ out, bucket }) => [bucket.url(), out, "--source-endpoint-url=http://127.0.0.1:1"],
    exitCode: 1,
    says: /cannot connect to 127\.0\.0\.1:1: connection refused/,
    hints: /address/,
  },
  {
    title: "an endpoint whose name nobody knows",
    args: ({ source, bucket }) => [
      source,
      bucket.url(),
      "--target-endpoint-url=http://no-such-host.invalid",
    ],
    exitCode: 1,
    says: /no such host|name server/,
  },
  {
    title: "an endpoint that does not speak HTTP",
    args: ({ source, bucket, notHttpPort }) => [
      source,
      bucket.url(),
      `--target-endpoint-url=http://127.0.0.1:${notHttpPort}`,
    ],
    exitCode: 1,
    says: /not HTTP/,
  },
];

export const tlsMistakes: readonly Case[] = [
  {
    title: "a server whose certificate nobody knows",
    args: ({ source, bucket }) => [
      source,
      bucket.url(),
      `--target-endpoint-url=${tlsServer().endpoint}`,
    ],
    exitCode: 1,
    says: /certificate/,
    hints: /AWS_CA_BUNDLE/,
  },
  {
    title: "http spoken to a TLS port",
    args: ({ source, bucket }) => [
      source,
      bucket.url(),
      `--target-endpoint-url=${tlsServer().endpoint.replace("https:", "http:")}`,
    ],
    exitCode: 1,
    says: /https/i,
  },
  {
    title: "https spoken to a plain port",
    args: ({ source, bucket }) => [
      source,
      bucket.url(),
      `--target-endpoint-url=${httpServer().endpoint.replace("http:", "https:")}`,
    ],
    exitCode: 1,
    says: /TLS/,
    hints: /https/,
  },
];
