/**
 * What commands about clusters are given, and how they get to one.
 *
 * @module
 */
import path from "node:path";

import {
  checkedJobName,
  type Cluster,
  type ClusterOptions,
  type ConfigInput,
  type EventSink,
  openCluster,
  type OptionName,
  Secret,
  SyncError,
  type SyncEvent,
} from "../../index.ts";
import type { TypedArguments } from "../arguments.ts";
import type { CliContext } from "../context.ts";
import { remark, silent } from "../say.ts";

/** A command about a cluster, as it was asked for. */
export interface ClusterCall {
  readonly typed: TypedArguments;
  /** What follows its name. */
  readonly positionals: readonly string[];
  readonly values: Partial<ConfigInput>;
  /** Options whose values are only defaults for many runs. */
  readonly loose: readonly OptionName[];
  readonly context: Pick<CliContext, "environment" | "exitNow">;
}

/** What `--nats` says, or the variable that the tools of NATS read. */
function serversOf({ values, context }: ClusterCall): string {
  const servers = values.nats ?? context.environment["NATS_URL"] ?? "";
  if (servers !== "") return servers;
  throw new SyncError("usage", "cluster needs --nats: where the servers of NATS are", {
    hint: "For example --nats nats://queue:4222. To try it on this machine: s3sync cluster submit --nats embedded SOURCE TARGET",
  });
}

/** Whether there is only this machine. */
export function isEmbedded(call: ClusterCall): boolean {
  return serversOf(call) === "embedded";
}

/**
 * How the servers are reached.
 *
 * @throws SyncError `usage`
 */
export function natsOptions(call: ClusterCall): ClusterOptions {
  const servers = serversOf(call);
  const { natsCreds, natsNkey, natsUser, natsCa, natsCert, natsKey, natsReplicas, stateDir } =
    call.values;
  return {
    ...{ servers, credentialsFile: natsCreds, nkeyFile: natsNkey, user: natsUser },
    ...secretsOf(call.values),
    ...{ caFile: natsCa, certificateFile: natsCert, keyFile: natsKey },
    replicas: numberOf(natsReplicas),
    embeddedFolder: stateDir === undefined ? undefined : path.join(stateDir, "nats"),
  };
}

function secretsOf({ natsToken, natsPassword }: ClusterCall["values"]): Partial<ClusterOptions> {
  return {
    ...(natsToken instanceof Secret ? { token: natsToken } : {}),
    ...(natsPassword instanceof Secret ? { password: natsPassword } : {}),
  };
}

/** Whether something thrown has a code. */
export function hasCode(thrown: unknown, code: SyncError["code"]): thrown is SyncError {
  return thrown instanceof SyncError && thrown.code === code;
}

/** Options that were read are numbers; their type allows texts as well. */
export function numberOf(value: number | string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/**
 * Connects.
 *
 * @param signal ends whatever waits for the servers
 * @param onEvent hears that servers are away and come back; else that is said on stderr
 * @throws SyncError
 */
export async function openFor(
  call: ClusterCall,
  signal: AbortSignal,
  onEvent: EventSink = (event) => tellOfServers(call, event),
): Promise<Cluster> {
  return await openCluster({ ...natsOptions(call), signal, onEvent });
}

function tellOfServers({ typed }: ClusterCall, event: SyncEvent): void {
  if (event.type === "warning" && typed.verbosity > silent) remark(event.error.message);
  if (event.type === "notice" && typed.verbosity >= 0) remark(event.message);
}

/**
 * The job that a command is about: named after it, or by `--job`.
 *
 * @param command its name
 * @throws SyncError `usage`
 */
export function jobOf(call: ClusterCall, command: string): string {
  const name = jobNamed(call);
  if (name !== undefined && call.positionals.length < 2) return checkedJobName(name);
  throw new SyncError("usage", `cluster ${command} needs the name of one job`, {
    hint: `For example: s3sync cluster ${command} nightly. s3sync cluster status tells which there are.`,
  });
}

/**
 * What an argument or `--job` names; a variable is for commands that are told nothing else.
 *
 * @throws SyncError `usage` if they name two
 */
export function jobNamed({ positionals, values, typed }: ClusterCall): string | undefined {
  const [name = values.job] = positionals;
  if (!typed.values.has("job") || name === values.job) return name;
  throw new SyncError("usage", `--job says ${values.job}, and the argument ${name}: one is enough`);
}
