/**
 * The cluster within this process keeps the promises of one on servers, and dies where it is told to.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { rejection } from "../core/rejection.ts";
import { MemoryGround, MemoryServers } from "../support/memory-ground.ts";
import { groundContract } from "./ground-contract.ts";

groundContract("memory", async () => {
  const servers = new MemoryServers({ leaseMs: 100, presenceMs: 100 });
  return {
    connect: async () => servers.connect(),
    crash: async (ground) => {
      if (ground instanceof MemoryGround) ground.crash();
    },
    dispose: async () => undefined,
  };
});

test("a worker that crashes in a call has done it, or not, and does nothing more", async () => {
  for (const moment of ["before", "after"] as const) {
    const servers = new MemoryServers({
      onCall: (call) => {
        if (call.operation === "records.put" && call.moment === moment) call.ground.crash();
      },
    });
    const ground = servers.connect("worker");
    expect(await rejection(ground.records.put("key", 1))).toEqual(new Error("worker has crashed"));
    expect(await rejection(ground.records.get("key"))).toEqual(new Error("worker has crashed"));
    const seen = await servers.connect().records.get("key");
    expect(seen?.value).toBe(moment === "before" ? undefined : 1);
  }
});

test("a worker that crashes is told so where it waits", async () => {
  const ground = new MemoryServers().connect("worker");
  const { signal } = new AbortController();
  const waiting = Promise.allSettled([
    ground.tasks.take(signal),
    Array.fromAsync(ground.records.watch("", signal)),
  ]);
  await ground.records.get("key");
  ground.crash();
  const reason = new Error("worker has crashed");
  expect(await waiting).toEqual([
    { status: "rejected", reason },
    { status: "rejected", reason },
  ]);
});

test("a task whose holder never heard that it has it goes to another", async () => {
  let isLost = true;
  const servers = new MemoryServers({
    leaseMs: 10,
    onCall: ({ operation, moment }) => {
      if (operation !== "tasks.take" || moment !== "after" || !isLost) return;
      isLost = false;
      throw new Error("the answer was lost");
    },
  });
  await using ground = servers.connect();
  await ground.tasks.add("job", ["a"]);
  const { signal } = new AbortController();
  expect(await rejection(ground.tasks.take(signal))).toEqual(new Error("the answer was lost"));
  expect(await ground.tasks.take(signal)).toMatchObject({ job: "job", id: "a" });
});
