/**
 * Entry point of a transfer thread, see `threads.ts`.
 *
 * @module
 */
import { SyncError, toSyncError } from "../../core/errors.ts";
import { LocalStore } from "../../store/local/store.ts";
import { isS3Ticket, openS3Ticket } from "../../store/s3/open.ts";
import type { Store, Ticket } from "../../store/store.ts";
import { isNowhere, toNowhere } from "../../store/wrap/nowhere.ts";
import { movePart } from "../parts/move-part.ts";
import {
  type PartJob,
  plainError,
  plainEvent,
  type ThreadReply,
  type ThreadRequest,
} from "./thread-protocol.ts";

declare const self: Worker;

const running = new Map<number, AbortController>();
/** Stores by what they were opened with: when what signs requests changes, so does the ticket. */
const stores = new Map<string, Store>();
const mostStores = 4;

self.addEventListener("message", ({ data }: MessageEvent<ThreadRequest>) => {
  if (data.type === "stop") {
    running.get(data.id)?.abort(new SyncError("aborted", "the run was stopped"));
    return;
  }
  void move(data.id, data.job).then(post);
});

async function move(id: number, job: PartJob): Promise<ThreadReply> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const reader = storeFor(job.source).attachReader?.(job.reader);
    const writer = isNowhere(job.target)
      ? toNowhere
      : storeFor(job.target).attachWriter?.(job.writer);
    if (reader === undefined || writer === undefined) {
      throw new SyncError("internal", "a store cannot be used in a thread");
    }
    const moved = await movePart(reader, writer, job.part, job.setup, controller.signal);
    return { type: "moved", id, ...moved };
  } catch (thrown) {
    return { type: "failed", id, error: plainError(toSyncError(thrown)) };
  } finally {
    running.delete(id);
  }
}

function storeFor(ticket: Ticket): Store {
  const fingerprint = JSON.stringify(ticket);
  const known = stores.get(fingerprint);
  if (known !== undefined) return known;
  const opened = openTicket(ticket);
  stores.set(fingerprint, opened);
  const [oldest] = stores.keys();
  if (stores.size > mostStores && oldest !== undefined) stores.delete(oldest);
  return opened;
}

function openTicket(ticket: Ticket): Store {
  if (isS3Ticket(ticket)) {
    return openS3Ticket(ticket, (event) => post({ type: "told", event: plainEvent(event) }));
  }
  return new LocalStore("/", {
    side: "target",
    ignoreLinks: false,
    guessContentType: false,
    removeLeftovers: false,
    sync: false,
  });
}

function post(reply: ThreadReply): void {
  self.postMessage(reply);
}
