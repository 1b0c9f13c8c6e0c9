/**
 * s3sync as a library. The command line uses nothing else of the engine.
 *
 * @module
 */
export { resolveConfig } from "./config/config.ts";
export { withoutIdle } from "./config/idle.ts";
export type { Purpose } from "./config/purpose.ts";
export type { Config, ConfigInput, OptionsInput, TextFor } from "./config/shape.ts";
export type { DeleteLimit, Kind } from "./config/kinds.ts";
export {
  environmentNames,
  type Group,
  groups,
  type Option,
  type Traits,
  type ValueOf,
} from "./config/option.ts";
export {
  aliases,
  type CamelCase,
  camelCase,
  letters,
  type OptionName,
  optionNames,
  options,
  type OptionValues,
} from "./config/options.ts";
export type { Duplication, Glob } from "./config/pattern-kinds.ts";
export { type Place, placeName, type WrittenPlace } from "./config/place.ts";
export { onlyFor } from "./config/rules/tables.ts";
export { Secret } from "./config/secret.ts";
export type { Shard } from "./core/shard.ts";
export type {
  Callbacks,
  Filter,
  ListedObject,
  OnEvent,
  Preprocess,
  SourceAttributes,
  SourceObject,
  UploadAttributes,
} from "./core/callbacks.ts";
export type { Acl, Grant } from "./core/acl.ts";
export type { Annotation } from "./core/annotation.ts";
export type { Agreement, CheckCounts, Checked, Proof, SampleSize, Standing } from "./core/check.ts";
export { checksumAlgorithms } from "./core/checksum.ts";
export type { Checksum, ChecksumAlgorithm, ChecksumRule, ChecksumType } from "./core/checksum.ts";
export type { Directory, Entry, FileMark, Gap, Listed, Special } from "./core/entry.ts";
export { type ETag, parseETag } from "./core/etag.ts";
export { asKey, compareKeys, inRange, type Key, type KeyRange } from "./core/key.ts";
export type {
  Attributes,
  Encryption,
  Expected,
  ObjectInfo,
  ServerEncryption,
  SystemMetadata,
  UserMetadata,
  Written,
} from "./core/object.ts";
export type { Exchange, Traffic, Work } from "./core/traffic.ts";
export type { KeyHistory, Version } from "./core/version.ts";
export type { DigestChoice, Digests } from "./hash/digest.ts";
export {
  type ErrorCode,
  type ErrorDetails,
  type Mismatch,
  SyncError,
  toSyncError,
} from "./core/errors.ts";
export { type FileAspect, fileAspects, type FileType } from "./core/file-attributes.ts";
export type { Finding, Outcome } from "./core/finding.ts";
export type { Leftover } from "./core/leftover.ts";
export type {
  EventSink,
  Evidence,
  Hidden,
  Route,
  Side,
  Summary,
  SyncEvent,
  TwoWayCounts,
} from "./core/events.ts";
export { type DoctorInput, doctorOptions } from "./doctor/config.ts";
export { doctor, type DoctorHandlers } from "./doctor/doctor.ts";
export { cleanup, type CleanupHandlers, type CleanupInput } from "./cleanup/cleanup.ts";
export { type ListInput, listObjects, listVersions } from "./history/list.ts";
export {
  type LastRun,
  lastRuns,
  type LastRunsInput,
  noteLastRun,
  type RunResultNote,
} from "./history/last-runs.ts";
export type { RunNote } from "./state/run-notes.ts";
export { prune, type PruneInput } from "./history/prune.ts";
export { keyRanges, type KeyRangesInput } from "./history/key-ranges.ts";
export { cutLine } from "./list/cut-keys.ts";
export type { Pruned } from "./core/pruned.ts";
export { preview, type PreviewHandlers, type PreviewInput } from "./site/preview.ts";
export type { Preview } from "./site/preview-server.ts";
export { siteConfig, siteOptions } from "./site/options.ts";
export { publish, type PublishInput } from "./site/publish.ts";
export type { SiteEncoding, SiteRule } from "./site/rules.ts";
export { undo, type UndoInput } from "./undo/undo.ts";
export type { Undone } from "./core/undone.ts";
export type { HistoryHandlers } from "./history/place.ts";
export { keyring } from "./sync/opening/keyring.ts";
export type { ContentStatus, HeaderStatus, Sameness, Status, StatusCounts } from "./core/status.ts";
export type { Failure, Run, RunResult } from "./sync/run.ts";
export { check, checkConfig, checkOptions } from "./sync/checking/check.ts";
export { restore, restoreConfig, type RestoreInput, restoreOptions } from "./sync/restore.ts";
export { Notifier } from "./watch/notifier.ts";
export { requireWatchable, watch, type WatchHandlers } from "./watch/watch.ts";
export { type BsyncWatchHandlers, requireBsyncWatchable, watchBsync } from "./watch/bsync-watch.ts";
export type { ListenAddress } from "./config/listen-address.ts";
export type { WatchState } from "./core/watch-state.ts";
export { sync, type SyncHandlers, type SyncInput } from "./sync/sync.ts";
export { MemoryStore } from "./store/memory/store.ts";
export type { Body } from "./store/body.ts";
export type {
  Capabilities,
  Companions,
  CopyAddress,
  CopyOrigin,
  Held,
  HeldPart,
  JoinedWriter,
  History,
  Part,
  PartLimits,
  PartReader,
  PartReceipt,
  PartWriter,
  PieceSink,
  Reader,
  Removal,
  Resumption,
  ServerSideCopy,
  ShownPart,
  Store,
  Ticket,
  WriteNote,
  Writer,
  WriteSpec,
} from "./store/store.ts";
export type { Regex } from "./regex/regex.ts";
export type { Gone } from "./sync/part.ts";
export { version } from "./sync/version.ts";
export type { Retried } from "./cluster/control/change-job.ts";
export { Cluster } from "./cluster/cluster.ts";
export type { Counts } from "./cluster/job/counts.ts";
export type { JobDetails, TroubledRange } from "./cluster/control/details.ts";
export type {
  Ground,
  Lease,
  Note,
  Notes,
  Records,
  Removed,
  Stored,
  TaskName,
  TaskQueue,
} from "./cluster/ground.ts";
export type { CountedJobState, FollowHandlers, JobState } from "./cluster/control/follow.ts";
export { checkedJobName, type End, type Job } from "./cluster/job/job.ts";
export type { Stage } from "./cluster/job/range-state.ts";
export type { NatsAccess, NatsOptions } from "./cluster/nats/options.ts";
export type { GroundOptions } from "./cluster/open.ts";
export { type ClusterOptions, openCluster } from "./cluster/open-cluster.ts";
export { type Order, type OrderInput, orderOf } from "./cluster/job/order.ts";
export { ofOneMachine } from "./cluster/job/refusals.ts";
export type { PartSharing } from "./cluster/parts/part-sharing.ts";
export type { WorkerPresence } from "./cluster/work/presence.ts";
export type { SliceLimits } from "./cluster/work/range-work.ts";
export type { Trouble } from "./cluster/job/notes.ts";
export type { Totals } from "./cluster/job/totals.ts";
export { usualSlots, type WorkerOptions } from "./cluster/work/worker.ts";
export {
  bsync,
  type BsyncHandlers,
  type BsyncInput,
  defaultStateFile,
  type PairEnd,
} from "./bsync/bsync.ts";
export type { AskConflict, Conflict, Half } from "./bsync/conflict.ts";
export {
  addMap,
  exportState,
  forgetFile,
  type Forgotten,
  listMaps,
  type MissingRule,
  removeMap,
} from "./bsync/maps.ts";
export { bsyncOptions, lastingOptions } from "./bsync/options.ts";
export { nameOf, type Place as SyncedPlace, placeOf } from "./bsync/place.ts";
export type { BucketState, DirectoryMap, State, TrackedObject } from "./state/state-file.ts";
