/**
 * Files that another thread has opened.
 *
 * @module
 */
import type { PartReader, PartWriter, Ticket } from "../../store.ts";
import { type FileTicket, readFully, readPieces } from "./reader.ts";
import { type TempFileTicket, writeAt, writeBody } from "./writer.ts";

/** Takes up a reader. */
export function attachedReader(ticket: Ticket): PartReader {
  const { descriptor, path: file } = ticket as FileTicket;
  return {
    read: (offset, into) => readFully(descriptor, file, offset, into),
    readPieces: (offset, length, sink) => readPieces(descriptor, file, offset, length, sink),
  };
}

/** Takes up a writer. */
export function attachedWriter(ticket: Ticket): PartWriter {
  const file = ticket as TempFileTicket;
  return {
    writePart: async (part, body) => {
      await writeBody(file, part.offset, body);
      return { number: part.number, etag: undefined };
    },
    writeAt: (offset, bytes) => writeAt(file, offset, bytes),
  };
}
