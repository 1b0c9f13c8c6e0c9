/**
 * The journal's format: what was written as a whole is read again, and nothing else.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import fc from "fast-check";

import { Journal, type Line, readJournal, scanJournal } from "../../src/state/journal.ts";
import { canMount, mountNeeds, SmallDisk } from "../store/local/small-disk.ts";
import { TempDir } from "../support/temp-dir.ts";

let dir: TempDir;
let file: string;
beforeEach(() => {
  dir = new TempDir();
  file = dir.at("journal");
});
afterEach(() => dir[Symbol.dispose]());

function write(lines: readonly Line[]): void {
  const journal = Journal.create(file, "transfer", { target: "t" });
  for (const line of lines) journal.append(line);
}

/** What a line is written as. */
function written(line: string): string {
  return `${Bun.hash.crc32(line).toString(16).padStart(8, "0")} ${line}\n`;
}

describe("a journal", () => {
  test("is lines of a checksum and JSON, the first with the version and what it is about", () => {
    write([{ part: 1 }]);
    expect(fs.readFileSync(file, "utf8")).toBe(
      written('{"s3sync_journal":1,"about":"transfer","target":"t"}') + written('{"part":1}'),
    );
  });

  test("gives back what was written, whatever it holds", () => {
    const line = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue(), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), (lines) => {
        fs.rmSync(file, { force: true });
        write(lines);
        expect(readJournal(file)?.lines).toEqual(JSON.parse(JSON.stringify(lines)) as Line[]);
      }),
      { numRuns: 100 },
    );
  });

  test("may be long, and have long lines: it is read piece by piece", () => {
    const lines = Array.from({ length: 300 }, (_, at) => ({ text: "ü".repeat(at * 997) }));
    write(lines);
    expect(readJournal(file)?.lines).toEqual(lines);
    const journal = Journal.reopen(file);
    journal?.append({ part: 9 });
    expect(readJournal(file)?.lines.length).toBe(301);
    const reads = spyOn(fs, "readSync");
    scanJournal(file, () => undefined);
    const lengths = reads.mock.calls.map((call: readonly unknown[]) => Number(call[3]));
    reads.mockRestore();
    expect(Math.max(...lengths)).toBeLessThan(fs.statSync(file).size / 10);
  });

  test("is for its owner only", () => {
    write([]);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  });

  test("does not begin over another one", () => {
    write([]);
    expect(() => Journal.create(file, "transfer", {})).toThrow("EEXIST");
  });

  test("cut anywhere has all lines before the cut, and goes on behind them", () => {
    write([{ part: 1 }, { part: 2, etag: "ü" }]);
    const whole = fs.readFileSync(file);
    const ends = [...whole.keys()].filter((at) => whole[at] === 0x0a).map((at) => at + 1);
    for (let length = 0; length <= whole.byteLength; length++) {
      fs.writeFileSync(file, whole.subarray(0, length));
      const count = ends.filter((end) => end <= length).length;
      const journal = Journal.reopen(file);
      expect(journal?.text.lines.length).toBe(count === 0 ? undefined : count - 1);
      if (journal === undefined) continue;
      journal.append({ part: 9 });
      expect(readJournal(file)?.lines.at(-1)).toEqual({ part: 9 });
      expect(readJournal(file)?.lines.length).toBe(count);
    }
  });

  test("ends before a line in which a byte is another one", () => {
    write([{ part: 1 }, { part: 2 }, { part: 3 }]);
    const whole = fs.readFileSync(file);
    const second = whole.indexOf('{"part":2}');
    for (const at of [second + 8, second - 3]) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      fs.writeFileSync(file, damaged);
      expect(readJournal(file)?.lines).toEqual([{ part: 1 }]);
    }
  });

  test.each([
    ["nothing", ""],
    ["text", "hello\n"],
    ["a first line without a checksum", '{"s3sync_journal":1}\n'],
    ["another version", written('{"s3sync_journal":2,"about":"transfer"}')],
    ["what is no object", written("null")],
  ])("is not what holds %s", (_, text) => {
    fs.writeFileSync(file, text);
    expect(readJournal(file)).toBeUndefined();
    expect(Journal.reopen(file)).toBeUndefined();
  });

  test.skipIf(!canMount)(`keeps no half of a line on a full disk (${mountNeeds})`, () => {
    using disk = new SmallDisk("4k");
    const journal = Journal.create(path.join(disk.path, "journal"), "plan", {});
    const tooLong = { text: "x".repeat(5000) };
    expect(() => journal.append(tooLong)).toThrow("no space left");
    journal.append({ part: 1 });
    expect(readJournal(journal.file)?.lines).toEqual([{ part: 1 }]);
  });

  test("takes no lines when it was given away", () => {
    const journal = Journal.create(file, "transfer", {});
    fs.renameSync(file, `${file}.now`);
    expect(() => journal.append({ part: 1 })).toThrow("ENOENT");
    expect(dir.files()).toEqual(["journal.now"]);
  });

  test("that is held open goes on under another name, and takes no lines when it was removed", () => {
    const journal = Journal.create(file, "run", {});
    journal.hold();
    fs.renameSync(file, `${file}.now`);
    journal.append({ write: 1 });
    expect(readJournal(`${file}.now`)?.lines).toEqual([{ write: 1 }]);
    fs.rmSync(`${file}.now`);
    expect(() => journal.append({ write: 2 })).toThrow("somebody has removed it");
    journal.close();
  });

  test("can be brought to the disk", async () => {
    const journal = Journal.create(file, "transfer", {});
    await journal.sync();
  });
});
