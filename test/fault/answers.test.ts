/**
 * Answers that are wrong, lost or late: what they may never lead to.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Answer } from "../support/fault-proxy.ts";
import { Journey, Origin, type RouteName, type SizeName } from "./routes.ts";

/** A journey with its own origin. */
async function begin(route: RouteName, size: SizeName): Promise<[Journey, AsyncDisposableStack]> {
  const stack = new AsyncDisposableStack();
  const origin = stack.use(await Origin.create(route, size));
  return [stack.use(await Journey.begin(origin)), stack];
}

function withHeader(name: string, value: string): (answer: Answer) => Answer {
  return (answer) => {
    answer.headers.set(name, value);
    return answer;
  };
}

/** The same length, other bytes. */
function flipped({ status, headers, body }: Answer): Answer {
  const changed = Buffer.from(body);
  if (changed.byteLength > 0) changed[0] = (changed[0] ?? 0) ^ 1;
  return { status, headers, body: changed };
}

const someETag = `"${"0123456789abcdef".repeat(2)}"`;

describe("a lost answer to CompleteMultipartUpload", () => {
  test("counts as success when the server holds just this object", async () => {
    const [journey, stack] = await begin("upload", "multipart");
    await using _stack = stack;
    journey.proxy.inject(
      "CompleteMultipartUpload",
      { kind: "reset", at: "instead-of-answer" },
      { times: 1 },
    );
    const { summary } = await journey.run({ delete: false });
    expect(summary).toMatchObject({
      transferredObjects: 1,
      etagVerified: 1,
      errors: 0,
      warnings: 0,
    });
    expect(journey.proxy.count("CompleteMultipartUpload")).toBe(2);
    expect(journey.proxy.count("CreateMultipartUpload")).toBe(1);
    expect(await journey.found()).toMatchObject(journey.complete);
  });

  test("counts as failure when the server holds something else", async () => {
    const [journey, stack] = await begin("upload", "multipart");
    await using _stack = stack;
    const { bucket, proxy } = journey;
    const lost = { kind: "reset", at: "instead-of-answer" } as const;
    proxy.inject("CompleteMultipartUpload", lost, { times: 1 });
    const gate = proxy.hold("HeadObject", "request");
    const run = journey.run({ forceRetryCount: 0, delete: false });
    await gate.reached;
    await bucket?.put("object", "somebody else's");
    gate.open();
    const { summary } = await run;
    expect(summary.etagVerified).toBe(0);
    expect(summary.errors + summary.warnings).toBeGreaterThan(0);
  });
});

describe("a wrong ETag", () => {
  test.each([
    { route: "upload", size: "small", operation: "PutObject" },
    { route: "copy", size: "small", operation: "PutObject" },
    { route: "upload", size: "multipart", operation: "UploadPart" },
    { route: "copy", size: "multipart", operation: "UploadPart" },
    { route: "download", size: "small", operation: "GetObject" },
    { route: "copy", size: "small", operation: "GetObject" },
    { route: "download", size: "multipart", operation: "HeadObject" },
    { route: "copy", size: "multipart", operation: "HeadObject" },
  ] as const)("in every $operation of a $size $route is never proof", async (cell) => {
    const [journey, stack] = await begin(cell.route, cell.size);
    await using _stack = stack;
    const injection = journey.proxy.inject(cell.operation, {
      kind: "rewrite",
      rewrite: withHeader("etag", someETag),
    });
    const { summary } = await journey.run({ delete: false });
    expect(injection.hits).toBeGreaterThan(0);
    expect(summary.etagVerified).toBe(0);
    expect(summary.errors + summary.warnings).toBeGreaterThan(0);
    expect(journey.halfway).toContainEqual(await journey.found());
  });

  test("in CompleteMultipartUpload's document is never proof", async () => {
    const [journey, stack] = await begin("upload", "multipart");
    await using _stack = stack;
    journey.proxy.inject("CompleteMultipartUpload", {
      kind: "rewrite",
      rewrite: ({ status, headers, body }) => ({
        status,
        headers,
        body: Buffer.from(
          body
            .toString()
            .replace(
              /<ETag>.*<\/ETag>/,
              "<ETag>&#34;0123456789abcdef0123456789abcdef-2&#34;</ETag>",
            ),
        ),
      }),
    });
    const { summary } = await journey.run({ delete: false });
    expect(summary).toMatchObject({ etagVerified: 0, warnings: 1 });
  });

  test.each(["small", "multipart"] as const)(
    "of a server-side copy (%s) is never proof",
    async (size) => {
      const [journey, stack] = await begin("server-side copy", size);
      await using _stack = stack;
      const operation = size === "small" ? "CopyObject" : "CompleteMultipartUpload";
      const form = size === "small" ? "" : "-2";
      journey.proxy.inject(operation, {
        kind: "rewrite",
        rewrite: ({ status, headers, body }) => ({
          status,
          headers,
          body: Buffer.from(
            body
              .toString()
              .replace(/<ETag>.*<\/ETag>/, `<ETag>0123456789abcdef0123456789abcdef${form}</ETag>`),
          ),
        }),
      });
      const { summary } = await journey.run({ delete: false });
      expect(summary).toMatchObject({ etagVerified: 0, warnings: 1 });
    },
  );
});

describe("flipped bits in a body", () => {
  const cells = (["download", "copy"] as const).flatMap((route) =>
    (["small", "multipart"] as const).map((size) => ({ route, size })),
  );

  test.each(cells)(
    "of a $size $route are noticed, once: it is done over",
    async ({ route, size }) => {
      const [journey, stack] = await begin(route, size);
      await using _stack = stack;
      const injection = journey.proxy.inject(
        "GetObject",
        { kind: "rewrite", rewrite: flipped },
        { times: 1 },
      );
      const { summary } = await journey.run({ delete: false });
      expect(injection.hits).toBe(1);
      expect(summary).toMatchObject({
        transferredObjects: 1,
        etagVerified: 1,
        errors: 0,
        warnings: 0,
      });
      expect(await journey.found()).toMatchObject(journey.complete);
    },
  );

  test.each(cells)(
    "of a $size $route, always: nothing becomes visible",
    async ({ route, size }) => {
      const [journey, stack] = await begin(route, size);
      await using _stack = stack;
      journey.proxy.inject("GetObject", { kind: "rewrite", rewrite: flipped });
      const { summary } = await journey.run({ delete: false });
      expect(summary).toMatchObject({ transferredObjects: 0, etagVerified: 0, warnings: 1 });
      expect(await journey.found()).toEqual(journey.before);
      expect((await journey.bucket?.openUploads()) ?? 0).toBe(0);
    },
  );
});

describe("a wrong range", () => {
  test.each([
    {
      how: "another Content-Range",
      rewrite: withHeader("content-range", "bytes 1-5242880/6291456"),
    },
    {
      how: "no Content-Range, as if it were the whole object",
      rewrite: (answer: Answer) => {
        answer.headers.delete("content-range");
        return { ...answer, status: 200 };
      },
    },
    {
      how: "fewer bytes than its Content-Range says",
      rewrite: ({ status, headers, body }: Answer) => ({
        status,
        headers,
        body: body.subarray(0, body.byteLength - 1),
      }),
    },
    {
      how: "more bytes than its Content-Range says",
      rewrite: ({ status, headers, body }: Answer) => ({
        status,
        headers,
        body: Buffer.concat([body, Buffer.from("x")]),
      }),
    },
  ])("($how) never becomes part of a file", async ({ rewrite }) => {
    const [journey, stack] = await begin("download", "multipart");
    await using _stack = stack;
    const injection = journey.proxy.inject("GetObject", { kind: "rewrite", rewrite });
    const { summary } = await journey.run({ delete: false });
    expect(injection.hits).toBeGreaterThan(0);
    expect(summary).toMatchObject({ transferredObjects: 0, etagVerified: 0 });
    expect(summary.errors + summary.warnings).toBeGreaterThan(0);
    expect(await journey.found()).toEqual(journey.before);
  });
});
