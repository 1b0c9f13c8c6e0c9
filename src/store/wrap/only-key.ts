/**
 * A view of one single object: SOURCE may be a file, or an exact key.
 *
 * @module
 */
import type { Listed } from "../../core/entry.ts";
import { inRange, type Key, type KeyRange, only } from "../../core/key.ts";
import type { Store } from "../store.ts";
import { Wrapper } from "./wrapper.ts";

class OnlyKey extends Wrapper {
  constructor(
    inner: Store,
    private readonly key: Key,
  ) {
    super(inner);
  }

  override async *list(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    if (!inRange(this.key, range)) return;
    yield* this.inner.list(only(this.key), signal);
  }
}

/** Makes a store look as if it held nothing else. */
export function onlyKey(store: Store, key: Key): Store {
  return new OnlyKey(store, key);
}
