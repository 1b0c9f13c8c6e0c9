/**
 * Stores that measure what goes on in them at the same time.
 *
 * @module
 */
import type { Entry } from "../../src/core/entry.ts";
import type { Written } from "../../src/core/object.ts";
import { bodyLength } from "../../src/store/body.ts";
import type { Reader, Store, Writer, WriteSpec } from "../../src/store/store.ts";
import { Wrapper } from "../../src/store/wrap/wrapper.ts";

/** A number that goes up and down; it remembers how high it was. */
export class Gauge {
  private now = 0;
  peak = 0;

  add(amount: number): void {
    this.now += amount;
    this.peak = Math.max(this.peak, this.now);
  }

  /** Nothing is left over. */
  get isEmpty(): boolean {
    return this.now === 0;
  }
}

/** Lets others have a turn, so that what may overlap does. */
async function yieldTurns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** What a run has open and holds in memory. */
export class Meter {
  /** Objects that are open in the source. */
  readonly objects = new Gauge();
  /** Parts between the beginning of their reading and the end of their writing. */
  readonly parts = new Gauge();
  /** Bytes in buffers, from the reading into them to the end of writing. */
  readonly bytes = new Gauge();

  source(store: Store): Store {
    const { objects, parts, bytes } = this;
    return new (class extends Wrapper {
      override async open(entry: Entry, whole: boolean, signal: AbortSignal): Promise<Reader> {
        objects.add(1);
        const reader = await this.inner.open(entry, whole, signal);
        let held = 0;
        return {
          info: reader.info,
          ticket: undefined,
          bytes: async (inner) => {
            held = reader.info.size;
            bytes.add(held);
            await yieldTurns();
            return reader.bytes(inner);
          },
          read: async (offset, into, inner) => {
            parts.add(1);
            bytes.add(into.byteLength);
            await yieldTurns();
            return reader.read(offset, into, inner);
          },
          readPieces: (offset, length, sink, inner) =>
            reader.readPieces(offset, length, sink, inner),
          verifyUnchanged: () => reader.verifyUnchanged(),
          close: () => {
            objects.add(-1);
            bytes.add(-held);
            return reader.close();
          },
        };
      }
    })(store);
  }

  target(store: Store): Store {
    const { parts, bytes } = this;
    return new (class extends Wrapper {
      override async write(...args: Parameters<Store["write"]>): Promise<Written> {
        await yieldTurns();
        return this.inner.write(...args);
      }

      override async beginWrite(spec: WriteSpec, signal: AbortSignal): Promise<Writer> {
        const writer = await this.inner.beginWrite(spec, signal);
        return {
          ticket: undefined,
          writePart: async (part, body, digests, inner) => {
            await yieldTurns();
            const receipt = await writer.writePart(part, body, digests, inner);
            parts.add(-1);
            bytes.add(-bodyLength(body));
            return receipt;
          },
          commit: (receipts, inner) => writer.commit(receipts, inner),
          abort: () => writer.abort(),
        };
      }
    })(store);
  }
}
