/**
 * Whether the root of a tree is still the directory that it was. Where a disk is gone, an empty directory is left, or
 * none: in both nothing is found, and what is not found counts as removed.
 *
 * @module
 */
import fs from "node:fs";

import { SyncError } from "../../../core/errors.ts";
import { fileError } from "../fs-errors.ts";
import { identityOf } from "./make-directory.ts";

/** Watches one root. */
export class SameRoot {
  private identity: string | undefined;

  constructor(private readonly root: string) {}

  /**
   * Looks at the root. The first one that is found is the one that has to stay.
   *
   * @throws SyncError `file-system` when it is another one, or gone
   */
  require(): void {
    const now = this.look();
    this.identity ??= now;
    if (now === this.identity) return;
    const what = now === undefined ? "is gone" : "is another directory than when the run began";
    throw new SyncError("file-system", `${this.root} ${what}`, {
      operation: "list",
      path: this.root,
      hint: "Is the disk still mounted?",
    });
  }

  private look(): string | undefined {
    try {
      const stats = fs.statSync(this.root, { throwIfNoEntry: false });
      return stats && identityOf(stats);
    } catch (thrown) {
      throw fileError(thrown, "list", this.root);
    }
  }
}
