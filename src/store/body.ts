/**
 * Bodies on their way to a store.
 *
 * @module
 */

/** Bytes to write. A stream can be opened again, because a request may have to be repeated. */
export type Body =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | {
      readonly kind: "stream";
      /** Exact number of bytes that every opening yields. */
      readonly length: number;
      open(): ReadableStream<Uint8Array>;
    };

/** The length of a body in bytes. */
export function bodyLength(body: Body): number {
  return body.kind === "bytes" ? body.bytes.byteLength : body.length;
}

/** A body that is at hand. */
export function bytesBody(bytes: Uint8Array): Body {
  return { kind: "bytes", bytes };
}

/** The body of an empty object. */
export const emptyBody: Body = bytesBody(new Uint8Array(0));
