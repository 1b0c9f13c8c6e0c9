/**
 * From a configuration to a summary.
 *
 * @module
 */
import { placeName } from "../config/place.ts";
import type { Config } from "../config/shape.ts";
import { callbackError, type Callbacks } from "../core/callbacks.ts";
import { SyncError } from "../core/errors.ts";
import type { EventSink, Side, Summary, SyncEvent } from "../core/events.ts";
import type { Pace } from "../core/pace.ts";
import type { RunJournal } from "../state/run-journal.ts";
import { defaultStateDirectory, StateDirectory } from "../state/state-directory.ts";
import type { Store } from "../store/store.ts";
import { noting } from "../store/wrap/noting.ts";
import { paced } from "../store/wrap/paced.ts";
import type { TransferOptions } from "../transfer/context.ts";
import { backupPlaceOf } from "./backups/backup-place.ts";
import { type BackedUp, openBackup } from "./backups/backup.ts";
import { checkBoth, type Reading } from "./checking/check-course.ts";
import { StatusReport } from "./checking/status-report.ts";
import type { CourseOptions } from "./course.ts";
import { refusalOfEmpty } from "./deletions/empty-source.ts";
import { openFilesLimit, withinOpenFiles } from "./deletions/open-files.ts";
import type { Audience } from "./mailbox.ts";
import { remarkOnNothing } from "./nothing-found.ts";
import { syncOneWay } from "./one-way.ts";
import { attributeRulesOf, companionRulesOf, repairRulesOf } from "./opening/attribute-rules.ts";
import { filterOfAll, preprocessOfAll } from "./opening/callbacks.ts";
import { contentFilterOf, filterOf } from "./opening/filter.ts";
import { openRunJournal } from "./opening/open-run-journal.ts";
import { beginningOf } from "./opening/point-in-time.ts";
import { runLock } from "./opening/run-lock.ts";
import { hashShard, ownKeys } from "./opening/shards.ts";
import { openStores } from "./opening/stores.ts";
import { statusRulesOf, updateCheckOf } from "./opening/update-check.ts";
import type { Part } from "./part.ts";
import { applyPlan } from "./plans/apply-plan.ts";
import { BatchManifest, PlanFile, type PlanHead, type PlanSink } from "./plans/plan.ts";
import type { Publication, Publish } from "./publication.ts";
import { type OpenedMemory, openMemory } from "./remembering/open-memory.ts";
import { type Shared, sharedOf } from "./shared.ts";
import { TrafficMeter } from "./traffic-meter.ts";
import { syncVersions } from "./versions.ts";

/** A run, as its user wants it. */
export interface Order {
  readonly config: Config;
  /** Stores that the user has made. */
  readonly stores: Partial<Record<Side, Store>>;
  /** Makes it a run that publishes. */
  readonly publish?: Publish | undefined;
  readonly callbacks: readonly Callbacks[];
  /** All that listen without haste. */
  readonly audience: Audience;
  readonly onEvent: EventSink;
  readonly signal: AbortSignal;
  /** What it is about, if it is one of many. */
  readonly part?: Part | undefined;
  /** What it shares with others; `undefined`: nothing. */
  readonly shared?: Shared | undefined;
  /** Is told who hears what the user's stores tell by themselves. */
  readonly connect?: ((hear: EventSink) => void) | undefined;
}

/**
 * Carries out a run.
 *
 * @throws SyncError what keeps it from starting
 */
export async function carryOut(given: Order): Promise<Summary> {
  const { onEvent, signal } = given;
  refuseContradiction(given);
  listen(given);
  const say = (message: string): void => onEvent({ type: "notice", message });
  using lock = await runLock(given.config, say, signal);
  if (lock === undefined) return await carryOutAlone(given);
  try {
    return await carryOutAlone({ ...given, signal: AbortSignal.any([signal, lock.lost]) });
  } finally {
    lock.requireHeld();
  }
}

/** Nothing else is done to the target meanwhile, as far as that was asked for. */
async function carryOutAlone(given: Order): Promise<Summary> {
  const { onEvent, signal } = given;
  const say = (message: string): void => onEvent({ type: "notice", message });
  const config = withinOpenFiles(given.config, openFilesLimit(), say);
  const order = { ...given, config };
  const shared = order.shared ?? sharedOf(config, say);
  const meter = new TrafficMeter();
  let opened: OpenedMemory | undefined;
  let journal: RunJournal | undefined;
  let publication: Publication | undefined;
  const hear: EventSink = (event) => {
    shared.workers.hear(event);
    meter.hear(event);
    publication?.hear?.(event);
    journal?.hear(event);
    opened?.memory.hear(event);
    onEvent(event);
  };
  const backups = backupPlaceOf(config, shared.begunAt);
  const filter = filterOf(config, backups);
  const early: SyncEvent[] = [];
  const hearOpening = onceEach(hear, early);
  given.connect?.(hearOpening);
  const state = new StateDirectory(config.stateDir ?? defaultStateDirectory());
  let stores = await openStores(config, order.stores, state, hearOpening, signal);
  let backup: BackedUp | undefined;
  try {
    publication = await order.publish?.({ config, stores, filter, onEvent: hearOpening, signal });
    if (publication !== undefined) stores = publication.stores;
    const transfer = transferOptionsOf(config, state, order.callbacks);
    backup = backups && (await openBackup(config, backups, stores.target, transfer, hearOpening));
    journal = await openRunJournal(config, stores.target, backups, hearOpening, signal);
    const target = backup?.target ?? stores.target;
    const kept = { ...stores, target: journal === undefined ? target : noting(target, journal) };
    const isPart = given.part?.places !== undefined;
    const isSlice = given.part?.slice !== undefined;
    opened = await openMemory(config, kept, isPart, hearOpening, signal);
    const sides = { ...kept, ...opened };
    const memory = opened?.memory;
    const isOwn = ownKeys(config, stores.range);
    const how = { ...courseOf(order, sides, shared, meter, hear), isOwn, early };
    const course = {
      ...how,
      transfer: { ...transfer, memory, help: shared.help },
      pretendBackup: backup?.pretend,
    };
    if (config.purpose === "check") {
      const { maxParallelListings: parallelListings } = config;
      const reading = readingOf(config);
      return await checkBoth({ ...course, range: stores.range, filter, parallelListings, reading });
    }
    if (config.enableVersioning) {
      const { syncDeleteMarkers: keepsMarkers } = config;
      return await syncVersions({ ...course, range: stores.range, filter, keepsMarkers });
    }
    const head = { source: placeName(config.source), target: placeName(config.target) };
    if (config.applyPlan !== undefined) {
      const noted = config.noResume ? undefined : state;
      return await applyPlan({ ...course, planFile: config.applyPlan, head, state: noted });
    }
    const isOfSite = publication !== undefined;
    const plans = planSinksOf(config, { ...head, pointInTime: config.pointInTime, isOfSite });
    const summary = await syncOneWay({
      ...course,
      plans,
      range: stores.range,
      deletes: config.delete,
      makesRoom: makesRoom(config),
      deleteLimit: config.maxDelete,
      beforeEmptying:
        beginningOf(config, hearOpening) ??
        (config.allowEmptySource
          ? undefined
          : refusalOfEmpty(
              stores.source,
              // Of all slices together it is judged what filters let pass; of each, whether this machine sees a source.
              isSlice ? undefined : filter,
              isPart || isSlice || stores.range !== undefined,
              publication?.showsLife,
            )),
      confirmsDeletes: config.confirmDeletes,
      filter: publication?.filter ?? filter,
      check: publication?.check ?? updateCheckOf(config, isPart),
      repairs: publication?.repairs ?? repairRulesOf(config),
      stageOf: publication?.stageOf,
      comesAndGoes: publication?.comesAndGoes,
      showsLife: publication?.showsLife,
      mayDiffer: publication?.mayDiffer,
      finish: publication?.finish,
      known: memory && ((...pair) => memory.known(...pair)),
      parallelListings: config.maxParallelListings,
      statusReport: config.reportSyncStatus
        ? new StatusReport(statusRulesOf(config), hear)
        : undefined,
    });
    for (const plan of plans) plan.close();
    return summary;
  } finally {
    await journal?.end();
    opened?.close();
    const { source, target } = order.stores;
    await Promise.allSettled([
      backup?.close(),
      source === undefined ? stores.source.close() : undefined,
      target === undefined ? stores.target.close() : undefined,
    ]);
  }
}

/** What is brought in step beside equal contents is what the source says: it would undo what a callback says. */
function refuseContradiction({ config, callbacks }: Order): void {
  if (callbacks.every(({ preprocess }) => preprocess === undefined)) return;
  const problems = [
    ...(config.syncLatestMetadata ? ["--sync-latest-metadata"] : []),
    ...(config.syncLatestTagging ? ["--sync-latest-tagging"] : []),
    ...(config.syncStorageClass ? ["--sync-storage-class"] : []),
  ].map((name) => `${name} would undo what the callback preprocess says`);
  if (problems.length > 0) throw new SyncError("usage", problems.join("\n"));
}

/** Has callbacks hear of everything. */
export function listen({ callbacks, audience, onEvent }: Order): void {
  for (const each of callbacks) {
    if (each.onEvent === undefined) continue;
    audience.call(
      (event) => each.onEvent?.(event),
      // Past the counters: it does not change the exit code.
      (thrown) => {
        const error = callbackError("onEvent", undefined, thrown);
        onEvent({ type: "warning", key: undefined, error });
      },
    );
  }
}

/** Both sides may find the same, and each of them more than once. */
function onceEach(hear: EventSink, warnings: SyncEvent[]): EventSink {
  const told = new Set<string>();
  return (event) => {
    if (event.type === "warning") {
      if (told.has(event.error.message)) return;
      told.add(event.error.message);
      warnings.push(event);
    }
    hear(event);
  };
}

function courseOf(
  { config, callbacks, audience, signal, part }: Order,
  { source, target, route }: Pick<CourseOptions, "source" | "target" | "route">,
  { workers, objectPace, bytePace }: Shared,
  meter: TrafficMeter,
  onEvent: EventSink,
): Omit<CourseOptions, "transfer"> {
  return {
    ...inPace(source, target, config, bytePace),
    ...{ route, workers, meter, onEvent, signal, part },
    shard: hashShard(config),
    ask: filterOfAll(callbacks),
    room: () => audience.room(),
    pace: objectPace,
    contentFilter: contentFilterOf(config),
    remark: remarkOnNothing(config),
    dryRun: config.dryRun,
    warningsAreErrors: config.warnAsError,
    continuesOnError: config.continueOnError,
    ignoresArchived: config.ignoreGlacierWarnings,
  };
}

/**
 * How objects are to be moved, as a configuration says.
 *
 * @param state where journals are kept; `undefined`: what is interrupted begins anew
 */
export function transferOptionsOf(
  config: Config,
  state: StateDirectory | undefined,
  callbacks: readonly Callbacks[] = [],
): TransferOptions {
  const { keepPartial: keepsPartial, stateDir } = config;
  const isWish = keepsPartial || stateDir !== undefined;
  const isResumable = state !== undefined && !config.noResume;
  return {
    preprocess: preprocessOfAll(callbacks),
    resume: isResumable ? { state, keepsPartial, isWish } : undefined,
    thresholdBytes: config.multipartThreshold,
    chunkBytes: config.multipartChunksize,
    verifyETags: !config.disableEtagVerify && !config.disableContentMd5Header,
    verifyChecksums: !config.disableAdditionalChecksumVerify,
    attributes: attributeRulesOf(config),
    companions: companionRulesOf(config),
    guards: guardsOf(config),
    verifyParts: !config.disableMultipartVerify,
    keepsParts: config.autoChunksize,
    readsBack: config.readBackVerify,
    serverSideCopy: config.serverSideCopy,
    delta: config.delta,
    isChecksumImplied: config.delta && config.additionalChecksumAlgorithm === undefined,
    maxMemoryBytes: config.maxMemory,
    parallelParts: config.maxParallelUploads,
    threads: config.threads,
    tempDir: config.tempDir,
    redo: {
      count: config.forceRetryCount,
      intervalMs: config.forceRetryIntervalMilliseconds,
    },
  };
}

/** Servers that keep objects as files take directories away by themselves. */
function makesRoom({ delete: deletes, keepDirs, target }: Config): boolean {
  return deletes && (target.kind === "s3" || (keepDirs && target.kind === "local"));
}

/**
 * To look at a file before another one takes its place costs nothing; a condition of a server does. Of what somebody
 * has put there meanwhile there is no backup.
 */
function guardsOf({
  ifNoneMatch,
  ifMatch,
  backupPrefix,
  target,
}: Config): TransferOptions["guards"] {
  if (ifNoneMatch) return "absence";
  const mustKnow = ifMatch || backupPrefix !== undefined;
  return mustKnow || target.kind === "local" ? "state" : undefined;
}

function planSinksOf(
  { planFile, exportBatchManifest, source }: Config,
  head: PlanHead,
): PlanSink[] {
  const plans: PlanSink[] = planFile === undefined ? [] : [new PlanFile(planFile, head)];
  if (exportBatchManifest !== undefined && source.kind === "s3") {
    plans.push(new BatchManifest(exportBatchManifest, source.bucket, source.prefix));
  }
  return plans;
}

/** Of which objects a check reads all bytes. */
function readingOf({ readData, sample, sampleSeed }: Config): Reading {
  if (sample === undefined) return { kind: readData ? "all" : "none" };
  const [drawn = 0] = crypto.getRandomValues(new Uint32Array(1));
  return { kind: "sample", size: sample, seed: sampleSeed ?? drawn };
}

/** Bytes are counted where they are read: once, whichever way they go. A check reads both sides. */
function inPace(
  source: Store,
  target: Store,
  { serverSideCopy, purpose }: Config,
  pace: Pace | undefined,
): Record<Side, Store> {
  if (serverSideCopy) return { source, target };
  return {
    source: paced(source, pace),
    target: purpose === "check" ? paced(target, pace) : target,
  };
}
