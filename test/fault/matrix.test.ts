/**
 * Every fault of the wire at every request of every route. A fault that strikes once is overcome; one that
 * strikes always ends in an honest failure; and a clean run afterwards puts everything right.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Fault, Operation } from "../support/fault-proxy.ts";
import { Journey, operations, Origin, routes } from "./routes.ts";

interface NamedFault {
  readonly title: string;
  readonly fault: Fault;
  /** It can only be met where a body comes back. */
  readonly needsAnswerBody?: boolean;
  /** The answer says 200 and means something else. Only some operations are known for that. */
  readonly lies?: boolean;
}

const faults: readonly NamedFault[] = [
  { title: "a reset before the request", fault: { kind: "reset", at: "before-request" } },
  { title: "a reset in the middle of the request", fault: { kind: "reset", at: "in-request" } },
  { title: "a lost answer", fault: { kind: "reset", at: "instead-of-answer" } },
  { title: "a reset in the middle of the answer", fault: { kind: "reset", at: "in-answer" } },
  { title: "a reset after the answer", fault: { kind: "reset", at: "after-answer" } },
  { title: "a cut answer", fault: { kind: "cut" }, needsAnswerBody: true },
  { title: "500 InternalError", fault: { kind: "refuse", status: 500, code: "InternalError" } },
  {
    title: "503 SlowDown",
    fault: { kind: "refuse", status: 503, code: "SlowDown", headers: { "retry-after": "0" } },
  },
  {
    title: "503 before the body was read",
    fault: { kind: "refuse", status: 503, code: "ServiceUnavailable", early: true },
  },
  {
    title: "an empty 200",
    fault: {
      kind: "rewrite",
      rewrite: ({ headers }) => ({ status: 200, headers, body: Buffer.alloc(0) }),
    },
    needsAnswerBody: true,
    lies: true,
  },
  {
    title: "an error document with status 200",
    fault: {
      kind: "rewrite",
      rewrite: ({ headers }) => ({
        status: 200,
        headers,
        body: Buffer.from("<Error><Code>InternalError</Code><Message>told late</Message></Error>"),
      }),
    },
    needsAnswerBody: true,
    lies: true,
  },
];

/** Requests whose answer is all in its head. */
const bodiless: ReadonlySet<Operation> = new Set(["HeadObject", "PutObject", "UploadPart"]);

/**
 * Operations that S3 itself answers with 200 before it knows how they end, and the listing, on which deletes
 * depend.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
const knownLiars: ReadonlySet<Operation> = new Set([
  "CompleteMultipartUpload",
  "CopyObject",
  "UploadPartCopy",
  "ListObjectsV2",
]);

/** A lost answer to this one leaves an upload of which nobody knows the id. */
function mayLeaveUpload(operation: Operation, fault: Fault): boolean {
  return operation === "CreateMultipartUpload" && fault.kind !== "refuse";
}

async function expectNoOpenUpload(journey: Journey): Promise<void> {
  expect((await journey.bucket?.openUploads()) ?? 0).toBe(0);
}

async function expectRepaired(journey: Journey): Promise<void> {
  const { summary } = await journey.runClean();
  expect(summary).toMatchObject({ errors: 0, warnings: 0 });
  expect(await journey.found()).toEqual(journey.complete);
  const [object] = (await journey.bucket?.list()) ?? [];
  if (object !== undefined) expect(object.etag).toBe(journey.etag);
}

const overcome = { transferredObjects: 1, etagVerified: 1, errors: 0, warnings: 0 };

describe.each(routes)("$route of a $size object", ({ route, size }) => {
  let origin: Origin;
  beforeAll(async () => {
    origin = await Origin.create(route, size);
  });
  afterAll(() => origin[Symbol.asyncDispose]());

  const cells = operations[route][size].flatMap((operation) =>
    faults
      .filter(({ needsAnswerBody }) => needsAnswerBody !== true || !bodiless.has(operation))
      .map((fault) => ({ ...fault, operation })),
  );
  const curable = cells.filter(({ lies, operation }) => lies !== true || knownLiars.has(operation));

  test.each(curable)(
    "overcomes $title at one $operation",
    async ({ fault, operation }) => {
      await using journey = await Journey.begin(origin);
      const injection = journey.proxy.inject(operation, fault, { times: 1 });
      const { summary } = await journey.run();
      expect(injection.hits).toBe(1);
      expect(summary).toMatchObject(overcome);
      expect(await journey.found()).toEqual(journey.complete);
      if (!mayLeaveUpload(operation, fault)) await expectNoOpenUpload(journey);
    },
    20_000,
  );

  test.each(cells)(
    "fails honestly with $title at every $operation, and can be repaired",
    async ({ fault, operation }) => {
      await using journey = await Journey.begin(origin);
      const injection = journey.proxy.inject(operation, fault);
      const { summary } = await journey.run({ forceRetryCount: 0 });
      expect(injection.hits).toBeGreaterThan(0);
      const found = await journey.found();
      if (summary.etagVerified > 0) expect(found).toEqual(journey.complete);
      else expect(summary.errors + summary.warnings).toBeGreaterThan(0);
      // Nothing half-written is ever visible: the object is whole or not there.
      expect([{}, journey.complete]).toContainEqual(found);
      if (!mayLeaveUpload(operation, fault)) await expectNoOpenUpload(journey);
      await expectRepaired(journey);
    },
    20_000,
  );
});
