/**
 * What comes of jobs, whoever works on them and dies of it. The cluster is within this process, the stores in memory.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { cancel, retry } from "../../src/cluster/control/change-job.ts";
import { submit } from "../../src/cluster/control/submit.ts";
import { asJob, keys, newRun } from "../../src/cluster/job/job.ts";
import { freshRange, rangeId } from "../../src/cluster/job/range-state.ts";
import { SyncError } from "../../src/core/errors.ts";
import { asKey } from "../../src/core/key.ts";
import { contents } from "../sync/run.ts";
import { JobScene } from "./job-kit.ts";

/** Keys in some folders, 500 of them. */
function plant({ source, target }: JobScene): void {
  for (let index = 0; index < 500; index++) {
    source.set(`folder-${index % 7}/object-${index}`, `contents ${index}`);
  }
  for (let index = 0; index < 40; index++) target.set(`folder-${index % 5}/old-${index}`, "old");
}

test("who submits a job has time to put its task in: workers do not do so as well", async () => {
  const { promise: looked, resolve } = Promise.withResolvers<void>();
  const calls: string[] = [];
  await using scene: JobScene = new JobScene({
    onCall: async ({ ground, operation, moment }) => {
      if (ground.name === "submitter" && operation === "tasks.add" && moment === "before") {
        scene.work();
        await looked;
      }
      if (ground.name !== "worker 1") return;
      if (operation === "presence.put" && calls.includes("tasks.count")) resolve();
      calls.push(operation);
    },
  });
  scene.source.set("a", "a");
  const { summary } = await scene.carryOut();
  expect(summary.transferredObjects).toBe(1);
  expect(calls).not.toContain("tasks.add");
});

test("a worker whose servers refuse something gives back what else it has in work", async () => {
  let isRefused = false;
  await using scene = new JobScene({
    onCall: ({ ground, operation }) => {
      const isHit = isRefused && ground.name === "worker 1" && operation === "presence.put";
      if (isHit) throw new SyncError("disk-full", "no room left");
    },
  });
  plant(scene);
  const { target } = scene;
  const write = target.write.bind(target);
  target.write = async (...args) => {
    isRefused ||= target.keys().length >= 90;
    await new Promise((resolve) => void setImmediate(resolve));
    return await write(...args);
  };
  const ground = scene.servers.connect();
  await submit(ground, "nightly", { source: "s3://a/", target: "s3://b/" });
  const slices = { mostKeys: 20, leastKeys: 20, leastMs: 0 };
  const { ended } = scene.work({ lookMs: 1, slots: 1, slices });
  expect(await ended.catch((thrown: unknown) => thrown)).toMatchObject({ code: "disk-full" });
  expect(target.keys().length).toBeLessThan(500);
  scene.work();
  expect((await scene.outcome()).job.end).toBe("done");
});

describe("a job", () => {
  test("does what one run does: each object is sent once, and then what is gone is deleted", async () => {
    await using scene = new JobScene();
    plant(scene);
    for (let count = 0; count < 3; count++) scene.work();
    const { job, summary, troubles } = await scene.carryOut({ delete: true });
    expect(job.end).toBe("done");
    expect(summary).toMatchObject({ transferredObjects: 500, deleted: 40, errors: 0, warnings: 0 });
    expect(troubles).toEqual([]);
    expect(contents(scene.target)).toEqual(contents(scene.source));
  });

  test("is worked on by as many as there are: ranges are cut where keys lie", async () => {
    await using scene = new JobScene();
    plant(scene);
    scene.work();
    scene.work();
    let ranges = 0;
    await scene.carryOut({}, { onState: ({ totals }) => void (ranges = totals.ranges.finished) });
    expect(ranges).toBeGreaterThan(4);
  });

  test("that is small is not cut", async () => {
    await using scene = new JobScene();
    for (let index = 0; index < 20; index++) scene.source.set(`object-${index}`, "x");
    scene.work();
    scene.work();
    let ranges = 0;
    const { summary } = await scene.carryOut(
      {},
      { onState: ({ totals }) => void (ranges = totals.ranges.finished) },
    );
    expect([ranges, summary.transferredObjects]).toEqual([1, 20]);
  });

  test("deletes nothing before everything is sent, nor when something could not be sent", async () => {
    await using scene = new JobScene();
    plant(scene);
    const { target } = scene;
    const write = target.write.bind(target);
    target.write = async (spec, ...rest) => {
      if (spec.key === "folder-3/object-10") throw new SyncError("access-denied", "no entry");
      return await write(spec, ...rest);
    };
    scene.work();
    scene.work();
    const { job, summary, troubles } = await scene.carryOut({
      delete: true,
      continueOnError: true,
    });
    expect(job.end).toBe("done");
    expect(summary).toMatchObject({ transferredObjects: 499, deleted: 0, errors: 1 });
    expect(troubles.map(({ type, key, error }) => [type, key, error.code])).toEqual([
      ["error", asKey("folder-3/object-10"), "access-denied"],
    ]);
  });

  test("tells what it could not send because of what it deletes in the end, and the next one sends it", async () => {
    await using scene = new JobScene();
    const { source, target } = scene;
    source.set("a/b", "new");
    target.set("a", "old");
    const write = target.write.bind(target);
    target.write = async (spec, ...rest) => {
      if (target.keys().includes(asKey("a"))) throw new SyncError("path-clash", "a is an object");
      return await write(spec, ...rest);
    };
    scene.work();
    const { summary, troubles } = await scene.carryOut({ delete: true });
    expect(summary).toMatchObject({ transferredObjects: 0, deleted: 1, errors: 0, warnings: 1 });
    expect(troubles.map(({ type, key, error }) => [type, key, error.code])).toEqual([
      ["warning", asKey("a/b"), "path-clash"],
    ]);
    const next = await scene.carryOut({ delete: true });
    expect(next.summary).toMatchObject({ transferredObjects: 1, deleted: 0, warnings: 0 });
  });

  test("ends with the first error, unless it is to go on", async () => {
    await using scene = new JobScene();
    plant(scene);
    scene.target.write = async () => {
      throw new SyncError("access-denied", "no entry");
    };
    scene.work();
    const { job, summary } = await scene.carryOut({ delete: true });
    expect(job).toMatchObject({ end: "failed", reason: "no entry" });
    expect(summary.errors).toBeGreaterThan(0);
    expect(summary.deleted).toBe(0);
  });

  test.each([
    [{ maxDelete: { kind: "objects", most: 39 } } as const, "--max-delete allows 39"],
    [{ maxDelete: "1%" } as const, "--max-delete allows 1% of 40, which is 0"],
  ])(
    "deletes nothing where a guard forbids it, by the sum of all ranges: %p",
    async (guard, said) => {
      await using scene = new JobScene();
      plant(scene);
      scene.work();
      scene.work();
      const { job, summary } = await scene.carryOut({ delete: true, ...guard });
      expect(summary).toMatchObject({
        transferredObjects: 500,
        deleted: 0,
        errors: 0,
        warnings: 1,
      });
      expect(job.reason).toBe(`40 objects are not deleted: ${said}`);
    },
  );

  test("does not empty a target because the source is empty", async () => {
    await using scene = new JobScene();
    scene.target.set("all/that/there/is", "x");
    scene.work();
    const { job, summary } = await scene.carryOut({ delete: true });
    expect(job.reason).toContain("SOURCE has no objects");
    expect(summary).toMatchObject({ deleted: 0, warnings: 1 });
    const again = await scene.carryOut({ delete: true, allowEmptySource: true });
    expect(again.summary).toMatchObject({ deleted: 1, warnings: 0 });
  });

  test("survives the death of its worker: another one goes on where that has come to", async () => {
    await using scene = new JobScene({ leaseMs: 40 });
    plant(scene);
    const first = scene.work();
    const { target } = scene;
    const write = target.write.bind(target);
    let written = 0;
    target.write = async (...args) => {
      written += 1;
      if (written === 250) first.ground.crash();
      return await write(...args);
    };
    const outcome = scene.carryOut({ delete: true });
    scene.work();
    const { summary } = await outcome;
    expect(summary.transferredObjects + summary.skipped).toBe(500);
    expect(summary).toMatchObject({ deleted: 40, errors: 0 });
    expect(contents(target)).toEqual(contents(scene.source));
  });

  test("is cancelled at once; what was done stays", async () => {
    await using scene = new JobScene();
    plant(scene);
    const { target } = scene;
    const write = target.write.bind(target);
    const ground = scene.servers.connect();
    let written = 0;
    let cancelled: Promise<unknown> | undefined;
    target.write = async (...args) => {
      written += 1;
      // How far others get while it is told is a matter of chance.
      if (written === 100) cancelled = cancel(ground, "nightly");
      await cancelled;
      return await write(...args);
    };
    scene.work();
    const { job, summary } = await scene.carryOut({ delete: true });
    expect([job.end, summary.interrupted, summary.deleted]).toEqual(["cancelled", true, 0]);
    expect(target.keys().length).toBeLessThan(300);
  });

  test("is stopped when another one of its name is there, though nobody has told that it was cancelled", async () => {
    await using scene = new JobScene();
    plant(scene);
    const { target } = scene;
    const write = target.write.bind(target);
    const ground = scene.servers.connect();
    const { promise: replaced, resolve } = Promise.withResolvers<string>();
    let written = 0;
    target.write = async (...args) => {
      written += 1;
      if (written === 100) {
        const stored = await ground.records.get(keys.job("nightly"));
        const earlier = asJob(stored?.value);
        await ground.records.put(keys.job("nightly"), { ...earlier, run: newRun("nightly") });
        resolve(earlier?.run ?? "");
      }
      return await write(...args);
    };
    scene.work();
    const outcome = scene.carryOut({ delete: true });
    expect(await outcome.catch((thrown: unknown) => thrown)).toMatchObject({ code: "not-found" });
    const run = await replaced;
    while ((await ground.tasks.count(run)) > 0);
    expect(target.keys().length).toBeLessThan(300);
  });

  test("does again what failed, and then the rest, when it is told so", async () => {
    await using scene = new JobScene();
    plant(scene);
    const { target } = scene;
    const write = target.write.bind(target);
    target.write = async (spec, ...rest) => {
      if (spec.key.startsWith("folder-3/")) throw new SyncError("access-denied", "no entry");
      return await write(spec, ...rest);
    };
    scene.work();
    const { summary } = await scene.carryOut({ delete: true, continueOnError: true });
    expect(summary.errors).toBeGreaterThan(0);
    target.write = write;
    expect(await retry(scene.servers.connect(), "nightly")).toMatchObject({ goesOn: true });
    const again = await scene.outcome();
    expect(again.summary).toMatchObject({ errors: 0, deleted: 40 });
    expect(again.troubles).toEqual([]);
    expect(contents(target)).toEqual(contents(scene.source));
  });

  test("does again what kept it from deleting, though that was only warned of", async () => {
    await using scene = new JobScene();
    plant(scene);
    const { source, target } = scene;
    const open = source.open.bind(source);
    source.open = async (entry, ...rest) => {
      if (entry.key !== "folder-3/object-10") return await open(entry, ...rest);
      throw new SyncError("access-denied", "no entry", { operation: "GetObject" });
    };
    scene.work();
    const { job, summary } = await scene.carryOut({ delete: true });
    expect(job.reason).toContain("not everything could be transferred");
    expect(summary).toMatchObject({ transferredObjects: 499, deleted: 0, errors: 0 });
    source.open = open;
    expect(await retry(scene.servers.connect(), "nightly")).toMatchObject({ ranges: 1 });
    expect((await scene.outcome()).summary).toMatchObject({ deleted: 40, warnings: 0 });
    expect(contents(target)).toEqual(contents(source));
  });

  test("tells again what fails again", async () => {
    await using scene = new JobScene();
    plant(scene);
    scene.target.write = async () => {
      throw new SyncError("access-denied", "no entry");
    };
    scene.work();
    const { job, troubles } = await scene.carryOut();
    expect(troubles.length).toBeGreaterThan(0);
    await retry(scene.servers.connect(), "nightly");
    const again = await scene.outcome();
    expect(again.troubles.length).toBeGreaterThan(0);
    expect(again.job.startedAt).toBeGreaterThanOrEqual(job.endedAt ?? Infinity);
  });

  test("counts each object once though deletions failed and were done again", async () => {
    await using scene = new JobScene();
    plant(scene);
    const { target } = scene;
    const remove = target.remove.bind(target);
    target.remove = async (entries, ...rest) =>
      entries.some(({ key }) => key === "folder-4/old-39")
        ? entries.map((entry) => ({ entry, error: new SyncError("access-denied", "no entry") }))
        : await remove(entries, ...rest);
    scene.work();
    const { summary } = await scene.carryOut({ delete: true, continueOnError: true });
    expect(summary.deleted).toBeGreaterThan(0);
    expect(summary.errors).toBeGreaterThan(0);
    target.remove = remove;
    await retry(scene.servers.connect(), "nightly");
    const again = await scene.outcome();
    expect(again.summary.transferredObjects + again.summary.skipped).toBe(500);
    expect(again.summary).toMatchObject({ errors: 0, deleted: 40 });
    expect(contents(target)).toEqual(contents(scene.source));
  });

  test("that another version has submitted is not done again", async () => {
    await using scene = new JobScene();
    scene.work();
    const { job } = await scene.carryOut();
    const { records } = scene.servers.connect();
    await records.put(keys.job("nightly"), { ...job, version: "0.0.1" });
    const refusal = await retry(scene.servers.connect(), "nightly").catch(
      (error: unknown) => error,
    );
    expect(refusal).toMatchObject({ code: "usage" });
    expect(String(refusal)).toContain("s3sync 0.0.1");
  });

  test("ends though a range was given up whose pieces were no ranges yet", async () => {
    await using scene = new JobScene();
    plant(scene);
    const ground = scene.servers.connect();
    const { run } = await submit(ground, "nightly", { source: "s3://a/", target: "s3://b/" });
    await ground.tasks.clear(run);
    const until = asKey("folder-4/");
    const first = freshRange({ until });
    const cutOff = [{ after: until }];
    await ground.records.put(keys.range(run, rangeId(first)), {
      ...{ ...first, state: "given-up", cutOff },
    });
    scene.work();
    const { job } = await scene.outcome();
    expect(job).toMatchObject({ end: "failed", reason: "a range was given up" });
    const sent = scene.source.keys().filter((key) => key > until);
    expect(scene.target.keys()).toEqual(expect.arrayContaining(sent));
  });

  test("has a name that no other has as long as it goes on", async () => {
    await using scene = new JobScene();
    scene.source.set("a", "a");
    const ground = scene.servers.connect();
    const input = { source: "s3://a/", target: "s3://b/" };
    await submit(ground, "nightly", input);
    const second = submit(ground, "nightly", input);
    expect(await second.catch((error: unknown) => error)).toMatchObject({ code: "usage" });
    scene.work();
    await scene.outcome();
    expect((await scene.carryOut()).summary).toMatchObject({ skipped: 1 });
  });

  test("is gone on with by another worker when one is told to end", async () => {
    await using scene = new JobScene();
    plant(scene);
    const first = scene.work();
    const { target } = scene;
    const write = target.write.bind(target);
    let written = 0;
    let ended: Promise<void> | undefined;
    target.write = async (...args) => {
      written += 1;
      if (written === 50) ended = first.end();
      return await write(...args);
    };
    const outcome = scene.carryOut({});
    while (ended === undefined) await new Promise((resolve) => void setImmediate(resolve));
    await ended;
    expect(target.keys().length).toBeLessThan(500);
    scene.work();
    expect((await outcome).summary).toMatchObject({ transferredObjects: 500, skipped: 0 });
  });
});
