/**
 * What README.md says of jobs on many machines: files can be read and start commands that are understood, and what is
 * calculated there is right.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { parseArguments } from "../../src/cli/arguments.ts";
import { readOptions } from "../../src/cli/layers.ts";
import { environmentNames, optionNames, options } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { readmeFile } from "../support/option-reference.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { plantObjects } from "../support/trees.ts";

const [, section = ""] =
  /### On many machines\n(.*?)\n### /s.exec(fs.readFileSync(readmeFile, "utf8")) ?? [];

function block(kind: string): string {
  return new RegExp(`\`\`\`${kind}\n(.*?)\`\`\``, "s").exec(section)?.[1] ?? "";
}

const variables = new Set(optionNames.flatMap((name) => environmentNames(name, options[name])));

/** The words of a command about clusters that is understood. */
function understood([program, ...args]: readonly string[]): readonly string[] {
  expect(program).toBe("s3sync");
  const typed = parseArguments(args);
  expect([...typed.problems, ...readOptions(typed, {}).problems]).toEqual([]);
  const [command, ...words] = typed.positionals;
  expect(command).toBe("cluster");
  return words;
}

interface Container {
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string }[];
}

interface Manifest {
  readonly kind: string;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly Container[];
      };
    };
  };
}

test("the manifests of Kubernetes submit a job, wait for it, and start workers", () => {
  const manifests = Bun.YAML.parse(block("yaml")) as readonly Manifest[];
  const found = manifests.map(({ kind, spec }) => {
    const all = spec.template.spec.containers;
    for (const { name } of all.flatMap(({ env }) => env)) expect(variables).toContain(name);
    return [kind, ...all.map(({ command, args }) => understood([...command, ...args]))];
  });
  expect(found).toEqual([
    ["Deployment", ["worker"]],
    ["Job", ["submit", "s3://photos/", "s3://copy/"]],
  ]);
});

test("the task definition of ECS starts a worker", () => {
  const { containerDefinitions } = JSON.parse(block("json")) as {
    containerDefinitions: {
      command: string[];
      environment: { name: string }[];
      secrets: { name: string }[];
    }[];
  };
  for (const { command, environment, secrets } of containerDefinitions) {
    expect(understood(command)).toEqual(["worker"]);
    for (const { name } of [...environment, ...secrets]) expect(variables).toContain(name);
  }
});

describe("the calculation", () => {
  const count = 40;

  /** What a run asks for, by kind, without listings. */
  async function requests(...args: readonly string[]): Promise<unknown> {
    await using source = await TestBucket.create();
    await using target = await TestBucket.create();
    using dir = new TempDir();
    const keys = Array.from({ length: count }, (_, index) => [`object-${index}`, "x"]);
    await plantObjects(source, Object.fromEntries(keys));
    const file = dir.at("summary.json");
    const command = [...args, "--summary-json", file, source.url(), target.url()];
    const { exitCode } = await runCli(command, { env: serverEnv(httpServer()) });
    expect(exitCode).toBe(0);
    const { requests: all } = JSON.parse(fs.readFileSync(file, "utf8")) as {
      requests: Record<string, number>;
    };
    return Object.fromEntries(Object.entries(all).filter(([name]) => name !== "ListObjectsV2"));
  }

  test("counts what is asked for each object", async () => {
    expect(await requests()).toEqual({ GetObject: count, PutObject: count });
    expect(await requests("--server-side-copy")).toEqual({
      HeadObject: count,
      CopyObject: count,
    });
    expect(await requests("--dry-run", "--head-each-target")).toMatchObject({ HeadObject: count });
  });

  test("adds up to the prices that it names", () => {
    const price = (list: number, write: number, read: number): string => {
      const dollars = ((list + write) * 0.005 + read * 0.0004) / 1000;
      return `$${Math.round(dollars).toLocaleString("en-US")}`;
    };
    const shown = [...section.matchAll(/\| (\$[\d,]+) +\|$/gm)].map(([, text]) => text);
    expect(shown).toEqual([
      price(2e6, 0, 0),
      price(1e6, 0, 1e9),
      price(1e6, 1e9, 1e9),
      price(1e6, 1e9, 1e9),
      price(2e6, 1e7, 1e7),
    ]);
  });

  test("divides as it says", () => {
    const rows = [...section.matchAll(/^\| ([\d,]+) +\| (\d+) +\| (.*?) +\| (.*?) +\|$/gm)];
    expect(rows).toHaveLength(5);
    for (const [, objects = "", workers, sent = "", idle = ""] of rows) {
      const share = Number(objects.replaceAll(",", "")) / Number(workers);
      expect(secondsIn(sent) / (share / 1000)).toBeWithin(0.95, 1.05);
      expect(secondsIn(idle) / (share * 8.7e-6)).toBeWithin(0.95, 1.05);
    }
  });
});

function secondsIn(text: string): number {
  const [number = "", unit = ""] = text.split(" ");
  const seconds: Readonly<Record<string, number>> = { seconds: 1, minutes: 60, hours: 3600 };
  return Number(number) * (seconds[unit] ?? Number.NaN);
}
