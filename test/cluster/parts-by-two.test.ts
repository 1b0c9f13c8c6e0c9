/**
 * An object that one leads and another one helps with: what each hears of servers, and what both cost.
 *
 * @module
 */
import { beforeAll, describe, expect, test } from "bun:test";

import { stateOf } from "../../src/cluster/control/follow.ts";
import { submit } from "../../src/cluster/control/submit.ts";
import type { Job } from "../../src/cluster/job/job.ts";
import { rangeId } from "../../src/cluster/job/range-state.ts";
import { keys, partTaskId } from "../../src/cluster/parts/records.ts";
import { JobRun } from "../../src/cluster/work/job-run.ts";
import { workOnParts } from "../../src/cluster/work/part-work.ts";
import { Presence } from "../../src/cluster/work/presence.ts";
import { RangeWork, usualSlices } from "../../src/cluster/work/range-work.ts";
import { SyncError } from "../../src/core/errors.ts";
import type { SyncEvent } from "../../src/core/events.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { version } from "../../src/sync/version.ts";
import { MemoryServers } from "../support/memory-ground.ts";
import { patient } from "../support/patience.ts";
import { never } from "./job-kit.ts";
import { partBytes, putLarge, sharing, smallParts, WatchedTarget } from "./parts-kit.ts";

const count = 12;
const source = new MemoryStore("source:", () => Date.parse("2020-01-01"));
beforeAll(async () => void (await putLarge(source, "large", count)), patient(20_000));

/** The leader has half of the parts, the helper the other. */
const halves = { ...sharing, takeBytes: (partBytes * count) / 2 };

const busy: SyncEvent = {
  ...{ type: "retry", operation: "UploadPart", key: "large", attempt: 1, delayMs: 1 },
  error: new SyncError("throttled", "SlowDown"),
};

const asked: SyncEvent = {
  ...{ type: "request", operation: "UploadPart", bucket: "b", key: "large", status: 200 },
  ...{ sentBytes: 100, receivedBytes: 1, durationMs: 1 },
};

/** How many parts are on their way at the same time: each waits a moment for a third one. */
class Crowd {
  most = 0;
  private present = 0;

  async pass(): Promise<void> {
    this.present += 1;
    this.most = Math.max(this.most, this.present);
    const since = performance.now();
    while (this.present < 3 && performance.now() - since < 40) {
      await new Promise((resolve) => void setImmediate(resolve));
    }
    this.present -= 1;
  }
}

/** A job with one large object, and one who leads it, and one who helps. */
class Scene implements AsyncDisposable {
  readonly target = new MemoryStore("target:");
  readonly leading = new Crowd();
  readonly helping = new Crowd();
  readonly leader: JobRun;
  readonly helper: JobRun;
  private readonly targets: WatchedTarget[] = [];
  private readonly helperIsDone = Promise.withResolvers<void>();
  private readonly isBegun = Promise.withResolvers<void>();
  private id = "";
  private speech: Promise<unknown> | undefined;

  private constructor(
    readonly servers: MemoryServers,
    readonly job: Job,
    /** Called when the first part is on its way. */
    private readonly speak: (scene: Scene) => Promise<unknown>,
  ) {
    this.leader = this.open(job, async () => {
      this.isBegun.resolve();
      await this.helperIsDone.promise;
      this.leader.hear(asked);
      await this.leading.pass();
    });
    this.helper = this.open(job, async () => {
      await (this.speech ??= this.speak(this));
      this.helper.hear(asked);
      await this.helping.pass();
    });
  }

  static async begin(speak: (scene: Scene) => Promise<unknown>): Promise<Scene> {
    const servers = new MemoryServers();
    const order = { source: "s3://a/", target: "s3://b/", ...smallParts };
    return new Scene(servers, await submit(servers.connect(), "nightly", order), speak);
  }

  /** Has the helper move its half, then the leader its own. */
  async move(): Promise<void> {
    const ground = this.servers.connect();
    const work = new RangeWork({
      ...{ ground, job: this.leader, stage: "send", startedAt: 0, id: rangeId({}) },
      ...{ slices: usualSlices, wanted: () => 0, ending: never },
    }).run();
    await this.isBegun.promise;
    const [object = ""] = [...this.servers.records.entries.keys()].flatMap((key) =>
      key.startsWith(keys.objects(this.leader.run)) ? [key.split(".").at(-1) ?? ""] : [],
    );
    this.id = partTaskId(object, count / 2 + 1);
    await this.help(this.helper);
    this.helperIsDone.resolve();
    expect(await work).toEqual({ kind: "done" });
    expect<string[]>(this.target.keys()).toEqual(["large"]);
  }

  /** Has one work on the task of the second half. */
  async help(job: JobRun): Promise<void> {
    const ground = this.servers.connect();
    await workOnParts({ ground, job, id: this.id, sharing: halves, ending: never });
  }

  /** How many parts were written by the leader, the helper, and others. */
  get shares(): number[] {
    return this.targets.map(({ parts }) => parts.length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leader[Symbol.asyncDispose]();
    await this.helper[Symbol.asyncDispose]();
  }

  open(job: Job, before: () => Promise<void>): JobRun {
    const target = new WatchedTarget(this.target, before);
    this.targets.push(target);
    const ground = this.servers.connect();
    return new JobRun(ground, job, {
      ...{ stores: { source, target }, sharing: halves, standing: new Presence(ground, 1) },
      ...{ tell: () => undefined, wanted: () => 0 },
    });
  }
}

/** Has one be told that a server is too busy; waits until both know. */
function told(who: "leader" | "helper"): (scene: Scene) => Promise<unknown> {
  return async (scene) => {
    const { leader, helper } = scene;
    const heard = [leader, helper].map(({ shared }) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      shared.workers.alongWith(resolve);
      return promise;
    });
    scene[who].hear(busy);
    await Promise.all(heard);
  };
}

describe("an object that two move", () => {
  test("has more parts on their way as long as no server complains", async () => {
    await using scene = await Scene.begin(async () => undefined);
    await scene.move();
    expect([scene.leading.most > 2, scene.helping.most > 2]).toEqual([true, true]);
  });

  test("is left to who helps when the task comes to another one as well", async () => {
    await using scene = await Scene.begin(async ({ job }) => {
      await using third = scene.open(job, async () => undefined);
      await scene.help(third);
    });
    await scene.move();
    expect(scene.shares).toEqual([count / 2, count / 2, 0]);
  });

  test("is left to others by one who could help, but has no keys", async () => {
    await using scene = await Scene.begin(() =>
      Promise.reject(new SyncError("credentials", "no keys")),
    );
    const other = { host: "other", pid: 1, version, slots: 1 };
    await scene.servers.connect().presence.put("worker.other", other);
    await scene.move();
    const begun = ({ standBack }: JobRun) => [standBack.begin(), standBack.begin()].filter(Boolean);
    expect(begun(scene.leader)).toHaveLength(2);
    // One task may show by now whether all is well.
    expect(begun(scene.helper).length).toBeLessThan(2);
  });

  test("counts the requests of both", async () => {
    await using scene = await Scene.begin(async () => undefined);
    await scene.move();
    const { totals } = await stateOf(scene.servers.connect(), scene.job);
    const requests = { UploadPart: count };
    expect(totals?.counts.traffic).toMatchObject({ requests, sentBytes: 100 * count });
  });

  test.each(["leader", "helper"] as const)(
    "has few when the %s is told that a server is too busy",
    async (who) => {
      await using scene = await Scene.begin(told(who));
      await scene.move();
      expect([scene.leading.most, scene.helping.most]).toEqual([2, 2]);
    },
  );
});
