/**
 * What a closer look at an object finds.
 *
 * @module
 */
import type { Entry } from "../../core/entry.ts";
import type { SyncError } from "../../core/errors.ts";
import type { Evidence } from "../../core/events.ts";

/** What a look found. */
export type Found =
  | { readonly kind: "stale"; readonly target: Entry | undefined }
  | { readonly kind: "current"; readonly evidence: Evidence | undefined }
  /** It is sent, because nothing shows that it need not be. */
  | { readonly kind: "unknown"; readonly target: Entry; readonly error: SyncError };
