/**
 * A directory, and what was in it: put aside in another one.
 *
 * @module
 */
import path from "node:path";

import { resolveOptions } from "../config/config.ts";
import type { SyncError } from "../core/errors.ts";
import { attributesIn } from "../core/file-metadata.ts";
import { asKey, type Key } from "../core/key.ts";
import { entryOf } from "../core/object.ts";
import type { HistoryHandlers } from "../history/place.ts";
import type { Change } from "../state/change-table.ts";
import type { RunHead } from "../state/run-journal.ts";
import { KeptFiles } from "../store/local/attributes/kept-files.ts";
import { loadNative } from "../store/local/attributes/native.ts";
import { LocalStore } from "../store/local/store.ts";
import { transferOptionsOf } from "../sync/carry-out.ts";
import type { TransferOptions } from "../transfer/context.ts";
import { bring, type OldObject, type Past } from "./past.ts";

/** A directory of which something is taken back. Close it. */
export class DirectoryPast implements Past {
  private constructor(
    readonly store: LocalStore,
    private readonly kept: KeptFiles,
    private readonly options: TransferOptions,
  ) {}

  /** @throws SyncError `usage` */
  static async open(
    { encodeNames }: RunHead,
    root: string,
    { onNotice }: HistoryHandlers,
  ): Promise<DirectoryPast> {
    const warn = (error: SyncError): void => onNotice?.(error.message);
    // A backup is the file that was there: with its mode, and a link is a link.
    const rules = {
      aspects: new Set(["mtime", "mode"] as const),
      ...{ links: true, specials: false, hardLinks: false, directories: "none" as const },
    };
    const kept = new KeptFiles({ rules, native: await loadNative(), warn });
    const store = new LocalStore(root, {
      ...{ side: "target", ignoreLinks: false, guessContentType: false, removeLeftovers: false },
      ...{ sync: true, encodeNames, kept },
    });
    const config = resolveOptions({ allowBothLocalStorage: true }, () => ({
      source: { kind: "store", name: "backups" },
      target: { kind: "local", path: root },
    }));
    const options = { ...transferOptionsOf(config, undefined), guards: undefined };
    return new DirectoryPast(store, kept, options);
  }

  nameOf(key: Key): string {
    return this.store.locate(key);
  }

  async find({ key, backup }: Change): Promise<OldObject | undefined> {
    if (backup === undefined) return undefined;
    const { store, kept, options } = this;
    const shelf = new LocalStore(path.dirname(backup), {
      ...{ side: "source", ignoreLinks: false, guessContentType: false, removeLeftovers: false },
      ...{ sync: false, kept },
    });
    const storeKey = asKey(path.basename(backup));
    const info = await shelf.head(storeKey);
    if (info === undefined) return undefined;
    const { type } = attributesIn(info.attributes.metadata);
    const fileType = type === "link" ? type : undefined;
    const entry = { ...entryOf(key, info, storeKey), fileType };
    return { size: info.size, putBack: (inner) => bring(shelf, store, entry, options, inner) };
  }

  async close(): Promise<void> {
    await this.store.close();
  }
}
