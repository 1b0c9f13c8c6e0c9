/**
 * What is told once, though every round says it.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { SyncError } from "../../src/core/errors.ts";
import type { SyncEvent } from "../../src/core/events.ts";
import { asKey } from "../../src/core/key.ts";
import { OnceTold } from "../../src/watch/once-told.ts";

const guard: SyncEvent = {
  ...{ type: "warning", key: undefined },
  error: new SyncError("precondition", "too many", { isGuard: true }),
};
const remark: SyncEvent = { type: "notice", message: "it has no effect" };
const again: SyncEvent = { type: "notice", message: "in step again", endsTrouble: true };

function warning(message: string): SyncEvent {
  return { type: "warning", key: asKey("a"), error: new SyncError("special-file", message) };
}

/** Rounds, `true` for those about everything, and what each of them says: what is told of it. */
function told(rounds: readonly (readonly [boolean, ...SyncEvent[]])[]): SyncEvent[][] {
  const once = new OnceTold();
  return rounds.map(([isWhole, ...events]) => {
    once.begin(isWhole);
    return events.filter((event) => once.isNews(event));
  });
}

describe("what every round says", () => {
  test.each([
    ["a guard", guard],
    ["a remark", remark],
    ["a warning about a file", warning("a fifo")],
  ])("%s: is told once", (_, event) => {
    expect(
      told([
        [true, event],
        [true, event],
        [true, event],
      ]),
    ).toEqual([[event], [], []]);
  });

  test("is told again when it was not said in between", () => {
    expect(told([[true, guard], [true], [true, guard]])).toEqual([[guard], [], [guard]]);
  });

  test("is not forgotten in rounds about other things", () => {
    expect(told([[true, guard], [false], [false, guard]])).toEqual([[guard], [], []]);
  });

  test("is told anew after all was in step", () => {
    expect(
      told([
        [false, guard],
        [false, again],
        [false, guard],
      ]),
    ).toEqual([...[[guard], [again], [guard]]]);
  });

  test("about a file is told whenever it was tried again because of what was heard", () => {
    const event = warning("no access");
    expect(
      told([
        [true, event],
        [false, event],
        [false, event],
      ]),
    ).toEqual([...[[event], [event], [event]]]);
  });

  test("is told if it is something else, and if there is too much of it", () => {
    const [one, other] = [warning("a fifo"), warning("a socket")];
    expect(
      told([
        [true, one],
        [true, other],
      ]),
    ).toEqual([[one], [other]]);
    const many = Array.from({ length: 20_000 }, (_, at) => warning(`${at}`));
    expect(
      told([
        [true, ...many],
        [true, ...many],
      ]).map((some) => some.length),
    ).toEqual([...[20_000, 10_000]]);
  });
});
