/**
 * Unfinished files that a later run goes on with. They end with `.part`, and are never data.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { throwIfAborted } from "../../../core/cancel.ts";
import type { Key } from "../../../core/key.ts";
import type { Held, Resumption, WriteNote, Writer, WriteSpec } from "../../store.ts";
import type { DirectoryHandle } from "../directories/directories.ts";
import { fileError, systemCode } from "../fs-errors.ts";
import { onDisk } from "../names/disk-names.ts";
import { isPartName, newPartName } from "../names/temp-name.ts";
import { type FileTicket, readFully, readPieces } from "./reader.ts";
import { createTemp, FileWriter, type Place } from "./writer.ts";

/** Which unfinished file. It lies beside the one that it is to become. */
interface PartNote extends WriteNote {
  readonly kind: "part-file";
  readonly name: string;
}

/** What says where a file is to be. */
export type PlaceSpec = Pick<WriteSpec, "key" | "size" | "mtimeMs" | "expected"> &
  Partial<Pick<WriteSpec, "attributes">>;

/** The directory tree. */
export interface Tree {
  /** The path of a key. */
  locate(key: Key): string;
  /** Where a file is to be. Its directory is made, and left by whoever asks. */
  placeFor(spec: PlaceSpec): Place;
  /** The directory that a key's file is in, if it is there. It is left by whoever asks. */
  directoryOf(key: Key): DirectoryHandle;
  /** Hears why a file could not be made there, and gives it back. */
  noted(thrown: unknown): unknown;
}

/** What a directory can take up again. */
export function resumableFiles(tree: Tree): Resumption {
  return {
    address: (key) => path.resolve(tree.locate(key)),
    settings: undefined,
    async begin(spec, noteDown, signal): Promise<Writer> {
      throwIfAborted(signal);
      const place = tree.placeFor(spec);
      const name = newPartName();
      const note: PartNote = { kind: "part-file", name };
      try {
        await noteDown(note);
      } catch (thrown) {
        place.directory.leave();
        throw thrown;
      }
      return createTemp(place, name).catch((thrown: unknown) => {
        throw tree.noted(thrown);
      });
    },
    async resume(note, spec) {
      if (!isPartNote(note)) return undefined;
      const place = tree.placeFor(spec);
      let found: ReturnType<typeof reopen>;
      try {
        found = reopen(place, note.name, spec.size);
        return found;
      } finally {
        if (found === undefined) place.directory.leave();
      }
    },
    async drop(note, key) {
      if (!isPartNote(note)) return undefined;
      try {
        const directory = tree.directoryOf(key);
        try {
          directory.confirm();
          fs.unlinkSync(onDisk(directory.path(note.name)));
          return undefined;
        } finally {
          directory.leave();
        }
      } catch (thrown) {
        const error = fileError(thrown, "delete", tree.locate(key), key);
        return error.code === "not-found" ? undefined : error;
      }
    },
  };
}

/** A journal is read from a disk: what it says becomes a path only if it is one of our names. */
function isPartNote(note: WriteNote): note is PartNote {
  return note.kind === "part-file" && "name" in note && isPartName(String(note.name));
}

function reopen(
  place: Place,
  name: string,
  size: number,
): { readonly writer: Writer; readonly held: Held } | undefined {
  const descriptor = openConfirmed(place, name, size);
  if (descriptor === undefined) return undefined;
  const ticket: FileTicket = { kind: "file", descriptor, path: place.path };
  const reader = {
    ticket,
    read: (offset: number, into: Uint8Array) => readFully(descriptor, place.path, offset, into),
    readPieces: (offset: number, length: number, sink: Parameters<typeof readPieces>[4]) =>
      readPieces(descriptor, place.path, offset, length, sink),
  };
  const held: Held = { kind: "bytes", size: fs.fstatSync(descriptor).size, reader };
  const temp = place.directory.path(name);
  return { writer: new FileWriter(place, temp, descriptor, false), held };
}

function openConfirmed(
  { directory, path: shown }: Place,
  name: string,
  size: number,
): number | undefined {
  const descriptor = openOwn(directory.path(name), shown, size);
  try {
    if (descriptor !== undefined) directory.confirm({ name, descriptor });
    return descriptor;
  } catch (thrown) {
    if (descriptor !== undefined) fs.closeSync(descriptor);
    throw thrown;
  }
}

/** Only a file that nobody else holds by another name, or has taken the place of: what is written would go there. */
function openOwn(file: string, shown: string, size: number): number | undefined {
  const { O_RDWR, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  let descriptor: number;
  try {
    descriptor = fs.openSync(onDisk(file), O_RDWR | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === "ENOENT" || code === "ELOOP" || code === "EACCES") return undefined;
    throw fileError(thrown, "write", shown);
  }
  const stats = fs.fstatSync(descriptor);
  const isOwner = process.getuid === undefined || stats.uid === process.geteuid?.();
  if (stats.isFile() && stats.nlink === 1 && isOwner && stats.size <= size) return descriptor;
  fs.closeSync(descriptor);
  return undefined;
}
