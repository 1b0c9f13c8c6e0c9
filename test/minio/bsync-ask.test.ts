/**
 * `--first-sync ask` on a real terminal: questions, answers, Ctrl-C, Ctrl-D, and no terminal at all.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { cliCommand, runCli, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TwoSides } from "../support/two-sides.ts";

const enter = "\r";
const ctrlC = "\u0003";
const ctrlD = "\u0004";
const question = /^(\S+)\r\n {2}local: .*\r\n {2}s3: .*\r\nWhich one wins\?.*$/m;

interface Ended {
  readonly exitCode: number;
  readonly shown: string;
  /** Keys, in the order of the questions. */
  readonly asked: readonly string[];
}

/** Both sides hold `a`, `b` and `c`, each in another way. */
async function apart(): Promise<TwoSides> {
  const sides = await TwoSides.create();
  for (const key of ["a", "b", "c"]) {
    sides.write(key, `local ${key}`);
    await sides.put(key, `remote ${key}`);
  }
  return sides;
}

function commandOf(sides: TwoSides): string[] {
  const { stateFile, root, bucket, prefix } = sides;
  const rules = ["--first-sync", "ask", "--conflict-loser", "delete"];
  return ["bsync", "--state", stateFile, ...rules, root, bucket.url(prefix)];
}

/** Runs the program on a terminal, and types an answer for each question that is seen. */
async function onTerminal(
  sides: TwoSides,
  answer: (key: string) => string | Promise<string>,
): Promise<Ended> {
  let [shown, unread] = ["", ""];
  const asked: string[] = [];
  const child = Bun.spawn([...cliCommand(), ...commandOf(sides)], {
    env: { ...process.env, ...serverEnv(httpServer()) },
    terminal: {
      data: (terminal, bytes) => {
        const text = Buffer.from(bytes).toString();
        shown += text;
        unread += text;
        const found = question.exec(unread);
        if (found === null) return;
        unread = "";
        const [, key = ""] = found;
        asked.push(key);
        void Promise.resolve(answer(key)).then((typed) => terminal.write(typed));
      },
    },
  });
  const exitCode = await child.exited;
  child.terminal?.close();
  return { exitCode, shown, asked };
}

test("each conflict is asked about, one after the other, and each answer is obeyed", async () => {
  await using sides = await apart();
  const answers: Record<string, string> = { a: "l", b: "S3", c: "both" };
  const { exitCode, asked } = await onTerminal(sides, (key) => (answers[key] ?? "") + enter);
  expect(asked.toSorted()).toEqual(["a", "b", "c"]);
  expect(exitCode).toBe(3);
  expect(sides.files()).toEqual({ a: "local a", b: "remote b", c: "local c" });
  expect(await sides.objects()).toEqual({ a: "local a", b: "remote b", c: "remote c" });
}, 20_000);

test("what is no answer is asked about again", async () => {
  await using sides = await TwoSides.create();
  sides.write("a", "local");
  await sides.put("a", "remote");
  const answers = ["", "later", "local"];
  const { asked } = await onTerminal(sides, () => (answers.shift() ?? "") + enter);
  expect(asked).toEqual(["a", "a", "a"]);
  expect(await sides.both()).toEqual({ a: "local" });
}, 20_000);

test("Ctrl-C ends it, with the code for that, and nothing else is changed", async () => {
  await using sides = await apart();
  let answered: string | undefined;
  const { exitCode, asked } = await onTerminal(sides, async (key) => {
    if (answered === undefined) {
      answered = key;
      return `l${enter}`;
    }
    // What was decided is done meanwhile.
    while ((await sides.objects())[answered] !== `local ${answered}`);
    return ctrlC;
  });
  expect(exitCode).toBe(130);
  expect(asked).toHaveLength(2);
  const [first = ""] = asked;
  const objects = { a: "remote a", b: "remote b", c: "remote c" };
  expect(await sides.objects()).toEqual({ ...objects, [first]: `local ${first}` });
  expect(sides.files()).toEqual({ a: "local a", b: "local b", c: "local c" });
  // The next run asks about the others.
  const again = await onTerminal(sides, () => `s${enter}`);
  expect(again.asked).toHaveLength(2);
  expect(await sides.both()).toEqual({ ...objects, [first]: `local ${first}` });
}, 20_000);

test("Ctrl-D leaves all that is not answered as it is", async () => {
  await using sides = await apart();
  const { exitCode, asked } = await onTerminal(sides, () => ctrlD);
  expect(exitCode).toBe(3);
  expect(asked).toHaveLength(1);
  expect(sides.files()).toEqual({ a: "local a", b: "local b", c: "local c" });
  expect(await sides.objects()).toEqual({ a: "remote a", b: "remote b", c: "remote c" });
}, 20_000);

test("without a terminal one line says so, the code is that of wrong use, and nothing is done", async () => {
  await using sides = await apart();
  sides.write("new", "x");
  const { exitCode, stdout, stderr } = await runCli(commandOf(sides), {
    env: serverEnv(httpServer()),
  });
  expect([exitCode, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("--first-sync ask needs a terminal to ask on");
  expect(Object.keys(await sides.objects())).toEqual(["a", "b", "c"]);
  expect(sides.state()).toBeUndefined();
});

test("what is in step already needs no terminal", async () => {
  await using sides = await TwoSides.inStep(["a"]);
  sides.write("a", "here");
  const { exitCode } = await runCli(commandOf(sides), { env: serverEnv(httpServer()) });
  expect(exitCode).toBe(0);
  expect(await sides.both()).toEqual({ a: "here" });
});
