/**
 * From which part of the program a record comes, under the names of upstream's modules: filters that people have
 * for its log find the same records here.
 *
 * @module
 */
import type { Route, SyncEvent } from "../core/events.ts";

/** All records but those of requests. */
export const programTarget = "s3sync";

/** Records of single requests. Not below `s3sync`: who asks for that does not mean them, as upstream's SDK's. */
export const requestTarget = "requests";

/** The target of an event's record. */
export function targetOf(event: SyncEvent, route: Route | undefined): string {
  const storage = route === "download" ? "s3sync::storage::local" : "s3sync::storage::s3";
  switch (event.type) {
    case "synced":
    case "annotation":
    case "deleted":
    case "backed-up":
      return storage;
    case "verified":
    case "checksum-verified":
    case "unverified":
      return route === "download" ? storage : `${storage}::upload_manager`;
    case "status":
      return "s3sync::pipeline::diff_detector";
    case "skipped":
      return event.evidence === undefined
        ? "s3sync::pipeline::filter"
        : "s3sync::pipeline::filter::modified";
    case "started":
    case "kept":
    case "reused":
    case "retry":
      return "s3sync::pipeline::syncer";
    case "end":
      return "s3sync::cli::indicator";
    case "request":
    case "request-started":
      return requestTarget;
    default:
      return "s3sync::pipeline";
  }
}
