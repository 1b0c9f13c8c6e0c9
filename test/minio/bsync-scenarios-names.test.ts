/**
 * The scenarios of rclone's bisync about names and directories, by their names; and whether all of them are here.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { rejection } from "../core/rejection.ts";
import { TwoSides } from "../support/two-sides.ts";

const inStep = (keys: readonly string[]): Promise<TwoSides> => TwoSides.inStep(keys);

function tree(keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.toSorted().map((key) => [key, key]));
}

test("ext_paths: names beyond ASCII may stand in both roots, in rules and in markers", async () => {
  await using sides = await TwoSides.create(undefined, "préfixe/測試 ü/");
  const local = path.join(sides.root, "測試 Русский");
  fs.mkdirSync(local);
  const [marker, ignored] = ["測試_check", "Руc_исключён.txt"];
  fs.writeFileSync(path.join(local, marker), "");
  fs.writeFileSync(path.join(local, ignored), "mine");
  fs.writeFileSync(path.join(local, "測試_file1.txt"), "here");
  const rules = { local, requireMarker: marker, exclude: ["Руc_*"] };
  expect(await rejection(sides.sync(rules))).toMatchObject({ code: "precondition" });
  await sides.put(marker, "");
  await sides.put("測試_file2.txt", "there");
  await sides.sync(rules);
  const both = { [marker]: "", "測試_file1.txt": "here", "測試_file2.txt": "there" };
  expect(await sides.objects()).toEqual(both);
  expect(fs.readdirSync(local).toSorted()).toEqual([...Object.keys(both), ignored].toSorted());
  await sides.remove("測試_file1.txt");
  expect(await sides.sync(rules)).toMatchObject({ deleted: 1, warnings: 0 });
  expect(sides.state()?.buckets[0]?.maps).toEqual([
    { path: local, prefix: sides.prefix, recursive: true },
  ]);
});

test("extended_filenames: names of any kind go both ways, and go away", async () => {
  const odd = [
    ...["a b", "ä/ö ü", "日本語/ファイル", "𝄞", "a+b&c=d", "100%", "'quoted' \"too\"", "#1?"],
  ];
  await using sides = await inStep(odd);
  expect(await sides.both()).toEqual(tree(odd));
  for (const key of odd) await sides.put(`new/${key}`, key);
  await sides.remove("𝄞");
  sides.delete("100%");
  await sides.sync();
  const held = await sides.both();
  expect(Object.keys(held)).toHaveLength(odd.length * 2 - 2);
  expect(held["new/𝄞"]).toBe("𝄞");
});

test("normalization: names that only look the same are two", async () => {
  await using sides = await TwoSides.create();
  sides.write("\u00e9", "composed");
  await sides.put("e\u0301", "decomposed");
  sides.write("Case", "upper");
  await sides.put("case", "lower");
  await sides.sync();
  expect(await sides.both()).toEqual({
    ...{ Case: "upper", case: "lower", "e\u0301": "decomposed", "\u00e9": "composed" },
  });
});

describe("directories", () => {
  test("createemptysrcdirs: are nothing by themselves, on either side", async () => {
    await using sides = await inStep(["sub/a", "b"]);
    fs.mkdirSync(path.join(sides.root, "empty"));
    await sides.put("marker/", "");
    expect(await sides.sync()).toMatchObject({ transferredObjects: 0, warnings: 0 });
    expect(sides.files()).toEqual(tree(["b", "sub/a"]));
    expect(fs.existsSync(path.join(sides.root, "marker"))).toBe(false);
    expect(await sides.bucket.keys(sides.prefix)).toEqual(["p/b", "p/marker/", "p/sub/a"]);
  });

  test("rmdirs: what was in one that is removed goes on the other side, too", async () => {
    const rest = ["1", "2", "3", "4", "5"];
    await using sides = await inStep([...rest, "here/a", "here/deep/b", "there/c", "there/d"]);
    fs.rmSync(path.join(sides.root, "here"), { recursive: true });
    await sides.remove("there/c");
    await sides.remove("there/d");
    expect(await sides.sync()).toMatchObject({ deleted: 4, warnings: 0 });
    expect(await sides.both()).toEqual(tree(rest));
  });
});

const scenarios = [
  ...["all_changed", "backupdir", "basic", "changes", "check_access", "check_access_filters"],
  ...["check_filename", "check_sync", "compare_all", "concurrent", "createemptysrcdirs"],
  ...["dry_run", "equal", "ext_paths", "extended_filenames", "filters", "filtersfile_checks"],
  ...["ignorelistingchecksum", "max_delete_path1", "max_delete_path2_force", "nomodtime"],
  ...["normalization", "rclone_args", "resolve", "resync", "resync_modes", "rmdirs", "volatile"],
];

test("all of the 28 scenarios are here", () => {
  const files = ["", "-guards", "-names"].map((part) => `bsync-scenarios${part}.test.ts`);
  const texts = files.map((file) => fs.readFileSync(path.join(import.meta.dir, file), "utf8"));
  const [own = "", ...others] = texts.toReversed();
  const all = [own.slice(0, own.indexOf("const scenarios")), ...others].join("");
  expect(scenarios).toHaveLength(28);
  expect(scenarios.filter((name) => !new RegExp(`"${name}[": ,]`).test(all))).toEqual([]);
});
