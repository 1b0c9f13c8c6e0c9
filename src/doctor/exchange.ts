/**
 * One request and its answer as they are: a refusal is an answer like any other.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";
import type { DirectClient } from "../store/s3/wire/client.ts";
import type { Operation } from "../store/s3/wire/operation.ts";
import { refusalError } from "../store/s3/wire/s3-errors.ts";

/** What the server answered. */
export interface Answer {
  readonly status: number;
  /** Why it was refused; `undefined` if it was carried out. */
  readonly refusal: SyncError | undefined;
  /** Empty for a refusal. */
  readonly bytes: Uint8Array;
  /** The bytes as UTF-8. */
  readonly text: string;
  /** By lower-case name; none for a refusal. */
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * Sends a request. What could not be answered at all is thrown.
 *
 * @param check throws what makes no sense of an answer that is no refusal
 * @throws SyncError what the transport reported, or `throttled` and `server` after all tries
 */
export async function ask(
  client: DirectClient,
  operation: Operation,
  signal: AbortSignal,
  check: (text: string) => void = () => undefined,
): Promise<Answer> {
  try {
    return await client.call(
      operation,
      async (response): Promise<Answer> => {
        const bytes = await response.bytes();
        const names = [...response.headerNames()];
        const headers = new Map(names.map((name) => [name, response.header(name) ?? ""]));
        const text = new TextDecoder().decode(bytes);
        check(text);
        // What takes long may answer 200 and fail later.
        const failed = operation.slow === true && text.includes("<Error>");
        const { sent } = response;
        const place = {
          operation: operation.name,
          bucket: client.bucket,
          key: operation.key,
          sent,
        };
        const refusal = failed ? refusalError(text, response.status, place) : undefined;
        return { status: response.status, refusal, bytes, text, headers };
      },
      signal,
    );
  } catch (error) {
    if (!(error instanceof SyncError) || error.status === undefined || isTrouble(error)) {
      throw error;
    }
    return refused(error, error.status);
  }
}

/** The server could not answer now, which says nothing about what it can do. */
function isTrouble(error: SyncError): boolean {
  return error.code === "throttled" || error.code === "timeout";
}

function refused(error: SyncError, status: number): Answer {
  return { status, refusal: error, bytes: new Uint8Array(0), text: "", headers: new Map() };
}

/** What the server called its refusal. */
export function reasonOf({ refusal, status }: Answer): string {
  return refusal?.reason ?? `HTTP ${status}`;
}
