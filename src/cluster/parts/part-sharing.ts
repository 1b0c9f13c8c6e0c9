/**
 * How workers share large objects.
 *
 * @module
 */
import { GiB, MiB } from "../../core/bytes.ts";
import type { Ground } from "../ground.ts";

/** From which size on objects are shared, and in which portions. */
export interface PartSharing {
  /** Smaller objects, in bytes, are moved by one worker. */
  readonly fromBytes: number;
  /** So much is taken at once, in bytes; a part at least. */
  readonly takeBytes: number;
  /** Who has taken parts tells so often that it lives, in milliseconds. */
  readonly tellMs: number;
  /** Whose parts have not been heard of for so long, in milliseconds, is taken for dead. */
  readonly patienceMs: number;
  /** How often it is looked whether others wait for something to do, in milliseconds. */
  readonly lookMs: number;
}

/** Where nobody says otherwise. */
export const usualSharing: PartSharing = {
  fromBytes: GiB,
  takeBytes: 256 * MiB,
  tellMs: 5000,
  patienceMs: 30_000,
  lookMs: 2000,
};

/** What it takes to ask for help with the objects of a job. */
export interface HelpOptions {
  readonly ground: Ground;
  readonly run: string;
  readonly sharing: PartSharing;
  /** How many tasks more would find somebody who waits for one. */
  readonly wanted: () => number;
}
