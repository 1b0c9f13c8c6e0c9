/**
 * The header `Range`, as far as S3 knows it: one range of bytes. Pure.
 *
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
 */

/** Bytes from the first to the last, both included, from 0 on. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Which bytes are wanted.
 *
 * @param size of the whole, in bytes
 * @returns `all` also where the header is not understood, `none` where no such bytes are there
 */
export function rangeOf(header: string | null, size: number): ByteRange | "all" | "none" {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (from === "" && to === "") return "all";
  if (from === "") {
    const length = Math.min(Number(to), size);
    return length === 0 ? "none" : { first: size - length, last: size - 1 };
  }
  if (to !== "" && Number(to) < Number(from)) return "all";
  if (Number(from) >= size) return "none";
  return { first: Number(from), last: to === "" ? size - 1 : Math.min(Number(to), size - 1) };
}
