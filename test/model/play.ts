/**
 * Plays a case: changes both sides, runs, and compares what happened with what the model says.
 *
 * @module
 */
import { expect } from "bun:test";

import { exitCodeOf } from "../../src/cli/exit-codes.ts";
import { type Callbacks, type Store, type Summary, sync, type SyncEvent } from "../../src/index.ts";
import { TempDir } from "../support/temp-dir.ts";
import { inByteOrder, MiB } from "../support/trees.ts";
import { ages, contents, longAgo, type Put, type Step } from "./cases.ts";
import { model } from "./model.ts";
import type { Clock, Place } from "./sides.ts";
import type { Item, Outcome, Side, Wish, World } from "./terms.ts";

/** Both sides of a case. */
export interface Stage {
  readonly source: Place;
  readonly target: Place;
  /** The time of what runs write, where a test can set it. */
  readonly clock?: Clock;
  /** Options of all runs. */
  readonly options?: { readonly serverSideCopy?: boolean };
}

/** How a run is to end before its end. */
export interface Kill {
  /** How far it is to have come by then, roughly: from 0 to 1. */
  readonly share: number;
  readonly by:
    | "signal"
    /** Ends a run without cleaning up, when it has done so much: one unit for an object, a deletion, or a listing. */
    | ((stage: Stage, step: Step, units: number) => Promise<void>);
  /** What was asked of a server may happen after the end. */
  readonly mayGoOn?: boolean;
}

const day = 24 * 3600_000;

/** Plays all steps; each run is followed by the same once more. */
export async function play(stage: Stage, steps: readonly Step[], kill?: Kill): Promise<void> {
  for (const [index, step] of steps.entries()) {
    const nowMs = await prepare(stage, step, index);
    const world = await look(stage);
    const isLast = index === steps.length - 1;
    if (kill !== undefined && isLast) await killed(stage, step, world, kill);
    else await compared(stage, step, world);
    const then = await look(stage);
    const again = await compared(stage, step, then);
    if (isSettled(step.wish, world, nowMs)) expect(again).toMatchObject({ sent: [], deleted: [] });
  }
}

/** Changes both sides by hand. Gives the time at which the run writes. */
async function prepare(
  { source, target, clock }: Stage,
  { edits }: Step,
  index: number,
): Promise<number> {
  const newMs = clock === undefined ? Date.now() + day : Date.UTC(2050 + index);
  const given = (put: Put) => {
    const offset = ages[put.age];
    return {
      bytes: contents[put.content],
      mtimeMs: offset === undefined ? newMs : longAgo + offset,
    };
  };
  const change = async (place: Place, key: string, put: Put | "taken away" | undefined) => {
    if (put === undefined) return;
    await place.edit(key, put === "taken away" ? undefined : given(put));
  };
  for (const edit of edits) {
    await change(source, edit.key, edit.source);
    await change(target, edit.key, edit.target);
  }
  if (clock === undefined) return Date.now();
  clock.nowMs = newMs + day;
  return clock.nowMs;
}

async function look({ source, target }: Stage): Promise<World> {
  const [from, to] = await Promise.all([source, target].map(lookAt));
  if (from === undefined || to === undefined) throw new TypeError("there are two sides");
  return { source: from, target: to };
}

async function lookAt(place: Place): Promise<Side> {
  return { objects: await place.look(), directories: place.directories() };
}

/** What came of a run. */
export interface Ran {
  readonly summary: Summary;
  readonly events: readonly SyncEvent[];
}

/** Runs from one place to the other. */
export async function run(
  { source, target, options }: Stage,
  { names, oddOnly, ...wish }: Wish,
  workerSize: number,
  more: {
    onEvent?: (event: SyncEvent) => void;
    signal?: AbortSignal;
    stores?: readonly [Store, Store];
  } = {},
): Promise<Ran> {
  const events: SyncEvent[] = [];
  using list = names === undefined ? undefined : new TempDir();
  const filesFrom = list?.write("names", names?.join("\n"));
  const callbacks: Callbacks = oddOnly === true ? { filter: ({ size }) => size % 2 === 1 } : {};
  const input = {
    ...{ source: more.stores?.[0] ?? source.url, target: more.stores?.[1] ?? target.url },
    ...{ ...source.options, ...target.options, ...options, ...wish, filesFrom, workerSize },
    ...{ multipartThreshold: 5 * MiB, threads: 0, forceRetryCount: 0 },
  };
  const onEvent = (event: SyncEvent): void => {
    events.push(event);
    more.onEvent?.(event);
  };
  return { summary: await sync(input, { onEvent, callbacks, signal: more.signal }), events };
}

/** Runs to the end; everything has to be as the model says. */
async function compared(stage: Stage, { wish, workerSize }: Step, world: World): Promise<Outcome> {
  const wanted = model(world, wish);
  const left = await stage.target.leftovers();
  const { summary, events } = await run(stage, wish, workerSize);
  const after = await look(stage);
  expect(after.source).toEqual(world.source);
  expect(left).toEqual(expect.arrayContaining([...(await stage.target.leftovers())]));
  expect<number>(exitCodeOf(summary)).toBe(wanted.exitCode);
  if (isStopped(wanted, wish)) {
    expectOldOrNew(world, wanted, after.target.objects);
    expect(summary.deleted).toBe(0);
    return wanted;
  }
  expect(contentsOf(after.target.objects)).toEqual(byKey(wanted.target));
  expect(keysOf(events, "synced")).toEqual(inByteOrder(wanted.sent));
  expect(keysOf(events, "deleted")).toEqual(inByteOrder(wanted.deleted));
  expectTold(summary, wanted);
  expectProven(summary, wanted, wish, world);
  expectTimes(world, wanted, wish, after);
  return wanted;
}

function expectTold(summary: Summary, wanted: Outcome): void {
  const { sent, deleted, bytes, skipped, warnings, errors } = wanted;
  expect(summary).toMatchObject({
    ...{ transferredObjects: sent.length, deleted: deleted.length },
    ...{ skipped, warnings, errors, interrupted: false },
  });
  // What could not be put in its place in the end was moved all the same.
  if (warnings + errors === 0) expect(summary.transferredBytes).toBe(bytes);
  else expect(summary.transferredBytes).toBeGreaterThanOrEqual(bytes);
}

/** What is sent is proven; of what is large the ETag may be one of other parts. */
function expectProven(
  { etagVerified, notVerified }: Summary,
  { sent }: Outcome,
  wish: Wish,
  world: World,
): void {
  const isObject = (key: string): boolean =>
    world.target.directories === undefined || !key.endsWith("/");
  const proven = wish.dryRun === true ? [] : sent.filter(isObject);
  expect(etagVerified + notVerified).toBe(proven.length);
  const small = proven.filter((key) => (world.source.objects.get(key)?.size ?? 0) < 5 * MiB);
  expect(etagVerified).toBeGreaterThanOrEqual(small.length);
}

/** A file is as old as the object, by whole seconds: servers tell no more. */
function expectTimes(world: World, { sent }: Outcome, { dryRun }: Wish, after: World): void {
  if (world.target.directories === undefined || dryRun === true) return;
  const times = ({ objects }: Side) =>
    sent
      .filter((key) => !key.endsWith("/"))
      .map((key) => [key, Math.floor((objects.get(key)?.mtimeMs ?? 0) / 1000)]);
  expect(times(after.target)).toEqual(times(world.source));
}

/** A run that ends before its end, and what the next one makes of it. */
async function killed(stage: Stage, step: Step, world: World, kill: Kill): Promise<void> {
  const { wish, workerSize } = step;
  const wanted = model(world, wish);
  const units = kill.share * (wanted.sent.length + wanted.deleted.length + 1);
  if (kill.by === "signal") await stopped(stage, step, Math.floor(units * eventsOfEach));
  else await kill.by(stage, step, units);
  const between = await look(stage);
  expect(between.source).toEqual(world.source);
  expectOldOrNew(world, wanted, between.target.objects);
  if (kill.mayGoOn === true) await run(stage, wish, workerSize);
  else await compared(stage, step, between);
  // So many percent of what the target has now are others than before, and what was deleted may have been in the way.
  const hasDeleted = world.target.directories !== undefined && wanted.deleted.length > 0;
  const mayGetFurther =
    wish.maxDelete?.endsWith("%") === true || (hasDeleted && wanted.warnings > 0);
  if (isStopped(wanted, wish)) return;
  const isWhole = wish.keyStart === undefined && wish.keyEnd === undefined;
  const isWalked = world.target.directories !== undefined && isWhole && wish.dryRun !== true;
  if (isWalked) expect(await stage.target.leftovers()).toEqual([]);
  if (mayGetFurther) return;
  expect(contentsOf(await stage.target.look())).toEqual(byKey(wanted.target));
}

/** Moved, synced, verified. */
const eventsOfEach = 3;
/** Told of many objects before anything is done about the first one. */
const announcements: readonly SyncEvent["type"][] = ["queued", "started"];

/** A run that is told to stop after so many events: it leaves nothing behind. */
async function stopped(stage: Stage, { wish, workerSize }: Step, events: number): Promise<void> {
  const controller = new AbortController();
  let left = events;
  const onEvent = ({ type }: SyncEvent): void => {
    if (announcements.includes(type)) return;
    if (left === 0) controller.abort();
    left -= 1;
  };
  await run(stage, wish, workerSize, { onEvent, signal: controller.signal }).catch(ignoreStop);
  expect(await stage.target.leftovers()).toEqual([]);
}

/** A run that is stopped before anything has begun says so by an error. */
function ignoreStop(thrown: unknown): void {
  expect(thrown).toMatchObject({ code: "aborted" });
}

/** Whatever was reached: each object is the old one or the new one, and nothing is deleted before all is sent. */
function expectOldOrNew(world: World, wanted: Outcome, found: ReadonlyMap<string, Item>): void {
  const keys = new Set([...world.target.objects.keys(), ...wanted.target.keys(), ...found.keys()]);
  const isThere = (key: string): boolean => found.get(key)?.content === wanted.target.get(key);
  const wrong = [...keys].filter(
    (key) => !isThere(key) && found.get(key)?.content !== world.target.objects.get(key)?.content,
  );
  expect(wrong).toEqual([]);
  if (wanted.deleted.some(isThere))
    expect([...wanted.target.keys()].filter((key) => !isThere(key))).toEqual([]);
}

/** An error ends a run, wherever it is then. */
function isStopped({ errors }: Outcome, { continueOnError }: Wish): boolean {
  return errors > 0 && continueOnError !== true;
}

/** Whether a second run has nothing to do, because nothing stays stale by what is wished. */
function isSettled(wish: Wish, world: World, nowMs: number): boolean {
  const { dryRun, removeModifiedFilter, headEachTarget } = wish;
  const isAlways = removeModifiedFilter === true && headEachTarget !== true;
  const items = [...world.source.objects.values()];
  // S3 dates an object by when it was written.
  const isLater =
    world.target.directories === undefined && items.some(({ mtimeMs }) => mtimeMs > nowMs);
  // Parts that the source does not have make another ETag.
  const isLarge = items.some(({ size }) => size >= 5 * MiB);
  const isWell = model(world, wish).exitCode === 0;
  return isWell && dryRun !== true && !isAlways && !isLater && !isLarge;
}

function keysOf(events: readonly SyncEvent[], type: "synced" | "deleted"): string[] {
  return inByteOrder(events.flatMap((event) => (event.type === type ? [event.key] : [])));
}

function contentsOf(tree: ReadonlyMap<string, Item>): Record<string, string> {
  return byKey(new Map(Array.from(tree, ([key, { content }]) => [key, content])));
}

function byKey(tree: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(tree);
}
