/**
 * Which way an object goes. Pure.
 *
 * @module
 */
import { GiB } from "../core/bytes.ts";
import type { Entry } from "../core/entry.ts";
import { etagForm } from "../core/etag.ts";
import type { TransferContext } from "./context.ts";

/** A way to bring an object from the source to the target. */
export type Way =
  /** A key that ends with `/` is a directory where keys are paths. */
  | "directory"
  /** The server copies. */
  | "server-copy"
  /** In one request, through memory. */
  | "whole"
  /** In one request, past the memory. */
  | "stream"
  | "parts";

/** The most that one request can write. */
const wholeLimit = 5 * GiB;

/** Decides, by what is known without asking the source. */
export function wayOf(context: TransferContext, entry: Entry): Way {
  const { options, target, move } = context;
  const { hierarchical, keepsMarkers, digestsFirst } = target.capabilities;
  if (hierarchical && keepsMarkers !== true && entry.key.endsWith("/")) return "directory";
  if (options.serverSideCopy) return "server-copy";
  if (!isWrittenAtOnce(context, entry)) return "parts";
  if (entry.size <= move.shareBytes) return "whole";
  return digestsFirst === undefined ? "parts" : "stream";
}

/** Whether an object is written in one request, as far as memory and the target allow. */
function isWrittenAtOnce({ options }: TransferContext, { size, etag }: Entry): boolean {
  const form = options.keepsParts && etag !== undefined ? etagForm(etag).kind : "opaque";
  if (form === "multipart") return false;
  return form === "md5" ? size <= wholeLimit : size < options.thresholdBytes;
}
