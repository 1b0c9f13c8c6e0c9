/**
 * s3sync as a library. The command line uses nothing else of the engine.
 *
 * @module
 */
export { resolveConfig } from "./config/config.ts";
export type { Config, ConfigInput, OptionsInput } from "./config/shape.ts";
export { environmentNames, type Group, groups, type Option } from "./config/option.ts";
export { aliases, camelCase, type OptionName, optionNames, options } from "./config/options.ts";
export { placeName } from "./config/place.ts";
export { Secret } from "./config/secret.ts";
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
export { type ErrorCode, SyncError, toSyncError } from "./core/errors.ts";
export type { Finding, Outcome } from "./core/finding.ts";
export type { EventSink, Evidence, Route, Side, Summary, SyncEvent } from "./core/events.ts";
export { type DoctorInput, doctorOptions } from "./doctor/config.ts";
export { doctor, type DoctorHandlers } from "./doctor/doctor.ts";
export { keyring } from "./sync/keyring.ts";
export type { HeaderStatus, Sameness, Status, StatusCounts } from "./core/status.ts";
export type { Failure, Run, RunResult } from "./sync/run.ts";
export { sync, type SyncHandlers, type SyncInput } from "./sync/sync.ts";
export { version } from "./sync/version.ts";
