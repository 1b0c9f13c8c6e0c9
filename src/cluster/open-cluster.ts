/**
 * `openCluster()`: connects to a cluster. The client of NATS is loaded only here.
 *
 * @module
 */
import { Cluster } from "./cluster.ts";
import type { NatsOptions } from "./nats/options.ts";

/** Where a cluster is, and who we are to it. */
export interface ClusterOptions extends NatsOptions {
  /** Ends whatever waits for its servers. Work is ended by signals of its own. */
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
 *   when the servers have no JetStream, `aborted`
 */
export async function openCluster({ signal, ...options }: ClusterOptions): Promise<Cluster> {
  const { openNatsGround } = await import("./nats/nats-ground.ts");
  return new Cluster(await openNatsGround(options, signal ?? new AbortController().signal));
}
