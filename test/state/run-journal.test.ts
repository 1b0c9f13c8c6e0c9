/**
 * What the journal of a run says of each key.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import type { Entry } from "../../src/core/entry.ts";
import { parseETag } from "../../src/core/etag.ts";
import { asKey } from "../../src/core/key.ts";
import type { Change } from "../../src/state/change-table.ts";
import { RunChanges } from "../../src/state/run-changes.ts";
import { RunJournal } from "../../src/state/run-journal.ts";
import type { Trace } from "../../src/store/wrap/noting.ts";
import { TempDir } from "../support/temp-dir.ts";

const a = asKey("a");

function trace(name: string): Trace {
  return { size: 1, mtimeMs: 0, etag: parseETag(name), versionId: undefined };
}

function entry(key: string): Entry {
  const listed = { size: 1, mtimeMs: 0, etag: parseETag("old") };
  return {
    kind: "object",
    key: asKey(key),
    ...listed,
    storageClass: undefined,
    storeKey: undefined,
  };
}

const backedUp = {
  type: "backed-up",
  key: a,
  target: "a",
  backup: "kept/a",
  dryRun: false,
} as const;

/** What a run that notes this has changed. */
async function changes(
  note: (journal: RunJournal) => Promise<void> | void,
): Promise<readonly Change[]> {
  using dir = new TempDir();
  const file = dir.at("run.journal");
  const head = { source: "from", target: "s3://b/", began: "now", backups: undefined };
  const journal = new RunJournal(file, { ...head, encodeNames: false });
  await note(journal);
  await journal.end();
  await using found = RunChanges.open(file, dir.path, false);
  return [...found.changes.newestFirst()].flat();
}

describe("the journal of a run", () => {
  test("tells what was there before an object was written, and what may be there now", async () => {
    const found = await changes((journal) => {
      journal.writing(a, trace("old"), trace("new"));
    });
    expect(found).toEqual([
      { key: a, before: trace("old"), backup: undefined, after: [trace("new")] },
    ]);
  });

  test("tells what was written, when that is known", async () => {
    const written = { ...trace("other"), versionId: "1" };
    const found = await changes((journal) => {
      journal.writing(a, undefined, trace("new"));
      journal.wrote(a, written);
    });
    expect(found).toMatchObject([{ before: undefined, after: [written] }]);
  });

  test("tells what was there before the first of several attempts", async () => {
    const found = await changes((journal) => {
      journal.writing(a, trace("old"), trace("new"));
      journal.hear(backedUp);
      journal.writing(a, trace("new"), trace("newer"));
    });
    expect(found).toEqual([
      { key: a, before: trace("old"), backup: "kept/a", after: [trace("new"), trace("newer")] },
    ]);
  });

  test("tells what somebody has put there between two attempts", async () => {
    const found = await changes((journal) => {
      journal.writing(a, trace("old"), trace("new"));
      journal.hear(backedUp);
      journal.writing(a, trace("mine"), trace("new"));
    });
    expect(found).toMatchObject([{ before: trace("mine"), backup: undefined }]);
  });

  test("tells of the newest change first", async () => {
    const found = await changes(async (journal) => {
      await journal.removing([entry("x"), entry("y")]);
      journal.writing(a, undefined, trace("new"));
      journal.removed(asKey("x"));
    });
    expect(found.map(({ key }) => String(key))).toEqual(["x", "a", "y"]);
    expect(found[0]).toMatchObject({ before: trace("old"), after: [undefined] });
  });

  test("does not believe a line that does not fit its checksum", () => {
    using dir = new TempDir();
    const file = dir.at("run.journal");
    const head = { source: "from", target: "s3://b/", began: "now", backups: undefined };
    const journal = new RunJournal(file, { ...head, encodeNames: false });
    journal.writing(a, undefined, trace("new"));
    fs.appendFileSync(file, '0000 {"ended":"now"}\n12345678 {"wro');
    // The run has not noted its end, and so may be under way.
    expect(() => RunChanges.open(file, dir.path, false)).toThrow("still under way");
  });
});
