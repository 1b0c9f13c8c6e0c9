/**
 * Directories that only the target has. They go when nothing is left in them.
 *
 * @module
 */
import type { Entry } from "../../core/entry.ts";
import type { SyncError } from "../../core/errors.ts";
import type { Key } from "../../core/key.ts";
import { Spill } from "../../list/spill.ts";
import type { Store } from "../../store/store.ts";

/** What there is to be done with a directory. */
export interface DirectoryRemoval {
  readonly target: Store;
  readonly dryRun: boolean;
  readonly removed: (directory: Entry) => void;
  readonly failed: (error: SyncError, key: Key) => void;
}

/** Gathers directories, and removes those that are empty in the end. */
export class EmptyDirectories implements Disposable {
  private readonly gathered: Spill<Entry>;
  /** How many things have gone from each directory. */
  private readonly gone = new Map<string, number>();

  /** @param tempDir where the list goes when it is long */
  constructor(tempDir: string) {
    this.gathered = new Spill<Entry>(tempDir);
  }

  get isEmpty(): boolean {
    return this.gathered.count === 0;
  }

  add(directory: Entry): void {
    this.gathered.add(directory);
  }

  /** Something has gone. */
  count(key: Key): void {
    if (this.isEmpty) return;
    const above = parentOf(key);
    this.gone.set(above, (this.gone.get(above) ?? 0) + 1);
  }

  /** What is in a directory goes before it. Those that are found late are asked again. */
  async remove(removal: DirectoryRemoval, signal: AbortSignal): Promise<void> {
    const done = new Set<Key>();
    for (let before = -1; before !== done.size;) {
      before = done.size;
      for (const batch of this.gathered.backwards()) {
        const empty = batch.filter(({ key }) => !done.has(key));
        for (const directory of empty) {
          if (!this.isLeftEmpty(directory)) continue;
          done.add(directory.key);
          if (await removeOne(removal, directory, signal)) this.count(directory.key);
        }
      }
    }
  }

  /** As far as the listing and what has gone since tell. */
  private isLeftEmpty({ key, children = 0 }: Entry): boolean {
    return children <= (this.gone.get(key) ?? 0);
  }

  [Symbol.dispose](): void {
    this.gathered[Symbol.dispose]();
  }
}

/** @returns whether it is gone, or would be */
async function removeOne(
  { target, dryRun, removed, failed }: DirectoryRemoval,
  directory: Entry,
  signal: AbortSignal,
): Promise<boolean> {
  const [removal] = dryRun ? [] : await target.remove([directory], signal);
  const { error } = removal ?? {};
  if (error === undefined) removed(directory);
  // Something was written into it meanwhile, by us or by others.
  else if (!stillFull.has(error.reason)) failed(error, directory.key);
  return error === undefined;
}

const stillFull: ReadonlySet<string | undefined> = new Set(["ENOTEMPTY", "EEXIST"]);

/** `a/b/c` and `a/b/c/` lie in `a/b/`. */
function parentOf(key: Key): string {
  return key.slice(0, key.lastIndexOf("/", key.length - 2) + 1);
}
