/**
 * What workers throw away when a job is over, and what not: the job may be begun once more at any moment.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type Job, keys } from "../../src/cluster/job/job.ts";
import { configOfOrder } from "../../src/cluster/job/order.ts";
import { isOver } from "../../src/cluster/job/stored.ts";
import { helpOf } from "../../src/cluster/parts/help.ts";
import { usualSharing } from "../../src/cluster/parts/part-sharing.ts";
import { keys as partKeys } from "../../src/cluster/parts/records.ts";
import { dropObjects } from "../../src/cluster/work/sweep.ts";
import { asKey } from "../../src/core/key.ts";
import { entryOf } from "../../src/core/object.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { transferOptionsOf } from "../../src/sync/carry-out.ts";
import { version } from "../../src/sync/version.ts";
import { TransferContext } from "../../src/transfer/context.ts";
import { planParts } from "../../src/transfer/parts/part-plan.ts";
import { beginShared, type SharedWrite } from "../../src/transfer/parts/shared-write.ts";
import { type MemoryGround, MemoryServers } from "../support/memory-ground.ts";
import { JobScene, never } from "./job-kit.ts";
import { until } from "./parts-kit.ts";

const key = asKey("large");
const order = { source: "s3://a/", target: "s3://b/", sharedPath: false, options: {} };
const job: Job = {
  ...{ name: "nightly", run: "nightly-1", version, order, stage: "send", reason: undefined },
  ...{ startedAt: 1, end: "cancelled", endedAt: 2 },
};

/** A job that is over, with an object whose leader has died. */
class Scene {
  readonly source = new MemoryStore("source:");
  readonly target = new MemoryStore("target:");
  readonly servers: MemoryServers;
  readonly ground: MemoryGround;
  private calls = 0;

  /** @param moment which call of the sweeper something happens at, before it or after it */
  constructor(moment: number, happens: (scene: Scene, sweeper: MemoryGround) => Promise<void>) {
    this.servers = new MemoryServers({
      onCall: async ({ ground }) => {
        if (ground.name === "sweeper" && this.calls++ === moment) await happens(this, ground);
      },
    });
    this.ground = this.servers.connect("others");
    this.source.set(key, new Uint8Array(60));
  }

  static async begin(...args: ConstructorParameters<typeof Scene>): Promise<Scene> {
    const scene = new Scene(...args);
    await scene.ground.records.put(keys.job(job.name), job);
    await scene.lead();
    expect(scene.target.unfinishedWrites).toBe(1);
    return scene;
  }

  /** @returns whether it came past the moment */
  async sweep(sweeper = this.servers.connect("sweeper")): Promise<boolean> {
    const stores = { source: this.source, target: this.target };
    const hear = (): void => undefined;
    const swept = { run: job.run, stores: async () => stores, hear };
    await dropObjects({ ground: sweeper, job: swept, isOver: () => isOver(sweeper, job) });
    return this.calls > 0;
  }

  get passed(): number {
    return this.calls;
  }

  async beginAgain(): Promise<void> {
    await this.ground.records.put(keys.job(job.name), { ...job, end: undefined });
  }

  /** Leads the object as a worker does. */
  async lead(): Promise<SharedWrite> {
    const { ground, source, target } = this;
    const sharing = { ...usualSharing, fromBytes: 1, takeBytes: 10 };
    const help = helpOf({ ground, run: job.run, sharing, wanted: () => 0 });
    const options = { ...transferOptionsOf(configOfOrder(order), undefined), help };
    const context = new TransferContext(source, target, options, () => undefined);
    const info = await source.head(key);
    if (info === undefined) throw new Error("no object");
    const spec = { key, size: 60, mtimeMs: info.mtimeMs, attributes: info.attributes };
    const plan = planParts(60, 10, undefined);
    const digests = { md5: true, sha256: false };
    const shares = { kind: "move", digests } as const;
    const entry = entryOf(key, info);
    const write = await beginShared(context, { entry, info, spec, plan, shares }, never);
    context.close();
    if (write === undefined) throw new Error("it is moved alone");
    return write;
  }

  /** What is on record about objects. */
  get objects(): { readonly isThrownAway?: boolean; readonly note: unknown }[] {
    const found = [...this.servers.records.entries].filter(([name]) =>
      name.startsWith(partKeys.allObjects),
    );
    return found.map(([, { text }]) => JSON.parse(text) as Scene["objects"][number]);
  }
}

/** Carries something out at each moment of a sweep. */
async function atEachMoment(
  happens: (scene: Scene, sweeper: MemoryGround) => Promise<void>,
  check: (scene: Scene, moment: number) => Promise<void>,
): Promise<void> {
  for (let moment = 0; ; moment++) {
    const scene = await Scene.begin(moment, happens);
    await scene.sweep().catch(() => undefined);
    if (scene.passed <= moment) {
      expect(moment).toBeGreaterThan(8);
      return;
    }
    await check(scene, moment);
  }
}

describe("a large object of a job that is over", () => {
  test("is thrown away if its leader has died", async () => {
    const scene = await Scene.begin(Infinity, async () => undefined);
    await scene.sweep();
    expect([scene.target.unfinishedWrites, scene.objects]).toEqual([0, []]);
  });

  test("belongs to whoever leads it when the job is begun once more, whenever that is", async () => {
    let write: SharedWrite | undefined;
    const leadAgain = async (scene: Scene): Promise<void> => {
      await scene.beginAgain();
      write = await scene.lead();
    };
    await atEachMoment(leadAgain, async (scene, moment) => {
      const isOurs = await write?.shared.isOurs();
      const isThere = scene.objects.map(
        ({ note }) => scene.target.resumable?.join?.(note as never, key) !== undefined,
      );
      const found = { moment, isOurs, isThere, writes: scene.target.unfinishedWrites };
      expect(found).toEqual({ moment, isOurs: true, isThere: [true], writes: 1 });
    });
  });

  test("is kept where the job is begun once more before it is thrown away", async () => {
    const kept: boolean[] = [];
    await atEachMoment(
      (scene) => scene.beginAgain(),
      async ({ objects, target }) => {
        kept.push(target.unfinishedWrites === 1);
        const isKept = objects.length === 1 && objects[0]?.isThrownAway === undefined;
        expect(isKept).toBe(target.unfinishedWrites === 1);
      },
    );
    const first = kept.indexOf(false);
    expect(first).toBeGreaterThan(6);
    expect(kept.slice(first)).not.toContain(true);
  });

  test("is thrown away by the next one if whoever does that dies of it", async () => {
    await atEachMoment(
      async (_, sweeper) => sweeper.crash(),
      async (scene) => {
        await scene.sweep(scene.servers.connect("next"));
        expect([scene.target.unfinishedWrites, scene.objects]).toEqual([0, []]);
      },
    );
  });

  test("is begun anew by the next leader if whoever threw it away has died of it", async () => {
    await atEachMoment(
      async (_, sweeper) => sweeper.crash(),
      async (scene) => {
        await scene.beginAgain();
        const { shared } = await scene.lead();
        expect(await shared.isOurs()).toBe(true);
        expect([scene.target.unfinishedWrites, scene.objects.length]).toEqual([1, 1]);
      },
    );
  });
});

test("a worker that starts asks once for what all jobs have left behind, however many are over", async () => {
  const calls: string[] = [];
  await using scene = new JobScene({
    onCall: ({ ground, operation, moment }) => {
      if (ground.name === "worker 1" && moment === "before") calls.push(operation);
    },
  });
  const { records } = scene.servers.connect();
  for (let index = 0; index < 20; index++) {
    const name = `job-${index}`;
    const endedAt = Date.now();
    await records.put(keys.job(name), { ...job, name, run: `${name}-1`, endedAt });
  }
  scene.work();
  await until(() => calls.filter((operation) => operation === "presence.put").length > 2);
  expect(calls.filter((operation) => operation === "records.all").length).toBeLessThan(3);
});
