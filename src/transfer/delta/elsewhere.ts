/**
 * Where the bytes of a part may be in the object that is replaced, if they are not at the same place: something was
 * inserted, cut out or moved before them.
 *
 * @module
 */
import type { KnownBlocks } from "../../state/known-object.ts";
import { BlockTable, isWholeTable } from "./block-table.ts";

/** The blocks of an object, as they go to threads. */
export interface Elsewhere {
  /** Different for each object: a thread makes one table of it, and not one for each part. */
  readonly id: number;
  readonly blocks: KnownBlocks;
  /** How far bytes were found from where they are now: others may be as far. Latest first. */
  readonly shifts: readonly number[];
}

/** Copies whose receipts say that they are of other bytes: so many, one after the other, and nothing is looked for any more. */
const mostWrong = 8;
const mostShifts = 4;

let lastId = 0;

/** What was found of an object so far. */
export class Shifted {
  private readonly id = ++lastId;
  private readonly blocks: KnownBlocks;
  private shifts: readonly number[] = [];
  private wrong = 0;

  private constructor(blocks: KnownBlocks) {
    // All threads see the same memory.
    const signatures = new Uint8Array(new SharedArrayBuffer(blocks.signatures.byteLength));
    signatures.set(blocks.signatures);
    this.blocks = { ...blocks, signatures };
  }

  /** @returns `undefined` where nothing can be looked for: these are no blocks of an object of that size */
  static of(blocks: KnownBlocks | undefined, size: number): Shifted | undefined {
    if (blocks === undefined || blocks.size !== size || !isWholeTable(blocks)) return undefined;
    return new Shifted(blocks);
  }

  /** What a thread is told; `undefined` if looking has been in vain. */
  get elsewhere(): Elsewhere | undefined {
    const { id, blocks, shifts, wrong } = this;
    return wrong < mostWrong ? { id, blocks, shifts } : undefined;
  }

  /** A copy has shown that bytes are so far from where they were. */
  found(shift: number): void {
    this.wrong = 0;
    const others = this.shifts.filter((each) => each !== shift);
    this.shifts = [shift, ...others].slice(0, mostShifts);
  }

  /** A copy had other bytes: the few that belong to no whole block. */
  missed(): void {
    this.wrong += 1;
  }
}

const tables = new Map<number, BlockTable>();
const mostTables = 4;

/**
 * Looks for the bytes of a part.
 *
 * @param isElsewhere they are known not to be at the same place
 * @returns where the object has them, as one range, as far as whole blocks tell
 */
export function findElsewhere(
  { id, blocks, shifts }: Elsewhere,
  bytes: Uint8Array,
  offset: number,
  isElsewhere: boolean,
): number | undefined {
  const table = tables.get(id) ?? new BlockTable(blocks);
  tables.set(id, table);
  const [oldest] = tables.keys();
  if (tables.size > mostTables && oldest !== undefined) tables.delete(oldest);
  const likely = [0, ...shifts].map((shift) => offset - shift);
  return table.find(bytes, likely, isElsewhere ? offset : undefined);
}
