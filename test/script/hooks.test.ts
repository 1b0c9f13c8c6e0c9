/**
 * `--callback FILE`: which modules are taken, and what is said of others.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import path from "node:path";

import type { ListedObject } from "../../src/core/callbacks.ts";
import type { SyncError } from "../../src/core/errors.ts";
import { loadHooks } from "../../src/script/hooks.ts";
import { rejection } from "../core/rejection.ts";
import { TempDir } from "../support/temp-dir.ts";

const object: ListedObject = {
  ...{ key: "a", sourceKey: "a", size: 3, lastModified: new Date(0) },
  ...{ isLatest: true, isDeleteMarker: false },
};

describe("a module of callbacks", () => {
  test("may export functions", async () => {
    using dir = new TempDir();
    const text = "export const filter = async ({ size }: { size: number }) => size > 2;";
    const hooks = await loadHooks(dir.write("hooks.ts", text));
    expect(Object.keys(hooks)).toEqual(["filter"]);
    expect(await hooks.filter?.(object)).toBe(true);
  });

  test("may export an object by default, whose methods know it", async () => {
    using dir = new TempDir();
    const text =
      "class Hooks { least = 3; filter({ size }) { return size >= this.least; } }\nexport default new Hooks();";
    const hooks = await loadHooks(dir.write("hooks.js", text));
    expect(await hooks.filter?.(object)).toBe(true);
  });

  test("is found from the current directory on", async () => {
    using dir = new TempDir();
    const file = dir.write("hooks.mjs", "export const onEvent = () => {};");
    const hooks = await loadHooks(path.relative(process.cwd(), file));
    expect(Object.keys(hooks)).toEqual(["onEvent"]);
  });

  test("that is not there is refused", async () => {
    expect(await rejection(loadHooks("no/such.ts"))).toMatchObject({
      code: "usage",
      message: "--callback no/such.ts: there is no such file",
    });
  });

  test("tells the line of what it throws, at once or later", async () => {
    using dir = new TempDir();
    const lines = [
      "import path from 'node:path';",
      "export const filter = ({ key }) => path.join(key, undefined) !== '';",
      "export const preprocess = async (object, upload) => {",
      "  await Bun.sleep(1);",
      "  return upload.no.such;",
      "};",
      "export const onEvent = () => { throw 'no error'; };",
    ];
    const hooks = await loadHooks(dir.write("hooks.ts", lines.join("\n")));
    const upload = { metadata: {} };
    const wrongs = [
      [() => hooks.filter?.(object), /^the callback filter failed for "a": .*hooks\.ts:2:\d+\)$/],
      [
        () => hooks.preprocess?.({ ...object, targetKey: "a", attributes: upload }, upload),
        /^the callback preprocess failed for "a": TypeError: .*hooks\.ts:5:\d+\)$/,
      ],
      [
        () => hooks.onEvent?.({ type: "listing-complete" }),
        /^the callback onEvent failed: no error$/,
      ],
    ] as const;
    for (const [call, message] of wrongs) {
      const error = (await rejection((async () => call())())) as SyncError;
      expect(error.message).toMatch(message);
      expect(error.code).toBe("callback");
    }
  });

  const refused = [
    [
      "a mistake in its syntax",
      "export const a = 1;\nexport const b = ;",
      /Unexpected ; \(\S+hooks\.ts:2:18\)$/,
    ],
    ["a module that is not there", 'import "./none.ts";', /Cannot find module '\.\/none\.ts'/],
    [
      "an error at its top",
      'const a = 1;\nthrow new Error("at the\\ntop");',
      /at the top \(\S+hooks\.ts:2:\d+\)$/,
    ],
    [
      "a name that nobody knows",
      "export const fliter = () => 1;",
      /: it exports fliter; known are filter, preprocess, onEvent, close$/,
    ],
    ["no function", "export const filter = 1;", /: filter is no function but number$/],
    [
      "a function by default",
      "export default () => 1;",
      /: its default export is no object but function$/,
    ],
    [
      "a class by default",
      "export default class Hooks { filter() { return true; } }",
      /: its default export is no object but a class; write export default new …$/,
    ],
    [
      "a name that nobody knows, by default",
      "export default { filter: () => true, preproces: () => false };",
      /: it exports preproces; known are filter, preprocess, onEvent, close$/,
    ],
    ["nothing", "", /: it exports none of filter, preprocess, onEvent, close$/],
  ] as const;
  test.each(refused)("with %s is refused in one line", async (_what, text, wanted) => {
    using dir = new TempDir();
    const file = dir.write("hooks.ts", text);
    const error = (await rejection(loadHooks(file))) as SyncError;
    expect(error.code).toBe("usage");
    expect(error.message).toStartWith(`--callback ${file}: `);
    expect(error.message).toMatch(wanted);
    expect(error.message).not.toContain("\n");
  });
});
