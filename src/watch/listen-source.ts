/**
 * Changes that MinIO tells whoever listens: an answer that does not end, with a line of JSON for each event.
 *
 * A server that has more to tell than its buffer takes drops events without a word, so this is no substitute for a
 * full look from time to time.
 *
 * @see https://github.com/minio/minio/blob/master/cmd/listen-notification-handlers.go
 * @module
 */
import { isError, SyncError } from "../core/errors.ts";
import type { DirectClient } from "../store/s3/wire/client.ts";
import type { HttpResponse } from "../store/s3/wire/response.ts";
import type { ChangeSource, Hint, HintSink } from "./hints.ts";
import { Lines } from "./lines.ts";
import { readNotification, type WatchedPlace } from "./s3-events.ts";

/** Of the first byte, and between any two: a server that is listened to says something each second. */
export const listeningPatience = { answerMs: 10_000, stallMs: 20_000, attemptMs: 0 };

const operation = "ListenBucketNotification";
/** What changes an object. Reading one is told under other names. */
const events = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"];
/** In seconds. Servers from before 2023 do not know of it, and send a blank twice a second. */
const ping = "1";
/** What such a server sends: S3 itself knows nothing of it, and lists the bucket. */
const streamTypes = /^(?:text\/event-stream|application\/json)\b/;
/** MinIO takes no prefix that has one of these; then all is told, and sorted out here. */
const untoldPrefix = /(?:^|\/)\.{1,2}(?:\/|$)|\\/;

const pollInstead =
  "Leave out --source-events, and let the bucket be listed from time to time: --poll.";

/** Listens to a bucket of MinIO. */
export class ListenSource implements ChangeSource {
  /** @param client one that tries once and is as patient as {@link listeningPatience}: the loop begins again */
  constructor(
    readonly name: string,
    private readonly client: Pick<DirectClient, "call">,
    private readonly place: WatchedPlace,
  ) {}

  /**
   * Resolves when the server says that it tells.
   *
   * @throws SyncError `unsupported` where it knows nothing of that; `timeout` where it says nothing
   */
  async begin(hear: HintSink, signal: AbortSignal): Promise<{ readonly ended: Promise<void> }> {
    const response = await this.request(signal);
    await this.requireStream(response);
    const pieces = response.stream();
    const first = await pieces.next().catch(this.explained);
    if (first.done === true) throw this.silent();
    const lines = new Lines();
    const take = (bytes: Uint8Array): void => this.tell(lines.take(bytes), hear);
    take(first.value);
    return { ended: listen(pieces, take) };
  }

  private request(signal: AbortSignal): Promise<HttpResponse> {
    const { prefix } = this.place;
    const query = {
      events,
      ping,
      prefix: prefix === "" || untoldPrefix.test(prefix) ? undefined : prefix,
    };
    // Compressed, it would be held back until there is enough of it.
    const headers = { "accept-encoding": "identity" };
    return this.client
      .call({ name: operation, method: "GET", query, headers }, (response) => response, signal)
      .catch(this.explained);
  }

  private async requireStream(response: HttpResponse): Promise<void> {
    if (streamTypes.test(response.header("content-type") ?? "")) return;
    await response.discard();
    throw this.unsupported();
  }

  private tell(lines: readonly string[], hear: HintSink): void {
    const hints: Hint[] = [];
    for (const line of lines) {
      const read = readNotification(line, this.place);
      if (read.kind === "changes") hints.push(...read.hints);
    }
    if (hints.length > 0) hear(hints);
  }

  private readonly explained = (thrown: unknown): never => {
    if (isError(thrown, "timeout")) throw this.silent(thrown);
    if (isError(thrown, "unsupported")) throw this.unsupported(thrown);
    throw thrown;
  };

  private unsupported(cause?: SyncError): SyncError {
    const message = `the server of ${this.name} does not tell of changes to who listens`;
    return new SyncError("unsupported", message, { operation, hint: pollInstead, cause });
  }

  /** MinIO of October 2025 and later keeps what it would tell in a buffer, and does not send it. */
  private silent(cause?: SyncError): SyncError {
    const message = `the server of ${this.name} lets itself be listened to, and says nothing`;
    const hint = `MinIO since October 2025 holds events back until a fix for that. ${pollInstead}`;
    return new SyncError("timeout", message, { operation, hint, retryable: true, cause });
  }
}

/** @throws SyncError when the connection breaks */
async function listen(
  pieces: AsyncIterable<Uint8Array>,
  take: (bytes: Uint8Array) => void,
): Promise<void> {
  try {
    for await (const bytes of pieces) take(bytes);
  } catch (thrown) {
    if (!isError(thrown, "aborted")) throw thrown;
  }
}
