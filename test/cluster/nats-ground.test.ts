/**
 * A cluster on one server of NATS keeps the promises, and says what is wrong when there is none.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Ground } from "../../src/cluster/ground.ts";
import { openNatsGround } from "../../src/cluster/nats/nats-ground.ts";
import type { EventSink } from "../../src/core/events.ts";
import { rejection } from "../core/rejection.ts";
import { CutLine } from "../support/cut-line.ts";
import { hasNats, NatsServer } from "../support/nats-server.ts";
import { until } from "../support/until.ts";
import { groundContract } from "./ground-contract.ts";

const missing = hasNats ? "" : " (needs nats-server)";
const never = new AbortController().signal;

describe.skipIf(!hasNats)(`with a server${missing}`, () => {
  groundContract("one server of NATS", async () => {
    const server = await NatsServer.start();
    const lines = new Map<Ground, CutLine>();
    return {
      connect: async () => {
        const [ground, line] = await connectByLine(server);
        lines.set(ground, line);
        return ground;
      },
      crash: async (ground) => {
        lines.get(ground)?.cut();
        await ground[Symbol.asyncDispose]();
      },
      dispose: async () => {
        for (const line of lines.values()) line[Symbol.dispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  });
});

async function connectByLine(server: NatsServer): Promise<[Ground, CutLine]> {
  const line = await CutLine.open(server.port);
  const servers = `nats://127.0.0.1:${line.port}`;
  return [await openNatsGround({ servers, leaseMs: 1000, presenceMs: 1000 }, never), line];
}

describe.skipIf(!hasNats)(`a write whose answer is lost${missing}`, () => {
  const writes = {
    create: ({ records }: Ground) => records.create("key", "ours"),
    update: ({ records }: Ground, revision: number) => records.update("key", "ours", revision),
    put: ({ records }: Ground) => records.put("key", "ours"),
  };

  test.each([
    ["create", "as it was written"],
    ["update", "as it was written"],
    ["put", "as it was written"],
    ["create", "changed by somebody else"],
    ["update", "changed by somebody else"],
    ["put", "changed by somebody else"],
  ] as const)("is known to be ours: %s, and the record is %s", async (kind, state) => {
    await using server = await NatsServer.start();
    await using other = await openNatsGround({ servers: server.url }, never);
    const [ground, line] = await connectByLine(server);
    await using _ground = ground;
    using _line = line;
    const before = kind === "update" ? await ground.records.put("key", "before") : 0;
    line.mute();
    const writing = writes[kind](ground, before);
    await until(async () => (await other.records.get("key"))?.value === "ours");
    const found = await other.records.get("key");
    if (state !== "as it was written") {
      await other.records.update("key", "theirs", found?.revision ?? 0);
    }
    line.interrupt();
    expect(await writing).toBe(found?.revision ?? 0);
    const last = state === "as it was written" ? "ours" : "theirs";
    expect((await other.records.get("key"))?.value).toBe(last);
  });

  test("of somebody else is not", async () => {
    await using server = await NatsServer.start();
    await using other = await openNatsGround({ servers: server.url }, never);
    const [ground, line] = await connectByLine(server);
    await using _ground = ground;
    using _line = line;
    const before = await ground.records.put("key", "before");
    await other.records.update("key", "theirs", before);
    line.mute();
    const writing = ground.records.update("key", "ours", before);
    await other.records.get("key");
    line.interrupt();
    expect(await writing).toBeUndefined();
  });
});

test.skipIf(!hasNats)(
  `a line that breaks again and again loses no change${missing}`,
  async () => {
    await using server = await NatsServer.start();
    const changes = 100;
    const workers = await Promise.all([1, 2, 3].map(() => connectByLine(server)));
    await workers[0]?.[0].records.create("count", 0);
    let done = 0;
    const count = async ([{ records }, line]: [Ground, CutLine]): Promise<void> => {
      for (let left = changes; left > 0;) {
        const found = await records.get("count");
        const changing = records.update("count", Number(found?.value) + 1, found?.revision ?? 0);
        if (left % 40 === 0) line.interrupt();
        if ((await changing) === undefined) continue;
        left -= 1;
        done += 1;
      }
    };
    await Promise.all(workers.map(count));
    expect(await workers[0]?.[0].records.get("count")).toMatchObject({ value: done });
    for (const [ground, line] of workers) {
      await ground[Symbol.asyncDispose]();
      line[Symbol.dispose]();
    }
  },
  30_000,
);

test.skipIf(!hasNats)(
  `who waits without a server can still be told to stop${missing}`,
  async () => {
    await using server = await NatsServer.start();
    await using ground = await openNatsGround({ servers: server.url }, never);
    const controller = new AbortController();
    const watch = ground.records.watch("", controller.signal)[Symbol.asyncIterator]();
    expect(await watch.next()).toEqual({ done: false, value: undefined });
    await server.kill();
    const next = watch.next();
    const unheard = Array.fromAsync(ground.records.watch("", controller.signal));
    const taking = rejection(ground.tasks.take(controller.signal));
    controller.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await unheard).toEqual([]);
    expect(await taking).toMatchObject({ code: "aborted" });
  },
);

test.skipIf(!hasNats)(`with the signal of its connection all waiting ends${missing}`, async () => {
  await using server = await NatsServer.start();
  const controller = new AbortController();
  await using ground = await openNatsGround({ servers: server.url }, controller.signal);
  await server.kill();
  const waiting = [ground.records.get("key"), ground.tasks.take(never), ground.tasks.count("job")];
  const failures = waiting.map((each) => rejection(each));
  controller.abort();
  for (const failed of failures) expect(await failed).toMatchObject({ code: "aborted" });
});

test.skipIf(!hasNats)(
  `that servers are away is said, and that they are back${missing}`,
  async () => {
    await using server = await NatsServer.start();
    const told: string[] = [];
    const onEvent: EventSink = (event) => {
      if (event.type === "warning") told.push(`warning: ${event.error.message}`);
      if (event.type === "notice") told.push(event.message);
    };
    await server.kill();
    const opening = openNatsGround({ servers: server.url, connectMs: 20_000, onEvent }, never);
    await until(() => Promise.resolve(told.length === 1));
    await server.revive();
    await using _ = await opening;
    await server.kill();
    await until(() => Promise.resolve(told.length === 3));
    await server.revive();
    await until(() => Promise.resolve(told.length === 4));
    expect(told.map((each) => each.replace(server.url, "URL"))).toEqual([
      "warning: NATS at URL does not answer: trying for 20 s",
      "NATS at URL is there",
      "warning: NATS at URL is gone: waiting for it",
      "NATS at URL is back",
    ]);
  },
  30_000,
);
