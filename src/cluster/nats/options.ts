/**
 * How a cluster's servers are reached, and what is asked of them.
 *
 * @module
 */
import type { Secret } from "../../config/secret.ts";
import type { EventSink } from "../../core/events.ts";

/** Where servers are, and who we are to them. */
export interface NatsAccess {
  /** One URL or some with commas between: `nats://a:4222,nats://b:4222`, `tls://a`. It may hold a user and a password. */
  readonly servers: string;
  /** A file with a JWT and a seed, as `nsc` makes it. */
  readonly credentialsFile?: string | undefined;
  /** A file with the seed of an nkey. */
  readonly nkeyFile?: string | undefined;
  readonly token?: Secret | undefined;
  readonly user?: string | undefined;
  readonly password?: Secret | undefined;
  /** PEM of the authorities that sign the servers' certificates. Any of these three asks for TLS. */
  readonly caFile?: string | undefined;
  /** PEM of our own certificate, and its key. */
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** All about a ground on NATS. */
export interface NatsOptions extends NatsAccess {
  /** What names of streams and subjects begin with. Default: `S3SYNC`. */
  readonly prefix?: string | undefined;
  /** Copies of all that is kept. Default: 3, or as many as there are servers. Streams that are there stay as they are. */
  readonly replicas?: number | undefined;
  /** How long after the death of its holder a task goes to somebody else. Default: 30 s. */
  readonly leaseMs?: number | undefined;
  /** How long a record of presence stays that nobody writes. Default: 30 s. */
  readonly presenceMs?: number | undefined;
  /** How long the first connection is tried, and then a leader of the servers waited for. Default: 10 s, and 30 s for a leader. */
  readonly connectMs?: number | undefined;
  /** How long an answer is waited for before the same is asked again. Default: 5 s. */
  readonly answerMs?: number | undefined;
  /** Hears that servers are away, and that they are back. */
  readonly onEvent?: EventSink | undefined;
}
