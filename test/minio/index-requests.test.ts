/**
 * With an index and without: the requests of a run that finds nothing to do, counted at the server.
 *
 * @module
 */
import { expect } from "bun:test";

import type { ConfigInput } from "../../src/index.ts";
import { needing } from "../support/capabilities.ts";
import { IndexedPair } from "../support/indexed-pair.ts";

const count = 200;
const names = Array.from({ length: count }, (_, number) => `file ${number}`);

const listing = { ListObjectsV2: 1 };
const heads = { ListObjectsV2: 1, HeadObject: count };

/** What is asked for, and what that takes without an index. */
const checks: readonly (readonly [
  string,
  Partial<ConfigInput>,
  Readonly<Record<string, number>>,
])[] = [
  ["size and time", {}, listing],
  ["--check-etag", { checkEtag: true }, listing],
  ["--preserve", { preserve: ["mtime", "mode"] }, heads],
  ["--check-additional-checksum", { checkAdditionalChecksum: "SHA256" }, heads],
];

needing("checks checksums").test.each(checks)(
  `of ${count} unchanged files, %s: nothing but a listing with an index, and no request where that is trusted`,
  async (_, how, without) => {
    await using pair = await IndexedPair.create(names);
    await pair.up({ ...how, additionalChecksumAlgorithm: "SHA256", trustIndex: true });
    const idle = { skipped: count, transferredObjects: 0 };
    const none = await pair.up({ ...how, index: undefined });
    expect(none).toMatchObject({ requests: without, summary: idle });
    const indexed = await pair.up(how);
    expect(indexed).toMatchObject({ requests: listing, summary: idle, opened: [] });
    const trusting = await pair.up({ ...how, trustIndex: true });
    expect(trusting).toMatchObject({ requests: {}, summary: idle, opened: [] });
  },
  30_000,
);
