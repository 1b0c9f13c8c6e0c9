/**
 * The files in README.md that start shards: they can be read, start a command that is understood, and the one for the shell
 * is run.
 *
 * @module
 */
import { afterEach, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { parseArguments } from "../../src/cli/arguments.ts";
import { readOptions } from "../../src/cli/layers.ts";
import { TestBucket } from "../support/bucket.ts";
import { cliCommand, serverEnv } from "../support/cli.ts";
import { readmeFile } from "../support/option-reference.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { objectDigests, plantObjects } from "../support/trees.ts";

const [, section = ""] =
  /### Several machines, no server\n(.*?)\n### /s.exec(fs.readFileSync(readmeFile, "utf8")) ?? [];

function block(kind: string): string {
  return new RegExp(`\`\`\`${kind}\n(.*?)\`\`\``, "s").exec(section)?.[1] ?? "";
}

const index = ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"] as const;

afterEach(() => {
  for (const name of index) delete process.env[name];
});

/** The shard that a command is for, in a process with this number. */
function shardOf([program, ...args]: readonly string[], variable: string, number: number) {
  expect(program).toBe("s3sync");
  process.env[variable] = String(number);
  const typed = parseArguments(args);
  const { values, problems } = readOptions(typed, {});
  expect([...typed.problems, ...problems]).toEqual([]);
  expect(typed.positionals).toHaveLength(2);
  return values.shard;
}

describe("the Indexed Job", () => {
  const job = Bun.YAML.parse(block("yaml")) as {
    spec: {
      completionMode: string;
      completions: number;
      podFailurePolicy: { rules: { onExitCodes: { containerName: string; values: number[] } }[] };
      template: {
        spec: {
          restartPolicy: string;
          containers: { name: string; command: string[]; args: string[] }[];
        };
      };
    };
  };

  test("has as many processes as there are shards, each of which knows its own", () => {
    const { completionMode, completions, template } = job.spec;
    expect(completionMode).toBe("Indexed");
    const words = template.spec.containers.flatMap(({ command, args }) => [...command, ...args]);
    for (const number of [0, completions - 1]) {
      expect(shardOf(words, "JOB_COMPLETION_INDEX", number)).toEqual({
        number: number + 1,
        count: completions,
      });
    }
  });

  test("does not try again what makes no sense; which asks for pods that are not restarted", () => {
    const { podFailurePolicy, template } = job.spec;
    const [{ onExitCodes } = { onExitCodes: undefined }] = podFailurePolicy.rules;
    expect(onExitCodes).toMatchObject({ values: [2] });
    expect(onExitCodes?.containerName).toBe(template.spec.containers[0]?.name ?? "");
    expect(template.spec.restartPolicy).toBe("Never");
  });
});

describe("the job definition of AWS Batch", () => {
  test("has as many processes as there are shards, each of which knows its own", () => {
    const { jobDefinitionName, containerProperties } = JSON.parse(block("json")) as {
      jobDefinitionName: string;
      containerProperties: { command: string[] };
    };
    const [, name, size] =
      /--job-definition (\S+) --array-properties size=(\d+)/.exec(section) ?? [];
    expect(name).toBe(jobDefinitionName);
    const { command } = containerProperties;
    for (const number of [0, Number(size) - 1]) {
      expect(shardOf(command, "AWS_BATCH_JOB_ARRAY_INDEX", number)).toEqual({
        number: number + 1,
        count: Number(size),
      });
    }
  });
});

describe("the shell script", () => {
  test("copies a bucket in four processes, and fails if one of them does", async () => {
    await using source = await TestBucket.create();
    await using target = await TestBucket.create();
    await plantObjects(source, { "photos/1": "one", "photos/2": "two", "photos/3": "three" });
    await plantObjects(target, { "photos/old": "" });
    using dir = new TempDir();
    const program = cliCommand()
      .map((word) => `'${word}'`)
      .join(" ");
    const script = block("bash")
      .replaceAll("s3sync ", `${program} `)
      .replaceAll("s3://bucket/", source.url())
      .replaceAll("s3://copy/", target.url());
    const run = (text: string): Promise<number> =>
      Bun.spawn(["sh", "-c", text], {
        cwd: dir.path,
        env: { ...process.env, ...serverEnv(httpServer()) },
      }).exited;
    expect(await run(script)).toBe(0);
    expect(await objectDigests(target)).toEqual(await objectDigests(source));
    expect(dir.files()).toHaveLength(4);
    expect(await run(script.replace('"$number/4"', '"$number/3"'))).toBe(1);
  }, 30_000);
});
