/**
 * What is ordered of a cluster: what it is when it arrives, and what is refused.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import path from "node:path";

import fc from "fast-check";

import { submit } from "../../src/cluster/control/submit.ts";
import { configOfOrder, orderOf } from "../../src/cluster/job/order.ts";
import { packed, unpacked } from "../../src/cluster/job/packing.ts";
import { Secret } from "../../src/config/secret.ts";
import { SyncError } from "../../src/core/errors.ts";
import { MemoryServers } from "../support/memory-ground.ts";

const places = { source: "s3://a/", target: "s3://b/" };

/** As it travels. */
function sent(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function refusal(order: () => unknown): SyncError {
  try {
    order();
  } catch (thrown) {
    if (thrown instanceof SyncError) return thrown;
  }
  throw new Error("it was not refused");
}

/** Values of options: texts, numbers and times, in lists and under names. */
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.date({ noInvalidDate: true }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("a", "$", "$date", "$$date", "pattern"), tie("value")),
  ),
}));

describe("an order", () => {
  test("has the values where it arrives that were given, times within lists as well", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(unpacked(sent(packed(value)))).toEqual(value);
      }),
    );
  });

  test("means the same time for whoever reads it, though it says how long ago that is", () => {
    const order = orderOf({ ...places, pointInTime: "3d" });
    const meant = configOfOrder(order).pointInTime?.getTime() ?? 0;
    while (Date.now() - meant === 3 * 24 * 3_600_000);
    expect(configOfOrder(order).pointInTime?.getTime()).toBe(meant);
  });

  test("names a shared path from the root: workers begin elsewhere", () => {
    const order = orderOf({ source: "some/photos/", target: "s3://b/p", sharedPath: true });
    expect(order.source).toBe(path.resolve("some/photos"));
    expect(order.target).toBe("s3://b/p");
  });

  test("is refused where backups and objects would get mixed up", () => {
    const { code, message } = refusal(() => orderOf({ ...places, backupPrefix: "s3://a/old/" }));
    expect(code).toBe("usage");
    expect(message).toStartWith("--backup-prefix");
  });

  test("is refused with one line for each option, though there are two reasons", () => {
    const keys = { accessKey: new Secret("id"), secretAccessKey: new Secret("secret") };
    const { code, message } = refusal(() => orderOf({ ...places, ...keys }));
    expect(code).toBe("usage");
    expect(message.split("\n").toSorted()).toEqual([
      "--access-key: keys do not travel: each worker has credentials of its own, or a profile of that name",
      "--secret-access-key: nothing secret is put into the queue",
    ]);
  });

  test("that is larger than a cluster keeps is refused by one line, which tells how large", async () => {
    const patterns = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => `${index}-${"x".repeat(60_000)}`);
    const tooLong = { ...places, exclude: patterns(18) };
    const { code, message, hint } = refusal(() => orderOf(tooLong));
    expect(code).toBe("usage");
    expect(message).toMatch(/^all options are 10\d\d KiB, and a cluster keeps 976 KiB for them$/);
    expect(hint).toContain("Long lists of patterns");
    const ground = new MemoryServers().connect();
    const input = { ...places, exclude: patterns(16) };
    expect((await submit(ground, "nightly", input)).name).toBe("nightly");
  });
});
