/**
 * A cluster on one server of NATS keeps the promises, and says what is wrong when there is none.
 *
 * @module
 */
import { describe } from "bun:test";

import type { Ground } from "../../src/cluster/ground.ts";
import { openNatsGround } from "../../src/cluster/nats/nats-ground.ts";
import { CutLine } from "../support/cut-line.ts";
import { hasNats, NatsServer } from "../support/nats-server.ts";
import { groundContract } from "./ground-contract.ts";

const missing = hasNats ? "" : " (needs nats-server)";
const never = new AbortController().signal;

describe.skipIf(!hasNats)(`with a server${missing}`, () => {
  groundContract("one server of NATS", async () => {
    const server = await NatsServer.start();
    const lines = new Map<Ground, CutLine>();
    return {
      connect: async () => {
        const line = await CutLine.open(server.port);
        const servers = `nats://127.0.0.1:${line.port}`;
        const ground = await openNatsGround({ servers, leaseMs: 1000, presenceMs: 1000 }, never);
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
