/**
 * Modes and times of directories: they are given when everything is in its place, because all that is done in a directory
 * changes its time, and some modes let nobody do anything in it.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import { type SyncError, toSyncError } from "../core/errors.ts";
import { attributesIn } from "../core/file-metadata.ts";
import { compareKeys, type Key } from "../core/key.ts";
import type { UserMetadata } from "../core/object.ts";
import { Spill } from "../list/spill.ts";
import type { Store } from "../store/store.ts";

interface Noted {
  readonly directory: Entry;
  readonly metadata: UserMetadata;
}

/** What an owner needs to do something in a directory. */
const ownersOwn = 0o700;

/** Gathers what belongs to directories, and gives it to them at the end. */
export class DirectoryAttributes implements Disposable {
  private readonly noted: Spill<Noted>;

  /** @param tempDir where the list goes when it is long */
  constructor(tempDir: string) {
    this.noted = new Spill<Noted>(tempDir);
  }

  note(directory: Entry, metadata: UserMetadata): void {
    this.noted.add({ directory, metadata });
  }

  /** @param failed hears what could not be given */
  async give(
    target: Store,
    failed: (error: SyncError, key: Key) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const closed: Noted[] = [];
    const giveOne = async ({ directory, metadata }: Noted): Promise<void> => {
      try {
        await target.alignFile?.(directory, metadata, false, signal);
      } catch (thrown) {
        failed(toSyncError(thrown), directory.key);
      }
    };
    for (const batch of this.noted.batches()) {
      for (const each of batch) {
        if (signal.aborted) return;
        if (letsOwnerIn(each)) await giveOne(each);
        else closed.push(each);
      }
    }
    // From the inside out: whoever closes a directory has to be done with what is in it.
    const inwards = closed.toSorted((a, b) => compareKeys(b.directory.key, a.directory.key));
    for (const each of inwards) if (!signal.aborted) await giveOne(each);
  }

  [Symbol.dispose](): void {
    this.noted[Symbol.dispose]();
  }
}

function letsOwnerIn({ metadata }: Noted): boolean {
  const { permissions = ownersOwn } = attributesIn(metadata);
  return (permissions & ownersOwn) === ownersOwn;
}
