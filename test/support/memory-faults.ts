/**
 * Things that go wrong in stores, as wrappers `Store → Store`, each named by its fault. A test that declares a
 * fault which never happened fails: it would prove nothing.
 *
 * @module
 */
import type { Entry, Gap, Listed } from "../../src/core/entry.ts";
import { SyncError } from "../../src/core/errors.ts";
import type { ETag } from "../../src/core/etag.ts";
import { compareKeys, type Key, type KeyRange } from "../../src/core/key.ts";
import type { Written } from "../../src/core/object.ts";
import type {
  PieceSink,
  Reader,
  Removal,
  Store,
  Writer,
  WriteSpec,
} from "../../src/store/store.ts";
import { Wrapper } from "../../src/store/wrap/wrapper.ts";

/** A reader that does what another one does. Streams are left out: pieces do for them. */
class ReaderWrapper implements Reader {
  readonly info: Reader["info"];
  readonly ticket = undefined;

  constructor(protected readonly inner: Reader) {
    this.info = inner.info;
  }

  bytes(signal: AbortSignal): Promise<Uint8Array> {
    return this.inner.bytes(signal);
  }

  read(offset: number, into: Uint8Array, signal: AbortSignal): Promise<void> {
    return this.inner.read(offset, into, signal);
  }

  readPieces(offset: number, length: number, sink: PieceSink, signal: AbortSignal): Promise<void> {
    return this.inner.readPieces(offset, length, sink, signal);
  }

  partSize(number: number, signal: AbortSignal): Promise<number | undefined> {
    return this.inner.partSize?.(number, signal) ?? Promise.resolve(undefined);
  }

  verifyUnchanged(): Promise<void> {
    return this.inner.verifyUnchanged();
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** How often a fault may still happen, and how often it did. */
class Fault {
  hits = 0;

  constructor(
    readonly name: string,
    private readonly most: number,
  ) {}

  /** Whether it happens now. */
  strikes(): boolean {
    if (this.hits >= this.most) return false;
    this.hits += 1;
    return true;
  }
}

const always = Number.POSITIVE_INFINITY;

/** Makes stores with faults. Dispose of it at the end of the test: it checks that all of them happened. */
export class Faults implements Disposable {
  private readonly all: Fault[] = [];

  private declare(name: string, times = always): Fault {
    const fault = new Fault(name, times);
    this.all.push(fault);
    return fault;
  }

  [Symbol.dispose](): void {
    const missed = this.all.filter(({ hits }) => hits === 0).map(({ name }) => name);
    if (missed.length > 0) throw new Error(`these faults never happened: ${missed.join(", ")}`);
  }

  /** The listing breaks after so many pages. */
  listingBreaks(store: Store, error: Error, pages = 0): Store {
    const fault = this.declare(`the listing of ${store.name} breaks`);
    return new (class extends Wrapper {
      override async *list(
        range: KeyRange,
        signal: AbortSignal,
      ): AsyncGenerator<readonly Listed[], void, undefined> {
        let read = 0;
        for await (const page of this.inner.list(range, signal)) {
          if (read === pages) break;
          read += 1;
          yield page;
        }
        fault.strikes();
        throw error;
      }
    })(store);
  }

  /** Of some keys and subtrees nothing can be learned. */
  hasGaps(store: Store, ...gaps: readonly Gap[]): Store {
    const fault = this.declare(`${store.name} has gaps`);
    const hidden = ({ key }: Listed): boolean =>
      gaps.some(
        (gap) => gap.key === key || key.startsWith(gap.key.endsWith("/") ? gap.key : `${gap.key}/`),
      );
    return new (class extends Wrapper {
      override async *list(
        range: KeyRange,
        signal: AbortSignal,
      ): AsyncGenerator<readonly Listed[], void, undefined> {
        const left = [...gaps];
        const upTo = (key: Key | undefined): Gap[] => {
          const end = left.findIndex((gap) => key !== undefined && compareKeys(gap.key, key) > 0);
          const told = left.splice(0, end === -1 ? left.length : end);
          if (told.length > 0) fault.strikes();
          return told;
        };
        for await (const page of this.inner.list(range, signal)) {
          yield page.flatMap((item) => [...upTo(item.key), ...(hidden(item) ? [] : [item])]);
        }
        yield upTo(undefined);
      }
    })(store);
  }

  /** Objects cannot be opened. */
  openFails(store: Store, keys: readonly string[], error: Error, times = always): Store {
    const fault = this.declare(`${keys.join()} cannot be opened`, times);
    return openedAs(store, keys, (reader) => {
      if (!fault.strikes()) return reader;
      throw error;
    });
  }

  /** Objects change between their opening and the end of reading. */
  sourceChanges(store: Store, keys: readonly string[], times = always): Store {
    const fault = this.declare(`${keys.join()} changes while it is read`, times);
    return openedAs(
      store,
      keys,
      (reader) =>
        new (class extends ReaderWrapper {
          override async verifyUnchanged(): Promise<void> {
            if (fault.strikes())
              throw new SyncError("source-changed", "it changed under our hands");
          }
        })(reader),
    );
  }

  /** Other bytes arrive than the object holds: each time others if `different`. */
  bytesFlip(store: Store, keys: readonly string[], times = always, different = false): Store {
    const fault = this.declare(`a byte of ${keys.join()} is flipped`, times);
    const flipped = (bytes: Uint8Array): Uint8Array => {
      const copy = Uint8Array.from(bytes);
      if (fault.strikes()) copy[0] = (copy[0] ?? 0) ^ (different ? fault.hits : 1);
      return copy;
    };
    return openedAs(
      store,
      keys,
      (reader) =>
        new (class extends ReaderWrapper {
          override async bytes(signal: AbortSignal): Promise<Uint8Array> {
            return flipped(await super.bytes(signal));
          }

          override async read(
            offset: number,
            into: Uint8Array,
            signal: AbortSignal,
          ): Promise<void> {
            await super.read(offset, into, signal);
            if (offset === 0) into.set(flipped(into));
          }

          override readPieces(
            offset: number,
            length: number,
            sink: PieceSink,
            signal: AbortSignal,
          ): Promise<void> {
            let isFirst = offset === 0;
            const changed: PieceSink = (piece) => {
              const wanted = isFirst ? flipped(piece) : piece;
              isFirst = false;
              return sink(wanted);
            };
            return super.readPieces(offset, length, changed, signal);
          }
        })(reader),
    );
  }

  /** The read of a part breaks. */
  partReadFails(store: Store, offset: number, error: Error, times = always): Store {
    const fault = this.declare(`the part at ${offset} cannot be read`, times);
    return openedAs(
      store,
      undefined,
      (reader) =>
        new (class extends ReaderWrapper {
          override read(at: number, into: Uint8Array, signal: AbortSignal): Promise<void> {
            if (at === offset && fault.strikes()) return Promise.reject(error);
            return super.read(at, into, signal);
          }
        })(reader),
    );
  }

  /** Objects cannot be written, neither at once nor in parts. */
  writeFails(store: Store, keys: readonly string[], error: Error, times = always): Store {
    const fault = this.declare(`${keys.join()} cannot be written`, times);
    const strikes = ({ key }: WriteSpec): boolean => keys.includes(key) && fault.strikes();
    return new (class extends Wrapper {
      override async write(...args: Parameters<Store["write"]>): Promise<Written> {
        if (strikes(args[0])) throw error;
        return this.inner.write(...args);
      }

      override async beginWrite(spec: WriteSpec, signal: AbortSignal): Promise<Writer> {
        if (strikes(spec)) throw error;
        return this.inner.beginWrite(spec, signal);
      }
    })(store);
  }

  /** The store tells another ETag than that of what was written. */
  writtenETagIsWrong(store: Store, etag: ETag): Store {
    const fault = this.declare("the ETag of what was written is wrong");
    const wrong = async (written: Promise<Written>): Promise<Written> => {
      fault.strikes();
      return { ...(await written), etag };
    };
    return new (class extends Wrapper {
      override write(...args: Parameters<Store["write"]>): Promise<Written> {
        return wrong(this.inner.write(...args));
      }

      override async beginWrite(spec: WriteSpec, signal: AbortSignal): Promise<Writer> {
        const writer = await this.inner.beginWrite(spec, signal);
        const commit: Writer["commit"] = (receipts, inner) => wrong(writer.commit(receipts, inner));
        return {
          ticket: undefined,
          writePart: writer.writePart.bind(writer),
          commit,
          abort: writer.abort.bind(writer),
        };
      }
    })(store);
  }

  /** Some objects cannot be removed. */
  removalFails(store: Store, keys: readonly string[], error: SyncError): Store {
    const fault = this.declare(`${keys.join()} cannot be removed`);
    return new (class extends Wrapper {
      override async remove(
        entries: readonly Entry[],
        signal: AbortSignal,
      ): Promise<readonly Removal[]> {
        const bad = entries.filter(({ key }) => keys.includes(key) && fault.strikes());
        await this.inner.remove(
          entries.filter((entry) => !bad.includes(entry)),
          signal,
        );
        return entries.map((entry) => ({ entry, error: bad.includes(entry) ? error : undefined }));
      }
    })(store);
  }
}

/** A store whose readers, of some keys or all, are changed. */
export function openedAs(
  store: Store,
  keys: readonly string[] | undefined,
  change: (reader: Reader, key: Key) => Reader,
): Store {
  return new (class extends Wrapper {
    override async open(entry: Entry, whole: boolean, signal: AbortSignal): Promise<Reader> {
      const reader = await this.inner.open(entry, whole, signal);
      return keys === undefined || keys.includes(entry.key) ? change(reader, entry.key) : reader;
    }
  })(store);
}

/** Notes every call that would change the store. */
export class ChangeLog extends Wrapper {
  readonly changes: string[] = [];

  override write(...args: Parameters<Store["write"]>): Promise<Written> {
    this.changes.push(`write ${args[0].key}`);
    return this.inner.write(...args);
  }

  override beginWrite(spec: WriteSpec, signal: AbortSignal): Promise<Writer> {
    this.changes.push(`begin ${spec.key}`);
    return this.inner.beginWrite(spec, signal);
  }

  override remove(entries: readonly Entry[], signal: AbortSignal): Promise<readonly Removal[]> {
    this.changes.push(...entries.map(({ key }) => `remove ${key}`));
    return this.inner.remove(entries, signal);
  }
}
