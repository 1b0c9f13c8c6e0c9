/**
 * How an object stands on both sides: what a status report tells.
 *
 * @module
 */
import type { Annotation } from "./annotation.ts";
import type { ChecksumAlgorithm } from "./checksum.ts";
import type { Entry } from "./entry.ts";
import type { Key } from "./key.ts";

/** How a comparison came out. */
export type Sameness = "MATCHES" | "MISMATCH" | "UNKNOWN";

/** One thing that was found out about a key. */
export type Status =
  | {
      readonly of: "existence";
      readonly key: Key;
      readonly status: "NOT_FOUND";
      readonly source: Entry;
    }
  | {
      readonly of: "existence";
      readonly key: Key;
      readonly status: "NOT_FOUND_IN_SOURCE";
      readonly target: Entry;
    }
  | ({ readonly of: "etag" } & ContentStatus)
  | ({ readonly of: "size" } & ContentStatus)
  | ({ readonly of: "checksum"; readonly algorithm: ChecksumAlgorithm } & ContentStatus)
  | {
      readonly of: "metadata";
      readonly key: Key;
      /** Whether all are the same. */
      readonly status: Sameness;
      readonly headers: readonly HeaderStatus[];
      readonly sourceVersionId: string | undefined;
      readonly targetVersionId: string | undefined;
    }
  | {
      readonly of: "tagging";
      readonly key: Key;
      readonly status: Sameness;
      /** URL-encoded, sorted by name. */
      readonly sourceTagging: string;
      readonly targetTagging: string;
      readonly sourceVersionId: string | undefined;
      readonly targetVersionId: string | undefined;
    }
  | {
      /** One for each name that either side has. */
      readonly of: "annotation";
      readonly key: Key;
      readonly status: Sameness;
      readonly name: string;
      readonly source: Annotation | undefined;
      readonly target: Annotation | undefined;
      readonly sourceVersionId: string | undefined;
      readonly targetVersionId: string | undefined;
    };

/** How the contents compare. */
export interface ContentStatus {
  readonly key: Key;
  readonly status: Sameness;
  readonly source: Entry;
  readonly target: Entry;
  /** What was compared: an ETag, or a checksum in base64. `undefined` where a side has none. */
  readonly sourceValue: string | undefined;
  readonly targetValue: string | undefined;
  /** Why it is unknown. */
  readonly reason?: string | undefined;
}

/** How one header compares. */
export interface HeaderStatus {
  /** As HTTP writes it; `x-amz-meta-` for all user metadata. */
  readonly name: string;
  readonly status: Sameness;
  readonly source: string;
  readonly target: string;
}

/** The counters of a status report. */
export interface StatusCounts {
  /** Objects of the source. */
  readonly objects: number;
  readonly notFound: number;
  readonly notFoundInSource: number;
  readonly etag: Readonly<Record<Sameness, number>>;
  readonly size: Readonly<Record<Sameness, number>>;
  readonly checksum: Readonly<Record<Sameness, number>>;
  readonly metadata: Readonly<Record<Sameness, number>>;
  readonly tagging: Readonly<Record<Sameness, number>>;
  readonly annotation: Readonly<Record<Sameness, number>>;
}

/** Counts what a status report tells. */
export class StatusTally {
  private objects = 0;
  private notFound = 0;
  private notFoundInSource = 0;
  private readonly compared = {
    etag: none(),
    size: none(),
    checksum: none(),
    metadata: none(),
    tagging: none(),
    annotation: none(),
  };

  take(status: Status): void {
    if (status.of !== "existence") {
      this.compared[status.of][status.status] += 1;
      // Each object of the source is looked at in one of these ways, or not found.
      if (["etag", "size", "checksum"].includes(status.of)) this.objects += 1;
    } else if (status.status === "NOT_FOUND") {
      this.objects += 1;
      this.notFound += 1;
    } else this.notFoundInSource += 1;
  }

  get counts(): StatusCounts {
    const { objects, notFound, notFoundInSource, compared } = this;
    return { objects, notFound, notFoundInSource, ...structuredClone(compared) };
  }
}

function none(): Record<Sameness, number> {
  return { MATCHES: 0, MISMATCH: 0, UNKNOWN: 0 };
}
