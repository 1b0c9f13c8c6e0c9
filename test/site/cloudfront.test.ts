/**
 * Telling CloudFront to forget: retries, waiting, and what is said when it fails. Whether it is understood is shown against
 * moto, in `servers/cloudfront.test.ts`.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { invalidate } from "../../src/site/cloudfront.ts";
import { rejection } from "../support/stub-s3.ts";
import { orderFor } from "./cloudfront-order.ts";

const namespace = 'xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"';

function refusal(status: number, code: string): Response {
  const xml = `<ErrorResponse ${namespace}><Error><Type>Sender</Type><Code>${code}</Code><Message>as told</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
  return new Response(xml, { status, headers: { "content-type": "text/xml" } });
}

function invalidation(status: string, id = "I1"): Response {
  const xml = `<Invalidation ${namespace}><Id>${id}</Id><Status>${status}</Status><CreateTime>2026-11-29T00:00:00Z</CreateTime></Invalidation>`;
  return new Response(xml, { status: 201, headers: { "content-type": "text/xml" } });
}

/** Answers one after the other; the last one stands for all that follow. */
class FakeCloudFront implements Disposable {
  readonly seen: { readonly request: string; readonly body: string }[] = [];
  private readonly server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const answer = this.answers[Math.min(this.seen.length, this.answers.length - 1)];
      const { pathname } = new URL(request.url);
      this.seen.push({ request: `${request.method} ${pathname}`, body: await request.text() });
      return answer?.() ?? new Response("", { status: 500 });
    },
  });

  constructor(private readonly answers: readonly (() => Response)[]) {}

  get url(): string {
    return this.server.url.origin;
  }

  references(): string[] {
    return this.seen.flatMap(
      ({ body }) => /<CallerReference>(.*)<\/CallerReference>/.exec(body)?.[1] ?? [],
    );
  }

  [Symbol.dispose](): void {
    void this.server.stop(true);
  }
}

const never = new AbortController().signal;

describe("paths that CloudFront is to forget", () => {
  test("are sent in requests of 3,000, each with a reference of its own", async () => {
    using cloudFront = new FakeCloudFront([() => invalidation("Completed")]);
    const paths = Array.from({ length: 3001 }, (_, i) => `/${i}`);
    const ids = await invalidate(paths, orderFor(cloudFront.url, "E1"), never);
    expect(ids).toEqual(["I1", "I1"]);
    expect(cloudFront.seen.map(({ request }) => request)).toEqual(
      Array.from({ length: 2 }, () => "POST /2020-05-31/distribution/E1/invalidation"),
    );
    expect(cloudFront.seen.map(({ body }) => body.match(/<Path>/g)?.length)).toEqual([3000, 1]);
    expect(new Set(cloudFront.references()).size).toBe(2);
  });

  test("are not sent where there are none", async () => {
    using cloudFront = new FakeCloudFront([() => invalidation("Completed")]);
    expect(await invalidate([], orderFor(cloudFront.url, "E1"), never)).toEqual([]);
    expect(cloudFront.seen).toEqual([]);
  });

  test("are sent again after a failure, with the same reference, so that they count once", async () => {
    using cloudFront = new FakeCloudFront([
      () => refusal(503, "ServiceUnavailable"),
      () => invalidation("Completed"),
    ]);
    await invalidate(["/a"], orderFor(cloudFront.url, "E1"), never);
    const references = cloudFront.references();
    expect(references).toHaveLength(2);
    expect(new Set(references).size).toBe(1);
  });

  test("wait for their turn while CloudFront has too many at work", async () => {
    const busy = () => refusal(400, "TooManyInvalidationsInProgress");
    using cloudFront = new FakeCloudFront([busy, busy, () => invalidation("Completed")]);
    await invalidate(["/a"], orderFor(cloudFront.url, "E1"), never);
    expect(new Set(cloudFront.references()).size).toBe(1);
    expect(cloudFront.seen).toHaveLength(3);
  });

  test("are waited for until CloudFront has forgotten them, if that is wanted", async () => {
    const answers = ["InProgress", "InProgress", "Completed"].map(
      (each) => () => invalidation(each),
    );
    using patient = new FakeCloudFront(answers);
    await invalidate(["/a"], orderFor(patient.url, "E1"), never);
    expect(patient.seen.map(({ request }) => request)).toEqual([
      "POST /2020-05-31/distribution/E1/invalidation",
      "GET /2020-05-31/distribution/E1/invalidation/I1",
      "GET /2020-05-31/distribution/E1/invalidation/I1",
    ]);
    using hasty = new FakeCloudFront(answers);
    await invalidate(["/a"], { ...orderFor(hasty.url, "E1"), waits: false }, never);
    expect(hasty.seen).toHaveLength(1);
  });

  test("are waited for no longer once the run is told to stop", async () => {
    const stop = new AbortController();
    using cloudFront = new FakeCloudFront([
      () => invalidation("InProgress"),
      () => {
        stop.abort();
        return invalidation("InProgress");
      },
    ]);
    const order = orderFor(cloudFront.url, "E1");
    expect(await rejection(invalidate(["/a"], order, stop.signal))).toMatchObject({
      code: "aborted",
    });
  });
});

describe("a refusal", () => {
  test.each([
    [403, "AccessDenied", "access-denied", "cloudfront:CreateInvalidation"],
    [404, "NoSuchDistribution", "not-found", "aws cloudfront list-distributions"],
  ])("%d %s says what to do", async (status, name, code, hint) => {
    using cloudFront = new FakeCloudFront([() => refusal(status, name)]);
    expect(
      await rejection(invalidate(["/a"], orderFor(cloudFront.url, "E1"), never)),
    ).toMatchObject({
      code,
      reason: name,
      message: "CloudFront has not been told to forget what changed (E1): as told",
      hint: expect.stringContaining(hint),
    });
  });

  test("by nobody at all is an error of the network", async () => {
    const cloudFront = new FakeCloudFront([]);
    const order = orderFor(cloudFront.url, "E1");
    cloudFront[Symbol.dispose]();
    expect(await rejection(invalidate(["/a"], order, never))).toMatchObject({ code: "network" });
  });
});
