/**
 * The doctor on a real server: what it finds, and that it leaves nothing behind.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { CreateBucketCommand, PutObjectLockConfigurationCommand } from "@aws-sdk/client-s3";

import { doctor, type Finding, Secret, SyncError } from "../../src/index.ts";
import { sdkClient, TestBucket } from "../support/bucket.ts";
import { can, needing } from "../support/capabilities.ts";
import { contentsOf, doctorInput, examined, flaws, keepVersions } from "../support/examination.ts";
import { FaultProxy, type Operation } from "../support/fault-proxy.ts";
import { Account, hasAccounts, type Statement } from "../support/minio-admin.ts";
import { httpServer, isUsualServer } from "../support/servers.ts";

/** What MinIO does otherwise than Amazon S3. */
const flawsOfMinio = {
  "If-None-Match on copies": "degraded",
  "If-Match on copies": "degraded",
  "If-Match on DELETE": "degraded",
  "keys: empty segments (//)": "degraded",
  "keys: dots (. and ..)": "degraded",
  "keys: a name and names below it": "degraded",
  "keys: long names": "degraded",
  "user metadata beyond ASCII": "degraded",
  headers: "degraded",
  "tags beyond ASCII": "degraded",
  "storage class": "degraded",
};

/** What a promise is rejected with. */
function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("on MinIO", () => {
  test.skipIf(!isUsualServer())(
    "it finds what MinIO does otherwise than Amazon S3, and nothing else (needs MinIO)",
    async () => {
      await using bucket = await TestBucket.create();
      const findings = await examined(doctorInput(bucket));
      expect(flaws(findings)).toEqual(flawsOfMinio);
      expect(findings.size).toBeGreaterThan(60);
    },
  );

  test("whatever is not good says what that means", async () => {
    await using bucket = await TestBucket.create();
    const findings = [...(await examined(doctorInput(bucket))).values()];
    const silent = findings.filter(
      ({ outcome, consequence = "" }) => outcome !== "good" && consequence === "",
    );
    expect(silent).toEqual([]);
  });

  test("of the access key it shows four characters, of the secret none", async () => {
    await using bucket = await TestBucket.create();
    const findings = await examined({ ...doctorInput(bucket), dryRun: true });
    const { accessKeyId, secretAccessKey } = bucket.server;
    expect(findings.get("credentials")?.detail).toBe(
      `keys from options: ${accessKeyId.slice(0, 4)}…`,
    );
    const text = JSON.stringify([...findings]);
    expect(text).not.toContain(accessKeyId.slice(0, 5));
    expect(text).not.toContain(secretAccessKey);
  });

  test("with --dry-run it only reads", async () => {
    await using proxy = await FaultProxy.start(httpServer());
    await using bucket = await TestBucket.create();
    const findings = await examined({
      ...doctorInput(bucket, "", { ...bucket.server, endpoint: proxy.endpoint }),
      dryRun: true,
    });
    expect(flaws(findings)).toEqual({});
    const methods = new Set(proxy.requests.map(({ method }) => method));
    expect([...methods]).toEqual(["GET"]);
  });
});

describe("nothing is left, and nothing else is touched", () => {
  const keeping = needing("keeps an object and others below its name");
  keeping.test.each(["", "p", "p/", "a b+%/ü/"])("below the prefix %j", async (prefix) => {
    await using bucket = await TestBucket.create();
    for (const key of ["x", "p", "p/x", "a b+%/ü/y", "z"]) await bucket.put(key, key);
    const before = await contentsOf(bucket);
    const findings = await examined(doctorInput(bucket, prefix));
    expect(findings.get("tidying up")?.outcome).toBe("good");
    expect(await contentsOf(bucket)).toEqual(before);
  });

  needing("keeps versions").test(
    "in a bucket with versions, neither old versions nor markers",
    async () => {
      await using bucket = await TestBucket.create();
      await keepVersions(bucket);
      await bucket.put("p/x", "1");
      await bucket.put("p/x", "2");
      const before = await contentsOf(bucket);
      const findings = await examined(doctorInput(bucket));
      expect(findings.get("versioning")?.detail).toStartWith("on");
      expect(findings.get("tidying up")?.outcome).toBe("good");
      expect(await contentsOf(bucket)).toEqual(before);
    },
  );

  needing("keeps versions").test(
    "in a bucket with versions, also where the server refuses to delete one that is gone",
    async () => {
      await using proxy = await FaultProxy.start(httpServer());
      await using bucket = await TestBucket.create();
      await keepVersions(bucket);
      const body = Buffer.from("<Error><Code>InvalidArgument</Code></Error>");
      const refusal = { status: 400, headers: new Map<string, string>(), body };
      const deletion = proxy.inject(
        ({ operation, target }) => operation === "DeleteObject" && target.includes("versionId="),
        { kind: "rewrite", rewrite: () => refusal },
      );
      const server = { ...bucket.server, endpoint: proxy.endpoint };
      const findings = await examined(doctorInput(bucket, "p/", server));
      expect(deletion.hits).toBeGreaterThan(10);
      expect(findings.get("tidying up")?.outcome).toBe("good");
      expect(await contentsOf(bucket)).toEqual(["0 uploads"]);
    },
  );

  test("when nobody wants to hear the rest", async () => {
    await using bucket = await TestBucket.create();
    for await (const { name } of doctor(doctorInput(bucket))) if (name === "part numbers") break;
    expect(await contentsOf(bucket)).toEqual(["0 uploads"]);
  });

  test("where a default retention would keep it, because nothing is written at all", async () => {
    const server = httpServer();
    const name = `test-${crypto.randomUUID()}`;
    const client = sdkClient(server);
    await client.send(new CreateBucketCommand({ Bucket: name, ObjectLockEnabledForBucket: true }));
    await client.send(
      new PutObjectLockConfigurationCommand({
        Bucket: name,
        ObjectLockConfiguration: {
          ObjectLockEnabled: "Enabled",
          Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 3 } },
        },
      }),
    );
    await using proxy = await FaultProxy.start(server);
    await using bucket = await TestBucket.create();
    const input = doctorInput(bucket, "", { ...server, endpoint: proxy.endpoint });
    const findings = await examined({ ...input, place: `s3://${name}` });
    expect(findings.get("object lock")?.detail).toContain("3 days");
    expect(findings.get("writing")).toMatchObject({ outcome: "unknown" });
    expect(new Set(proxy.requests.map(({ method }) => method))).toEqual(new Set(["GET"]));
    client.destroy();
  });

  test("what an earlier doctor left is told, and not touched", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("p/.s3sync-doctor-12345678/x", "x");
    const findings = await examined(doctorInput(bucket));
    expect(findings.get("earlier doctors")).toMatchObject({
      outcome: "degraded",
      hint: expect.stringContaining("p/.s3sync-doctor-12345678/"),
    });
    expect(await bucket.keys()).toEqual(["p/.s3sync-doctor-12345678/x"]);
  });

  const points: readonly (readonly [Operation, number])[] = [
    ["PutObject", 0],
    ["PutObject", 40],
    ["CreateMultipartUpload", 0],
    ["UploadPart", 1],
    ["CompleteMultipartUpload", 2],
    ["CopyObject", 0],
    ["DeleteObjects", 0],
  ];
  test.each(points)("when it is stopped at %s after %i others", async (operation, skip) => {
    await using proxy = await FaultProxy.start(httpServer());
    await using bucket = await TestBucket.create();
    if (can("keeps versions")) await keepVersions(bucket);
    const gate = proxy.hold(operation, "answer", { skip });
    const stopping = new AbortController();
    const input = doctorInput(bucket, "p/", { ...bucket.server, endpoint: proxy.endpoint });
    const heard: Finding[] = [];
    const run = (async () => {
      for await (const finding of doctor(input, { signal: stopping.signal })) heard.push(finding);
    })();
    await gate.reached;
    stopping.abort(new SyncError("aborted", "enough"));
    gate.open();
    expect(await failureOf(run)).toMatchObject({ code: "aborted" });
    expect(heard.at(-1)).toMatchObject({ name: "tidying up", outcome: "good" });
    expect(await contentsOf(bucket)).toEqual(["0 uploads"]);
  });
});

function allow(bucket: TestBucket, actions: readonly string[]): Statement {
  const arn = `arn:aws:s3:::${bucket.name}`;
  return { Effect: "Allow", Action: actions, Resource: [arn, `${arn}/*`] };
}

describe.skipIf(!hasAccounts)(
  "who may do less (needs a MinIO of ours) learns what that means",
  () => {
    test.each([
      ["list and read", ["s3:ListBucket", "s3:GetObject"], "writing", "degraded"],
      ["list", ["s3:ListBucket"], "writing", "degraded"],
      ["nothing", ["s3:GetBucketLocation"], "permission to list", "bad"],
    ] as const)("who may only %s", async (_, actions, name, outcome) => {
      await using bucket = await TestBucket.create();
      await using account = await Account.create([allow(bucket, actions)]);
      const findings = await examined(doctorInput(bucket, "p/", account.server));
      expect(findings.get(name)).toMatchObject({ outcome });
      expect([...findings.keys()].at(-1)).toBe(name);
      expect(await contentsOf(bucket)).toEqual(["0 uploads"]);
    });

    const plain = ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"];

    test("who may do nothing beyond objects is tidied up after, too", async () => {
      await using bucket = await TestBucket.create();
      await using account = await Account.create([allow(bucket, plain)]);
      const findings = await examined(doctorInput(bucket, "p/", account.server));
      expect(flaws(findings)).toMatchObject({ versioning: "unknown", tags: "unknown" });
      expect(findings.get("multipart uploads")?.outcome).toBe("good");
      expect(await contentsOf(bucket)).toEqual(["0 uploads"]);
    });

    test("who may write and not delete leaves one object, and is told which", async () => {
      await using bucket = await TestBucket.create();
      await using account = await Account.create([allow(bucket, plain.slice(0, 3))]);
      const findings = await examined(doctorInput(bucket, "p/", account.server));
      const [key = ""] = await bucket.keys();
      expect(await bucket.keys()).toHaveLength(1);
      expect(findings.get("writing")?.outcome).toBe("degraded");
      expect(findings.get("tidying up")).toMatchObject({ outcome: "bad" });
      expect(findings.get("tidying up")?.detail).toContain(key);
    });
  },
);

describe("options", () => {
  test("of either side, or of none, mean the one place", async () => {
    await using bucket = await TestBucket.create();
    const { accessKey, secretAccessKey, endpointUrl, ...rest } = doctorInput(bucket);
    for (const keys of [
      { targetAccessKey: accessKey, targetSecretAccessKey: secretAccessKey },
      { sourceAccessKey: accessKey, sourceSecretAccessKey: secretAccessKey },
    ]) {
      const place = { ...rest, ...keys, targetEndpointUrl: endpointUrl, dryRun: true };
      expect(flaws(await examined(place))).toEqual({});
    }
  });

  test("of both sides must not differ", async () => {
    await using bucket = await TestBucket.create();
    const input = { ...doctorInput(bucket), sourceRegion: "eu-west-1" };
    expect(await failureOf(examined({ ...input, targetRegion: "us-east-1" }))).toMatchObject({
      code: "usage",
      message: expect.stringMatching(/--source-region and --target-region differ/),
    });
    const { accessKey, secretAccessKey } = input;
    const keys = {
      ...{ sourceAccessKey: accessKey, sourceSecretAccessKey: secretAccessKey },
      targetAccessKey: new Secret(bucket.server.accessKeyId),
      targetSecretAccessKey: new Secret(bucket.server.secretAccessKey),
    };
    const same = { ...input, ...keys, targetRegion: "eu-west-1", dryRun: true };
    expect((await examined(same)).size).toBeGreaterThan(0);
  });
});
