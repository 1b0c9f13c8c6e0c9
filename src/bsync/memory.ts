/**
 * What is remembered from run to run: the state file, which is the promise, and beside it the index, which knows more
 * and may be lost.
 *
 * The index knows of which state file it is. What it holds beyond that is of a run that came to no end: it is what was
 * done, and counts. An index of another state file, or none, is made anew of the state file; then nothing is known of
 * the files, which are hashed, and nothing is deleted.
 *
 * @module
 */
import type { Key } from "../core/key.ts";
import { Index, type Known } from "../state/index-db.ts";
import type { BucketState, TrackedObject } from "../state/state-file.ts";
import { type ReadState, readState, writeState } from "../state/state-store.ts";
import { idOf, type Place, relativeKey } from "./place.ts";

/** Which state file an index belongs to. */
const base = "state";
/** What an index says of a state file that is not there yet. */
const noState = "none";

/** Everything that is remembered. Dispose of it. */
export class Memory implements Disposable {
  private readonly index: Index;
  private kept: readonly Place[];
  /** Places that no state file has yet. */
  private readonly unwritten = new Set<string>();

  /**
   * @param file the state file
   * @param changes whether anything may be written; if not, all of it is kept in memory
   * @throws SyncError `damaged-state`, `file-system`
   */
  constructor(
    private readonly file: string,
    changes: boolean,
  ) {
    // The index has the objects of its own state file.
    const state = readState(file);
    this.index = new Index(indexOf(file), changes);
    const fingerprint = state?.fingerprint ?? noState;
    const isOurs = this.index.fact(base) === fingerprint;
    this.kept = state === undefined ? [] : placesIn(state);
    if (!isOurs) this.rebuild(fingerprint);
  }

  /** The places that are kept in step. */
  get places(): readonly Place[] {
    return this.kept;
  }

  /** Whether a place was never in step. */
  isFirst(place: Place): boolean {
    return this.index.fact(`synced ${idOf(place)}`) === undefined;
  }

  /**
   * Whether nothing is known of a place's files any more, so that nothing may be deleted because of what is missing:
   * until a run has come to its end, however many are stopped before.
   */
  isPoor(place: Place): boolean {
    return this.index.fact(`poor ${idOf(place)}`) !== undefined;
  }

  past(place: Place): Iterable<Known> {
    return this.index.all(idOf(place));
  }

  get(place: Place, key: Key): Known | undefined {
    return this.index.get(idOf(place), key);
  }

  count(place: Place): number {
    return this.index.count(idOf(place));
  }

  /** Both sides hold this now. */
  note(place: Place, known: Known): void {
    this.index.put(idOf(place), known);
  }

  forget(place: Place, key: Key): void {
    this.index.remove(idOf(place), key);
  }

  /** A run of a place has come to its end. */
  finished(place: Place): void {
    this.index.setFact(`synced ${idOf(place)}`, "yes");
    this.index.removeFact(`poor ${idOf(place)}`);
  }

  add(place: Place): void {
    this.kept = [...this.kept, place];
    this.unwritten.add(idOf(place));
  }

  /** Whether a place is in the state file. */
  isWritten(place: Place): boolean {
    return !this.unwritten.has(idOf(place));
  }

  /** Neither files nor objects change by that. */
  drop(place: Place): void {
    this.kept = this.kept.filter((each) => idOf(each) !== idOf(place));
    this.index.clear(idOf(place));
    for (const what of ["synced", "poor"]) this.index.removeFact(`${what} ${idOf(place)}`);
  }

  /**
   * Writes the state file.
   *
   * @param now in milliseconds since 1970; `undefined`: when the last run ended does not change
   */
  save(now: number | undefined): void {
    const syncedAt =
      now === undefined ? (readState(this.file)?.syncedAt ?? 0) : Math.floor(now / 1000);
    const names = [...new Set(this.kept.map(({ bucket }) => bucket))].toSorted();
    const buckets = names.map((name) => this.bucket(name));
    this.index.setFact(base, writeState(this.file, { syncedAt, buckets }));
    this.unwritten.clear();
  }

  [Symbol.dispose](): void {
    this.index[Symbol.dispose]();
  }

  private bucket(name: string): BucketState {
    const places = this.kept
      .filter(({ bucket }) => bucket === name)
      .toSorted((a, b) => (a.prefix < b.prefix ? -1 : 1));
    const maps = places.map(({ path, prefix, recursive }) => ({ path, prefix, recursive }));
    return { name, maps, objects: objectsOf(places, (place) => this.past(place)) };
  }

  /** All of it, or nothing: a state file may turn out to be damaged at its end. */
  private rebuild(fingerprint: string): void {
    this.index.together(() => {
      this.index.clear();
      readState(this.file, ({ name }, object) => this.remember(name, object));
      for (const place of this.kept) this.index.setFact(`poor ${idOf(place)}`, "yes");
      this.index.setFact(base, fingerprint);
    });
  }

  private remember(bucket: string, object: TrackedObject): void {
    const { size, etag, modifiedAt } = object;
    for (const place of this.kept) {
      if (place.bucket !== bucket) continue;
      const key = relativeKey(place, object.key);
      if (key === undefined) continue;
      this.note(place, { key, size, etag, modifiedAt });
      this.finished(place);
    }
  }
}

function* objectsOf(
  places: readonly Place[],
  past: (place: Place) => Iterable<Known>,
): Generator<TrackedObject, void, undefined> {
  for (const place of places) {
    for (const { key, size, etag, modifiedAt } of past(place)) {
      yield { key: place.prefix + key, size, etag, modifiedAt };
    }
  }
}

function placesIn({ buckets }: ReadState): Place[] {
  return buckets.flatMap(({ name, maps }) => maps.map((map) => ({ ...map, bucket: name })));
}

/** Where the index of a state file lies. */
export function indexOf(file: string): string {
  return `${file}.index`;
}

/** Everything that is kept beside a state file, and is nobody's data. */
export function ownFiles(file: string): readonly string[] {
  const index = indexOf(file);
  return [
    ...[file, `${file}.bak`, `${file}.new`, `${file}.bak.new`, `${file}.lock`],
    ...[index, `${index}-wal`, `${index}-shm`],
  ];
}
