/**
 * What servers of NATS are new enough for.
 *
 * @module
 */
import type { NatsConnection } from "@nats-io/transport-node";

import { SyncError } from "../../core/errors.ts";

/** Consumers that have a name came with it: who reads goes on by that name. */
const oldest = [2, 9] as const;

/** Whether the server that we are connected to is of a version, or newer. */
export function isAtLeast({ info }: NatsConnection, wanted: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = (info?.version ?? "").split(".").map(Number);
  return major > wanted[0] || (major === wanted[0] && minor >= wanted[1]);
}

/**
 * Makes sure that it is new enough for us.
 *
 * @param servers their name, for people
 * @throws SyncError `unsupported`
 */
export function requireVersion(nats: NatsConnection, servers: string): void {
  if (isAtLeast(nats, oldest)) return;
  const version = nats.info?.version ?? "an unknown version";
  const text = `the NATS servers ${servers} are too old: ${version}, and s3sync needs ${oldest.join(".")} or newer`;
  throw new SyncError("unsupported", text, { operation: "connect" });
}
