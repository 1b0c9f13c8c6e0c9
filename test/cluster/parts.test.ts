/**
 * Large objects are moved by all workers together, and whoever dies of it leaves nothing undone.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { cancel } from "../../src/cluster/control/change-job.ts";
import { submit } from "../../src/cluster/control/submit.ts";
import { partTaskOf } from "../../src/cluster/parts/records.ts";
import { SyncError } from "../../src/core/errors.ts";
import type { Part, Store } from "../../src/store/store.ts";
import { etagOf } from "../support/trees.ts";
import { JobScene } from "./job-kit.ts";
import {
  meeting,
  numbersTo,
  partBytes,
  partRecords,
  putLarge,
  sharing,
  smallParts,
  toldParts,
  until,
  WatchedTarget,
} from "./parts-kit.ts";

const count = 5;
const sized = { ...smallParts, forceRetryCount: 0 };

/** A cluster with one large object, and workers of which each does one thing at a time. */
class LargeScene extends JobScene {
  content: Uint8Array = new Uint8Array();

  static async begin(key = "large"): Promise<LargeScene> {
    const scene = new LargeScene({ leaseMs: 40 });
    scene.content = await putLarge(scene.source, key, count);
    return scene;
  }

  /** @param before called before each part that this worker writes */
  join(before?: (part: Part) => Promise<void> | void) {
    const target = new WatchedTarget(this.target, before);
    const stores: Record<"source" | "target", Store> = { source: this.source, target };
    return { ...this.work({ slots: 1, sharing, stores }), target };
  }

  /** The same, and it asks nobody for help. */
  joinAlone(before?: (part: Part) => Promise<void> | void) {
    const worker = this.join(before);
    const { tasks } = worker.ground;
    const add = tasks.add.bind(tasks);
    tasks.add = async (job, ids) => {
      const others = ids.filter((id) => partTaskOf(id) === undefined);
      await add(job, others);
    };
    return worker;
  }

  /** The leader dies on the way, and then the job is cancelled. */
  async cancelAfterDeath() {
    const first = this.join(({ number }) => {
      if (number < 3) return;
      first.ground.crash();
      throw new Error("dead");
    });
    const outcome = this.carryOut(sized);
    await until(() => first.ground.crashed.aborted);
    await cancel(this.servers.connect(), "nightly");
    return await outcome;
  }

  /** What is on record about objects and their parts. */
  records(): string[] {
    return partRecords(this.servers);
  }

  /** Numbers of parts that records tell of. */
  told(): number[] {
    return toldParts(this.servers);
  }
}

function nothingIsLeft(scene: LargeScene): void {
  expect(scene.target.unfinishedWrites).toBe(0);
  expect(scene.records()).toEqual([]);
}

describe("a large object", () => {
  test("is moved by all who are there, each part by one, and counts once", async () => {
    await using scene = await LargeScene.begin();
    const meet = meeting();
    const [one, other] = [scene.join(meet("one")), scene.join(meet("other"))];
    const { summary, troubles } = await scene.carryOut(sized);
    expect(troubles).toEqual([]);
    expect(summary).toMatchObject({
      ...{ transferredObjects: 1, errors: 0, warnings: 0, etagVerified: 1 },
      transferredBytes: scene.content.byteLength,
    });
    const all = [...one.target.parts, ...other.target.parts];
    expect(all.toSorted((a, b) => a - b)).toEqual(numbersTo(count));
    expect([one.target.parts.length > 0, other.target.parts.length > 0]).toEqual([true, true]);
    expect(scene.target.get("large")).toEqual(scene.content);
    const info = await scene.target.head("large" as never);
    expect<string | undefined>(info?.etag).toBe(etagOf(scene.content, partBytes));
    nothingIsLeft(scene);
  });

  test("lets other jobs come in between", async () => {
    const many = 10;
    await using scene = new LargeScene();
    await putLarge(scene.source, "large", many);
    scene.source.set("small", "small");
    const { target } = scene;
    const isSent = Promise.withResolvers<void>();
    const write = target.write.bind(target);
    target.write = async (...args) => {
      isSent.resolve();
      return await write(...args);
    };
    const ground = scene.servers.connect();
    const small = { source: "s3://a/", target: "s3://b/", keyStart: "m" };
    let submitted: Promise<unknown> | undefined;
    const leader = scene.join(async ({ number }) => {
      if (number > 1) await isSent.promise;
    });
    const helper = scene.join(async () => {
      await (submitted ??= submit(ground, "other", small));
    });
    const outcome = scene.carryOut({ ...sized, keyEnd: "m" });
    await isSent.promise;
    expect(helper.target.parts.length).toBeGreaterThan(0);
    expect(helper.target.parts.length).toBeLessThan(4);
    expect((await outcome).job.end).toBe("done");
    const all = [...leader.target.parts, ...helper.target.parts];
    expect(all.toSorted((a, b) => a - b)).toEqual(numbersTo(many));
  });

  test("needs nobody but its leader", async () => {
    await using scene = await LargeScene.begin();
    const { target } = scene.join();
    const { summary } = await scene.carryOut(sized);
    expect(summary).toMatchObject({ transferredObjects: 1, errors: 0 });
    expect(target.parts).toHaveLength(count);
    nothingIsLeft(scene);
  });

  test("is finished by its leader when whoever helps dies", async () => {
    await using scene = await LargeScene.begin();
    const meet = meeting();
    scene.join(meet("leader"));
    const helper = scene.join(async () => {
      await meet("helper")();
      helper.ground.crash();
      throw new Error("dead");
    });
    const { summary, job } = await scene.carryOut(sized);
    expect(job.end).toBe("done");
    expect(summary.errors).toBe(0);
    expect(scene.target.get("large")).toEqual(scene.content);
    nothingIsLeft(scene);
  });

  test("is gone on with when its leader dies: what is told of is not sent again", async () => {
    await using scene = await LargeScene.begin();
    let told: number[] = [];
    const first = scene.join(async ({ number }) => {
      if (number < 4) return;
      await until(() => first.ground.crashed.aborted || scene.told().length === 3);
      if (!first.ground.crashed.aborted) told = scene.told();
      first.ground.crash();
      throw new Error("dead");
    });
    const outcome = scene.carryOut(sized);
    await until(() => first.ground.crashed.aborted);
    const second = scene.join();
    const { summary, job } = await outcome;
    expect(job.end).toBe("done");
    expect(summary).toMatchObject({ transferredObjects: 1, errors: 0, etagVerified: 1 });
    expect(told).toHaveLength(3);
    const rest = numbersTo(count).filter((number) => !told.includes(number));
    expect(second.target.parts.toSorted((a, b) => a - b)).toEqual(rest);
    expect(scene.target.get("large")).toEqual(scene.content);
    nothingIsLeft(scene);
  });

  test("that changes meanwhile is told of, and nothing takes its place", async () => {
    await using scene = await LargeScene.begin();
    const meet = meeting();
    let changed: Promise<unknown> | undefined;
    const change = async (): Promise<void> => {
      await meet("both")();
      await (changed ??= putLarge(scene.source, "other", count).then((other) =>
        scene.source.set("large", other),
      ));
    };
    scene.join(async () => {
      await meet("one")();
      await change();
    });
    scene.join(meet("other"));
    const { summary, troubles } = await scene.carryOut({ ...sized, continueOnError: true });
    expect(troubles.map(({ error }) => error.code)).toEqual(["source-changed"]);
    expect(summary).toMatchObject({ transferredObjects: 0, warnings: 1 });
    expect(scene.target.get("large")).toBeUndefined();
    nothingIsLeft(scene);
  });

  test("leaves nothing behind when the job is cancelled", async () => {
    await using scene = await LargeScene.begin();
    const ground = scene.servers.connect();
    scene.join(async ({ number }) => {
      if (number === 3) await cancel(ground, "nightly");
    });
    const { job } = await scene.carryOut(sized);
    expect(job.end).toBe("cancelled");
    await until(() => scene.target.unfinishedWrites === 0 && scene.records().length === 0);
    expect(scene.target.keys()).toEqual([]);
  });

  test("leaves nothing behind when the job is cancelled and its leader is dead", async () => {
    await using scene = await LargeScene.begin();
    expect((await scene.cancelAfterDeath()).job.end).toBe("cancelled");
    expect(scene.target.unfinishedWrites).toBe(1);
    scene.join();
    await until(() => scene.target.unfinishedWrites === 0 && scene.records().length === 0);
  });

  test("leaves nothing behind when its leader is dead and another job has taken the name", async () => {
    await using scene = await LargeScene.begin();
    await scene.cancelAfterDeath();
    scene.source.delete("large");
    scene.source.set("small", "small");
    const next = scene.carryOut(sized);
    await until(() => scene.target.unfinishedWrites === 1 && scene.records().length > 0);
    scene.join();
    expect((await next).summary).toMatchObject({ transferredObjects: 1, errors: 0 });
    await until(() => scene.target.unfinishedWrites === 0 && scene.records().length === 0);
  });

  test("whose ETag is made of all bytes in order is moved by one", async () => {
    await using scene = new LargeScene();
    scene.source.set("large", new Uint8Array(3 * partBytes));
    const [one, other] = [scene.join(), scene.join()];
    const { summary } = await scene.carryOut(sized);
    expect(summary).toMatchObject({ transferredObjects: 1, etagVerified: 1 });
    const lengths = [one.target.parts.length, other.target.parts.length];
    expect(lengths.toSorted((a, b) => a - b)).toEqual([0, 3]);
    nothingIsLeft(scene);
  });

  test("that cannot be written ends as any other, whoever has found that out", async () => {
    await using scene = await LargeScene.begin();
    const refuse = (): never => {
      throw new SyncError("access-denied", "no entry");
    };
    scene.join(refuse);
    scene.join(refuse);
    const { summary, troubles } = await scene.carryOut({ ...sized, continueOnError: true });
    expect(summary.errors).toBe(1);
    expect(troubles.map(({ error }) => error.message)).toEqual(["no entry"]);
    nothingIsLeft(scene);
  });
});

describe("the range of a large object", () => {
  test("is not given up as long as more parts are finished, whoever dies", async () => {
    const many = 13;
    await using scene = new LargeScene({ leaseMs: 1 });
    const content = await putLarge(scene.source, "large", many);
    const outcome = scene.carryOut(sized);
    for (let dead = 1; dead < many; dead++) {
      let begun = 0;
      const worker = scene.joinAlone(async () => {
        if ((begun += 1) === 1) return;
        await until(() => scene.told().length === dead);
        worker.ground.crash();
        throw new Error("dead");
      });
      await until(() => worker.ground.crashed.aborted);
    }
    scene.join();
    const { job, summary } = await outcome;
    expect([job.end, job.reason]).toEqual(["done", undefined]);
    expect(summary).toMatchObject({ transferredObjects: 1, errors: 0 });
    expect(scene.target.get("large")).toEqual(content);
  });

  test("is given up when eight have died of it without a part", async () => {
    await using scene = new LargeScene({ leaseMs: 1 });
    await putLarge(scene.source, "large", count);
    const outcome = scene.carryOut(sized);
    for (let dead = 0; dead < 8; dead++) {
      const worker = scene.joinAlone(() => {
        worker.ground.crash();
        throw new Error("dead");
      });
      await until(() => worker.ground.crashed.aborted);
    }
    const last = scene.join();
    const { job } = await outcome;
    expect(job).toMatchObject({ end: "failed", reason: "a range was given up" });
    expect(last.target.parts).toEqual([]);
    await until(() => scene.target.unfinishedWrites === 0 && scene.records().length === 0);
  });
});
