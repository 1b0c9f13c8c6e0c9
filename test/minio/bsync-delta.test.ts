/**
 * Two-way syncs that send only what changed of a large file, in either direction.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { sync } from "../../src/index.ts";
import { needing } from "../support/capabilities.ts";
import { TempDir } from "../support/temp-dir.ts";
import { digest, MiB, randomBytes } from "../support/trees.ts";
import { TwoSides } from "../support/two-sides.ts";

const part = 5 * MiB;
const parts = { multipartThreshold: part, multipartChunksize: part };
const delta = { ...parts, delta: true };
/** Three parts and a short one, as a text. */
const old = randomBytes("two-way delta", (3 * part) / 2 + 1000).toHex();
const changed = `${old.slice(0, part)}?${old.slice(part + 1)}`;

const oneOfFour = {
  ...{ transferredObjects: 1, errors: 0, warnings: 0, etagVerified: 1 },
  ...{ transferredBytes: part, reusedBytes: old.length - part },
};

const { describe } = needing("lists parts with their checksums");

describe("with --delta a two-way sync", () => {
  test("sends the part of a file that changed", async () => {
    await using sides = await TwoSides.create();
    sides.write("large", old, new Date("2020-01-01T00:00:00Z"));
    await sides.sync(delta);
    sides.write("large", changed);
    expect(await sides.sync(delta)).toMatchObject(oneOfFour);
    expect(digest(Buffer.from((await sides.both())["large"] ?? ""))).toBe(
      digest(Buffer.from(changed)),
    );
    expect(await sides.sync(delta)).toMatchObject({ transferredObjects: 0 });
  });

  test("fetches the part of an object that changed", async () => {
    await using sides = await TwoSides.create();
    sides.write("large", old, new Date("2020-01-01T00:00:00Z"));
    await sides.sync(delta);
    using elsewhere = new TempDir();
    elsewhere.write("large", changed, new Date(Date.now() + 60_000));
    const target = sides.bucket.url(sides.prefix);
    const how = { ...parts, additionalChecksumAlgorithm: "SHA256" } as const;
    await sync({ source: elsewhere.path, target, ...sides.bucket.side("target"), ...how });
    expect(await sides.sync(delta)).toMatchObject(oneOfFour);
    expect(digest(Buffer.from((await sides.both())["large"] ?? ""))).toBe(
      digest(Buffer.from(changed)),
    );
  });
});
