/**
 * Three servers of NATS, of which one dies and comes back while a cluster is at work: nothing is lost, nothing done twice.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Ground } from "../../src/cluster/ground.ts";
import { openNatsGround } from "../../src/cluster/nats/nats-ground.ts";
import type { EventSink } from "../../src/core/events.ts";
import { hasNats, NatsCluster, type NatsServer } from "../support/nats-server.ts";
import { rejection } from "../support/stub-s3.ts";
import { until } from "../support/until.ts";

const never = new AbortController().signal;
const limitMs = 90_000;

describe.skipIf(!hasNats)(`three servers${hasNats ? "" : " (needs nats-server)"}`, () => {
  let cluster: NatsCluster;
  const grounds: Ground[] = [];

  beforeAll(async () => {
    cluster = await NatsCluster.start();
    for (let count = 0; count < 4; count += 1) {
      const servers = cluster.url;
      grounds.push(await openNatsGround({ servers, leaseMs: 2000, answerMs: 2000 }, never));
    }
  }, limitMs);

  afterAll(async () => {
    for (const ground of grounds) await ground[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  }, limitMs);

  /** Kills the leader of a stream, then some other server, each when so much is done, and lets them come back. */
  const interfere = async (stream: string, done: () => number, total: number) => {
    const strike = async (server: NatsServer, mark: number): Promise<void> => {
      await until(async () => done() >= mark);
      await server.kill();
      const before = done();
      await until(async () => done() >= Math.min(before + 5, total));
      await server.revive();
    };
    const leader = await cluster.leaderOf(stream);
    await strike(leader, total / 8);
    const other = cluster.servers.find((server) => server !== leader);
    if (other !== undefined) await strike(other, total / 2);
  };

  test("keep three copies", async () => {
    const leader = await cluster.leaderOf("S3SYNC_TASKS");
    const report = JSON.stringify(await leader.ask("jsz?streams=true&config=true"));
    expect(report.match(/"num_replicas":3/g)).toHaveLength(4);
  });

  test(
    "lose no change of a record, and make none twice, when the leader dies",
    async () => {
      const changes = 200;
      let done = 0;
      const keys = ["counter.a", "counter.b"];
      for (const key of keys) await grounds[0]?.records.create(key, { count: 0 });
      const work = async ({ records }: Ground, key: string): Promise<void> => {
        for (let left = changes; left > 0;) {
          const found = await records.get(key);
          if (found === undefined) throw new Error(`${key} is gone`);
          const { count } = found.value as { readonly count: number };
          const revision = await records.update(key, { count: count + 1 }, found.revision);
          if (revision === undefined) continue;
          expect(revision).toBeGreaterThan(found.revision);
          left -= 1;
          done += 1;
        }
      };
      const working = grounds.map((ground, index) => work(ground, keys[index % 2] ?? ""));
      await interfere("KV_S3SYNC_RECORDS", () => done, 4 * changes);
      await Promise.all(working);
      for (const key of keys) {
        expect(await grounds[0]?.records.get(key)).toMatchObject({ value: { count: 2 * changes } });
      }
    },
    limitMs,
  );

  test(
    "lose no task when the leader dies",
    async () => {
      const ids = Array.from({ length: 1200 }, (_, index) => `task-${index}`);
      const done = new Set<string>();
      const controller = new AbortController();
      const work = async ({ tasks }: Ground): Promise<void> => {
        while (done.size < ids.length) {
          const lease = await tasks.take(controller.signal).catch(() => undefined);
          if (lease === undefined) return;
          await lease.done();
          done.add(lease.id);
          if (done.size === ids.length) controller.abort();
        }
      };
      const adding = grounds[0]?.tasks.add("tasks", ids);
      const working = grounds.map(work);
      await interfere("S3SYNC_TASKS", () => done.size, ids.length);
      await Promise.all([adding, ...working]);
      expect([...done].toSorted()).toEqual(ids.toSorted());
      // What was done while nobody could be told so comes once more.
      const [ground] = grounds;
      await until(async () => {
        if ((await ground?.tasks.count("tasks")) === 0) return true;
        const again = await ground?.tasks.take(AbortSignal.timeout(3000)).catch(() => undefined);
        if (again !== undefined) expect(ids).toContain(again.id);
        await again?.done();
        return false;
      });
    },
    limitMs,
  );

  test(
    "go on telling who watches",
    async () => {
      const [writer, watcher] = grounds;
      if (writer === undefined || watcher === undefined) throw new Error("no grounds");
      const controller = new AbortController();
      const seen: number[] = [];
      const changes = 800;
      const watching = (async () => {
        for await (const change of watcher.records.watch("watched.", controller.signal)) {
          if (change !== undefined) seen.push(Number(change.value));
        }
      })();
      let last = 0;
      const writing = (async () => {
        while (last < changes) await writer.records.put("watched.key", (last += 1));
      })();
      await interfere("KV_S3SYNC_RECORDS", () => last, changes);
      await writing;
      await until(async () => seen.at(-1) === changes);
      controller.abort();
      await watching;
      expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
    },
    limitMs,
  );

  test(
    "tell whoever reads all that was written before, also where one of them lags behind",
    async () => {
      const leader = await cluster.leaderOf("S3SYNC_NOTES");
      await using ground = await openNatsGround({ servers: leader.url, answerMs: 2000 }, never);
      const missed: number[] = [];
      let after = 0;
      for (let count = 1; count <= 150; count += 1) {
        await ground.notes.add("late", `note-${count}`, count);
        let last = 0;
        for await (const { value, sequence } of ground.notes.read("late", after)) {
          last = Number(value);
          after = sequence;
        }
        if (last !== count) missed.push(count);
      }
      expect(missed).toEqual([]);
    },
    limitMs,
  );

  test(
    "keep each note once",
    async () => {
      const [ground] = grounds;
      const count = 600;
      let done = 0;
      const noting = (async () => {
        for (; done < count; done += 1) await ground?.notes.add("noted", `note-${done}`, done);
      })();
      await interfere("S3SYNC_NOTES", () => done, count);
      await noting;
      const values: unknown[] = [];
      for await (const { value } of ground?.notes.read("noted", 0) ?? []) values.push(value);
      expect(values).toEqual(Array.from({ length: count }, (_, index) => index));
    },
    limitMs,
  );

  test(
    "let whoever comes in when their leader has just died",
    async () => {
      const leader = await cluster.leader();
      await leader.kill();
      await using ground = await openNatsGround({ servers: cluster.url }, never);
      expect(await ground.tasks.count("tasks")).toBe(0);
      await leader.revive();
    },
    limitMs,
  );

  test(
    "say that they have no leader when most of them are gone, and are waited for by who is there",
    async () => {
      const told: string[] = [];
      const onEvent: EventSink = (event) => {
        if (event.type === "warning") told.push(event.error.message);
        if (event.type === "notice") told.push(event.message);
      };
      const leader = await cluster.leader();
      const left = cluster.servers.find((server) => server !== leader)?.url ?? "";
      await using ground = await openNatsGround({ servers: left, answerMs: 500, onEvent }, never);
      const gone = cluster.servers.filter(({ url }) => url !== left);
      await Promise.all(gone.map((server) => server.kill()));
      const writing = ground.records.put("led", 1);
      const opening = openNatsGround({ servers: left, connectMs: 1000 }, never);
      expect(await rejection(opening)).toMatchObject({
        ...{ code: "network", message: expect.stringContaining("have no leader") },
        hint: expect.stringContaining("More than half"),
      });
      await until(() => Promise.resolve(told.length === 1));
      await Promise.all(gone.map((server) => server.revive()));
      expect(await writing).toBeGreaterThan(0);
      expect(told.map((each) => each.replace(ground.name, "URL"))).toEqual([
        "NATS at URL is there and does not answer: it may be choosing a leader",
        "NATS at URL answers",
      ]);
    },
    limitMs,
  );

  test(
    "are waited for when all of them are gone",
    async () => {
      const [ground] = grounds;
      await Promise.all(cluster.servers.map((server) => server.kill()));
      const writing = ground?.records.put("late", 1);
      const counting = ground?.tasks.count("tasks");
      for (const server of cluster.servers) server.launch();
      expect(await writing).toBeGreaterThan(0);
      expect(await counting).toBe(0);
      await Promise.all(cluster.servers.map((server) => server.ready()));
    },
    limitMs,
  );
});
