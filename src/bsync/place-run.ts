/**
 * Brings one place in step: looks at both sides and their past, then does what there is to do, deletions last.
 *
 * @module
 */
import type { Gap } from "../core/entry.ts";
import type { Summary } from "../core/events.ts";
import { everything } from "../core/key.ts";
import { Course } from "../sync/course.ts";
import { harmlessGaps } from "../sync/pair-signs.ts";
import { Actions } from "./actions.ts";
import { Agenda, type Change } from "./agenda.ts";
import { judge } from "./judge.ts";
import type { PlaceTask } from "./place-task.ts";
import { isWithin } from "./place.ts";
import { holdTheSame } from "./same-contents.ts";
import { survey } from "./survey.ts";
import { Work } from "./work.ts";

/**
 * Brings a place in step.
 *
 * @returns what happened; errors are in it and in the events, it never throws
 */
export function syncPlace(run: PlaceTask): Promise<Summary> {
  return new PlaceCourse(run).run();
}

class PlaceCourse {
  private readonly course: Course;

  constructor(private readonly options: PlaceTask) {
    this.course = new Course(options.course, () => undefined);
  }

  run(): Promise<Summary> {
    const { options, course } = this;
    const more = (): Partial<Summary> => ({ twoWay: course.tally.twoWayCounts });
    return course.run(async () => {
      const { place, memory } = options;
      const { transfer, dryRun } = options.course;
      using agenda = new Agenda(transfer.tempDir);
      await course.list(this.look(agenda));
      if (course.isEnding) return;
      if (options.onlyLists) {
        await this.tellAll(agenda);
        return;
      }
      // Whatever becomes of this run, the next one goes on with it.
      const isAny = agenda.found.local + agenda.found.s3 > 0;
      if (isAny && !dryRun && !memory.isWritten(place)) memory.save(undefined);
      const actions = this.actions(dryRun);
      try {
        const isDone = await new Work(options, course, actions, agenda).carryOut();
        if (isDone && course.isWell && !dryRun) memory.finished(place);
      } finally {
        actions.close();
      }
    }, more);
  }

  private actions(dryRun: boolean): Actions {
    const { place, local, files, remote, memory } = this.options;
    const { transfer, signal: userStop } = this.options.course;
    return new Actions({
      ...{ place, local, files, remote, memory, course: this.course, transfer, dryRun, userStop },
    });
  }

  private async look(agenda: Agenda): Promise<void> {
    const { course } = this;
    const { place, local, remote, memory, ignores } = this.options;
    const sides = {
      local: local.list(everything, course.listing),
      remote: remote.list(everything, course.listing),
      past: memory.past(place),
    };
    const onGap = ({ error, key }: Gap): void => {
      course.report(error, key);
      if (!harmlessGaps.has(error.code)) agenda.isIncomplete = true;
    };
    for await (const findings of survey(sides, onGap)) {
      for (const { key, ...trio } of findings) {
        if (this.options.course.part?.isLeft(key) === true) continue;
        if (trio.past === undefined && (!isWithin(place, key) || ignores(key))) continue;
        if (trio.local !== undefined) agenda.found.local += 1;
        if (trio.remote !== undefined) agenda.found.s3 += 1;
        agenda.add(key, judge(trio), trio.past);
      }
      course.emit({ type: "listed", side: "source", items: findings.length });
    }
    course.emit({ type: "listing-complete" });
  }

  /** `--first-sync list`: every difference, one after the other. */
  private async tellAll(agenda: Agenda): Promise<void> {
    const { course } = this;
    const actions = this.actions(true);
    try {
      for (const half of ["local", "s3"] as const) {
        for (const batch of agenda.fresh[half].batches()) {
          for (const { key } of batch)
            course.emit({ type: "difference", key, what: `only-${half}` });
        }
      }
      for (const batch of agenda.changes.batches()) {
        for (const change of batch) await this.tell(change, actions);
      }
    } finally {
      actions.close();
    }
  }

  private async tell(change: Change, { up }: Actions): Promise<void> {
    const { signal } = this.course;
    const isSame = change.kind === "both" && holdTheSame(up, change.local, change.remote, signal);
    if (await isSame) return;
    const entry = "local" in change ? change.local : change.remote;
    this.course.emit({ type: "difference", key: entry.key, what: "differs" });
  }
}
