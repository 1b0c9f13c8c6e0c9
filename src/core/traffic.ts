/**
 * What a run costs at the storage service: requests by kind, and bytes each way.
 *
 * @module
 */

/** One request and its answer, when all of it has passed or nothing more will. */
export interface Exchange {
  /** As in the API reference: `PutObject`. */
  readonly operation: string;
  readonly bucket: string;
  /** The full key, or `undefined` for the bucket itself. */
  readonly key: string | undefined;
  /** The HTTP status; `undefined` if no answer came. */
  readonly status: number | undefined;
  /** Of the body that went out. */
  readonly sentBytes: number;
  /** Of the body that came in. */
  readonly receivedBytes: number;
  readonly durationMs: number;
}

/** Counters of requests. */
export interface Traffic {
  /** By operation, as in the API reference. */
  readonly requests: Readonly<Record<string, number>>;
  /** Of bodies, without headers. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** Something that a store may be asked to do, as far as it matters for what it costs. */
export type Work =
  | {
      readonly kind: "read" | "write";
      readonly bytes: number;
      /** `undefined`: at once. */
      readonly parts: number | undefined;
    }
  | { readonly kind: "head" | "acl" | "annotations" }
  | { readonly kind: "copy"; readonly parts: number | undefined }
  | { readonly kind: "remove"; readonly objects: number };
