/**
 * Deleting a thousand objects with a request, each only as it was listed: over an S3 that answers as Amazon's does,
 * because no server of the tests looks at the ETags in DeleteObjects.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Entry } from "../../../src/core/entry.ts";
import { SyncError } from "../../../src/core/errors.ts";
import { parseETag } from "../../../src/core/etag.ts";
import type { DeleteFailure, S3Api } from "../../../src/store/s3/api.ts";
import { BulkRemover } from "../../../src/store/s3/remove-many.ts";
import { entryOf, never } from "../../contract/subject.ts";
import { startStub, StubClient } from "../../support/stub-s3.ts";

const listed: readonly Entry[] = ["a", "b", "c"].map((key) => ({
  ...entryOf(key),
  etag: parseETag(`"was-${key}"`),
}));

interface Script {
  /** Answers to DeleteObjects, in turn; the last one stands for all that follow. */
  readonly answers: readonly (readonly DeleteFailure[] | SyncError)[];
  /** What HEAD shows: an ETag, or that there is nothing. */
  readonly now?: Readonly<Record<string, string | undefined>>;
}

/** A remover, and what it asks: keys with the ETags that they have to have. */
function scripted({ answers, now = {} }: Script): { remover: BulkRemover; asked: string[] } {
  const asked: string[] = [];
  let turn = 0;
  const api: Partial<S3Api> = {
    bucket: "bucket",
    deleteObjects: async (keys, _signal, etags) => {
      asked.push(keys.map((key) => `${key}=${etags?.get(key) ?? ""}`).join(" "));
      const answer = answers[Math.min(turn++, answers.length - 1)] ?? [];
      if (answer instanceof SyncError) throw answer;
      return answer;
    },
    headObject: async (key) => {
      asked.push(`head ${key}`);
      const etag = now[key];
      if (etag === undefined) throw new SyncError("not-found", "no such key");
      const told = { versionId: undefined, encryption: undefined, attributes: { metadata: {} } };
      return { size: 1, mtimeMs: 0, etag: parseETag(etag), ...told };
    },
    deleteObject: async (key, etag) => void asked.push(`delete ${key}=${etag}`),
  };
  return { remover: new BulkRemover(api as S3Api), asked };
}

async function removed(
  remover: BulkRemover,
  entries: readonly Entry[] = listed,
): Promise<(string | undefined)[]> {
  const toRemove = entries.map((entry) => ({ entry, key: entry.key }));
  const removals = await remover.remove(toRemove, never);
  return removals.map(({ error }) => error?.code);
}

const failed = { key: "b", reason: "PreconditionFailed", message: "no" };
const denied = ["a", "b", "c"].map((key) => ({ key, reason: "AccessDenied", message: "no" }));
const fine = [undefined, undefined, undefined];
const conditional = "a=was-a b=was-b c=was-c";
const unconditional = "a= b= c=";

describe("what is deleted has to have its ETag still", () => {
  test("which goes along in the one request, as listings have it", async () => {
    await using server = await startStub([{ body: "<DeleteResult/>" }]);
    using stub = new StubClient(server.origin);
    const etags = new Map([["a&b", parseETag('"x-2"')]]);
    expect(await stub.api.deleteObjects(["a&b", "c"], never, etags)).toEqual([]);
    expect(server.requests[0]?.body.toString()).toContain(
      "<Object><Key>a&amp;b</Key><ETag>&quot;x-2&quot;</ETag></Object><Object><Key>c</Key></Object>",
    );
  });

  test("and stays where that was replaced: a warning about that one", async () => {
    const { remover, asked } = scripted({ answers: [[failed]], now: { b: '"theirs"' } });
    expect(await removed(remover)).toEqual([undefined, "precondition", undefined]);
    expect(asked).toEqual([conditional, "head b"]);
  });

  test("and is gone where it is not there: an answer may have been lost", async () => {
    const { remover } = scripted({ answers: [[failed]] });
    expect(await removed(remover)).toEqual(fine);
    const missing = scripted({ answers: [[{ ...failed, reason: "NoSuchKey" }]] });
    expect(await removed(missing.remover)).toEqual(fine);
  });

  test("and goes by a request of its own where it has it still, whatever was said", async () => {
    const { remover, asked } = scripted({ answers: [[failed]], now: { b: '"was-b"' } });
    expect(await removed(remover)).toEqual(fine);
    expect(asked.at(-1)).toBe("delete b=was-b");
  });
});

describe("without conditions", () => {
  test("goes what a listing shows no ETag of", async () => {
    const { remover, asked } = scripted({ answers: [[]] });
    await removed(
      remover,
      ["a", "b", "c"].map((key) => entryOf(key)),
    );
    expect(asked).toEqual([unconditional]);
  });

  test("goes all where a server does not know them, found out once", async () => {
    const refusal = new SyncError("rejected", "what is this?", { reason: "MalformedXML" });
    const { remover, asked } = scripted({ answers: [refusal, []] });
    expect(await removed(remover)).toEqual(fine);
    expect(await removed(remover)).toEqual(fine);
    expect(asked).toEqual([conditional, unconditional, unconditional]);
  });

  test("goes all where they need a right that deleting does not: found out once", async () => {
    const { remover, asked } = scripted({ answers: [denied, []] });
    expect(await removed(remover)).toEqual(fine);
    expect(await removed(remover)).toEqual(fine);
    expect(asked).toEqual([conditional, unconditional, unconditional]);
  });

  test("goes nothing that may not be deleted anyway", async () => {
    const { remover, asked } = scripted({ answers: [denied] });
    expect(await removed(remover)).toEqual(Array(3).fill("access-denied"));
    expect(asked).toEqual([conditional, unconditional]);
  });
});
