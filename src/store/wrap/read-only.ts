/**
 * A store that cannot be changed: what a dry run gets as its target, so that no mistake elsewhere can write.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import type { Written } from "../../core/object.ts";
import type { Removal, Store, Writer } from "../store.ts";
import { Wrapper } from "./wrapper.ts";

/** Refuses every change. */
class ReadOnly extends Wrapper {
  constructor(inner: Store) {
    super(inner);
    delete this.resumable;
    if (inner.setTagging !== undefined) this.setTagging = refuse;
    const align = inner.alignFile?.bind(inner);
    if (align !== undefined) {
      this.alignFile = (entry, metadata, pretends, signal) =>
        pretends ? align(entry, metadata, pretends, signal) : refuse();
    }
    const { companions } = inner;
    if (companions !== undefined) {
      const refused = { setAcl: refuse, setAnnotation: refuse, removeAnnotation: refuse };
      this.companions = { ...companions, ...refused };
    }
    const copier = inner.serverSideCopy;
    if (copier === undefined) return;
    const accepts = copier.accepts.bind(copier);
    this.serverSideCopy = { accepts, copy: refuse, copyPart: refuse };
  }

  override write(): Promise<Written> {
    return refuse();
  }

  override beginWrite(): Promise<Writer> {
    return refuse();
  }

  override remove(): Promise<readonly Removal[]> {
    return refuse();
  }
}

function refuse(): Promise<never> {
  return Promise.reject(new SyncError("internal", "a dry run must not change anything"));
}

/** Makes a store refuse every change. */
export function readOnly(store: Store): Store {
  return new ReadOnly(store);
}
