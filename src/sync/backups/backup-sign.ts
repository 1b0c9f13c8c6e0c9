/**
 * The sign that runs leave where their backups of a day are. By keys and times alone nobody could tell backups from
 * what somebody keeps under such keys, like the logs of a day; so only where the sign is old backups are thrown away.
 *
 * @module
 */
import { toSyncError } from "../../core/errors.ts";
import { asKey, type Key } from "../../core/key.ts";
import type { Expected } from "../../core/object.ts";
import { digestBytes } from "../../hash/digest.ts";
import { emptyBody } from "../../store/body.ts";
import type { Keeper } from "../../store/keeper.ts";
import type { Store } from "../../store/store.ts";

/** The name of the sign: an empty object. */
export const backupSign = asKey(".s3sync-backups");

/** Leaves the sign with the first backup of a run. */
class SigningKeeper implements Keeper {
  readonly atOnce: number;
  private signed: Promise<void> | undefined;

  constructor(
    private readonly keeper: Keeper,
    private readonly place: Store,
    private readonly say: (message: string) => void,
  ) {
    this.atOnce = keeper.atOnce;
  }

  holds(key: Key): boolean {
    return this.keeper.holds(key);
  }

  placeOf(key: Key): string {
    return this.keeper.placeOf(key);
  }

  async keep(
    key: Key,
    expected: Expected | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const kept = await this.keeper.keep(key, expected, signal);
    if (kept !== undefined) await (this.signed ??= this.sign(signal));
    return kept;
  }

  /** The backups are there without it. */
  private async sign(signal: AbortSignal): Promise<void> {
    const { place } = this;
    try {
      if ((await place.head(backupSign, signal)) !== undefined) return;
      const attributes = { metadata: {} };
      const spec = { key: backupSign, size: 0, mtimeMs: Date.now(), attributes };
      const choice = place.capabilities.digestsFirst ?? { md5: false, sha256: false };
      await place.write(spec, emptyBody, digestBytes(new Uint8Array(0), choice), signal);
    } catch (thrown) {
      const { message } = toSyncError(thrown);
      this.say(
        `prune will leave the backups in ${place.name}, where no sign can be left: ${message}`,
      );
    }
  }
}

/** Makes a keeper leave the sign in its place, too. */
export function signing(keeper: Keeper, place: Store, say: (message: string) => void): Keeper {
  return new SigningKeeper(keeper, place, say);
}
