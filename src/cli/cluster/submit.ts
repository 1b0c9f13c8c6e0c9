/**
 * `s3sync cluster submit SOURCE TARGET`.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";

import {
  camelCase,
  checkedJobName,
  type Cluster,
  type Job,
  ofOneMachine,
  onlyFor,
  type Order,
  type OrderInput,
  orderOf,
  SyncError,
  withoutIdle,
} from "../../index.ts";
import { printable, printableJson } from "../../report/printable.ts";
import { requireSummaryFile } from "../../report/summary-file.ts";
import { type ExitCode, exitCode } from "../exit-codes.ts";
import { remark, say } from "../say.ts";
import { Interruption } from "../signals.ts";
import { type ClusterCall, hasCode, isEmbedded, openFor } from "./call.ts";
import { runHere } from "./here.ts";
import { awaitOfOthers } from "./wait.ts";

/**
 * Carries out the command.
 *
 * @throws SyncError `usage`, or what kept the job from being submitted
 */
export async function runSubmit(call: ClusterCall): Promise<ExitCode> {
  const { values, typed, context } = call;
  const { input, order } = orderedBy(call);
  const name = checkedJobName(values.job ?? madeUpName());
  tellOfMissing(call, order);
  if (isEmbedded(call)) return await runHere(call, name, input);
  refuseSlots(call);
  if (values.wait === true) requireSummary(values);
  else refuseSummary(call, name);
  using interruption = new Interruption(context.exitNow);
  await using cluster = await openFor(call, interruption.signal);
  const { job, isNew } = await submitOnce(cluster, name, input, order);
  if (values.wait === true) {
    if (typed.verbosity >= 0) remark(line(job, isNew));
    return await awaitOfOthers(cluster, name, call, interruption);
  }
  if (typed.verbosity < 0 && values.jsonTracing !== true) return exitCode.fine;
  return say(values.jsonTracing === true ? jsonLine(job) : line(job, isNew), typed.verbosity);
}

/** Workers have another disk, perhaps. */
function tellOfMissing({ typed }: ClusterCall, { source, sharedPath }: Order): void {
  if (!sharedPath || !path.isAbsolute(source) || fs.existsSync(source)) return;
  if (typed.verbosity >= 0) remark(`warning: ${printable(source)} is not there on this machine`);
}

/** Each worker has its own. */
function refuseSlots({ typed }: ClusterCall): void {
  if (!typed.values.has("slots")) return;
  throw new SyncError("usage", "--slots: cluster submit works on nothing by itself", {
    hint: "Whoever works has them: s3sync cluster worker --slots N",
  });
}

/** @throws SyncError if it could not be written */
function requireSummary({ summaryJson }: ClusterCall["values"]): void {
  if (summaryJson !== undefined) requireSummaryFile(summaryJson);
}

/** There is none yet. */
function refuseSummary({ typed }: ClusterCall, name: string): void {
  if (!typed.values.has("summary-json")) return;
  const text = "--summary-json: cluster submit does not wait for the job, so there is no summary";
  const hint = `Whoever waits has one: --wait, or s3sync cluster wait --summary-json FILE ${name}`;
  throw new SyncError("usage", text, { hint });
}

/** What is ordered: as it was said, and as it travels. */
interface Ordered {
  readonly input: OrderInput;
  readonly order: Order;
}

/**
 * What is ordered, and nothing about where the cluster is.
 *
 * @throws SyncError `usage`, also for what a cluster cannot do
 */
function orderedBy({ positionals, values, loose, typed }: ClusterCall): Ordered {
  const [source, target, ...surplus] = positionals;
  if (source === undefined || target === undefined || surplus.length > 0) {
    throw new SyncError("usage", "cluster submit needs SOURCE and TARGET", {
      hint: "For example: s3sync cluster submit --nats nats://queue:4222 --job nightly s3://a/ s3://b/",
    });
  }
  // Variables say what this machine has; workers have their own.
  const own = ofOneMachine.filter((name) => !typed.values.has(name));
  const omitted = [...onlyFor.cluster, ...own].map((name) => [camelCase(name), undefined]);
  const input = withoutIdle({ ...values, source, target, ...Object.fromEntries(omitted) }, loose);
  const ordered = { ...input, sharedPath: values.sharedPath };
  // Whatever is wrong with it is told before anybody is asked.
  return { input: ordered, order: orderOf(ordered) };
}

/** Six letters and digits. */
function madeUpName(): string {
  return `job-${crypto.randomUUID().slice(0, 6)}`;
}

/**
 * Submits a job. Who submits the same again, because an answer was lost or a pod was started anew, finds it under way.
 *
 * @throws SyncError `usage` when another job of that name is under way
 */
async function submitOnce(
  cluster: Cluster,
  name: string,
  input: OrderInput,
  order: Order,
): Promise<{ readonly job: Job; readonly isNew: boolean }> {
  try {
    return { job: await cluster.submit(name, input), isNew: true };
  } catch (thrown) {
    if (!hasCode(thrown, "usage")) throw thrown;
    const known = await cluster.job(name);
    const wanted: unknown = JSON.parse(JSON.stringify(order));
    if (known === undefined || known.end !== undefined) throw thrown;
    if (!isDeepStrictEqual(known.order, wanted)) throw thrown;
    return { job: known, isNew: false };
  }
}

function line({ name, order: { source, target } }: Job, isNew: boolean): string {
  const what = isNew ? "is submitted" : "is under way already";
  return printable(
    `job ${name} ${what}: ${source} -> ${target}; to wait for it: s3sync cluster wait ${name}`,
  );
}

function jsonLine({ name, run, version, order: { source, target } }: Job): string {
  return printableJson({ job: name, run, version, source, target });
}
