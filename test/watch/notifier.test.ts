/**
 * What a service manager hears, by a real socket for datagrams.
 *
 * @module
 */
import { describe, expect, jest, test } from "bun:test";
import path from "node:path";

import type { WatchState } from "../../src/core/watch-state.ts";
import { Notifier } from "../../src/watch/notifier.ts";
import { openNotifySocket } from "../../src/watch/notify-socket.ts";
import { ServiceManager } from "../support/service-manager.ts";
import { TempDir } from "../support/temp-dir.ts";

const hasSockets = ServiceManager.isPossible;

const state: WatchState = {
  phase: "working",
  pending: 0,
  lagMs: 0,
  lastSuccessAt: undefined,
  rounds: 0,
  objects: 0,
  bytes: 0,
  errors: 0,
  queue: 0,
};

async function opened(environment: Record<string, string>): Promise<Notifier> {
  const notifier = await Notifier.open(environment);
  if (notifier === undefined) throw new Error("no notifier");
  return notifier;
}

describe.skipIf(!hasSockets)("a service manager (needs Linux and python3)", () => {
  test.each(["a path", "a name in the abstract name space"])("is reached by %s", async (kind) => {
    using directory = new TempDir();
    const isPath = kind === "a path";
    const name = `s3sync-test-${crypto.randomUUID()}`;
    await using manager = await ServiceManager.start(
      isPath ? path.join(directory.path, "notify") : `@${name}`,
    );
    using notifier = await opened({ NOTIFY_SOCKET: manager.address });
    notifier.take(state);
    expect(await manager.heard()).toBe("READY=1\nSTATUS=working, 0 objects done");
  });

  test("hears of the whole life of a watch", async () => {
    await using manager = await ServiceManager.start();
    using notifier = await opened({ NOTIFY_SOCKET: manager.address });
    notifier.take({ ...state, phase: "starting" });
    notifier.take(state);
    expect(await manager.heard()).toBe("READY=1\nSTATUS=working, 0 objects done");
    const behind = { pending: 3, queue: 2, errors: 1, objects: 9, lagMs: 61_000 };
    notifier.take({ ...state, ...behind, phase: "waiting", trouble: "nobody answers" });
    expect(await manager.heard()).toBe(
      "STATUS=waiting after a failure: nobody answers, 9 objects done, 3 pending, 2 to be tried again, 1 errors, 61 s behind",
    );
    const idle: WatchState = { ...state, phase: "idle", objects: 9 };
    notifier.take(idle);
    // Nothing new is told once.
    notifier.take({ ...idle, rounds: 7 });
    expect(await manager.heard()).toBe("STATUS=watching, 9 objects done");
    notifier.reloading();
    expect(await manager.heard()).toMatch(/^RELOADING=1\nMONOTONIC_USEC=\d+\nSTATUS=\S/);
    // The old one makes way for the new one.
    notifier.take({ ...idle, phase: "stopping" });
    notifier.take({ ...state, phase: "starting" });
    notifier.take(idle);
    expect(await manager.heard()).toBe("READY=1\nSTATUS=watching, 9 objects done");
    notifier.reloading();
    await manager.heard();
    notifier.stays();
    expect(await manager.heard()).toBe("READY=1\nSTATUS=watching, 9 objects done");
    notifier.take({ ...idle, phase: "stopping" });
    expect(await manager.heard()).toBe(
      "STOPPING=1\nSTATUS=finishing what is in work, 9 objects done",
    );
  });

  test("is told the time by the clock that it goes by", async () => {
    using socket = await openNotifySocket("@s3sync-test");
    const uptime = await Bun.file("/proc/uptime").text();
    const seconds = Number(socket?.monotonicUs() ?? 0n) / 1e6;
    expect(Math.abs(seconds - Number.parseFloat(uptime))).toBeLessThan(60);
  });

  test("that is gone or does not listen keeps nobody waiting", async () => {
    using socket = await openNotifySocket(`@s3sync-test-${crypto.randomUUID()}`);
    expect(socket?.send("READY=1")).toBe(false);
  });

  test("hears that it is ready even if it could not be told at once", async () => {
    const address = `@s3sync-test-${crypto.randomUUID()}`;
    using notifier = await opened({ NOTIFY_SOCKET: address });
    notifier.take(state);
    await using manager = await ServiceManager.start(address);
    notifier.take(state);
    expect(await manager.heard()).toBe("READY=1\nSTATUS=working, 0 objects done");
  });
});

describe.skipIf(!hasSockets)("signs of life (needs Linux and python3)", () => {
  test("come twice in the time that is allowed", async () => {
    await using manager = await ServiceManager.start();
    const environment = {
      NOTIFY_SOCKET: manager.address,
      WATCHDOG_USEC: "20000",
      WATCHDOG_PID: String(process.pid),
    };
    using _ = await opened(environment);
    expect(await manager.heard()).toBe("WATCHDOG=1");
    expect(await manager.heard()).toBe("WATCHDOG=1");
  });

  test.each([
    {},
    { WATCHDOG_USEC: "20000", WATCHDOG_PID: "1" },
    { WATCHDOG_USEC: "soon" },
    { WATCHDOG_USEC: "0" },
  ])("do not come where nobody waits for them: %p", async (wanted) => {
    jest.useFakeTimers();
    try {
      await using manager = await ServiceManager.start();
      using notifier = await opened({ NOTIFY_SOCKET: manager.address, ...wanted });
      jest.advanceTimersByTime(1000);
      notifier.take(state);
      expect(await manager.heard()).toStartWith("READY=1");
    } finally {
      jest.useRealTimers();
    }
  });
});

test("nothing happens where nobody has started it as a service", async () => {
  expect(await Notifier.open({})).toBeUndefined();
  expect(await Notifier.open({ NOTIFY_SOCKET: "" })).toBeUndefined();
});

test.each(["notify", "vsock:2:1234", "@", `/${"x".repeat(200)}`])(
  "an address that is none is left alone: %s",
  async (address) => {
    expect(await Notifier.open({ NOTIFY_SOCKET: address })).toBeUndefined();
  },
);
