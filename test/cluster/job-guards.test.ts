/**
 * What keeps a job from deleting, also where it shows only when others have decided that it may.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { MemoryStore } from "../../src/store/memory/store.ts";
import { JobScene } from "./job-kit.ts";

/** 200 objects on both sides, and one that only the target has. */
function plant({ source, target }: JobScene): void {
  for (let index = 1000; index < 1200; index++) {
    source.set(`object-${index}`, "x");
    target.set(`object-${index}`, "x");
  }
  target.set("object-1100-old", "x");
}

/** A scene whose source loses objects when all is sent, and what is gone is about to be deleted. */
function losing(isLost: (key: string) => boolean): JobScene {
  const scene: JobScene = new JobScene({
    onCall: () => {
      const job = scene.servers.records.entries.get("jobs.nightly");
      if (job?.text.includes('"stage":"delete"') !== true) return;
      for (const key of scene.source.keys().filter(isLost)) scene.source.delete(key);
    },
  });
  plant(scene);
  return scene;
}

describe("a job", () => {
  test("deletes what guards have seen, in as many slices as it takes", async () => {
    await using scene = new JobScene();
    plant(scene);
    for (let index = 1000; index < 1150; index++) scene.target.set(`object-${index}-old`, "x");
    scene.work();
    const { summary } = await scene.carryOut({ delete: true, maxDelete: "150" });
    expect(summary).toMatchObject({ deleted: 150, warnings: 0, errors: 0 });
    expect(scene.target.keys()).toEqual(scene.source.keys());
  });

  test("deletes no more than that, though the source has less by then", async () => {
    await using scene = losing((key) => key.startsWith("object-11"));
    scene.work();
    const { summary, troubles } = await scene.carryOut({ delete: true, maxDelete: "10" });
    expect(summary.deleted).toBeLessThanOrEqual(1);
    expect(troubles[0]?.error.message).toMatch(
      /^\d+ objects? (?:is|are) not deleted: --max-delete allows [01]$/,
    );
    expect(scene.target.keys()).toHaveLength(201 - summary.deleted);
  });

  test("deletes nothing where the source is empty by then", async () => {
    await using scene = losing(() => true);
    scene.work();
    const { summary } = await scene.carryOut({ delete: true });
    expect(summary.deleted).toBe(0);
    expect(summary.warnings).toBeGreaterThan(0);
    expect(scene.target.keys()).toHaveLength(201);
  });

  test("deletes nothing if one of its workers sees an empty source", async () => {
    await using scene = new JobScene();
    plant(scene);
    scene.work();
    scene.work({ stores: { source: new MemoryStore("unmounted:"), target: scene.target } });
    const { job, summary } = await scene.carryOut({ delete: true });
    expect(job.reason).toContain("unmounted: has no objects");
    expect(summary).toMatchObject({ deleted: 0, warnings: 1 });
    expect(scene.target.keys()).toHaveLength(201);
  });
});
