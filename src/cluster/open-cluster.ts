/**
 * `openCluster()`: connects to a cluster. The client of NATS is loaded only here.
 *
 * @module
 */
import path from "node:path";

import { defaultStateDirectory } from "../state/state-directory.ts";
import { Cluster } from "./cluster.ts";
import type { NatsOptions } from "./nats/options.ts";

/** Where a cluster is, and who we are to it. */
export interface ClusterOptions extends NatsOptions {
  /**
   * One URL or some with commas between: `nats://a:4222,nats://b:4222`, `tls://a`. It may hold a user and a password.
   * `embedded`: a server of our own on this machine, which all that name the same folder share, and which ends with
   * whoever has started it.
   */
  readonly servers: string;
  /** Where the server of our own keeps its data. Default: `nats` in the state directory of this user. */
  readonly folder?: string | undefined;
  /** Ends whatever waits for the servers. Work is ended by signals of its own. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to a cluster: to servers of NATS with JetStream. What it needs there is made if it is not there yet.
 *
 * ```ts
 * await using cluster = await openCluster({ servers: "nats://queue:4222" });
 * await cluster.submit("nightly", { source: "s3://a/", target: "s3://b/" });
 * ```
 *
 * @throws SyncError `usage`, `credentials`, `certificate`, `network` when there is nobody for some seconds, `unsupported`
 *   when the servers have no JetStream or there is no program for `embedded`, `aborted`
 */
export async function openCluster({ folder, signal, ...given }: ClusterOptions): Promise<Cluster> {
  const stop = signal ?? new AbortController().signal;
  await using stack = new AsyncDisposableStack();
  const options = await addressed(given, folder, stack, stop);
  const { openNatsGround } = await import("./nats/nats-ground.ts");
  const ground = stack.use(await openNatsGround(options, stop));
  return new Cluster(ground, stack.move());
}

/** With a server of our own where that is wanted. */
async function addressed(
  options: NatsOptions,
  folder: string | undefined,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<NatsOptions> {
  if (options.servers !== "embedded") return options;
  const { startEmbedded } = await import("./nats/embedded.ts");
  const place = folder ?? path.join(defaultStateDirectory(), "nats");
  const { servers, token } = stack.use(await startEmbedded(place, signal));
  return { ...options, servers, token };
}
