/**
 * `openCluster()`: connects to a cluster.
 *
 * @module
 */
import { Cluster } from "./cluster.ts";
import { type GroundOptions, openGround } from "./open.ts";

/** Where a cluster is, and who we are to it. */
export interface ClusterOptions extends GroundOptions {
  /**
   * One URL or some with commas between: `nats://a:4222,nats://b:4222`, `tls://a`. It may hold a user and a password.
   * `embedded`: a server of our own on this machine, which all that name the same folder share, and which ends with
   * whoever has started it.
   */
  readonly servers: string;
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
export async function openCluster({ signal, ...options }: ClusterOptions): Promise<Cluster> {
  return new Cluster(await openGround(options, signal ?? new AbortController().signal));
}
