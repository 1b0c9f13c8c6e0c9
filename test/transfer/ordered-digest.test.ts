/**
 * The MD5 of an object whose parts arrive in any order.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { SyncError } from "../../src/core/errors.ts";
import { md5Of } from "../../src/hash/digest.ts";
import { OrderedDigest } from "../../src/transfer/parts/ordered-digest.ts";
import { rejection } from "../core/rejection.ts";

const md5 = { md5: true, sha256: false };
const calm = new AbortController().signal;

async function show(digest: OrderedDigest, number: number, bytes: Uint8Array): Promise<void> {
  await digest.turn(number, calm);
  digest.update(bytes);
  digest.done();
}

describe("an ordered digest", () => {
  test("is the MD5 of the whole, in whatever order the parts arrive", async () => {
    const parts = fc
      .array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 8 })
      .chain((bodies) =>
        fc.tuple(
          fc.constant(bodies),
          fc.shuffledSubarray(
            bodies.map((_, index) => index),
            { minLength: bodies.length },
          ),
        ),
      );
    await fc.assert(
      fc.asyncProperty(parts, async ([bodies, arrival]) => {
        const digest = new OrderedDigest(md5);
        await Promise.all(
          arrival.map((index) => show(digest, index + 1, bodies[index] ?? new Uint8Array(0))),
        );
        expect(digest.finish().md5).toEqual(md5Of(Buffer.concat(bodies)));
      }),
    );
  });

  test("takes a part in several pieces", async () => {
    const digest = new OrderedDigest(md5);
    await digest.turn(1, calm);
    digest.update(Buffer.from("a"));
    digest.update(Buffer.from("b"));
    digest.done();
    await show(digest, 2, Buffer.from("c"));
    expect(digest.finish().md5).toEqual(md5Of(Buffer.from("abc")));
  });

  test("lets a part wait until all before it were seen", async () => {
    const digest = new OrderedDigest(md5);
    let third = false;
    const waiting = digest.turn(3, calm).then(() => (third = true));
    await show(digest, 1, Buffer.from("a"));
    expect(third).toBe(false);
    await show(digest, 2, Buffer.from("b"));
    await waiting;
    expect(third).toBe(true);
  });

  test("lets a waiting part go when the run is stopped", async () => {
    const controller = new AbortController();
    const digest = new OrderedDigest(md5);
    const reason = new SyncError("aborted", "enough");
    const waiting = digest.turn(2, controller.signal);
    controller.abort(reason);
    expect(await rejection(waiting)).toBe(reason);
  });

  test("gives no part its turn after the run was stopped", async () => {
    const reason = new SyncError("aborted", "enough");
    expect(await rejection(new OrderedDigest(md5).turn(1, AbortSignal.abort(reason)))).toBe(reason);
  });
});
