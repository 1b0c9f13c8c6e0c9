/**
 * ETag arithmetic.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";

import fc from "fast-check";

import { md5Of } from "../../src/hash/digest.ts";
import { multipartETag, singleETag } from "../../src/hash/etag.ts";

test("the ETag of an empty object is the MD5 of nothing", () => {
  expect<string>(singleETag(md5Of(new Uint8Array(0)))).toBe("d41d8cd98f00b204e9800998ecf8427e");
});

describe("the ETag of a multipart upload", () => {
  test("of 10 MiB of zeros in parts of 5 MiB is the one that md5sum gives for two of 5f363e0e…", () => {
    const part = md5Of(new Uint8Array(5 * 1024 * 1024));
    expect<string>(multipartETag([part, part])).toBe("a7d414b9133d6483d9a1c4e04e856e3b-2");
  });

  test("of one part is not the MD5 of that part", () => {
    const part = md5Of(Buffer.from("a"));
    expect<string>(multipartETag([part])).toBe(`${createHash("md5").update(part).digest("hex")}-1`);
  });

  test("is the MD5 over the parts' MD5s, and their number", () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(parts, (bodies) => {
        const md5s = bodies.map((body) => createHash("md5").update(body).digest());
        const whole = createHash("md5").update(Buffer.concat(md5s)).digest("hex");
        expect<string>(multipartETag(bodies.map(md5Of))).toBe(`${whole}-${bodies.length}`);
      }),
    );
  });

  test("depends on the order of the parts", () => {
    const [a, b] = [md5Of(Buffer.from("a")), md5Of(Buffer.from("b"))];
    expect(multipartETag([a, b])).not.toBe(multipartETag([b, a]));
  });
});
