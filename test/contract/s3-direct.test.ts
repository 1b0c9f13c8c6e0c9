/**
 * A bucket over the direct client under contract.
 *
 * @module
 */
import { afterAll, describe, expect, test } from "bun:test";

import { isS3Ticket, openS3, openS3Ticket } from "../../src/store/s3/open.ts";
import { directExceptions, Prefixes } from "./s3-subject.ts";
import { storeContract } from "./store-contract.ts";
import { get, listed, never, put, specOf, threeParts, writePart } from "./subject.ts";

const prefixes = new Prefixes((options) => openS3(options, () => undefined));
afterAll(() => prefixes[Symbol.asyncDispose]());

storeContract("a bucket over the direct client", () => prefixes.next(), directExceptions);

describe("a bucket that was opened in another thread by its ticket", () => {
  test("reads and writes parts there", async () => {
    await using subject = await prefixes.next();
    const { store } = subject;
    const ticket = structuredClone(await store.ticket?.());
    if (ticket === undefined || !isS3Ticket(ticket)) throw new Error("no ticket for a bucket");
    const elsewhere = openS3Ticket(ticket, () => undefined);

    await put(store, "k", "content");
    const reader = await store.open(await listed(store, "k"), false, never);
    if (reader.ticket === undefined) throw new Error("no ticket for an object");
    const into = Buffer.alloc(7);
    await elsewhere.attachReader(structuredClone(reader.ticket)).read(0, into, never);
    expect(into.toString()).toBe("content");
    await reader.close();

    const parts = threeParts(store);
    const size = parts.reduce((sum, [part]) => sum + part.length, 0);
    const writer = await store.beginWrite(specOf("big", size), never);
    if (writer.ticket === undefined) throw new Error("no ticket for an upload");
    const attached = elsewhere.attachWriter(structuredClone(writer.ticket));
    const receipts = await Promise.all(
      parts.map(([part, bytes]) => writePart(elsewhere, attached, part, bytes)),
    );
    await writer.commit(receipts, never);
    expect(await get(store, "big")).toHaveLength(size);
    await elsewhere.close();
  });
});
