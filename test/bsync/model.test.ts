/**
 * Two-way syncs of random edits on both sides, between runs and with runs that are stopped or die: afterwards both
 * sides and what is remembered are the same, another run does nothing, and no contents are lost that nobody has
 * deleted or replaced.
 *
 * @module
 */
import { expect, test } from "bun:test";

import fc from "fast-check";

import { SidesInMemory, type Trouble } from "./sides-in-memory.ts";

const keys = ["a", "b", "c/d", "c/e", "f", "g/h/i"] as const;
const key = fc.constantFrom(...keys);
const side = fc.constantFrom("local", "s3");

/** What a user does. Contents are never the same twice, unless that is meant. */
type Edit =
  | { readonly do: "write" | "delete"; readonly side: string; readonly key: string }
  | { readonly do: "move"; readonly side: string; readonly key: string; readonly to: string }
  | { readonly do: "touch" | "same"; readonly key: string };

const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("write" as const), side, key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), side, key }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("move" as const), side, key, to: key }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("touch" as const, "same" as const), key }),
  },
);

interface Round {
  readonly edits: readonly Edit[];
  /** What goes wrong in a run before the one that is to put everything right. */
  readonly trouble: Trouble | undefined;
}

const round: fc.Arbitrary<Round> = fc.record({
  edits: fc.array(edit, { maxLength: 8 }),
  trouble: fc.option(
    fc.oneof(
      fc.record({ stopAt: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ dieAt: fc.integer({ min: 1, max: 40 }) }),
    ),
    { nil: undefined, freq: 2 },
  ),
});

let counter = 0;

function play(sides: SidesInMemory, step: Edit): void {
  const files = sides.files();
  const objects = sides.objects();
  counter += 1;
  const text = `text ${counter}`;
  switch (step.do) {
    case "write":
      if (step.side === "local") sides.write(step.key, text);
      else sides.remote.set(step.key, text);
      return;
    case "delete":
      if (step.side === "local" && files[step.key] !== undefined) sides.delete(step.key);
      if (step.side === "s3") sides.drop(step.key);
      return;
    case "move":
      if (step.to === step.key) return;
      if (step.side === "local" && files[step.key] !== undefined && files[step.to] === undefined) {
        sides.move(step.key, step.to);
      }
      if (step.side === "s3" && objects[step.key] !== undefined && objects[step.to] === undefined) {
        sides.remote.set(step.to, objects[step.key] ?? "");
        sides.drop(step.key);
      }
      return;
    case "touch":
      if (files[step.key] !== undefined) sides.touch(step.key);
      return;
    case "same":
      sides.write(step.key, text);
      sides.remote.set(step.key, text);
  }
}

/** The contents that must still be there after a sync, by what both sides and their past hold before it. */
function survivors(
  past: Readonly<Record<string, string>>,
  local: Readonly<Record<string, string>>,
  remote: Readonly<Record<string, string>>,
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of new Set([...Object.keys(local), ...Object.keys(remote)])) {
    const [then, here, there] = [past[name], local[name], remote[name]];
    // What somebody has made or changed is never lost.
    if (here !== undefined && here !== then) found.add(here);
    if (there !== undefined && there !== then) found.add(there);
    // What nobody has touched stays.
    if (then !== undefined && here === then && there === then) found.add(then);
  }
  return found;
}

async function checkRounds(rounds: readonly Round[]): Promise<void> {
  using sides = new SidesInMemory();
  let past: Readonly<Record<string, string>> = {};
  for (const { edits, trouble } of rounds) {
    for (const each of edits) play(sides, each);
    const wanted = survivors(past, sides.files(), sides.objects());
    if (trouble !== undefined) await sides.sync(trouble);
    const summary = await sides.sync();
    expect(summary).toMatchObject({ errors: 0, warnings: 0 });
    const files = sides.files();
    expect(sides.objects()).toEqual(files);
    expect(sides.remembered()).toEqual(Object.keys(files));
    const held = new Set(Object.values(files));
    expect([...wanted].filter((text) => !held.has(text))).toEqual([]);
    const again = await sides.sync();
    expect(again).toMatchObject({ transferredObjects: 0, deleted: 0, warnings: 0, errors: 0 });
    expect(sides.files()).toEqual(files);
    past = files;
  }
}

const isNightly = process.env["S3SYNC_TEST_NIGHTLY"] === "1";

test(
  "both sides stay in step, and nothing is lost",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 4 }), checkRounds),
      {
        numRuns: isNightly ? 3000 : 300,
        ...(process.env["S3SYNC_TEST_SEED"] === undefined
          ? {}
          : { seed: Number(process.env["S3SYNC_TEST_SEED"]) }),
      },
    );
  },
  isNightly ? 3_600_000 : 60_000,
);
