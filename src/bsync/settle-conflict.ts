/**
 * Settles conflicts: the winner is on both sides afterwards, and what lost is not lost.
 *
 * @module
 */
import type { Key } from "../core/key.ts";
import type { FileTree } from "../store/local/file-tree.ts";
import type { Store } from "../store/store.ts";
import type { Course } from "../sync/course.ts";
import type { Actions } from "./actions.ts";
import {
  type AskConflict,
  type Conflict,
  conflictKeys,
  type Half,
  type Resolution,
  winnerOf,
} from "./conflict.ts";

/** What becomes of what lost. */
export type LoserRule =
  /** It is on both sides, under another name. */
  "keep" | "delete";

/** How conflicts are settled. */
export interface ConflictRules {
  readonly resolution: Resolution;
  readonly loser: LoserRule;
  readonly ask?: AskConflict | undefined;
}

/** Settles conflicts of a place. */
export class Settlement {
  /** Names that were given in this run. */
  private readonly given = new Set<Key>();
  private lastAnswer: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly actions: Actions,
    private readonly sides: { readonly files: FileTree; readonly remote: Store },
    private readonly course: Course,
    private readonly now: Date,
    private readonly dryRun: boolean,
  ) {}

  async settle(conflict: Conflict, rules: ConflictRules): Promise<void> {
    const winner = await this.winner(conflict, rules);
    const { key } = conflict;
    if (winner === undefined) {
      this.course.emit({ type: "conflict", key, winner, kept: undefined, dryRun: this.dryRun });
      return;
    }
    const kept = rules.loser === "keep" ? await this.freeKey(key) : undefined;
    this.course.emit({ type: "conflict", key, winner, kept, dryRun: this.dryRun });
    if (winner === "s3") await this.letRemoteWin(conflict, kept);
    else await this.letLocalWin(conflict, kept);
  }

  private async winner(conflict: Conflict, rules: ConflictRules): Promise<Half | undefined> {
    if (rules.ask !== undefined) return this.inTurn(conflict, rules.ask);
    return winnerOf(conflict, rules.resolution, this.sides.remote.clockOffsetMs?.() ?? 0);
  }

  /** Nobody can answer two questions at once. */
  private inTurn(conflict: Conflict, ask: AskConflict): Promise<Half | undefined> {
    const { signal } = this.course;
    const answer = this.lastAnswer.then(() => {
      signal.throwIfAborted();
      return ask(conflict, signal);
    });
    this.lastAnswer = answer.catch(() => undefined);
    return answer;
  }

  private async letRemoteWin({ local, remote }: Conflict, kept: Key | undefined): Promise<void> {
    const { actions } = this;
    if (kept === undefined) return actions.download(remote, local);
    actions.rename(local, kept);
    // Should this be the end: the name is free, so that the next run fetches the object, and sends what is new.
    await actions.download(remote, undefined);
    await actions.upload({ ...local, key: kept }, undefined);
  }

  private async letLocalWin({ local, remote }: Conflict, kept: Key | undefined): Promise<void> {
    const { actions } = this;
    if (kept !== undefined) {
      await actions.copy(remote, kept, undefined);
      await actions.download({ ...remote, key: kept }, undefined);
    }
    await actions.upload(local, remote);
  }

  private async freeKey(key: Key): Promise<Key> {
    for (const name of conflictKeys(key, this.now)) {
      if (this.given.has(name) || this.sides.files.facts(name) !== undefined) continue;
      if ((await this.sides.remote.head(name, this.course.signal)) !== undefined) continue;
      this.given.add(name);
      return name;
    }
    return key;
  }
}
