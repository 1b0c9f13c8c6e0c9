/**
 * Names of buckets: where requests go, and how they are signed. No such service runs here, so what would be sent is
 * compared with what the AWS SDK's own client would send.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { GetObjectCommand } from "@aws-sdk/client-s3";

import { parsePlace } from "../../../src/config/place.ts";
import { copySourceText } from "../../../src/store/s3/copy-source.ts";
import type { Endpoint } from "../../../src/store/s3/endpoint.ts";
import { connect, type Connection } from "../../../src/store/s3/sdk/connection.ts";
import type { HttpRequest } from "../../../src/store/s3/wire/http.ts";
import { buildRequest } from "../../../src/store/s3/wire/operation.ts";
import { Signer } from "../../../src/store/s3/wire/sigv4.ts";
import { SetSigner } from "../../../src/store/s3/wire/sigv4a.ts";
import { exampleCredentials, rejection } from "../../support/stub-s3.ts";
import { withEnvironment } from "./support/environment.ts";

interface Row {
  readonly bucket: string;
  /** The region that the user has. */
  readonly region: string;
  /** `https://host`, and what stands before the key. */
  readonly url: string;
  readonly signing?: Partial<Endpoint["signing"]>;
}

const account = "123456789012";
const outpost = `arn:aws:s3-outposts:us-west-2:${account}:outpost/op-01ac5d28a6a232904/accesspoint/reports`;

const rows: readonly Row[] = [
  { bucket: "bucket", region: "eu-central-1", url: "https://bucket.s3.eu-central-1.amazonaws.com" },
  { bucket: "bucket", region: "cn-north-1", url: "https://bucket.s3.cn-north-1.amazonaws.com.cn" },
  {
    ...{ bucket: "bucket", region: "us-gov-west-1" },
    url: "https://bucket.s3.us-gov-west-1.amazonaws.com",
  },
  // A certificate for *.s3… does not cover more dots.
  { bucket: "my.bucket", region: "eu-west-1", url: "https://s3.eu-west-1.amazonaws.com/my.bucket" },
  // As buckets could be called long ago.
  { bucket: "Old_Name", region: "us-east-1", url: "https://s3.us-east-1.amazonaws.com/Old_Name" },
  {
    ...{ bucket: "reports-abc123-s3alias", region: "us-west-2" },
    url: "https://reports-abc123-s3alias.s3.us-west-2.amazonaws.com",
  },
  {
    ...{ bucket: "mine-abc--ol-s3", region: "us-west-2" },
    url: "https://mine-abc--ol-s3.s3.us-west-2.amazonaws.com",
  },
  {
    ...{ bucket: `arn:aws:s3:us-west-2:${account}:accesspoint/reports`, region: "us-east-1" },
    url: `https://reports-${account}.s3-accesspoint.us-west-2.amazonaws.com`,
    signing: { region: "us-west-2" },
  },
  {
    ...{ bucket: `arn:aws-cn:s3:cn-north-1:${account}:accesspoint/reports`, region: "cn-north-1" },
    url: `https://reports-${account}.s3-accesspoint.cn-north-1.amazonaws.com.cn`,
  },
  {
    bucket: `arn:aws-us-gov:s3:us-gov-west-1:${account}:accesspoint/reports`,
    region: "us-gov-east-1",
    url: `https://reports-${account}.s3-accesspoint.us-gov-west-1.amazonaws.com`,
    signing: { region: "us-gov-west-1" },
  },
  {
    bucket: `arn:aws:s3-object-lambda:us-east-1:${account}:accesspoint/mine`,
    region: "us-east-1",
    url: `https://mine-${account}.s3-object-lambda.us-east-1.amazonaws.com`,
    signing: { service: "s3-object-lambda" },
  },
  {
    ...{ bucket: outpost, region: "us-west-2" },
    url: `https://reports-${account}.op-01ac5d28a6a232904.s3-outposts.us-west-2.amazonaws.com`,
    signing: { service: "s3-outposts" },
  },
  {
    ...{ bucket: `arn:aws:s3::${account}:accesspoint/mfzwi23gnjvgw.mrap`, region: "us-east-1" },
    url: "https://mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com",
    signing: { scheme: "sigv4a", region: "*" },
  },
  {
    ...{ bucket: "logs--use1-az4--x-s3", region: "us-east-1" },
    url: "https://logs--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com",
    signing: { scheme: "sigv4-s3express", service: "s3express" },
  },
  {
    ...{ bucket: "ap--use1-az4--xa-s3", region: "us-east-1" },
    url: "https://ap--use1-az4--xa-s3.s3express-use1-az4.us-east-1.amazonaws.com",
    signing: { scheme: "sigv4-s3express", service: "s3express" },
  },
];

const none = { endpointUrl: undefined, profile: undefined, keyring: undefined };

function connectTo(bucket: string, region: string | undefined): Promise<Connection> {
  return connect({
    ...{ ...none, bucket, region, credentials: exampleCredentials, maxAttempts: 1 },
    ...{ forcePathStyle: false, accelerate: false, anonymous: false },
    ...{ configFile: undefined, credentialsFile: undefined, caFile: undefined },
    proxies: { http: undefined, https: undefined },
  });
}

/** What our own client would send for an object. */
function ours(endpoint: Endpoint, atMs: number): HttpRequest {
  const signers = { sigv4: new Signer(), sigv4a: new SetSigner() };
  const signing = { signers, credentials: exampleCredentials, nowMs: atMs };
  const operation = { name: "GetObject", method: "GET", key: "a b/ü" } as const;
  return buildRequest(operation, endpoint, { userAgent: "test", headers: {} }, signing);
}

interface Captured {
  readonly hostname: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the SDK's client would send. */
async function theirs({ client }: Connection, bucket: string): Promise<Captured> {
  let captured: Captured | undefined;
  client.middlewareStack.add(
    () => (args) => {
      captured = args.request as Captured;
      throw new Error("not sent");
    },
    // After the signing.
    { step: "deserialize", priority: "low" },
  );
  await rejection(client.send(new GetObjectCommand({ Bucket: bucket, Key: "a b/ü" })));
  if (captured === undefined) throw new Error("nothing was about to be sent");
  return captured;
}

/** `20261127/eu-central-1/s3/aws4_request`, without the day. */
function scopeOf(headers: Readonly<Record<string, string>>): string | undefined {
  return /Credential=[^/]+\/\d+\/([^,]+)/.exec(headers["authorization"] ?? "")?.[1];
}

describe("requests for an object", () => {
  test.each(rows.map((row) => [row.bucket, row.region, row] as const))(
    "in %s from %s go there, signed for it",
    async (bucket, region, { url, signing }) => {
      const endpoint = await (await connectTo(bucket, region)).endpoint();
      expect(endpoint.origin + endpoint.basePath).toBe(url);
      expect(endpoint.signing).toEqual({ scheme: "sigv4", region, service: "s3", ...signing });
    },
  );

  // Sessions of directory buckets are the SDK's matter; SigV4A takes a package that it does not bring.
  const comparable = rows.filter(({ signing }) => signing?.scheme === undefined);
  test.each(comparable.map((row) => [row.bucket, row.region] as const))(
    "in %s from %s are those of the SDK",
    async (bucket, region) => {
      const connection = await connectTo(bucket, region);
      const mine = ours(await connection.endpoint(), Date.now());
      const sdk = await theirs(connection, bucket);
      expect(mine.origin).toBe(`https://${sdk.hostname}`);
      expect(mine.target).toBe(sdk.path);
      expect(scopeOf(mine.headers)).toBe(scopeOf(sdk.headers));
    },
  );

  test("through a multi-region access point are signed for its set of regions", async () => {
    const connection = await connectTo(`arn:aws:s3::${account}:accesspoint/m.mrap`, "us-east-1");
    const { headers } = ours(await connection.endpoint(), Date.now());
    expect(headers["x-amz-region-set"]).toBe("*");
    expect(headers["authorization"]).toMatch(
      /^AWS4-ECDSA-P256-SHA256 Credential=[^/]+\/\d{8}\/s3\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-region-set, Signature=30/,
    );
  });
});

describe("variables of AWS for other endpoints", () => {
  const dual = { AWS_USE_DUALSTACK_ENDPOINT: "true" };
  const fips = { AWS_USE_FIPS_ENDPOINT: "true" };
  const accessPoint = `arn:aws:s3:us-west-2:${account}:accesspoint/reports`;
  test.each([
    ["bucket", dual, "bucket.s3.dualstack.us-west-2.amazonaws.com"],
    ["bucket", fips, "bucket.s3-fips.us-west-2.amazonaws.com"],
    ["bucket", { ...dual, ...fips }, "bucket.s3-fips.dualstack.us-west-2.amazonaws.com"],
    [accessPoint, dual, `reports-${account}.s3-accesspoint.dualstack.us-west-2.amazonaws.com`],
    [accessPoint, fips, `reports-${account}.s3-accesspoint-fips.us-west-2.amazonaws.com`],
  ])("lead to %s with %j at %s", async (bucket, variables, host) => {
    using _set = withEnvironment(variables);
    const connection = await connectTo(bucket, "us-west-2");
    const endpoint = await connection.endpoint();
    expect(endpoint).toMatchObject({ origin: `https://${host}`, host });
    expect(endpoint.signing).toEqual({ scheme: "sigv4", region: "us-west-2", service: "s3" });
    expect((await theirs(connection, bucket)).hostname).toBe(host);
  });
});

describe("the source of a copy", () => {
  test.each([
    ["bucket", undefined, "bucket/a%20b/%C3%BC"],
    ["bucket", "v/1", "bucket/a%20b/%C3%BC?versionId=v%2F1"],
    [
      `arn:aws:s3:us-west-2:${account}:accesspoint/reports`,
      undefined,
      `arn%3Aaws%3As3%3Aus-west-2%3A${account}%3Aaccesspoint/reports/object/a%20b/%C3%BC`,
    ],
  ])("in %s with the version %p is %s", (name, versionId, text) => {
    expect(copySourceText({ bucket: name, key: "a b/ü", versionId, ifMatch: undefined })).toBe(
      text,
    );
  });
});

describe("names that are none", () => {
  test.each([
    [`arn:aws-cn:s3:cn-north-1:${account}:accesspoint/reports`, /region of that partition/],
    [`arn:aws:s3:us-west-2:${account}:bucket/x`, /./],
    [`arn:aws:s3:us-west-2::accesspoint/x`, /./],
  ])("%s", async (bucket, hint) => {
    const connection = await connectTo(bucket, "us-east-1");
    const error = await rejection(connection.endpoint());
    expect(error).toMatchObject({
      message: expect.stringContaining(`s3://${bucket} has no endpoint`),
      hint: expect.stringMatching(hint),
    });
  });
});

test("both spellings of an access point are the same place", () => {
  const places = [":accesspoint/reports", ":accesspoint:reports"].map((name) =>
    parsePlace(`s3://arn:aws:s3:us-west-2:${account}${name}/p`, "SOURCE"),
  );
  expect(places[0]).toEqual(places[1] as (typeof places)[0]);
  const [slashes, colons] = ["/", ":"].map((sign) =>
    parsePlace(`s3://${outpost.replaceAll("/", sign)}/p`, "SOURCE"),
  );
  expect(slashes).toEqual(colons ?? slashes);
  expect(slashes).toMatchObject({ bucket: outpost, prefix: "p" });
});
