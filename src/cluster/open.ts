/**
 * The way to what a cluster stands on. The client of NATS is loaded here, and only when it is needed.
 *
 * @module
 */
import path from "node:path";

import { defaultStateDirectory } from "../state/state-directory.ts";
import type { Ground } from "./ground.ts";
import type { NatsOptions } from "./nats/options.ts";

/** What stands for a server of our own in place of an address. */
export const embedded = "embedded";

/** How a ground is opened. */
export interface GroundOptions extends NatsOptions {
  /** Where a server of our own keeps its streams. Default: `nats` among the state of the user. */
  readonly embeddedFolder?: string | undefined;
}

/**
 * Opens a ground: connects to its servers, or starts one where the address is `embedded`.
 *
 * @param signal ends whatever waits for servers, now and later
 * @throws SyncError `usage` for addresses and files, `credentials`, `certificate`, `network` when nobody answers for some
 *   seconds, `unsupported` when there is no JetStream or no program, `server`, `aborted`
 */
export async function openGround(options: GroundOptions, signal: AbortSignal): Promise<Ground> {
  const { openNatsGround } = await import("./nats/nats-ground.ts");
  if (options.servers !== embedded) return await openNatsGround(options, signal);
  const { startEmbedded } = await import("./nats/embedded.ts");
  const folder = options.embeddedFolder ?? path.join(defaultStateDirectory(), "nats");
  const server = await startEmbedded(folder, signal);
  try {
    const { servers, token } = server;
    const ground = await openNatsGround({ ...options, servers, token }, signal);
    return withServer(ground, server);
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** The same ground; its server ends with it. */
function withServer(ground: Ground, server: AsyncDisposable): Ground {
  const { name, tasks, records, presence, notes } = ground;
  return {
    ...{ name, tasks, records, presence, notes },
    [Symbol.asyncDispose]: async () => {
      await ground[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
