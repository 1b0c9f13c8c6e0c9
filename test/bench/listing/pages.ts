/**
 * Which keys a page of a listing holds. Pure; see `render.ts` for the bytes.
 *
 * @module
 */
import type { KeySpace } from "./keys.ts";

/** What a client asks for. */
export interface PageRequest {
  readonly prefix: string;
  /** Index to begin at; prefix and `after` count as well. */
  readonly from: number;
  /** Keys after this one. */
  readonly after: string | undefined;
  readonly grouped: boolean;
  readonly maxKeys: number;
}

/** Keys `from` up to, but not including, `to`. */
export interface Run {
  readonly from: number;
  readonly to: number;
  /** Of another size than usual. */
  readonly isOther?: boolean;
}

/** What the client gets. */
export interface Page {
  readonly runs: readonly Run[];
  readonly commonPrefixes: readonly string[];
  /** Keys and common prefixes. */
  readonly count: number;
  /** Index that the next page begins at; `undefined` at the end. */
  readonly next: number | undefined;
}

/** Makes a page. Groups by `/` if `grouped`. */
export function pageOf(keys: KeySpace, request: PageRequest): Page {
  const { prefix, after, grouped, maxKeys } = request;
  const afterIndex = after === undefined ? 0 : keys.firstAfter(after);
  const end = keys.firstBeyond(prefix);
  const runs: Run[] = [];
  const commonPrefixes: string[] = [];
  let at = Math.max(request.from, afterIndex, keys.firstFrom(prefix));
  let count = 0;
  while (at < end && count < maxKeys) {
    const key = keys.key(at);
    const cut = grouped ? key.indexOf("/", prefix.length) : -1;
    if (cut === -1) {
      const runEnd = grouped ? Math.min(keys.folderEnd(at), end) : end;
      const to = Math.min(runEnd, at + maxKeys - count);
      runs.push({ from: at, to });
      count += to - at;
      at = to;
    } else {
      const group = key.slice(0, cut + 1);
      commonPrefixes.push(group);
      count += 1;
      at = keys.firstBeyond(group);
    }
  }
  return { runs, commonPrefixes, count, next: at < end ? at : undefined };
}
