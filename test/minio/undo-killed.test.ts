/**
 * Undoing runs of any kind: those that were killed, and several in turn.
 *
 * @module
 */
import { expect } from "bun:test";
import fs from "node:fs";

import { sync, undo } from "../../src/index.ts";
import { needing } from "../support/capabilities.ts";
import { serverEnv, startCli } from "../support/cli.ts";
import { randomBytes } from "../support/trees.ts";
import { UndoScene } from "./undo-scene.ts";

const { describe, test } = needing("keeps versions");

const seed = Number(process.env["S3SYNC_TEST_SEED"] ?? Date.now() % 1_000_000);

/** What a tree holds in one of its states: half of the keys, half of those as in the state before. */
function drawn(state: number): Record<string, string> {
  const bytes = randomBytes(`undo ${seed} ${state}`, 80);
  const keys = Array.from({ length: 40 }, (_, at) => `${at % 7}/${at}`);
  return Object.fromEntries(
    keys.flatMap((key, at) => {
      const [isThere = 0, isOld = 0] = bytes.subarray(2 * at);
      return isThere % 2 === 0 ? [] : [[key, isOld % 2 === 0 ? "old" : `state ${state}`]];
    }),
  );
}

describe("undo", () => {
  test("takes back as far as it came a run that was killed in the middle", async () => {
    const files = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`f${at}`, "new one"]));
    const there = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`f${2 * at}`, "old"]));
    await using scene = await UndoScene.create(true, { before: there, after: files });
    const { bucket, dir, journal } = scene;
    const held = await scene.held();
    const pace = ["-v", "--force-path-style", "--rate-limit-objects", "100"];
    const run = [...pace, "--journal", journal, dir.at("from"), bucket.url("p/")];
    const child = startCli(run, { env: serverEnv(bucket.server) });
    let lines = 0;
    for await (const piece of child.stdout) {
      lines += Buffer.from(piece).toString().split("\n").length - 1;
      if (lines > 30) break;
    }
    child.kill("SIGKILL");
    await child.exited;
    const changed = (await scene.held()).filter((line) => !held.includes(line));
    expect(changed.length).toBeGreaterThan(20);
    expect(changed.length).toBeLessThan(120);
    const undone = await scene.undone();
    expect(undone.filter((line) => !line.endsWith(" done"))).toEqual([]);
    expect(await scene.held()).toEqual(held);
  });

  test(`takes back several runs, the last one first (seed ${seed})`, async () => {
    await using scene = await UndoScene.create(true, { before: drawn(0), after: {} });
    const { dir } = scene;
    const states = [await scene.held()];
    const runs = [1, 2, 3].map((state) => ({ state, journal: dir.at(`${state}.journal`) }));
    for (const { state, journal } of runs) {
      fs.rmSync(dir.at("from"), { recursive: true, force: true });
      for (const [key, text] of Object.entries(drawn(state))) dir.write(`from/${key}`, text);
      // Whatever the times: contents decide.
      await sync(scene.input({ journal, checkEtag: true, allowEmptySource: true }));
      states.push(await scene.held());
    }
    for (const { state, journal } of runs.toReversed()) {
      expect(await scene.held()).toEqual(states[state] ?? []);
      const undone = await Array.fromAsync(undo({ ...scene.undoing(), run: journal }));
      expect(undone.filter(({ outcome }) => outcome !== "done")).toEqual([]);
      expect(await scene.held()).toEqual(states[state - 1] ?? []);
    }
  });
});
