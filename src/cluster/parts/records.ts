/**
 * What workers tell each other of a large object, as records have it. Nothing in them is secret: what decides how an object is
 * written is there as a salted hash only.
 *
 * @module
 */
import type { Checksum } from "../../core/checksum.ts";
import type { ETag } from "../../core/etag.ts";
import type { Key } from "../../core/key.ts";
import { hex } from "../../hash/digest.ts";
import type { Line } from "../../state/journal.ts";
import type { Part, WriteNote } from "../../store/store.ts";
import type { PartWay, SourceState } from "../../transfer/parts/part-help.ts";
import { partOf, type PartPlan } from "../../transfer/parts/part-plan.ts";
import type { FinishedPart } from "../../transfer/parts/transfer-journal.ts";
import { wordFor } from "../words.ts";

/** An object that is on its way in parts. */
export interface ObjectRecord {
  /** By which a later leader knows that it is about the same. */
  readonly head: Line;
  /** Who leads. */
  readonly leader: string;
  /** Nobody goes on with it: the write is thrown away, or about to be. */
  readonly isThrownAway?: boolean | undefined;
  /** Names what was begun, among all tries. */
  readonly attempt: string;
  readonly note: WriteNote;
  readonly key: Key;
  readonly storeKey: Key;
  readonly state: SourceState;
  readonly plan: PartPlan;
  readonly way: PartWay;
  /** So many parts are taken at once. */
  readonly stride: number;
}

/** Parts that one has taken together. */
export interface RunRecord {
  readonly by: string;
  /** Those that are in the target. */
  readonly parts: readonly PackedPart[];
}

/** A part: number, ETag, MD5 in hex, additional checksum. */
export type PackedPart = readonly [
  number: number,
  etag: ETag | null,
  md5: string | null,
  checksum: Checksum | null,
];

/** Nobody: whoever wants a run may have it. */
export const nobody = "nobody";

/** A new name for whoever leads an object, helps with it, or throws it away. */
export function newName(role: "leader" | "helper" | "sweeper"): string {
  return `${role}-${crypto.randomUUID()}`;
}

/** Whether a name is one of a leader. */
export function isLeader(name: string): boolean {
  return name.startsWith("leader-");
}

/** Names an object within a run of a job. @param address among those of all places */
export function objectId(address: string): string {
  return wordFor(address);
}

/** Keys of records. */
export const keys = {
  object: (run: string, id: string): string => `objects.${run}.${id}`,
  objects: (run: string): string => `objects.${run}.`,
  allObjects: "objects.",
  /** The run of a job that the record of an object belongs to. */
  runOf: (key: string): string => key.slice(key.indexOf(".") + 1, key.lastIndexOf(".")),
  run: (run: string, { attempt }: Pick<ObjectRecord, "attempt">, from: number): string =>
    `parts.${run}.${attempt}.${from}`,
  runs: (run: string, attempt: string): string => `parts.${run}.${attempt}.`,
  /** All of a job. */
  parts: (run: string): string => `parts.${run}.`,
} as const;

const taskForm = /^part-([0-9a-f]{32})-([1-9]\d*)$/;

/** Names a task: the parts of an object from one on. */
export function partTaskId(object: string, from: number): string {
  return `part-${object}-${from}`;
}

/** What a task is about; `undefined`: not about parts. */
export function partTaskOf(
  id: string,
): { readonly object: string; readonly from: number } | undefined {
  const [, object, from] = taskForm.exec(id) ?? [];
  return object === undefined ? undefined : { object, from: Number(from) };
}

/** The first part of the run that one belongs to. */
export function firstOfRun(number: number, stride: number): number {
  return number - ((number - 1) % stride);
}

/** The parts of a run. */
export function partsOfRun(
  { plan, stride }: Pick<ObjectRecord, "plan" | "stride">,
  from: number,
): Part[] {
  const count = Math.max(0, Math.min(stride, plan.count - from + 1));
  return Array.from({ length: count }, (_, index) => partOf(plan, from + index));
}

/** As a record has it. */
export function packed({ receipt, md5, checksum }: FinishedPart): PackedPart {
  const { number, etag } = receipt;
  return [number, etag ?? null, md5 === undefined ? null : hex(md5), checksum ?? null];
}

/** What a record tells of a part. */
export function unpacked([number, etag, md5, sum]: PackedPart): FinishedPart {
  const checksum = sum ?? undefined;
  return {
    receipt: { number, etag: etag ?? undefined, checksum },
    md5: md5 === null ? undefined : Uint8Array.fromHex(md5),
    checksum,
  };
}

/** What a record of an object holds. */
export function asObject(value: unknown): ObjectRecord {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by this very version
  return value as ObjectRecord;
}

/** What a record of a run holds. */
export function asRun(value: unknown): RunRecord {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by this very version
  return value as RunRecord;
}
