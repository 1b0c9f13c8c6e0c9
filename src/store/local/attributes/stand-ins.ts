/**
 * What counts as an object although it is no file: links, whose bytes say where they lead; FIFOs, sockets, devices and
 * directories, which have none.
 *
 * @module
 */
import fs from "node:fs";

import { SyncError } from "../../../core/errors.ts";
import {
  type FileAttributes,
  type FileType,
  modeOf,
  typeOfMode,
} from "../../../core/file-attributes.ts";
import type { ObjectInfo, Written } from "../../../core/object.ts";
import type { Body } from "../../body.ts";
import { HeldBytes } from "../../held-bytes.ts";
import { cannotBeMade } from "../../store.ts";
import { changedSinceListing } from "../files/same-file.ts";
import { type Place, putInPlace } from "../files/writer.ts";
import { fileError, systemCode } from "../fs-errors.ts";
import { newTempName } from "../names/temp-name.ts";
import { holding } from "./held-place.ts";
import type { Native } from "./native.ts";
import { deviceOf } from "./read-attributes.ts";

/** No path is longer, hence no link. */
export const longestLink = 4096;

/** What stands for bytes of a file. Small. */
export class StandInReader extends HeldBytes {
  constructor(
    info: ObjectInfo,
    content: Uint8Array,
    /** Whether it is still what it was. */
    private readonly isUnchanged: () => boolean,
    private readonly file: string,
  ) {
    super(info, content);
  }

  override async verifyUnchanged(): Promise<void> {
    if (this.isUnchanged()) return;
    throw new SyncError("source-changed", `${this.file} was replaced while it was read`, {
      operation: "read",
      path: this.file,
    });
  }
}

/** Where a link leads, as the disk has it; nothing for everything else. */
export function contentOf(path: string, type: FileType): Uint8Array {
  return type === "link" ? fs.readlinkSync(path, { encoding: "buffer" }) : new Uint8Array(0);
}

/** Whether something of this type, with this content, is there. */
export function isStill(path: string, type: FileType, content: Uint8Array): boolean {
  try {
    const stats = fs.lstatSync(path);
    return typeOfMode(stats.mode) === type && Buffer.compare(contentOf(path, type), content) === 0;
  } catch {
    return false;
  }
}

/** Something that is made in place of a file. */
export interface StandIn {
  readonly type: Exclude<FileType, "file" | "directory">;
  make(path: string, content: Uint8Array): void;
}

/** What attributes say is to be made, if that is no file. */
export function standInOf(
  { type, permissions, device }: FileAttributes,
  native: Native | undefined,
): StandIn | undefined {
  if (type === undefined || type === "file" || type === "directory") return undefined;
  if (type === "link") {
    return { type, make: (path, content) => fs.symlinkSync(Buffer.from(content), path) };
  }
  const mode = modeOf(type, permissions ?? 0o666);
  const numbers = device === undefined ? 0n : deviceOf(device);
  return {
    type,
    make(path) {
      if (native === undefined) throw notMade(type);
      native.makeNode(path, mode, numbers);
    },
  };
}

/** Makes it under another name, gives it what belongs to it, and puts it in place. */
export async function writeStandIn(
  place: Place,
  standIn: StandIn,
  body: Body,
  warn: (error: SyncError) => void,
): Promise<Written> {
  const { directory, path: file, sync, dress } = place;
  const temp = directory.path(newTempName());
  try {
    standIn.make(temp, await bytesOf(body));
    if (dress !== undefined) {
      holding(temp, (made, { mode }) => {
        if (typeOfMode(mode) !== standIn.type) throw changedSinceListing(file, "write");
        dress.put(made);
      });
    }
    await putInPlace(temp, place);
    if (sync) await directory.sync();
    return { etag: undefined, versionId: undefined, encryption: undefined };
  } catch (thrown) {
    fs.rmSync(temp, { force: true });
    const error = isRefusal(thrown) ? notMade(standIn.type) : thrown;
    if (error instanceof SyncError && error.reason === cannotBeMade) warn(error);
    throw fileError(error, "write", file);
  } finally {
    directory.leave();
  }
}

/** The system lets only root make it, or knows no such thing. */
function isRefusal(thrown: unknown): boolean {
  const code = systemCode(thrown) ?? "";
  return ["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes(code);
}

const plurals: Readonly<Record<StandIn["type"], string>> = {
  link: "symbolic links",
  fifo: "FIFOs",
  socket: "sockets",
  "block-device": "devices",
  "character-device": "devices",
};

function notMade(type: StandIn["type"]): SyncError {
  const text = `${plurals[type]} are left out: they cannot be made here`;
  const hint = type.endsWith("device") ? "Only root can make devices." : undefined;
  return new SyncError("special-file", text, { reason: cannotBeMade, hint });
}

async function bytesOf(body: Body): Promise<Uint8Array> {
  if (body.kind === "bytes") return body.bytes;
  return Buffer.concat(await Array.fromAsync(body.open()));
}
