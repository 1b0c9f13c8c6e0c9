/**
 * The scenario *files*: a tree of files that is in a bucket already.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { KeySpace } from "../listing/keys.ts";
import { object } from "../listing/render.ts";
import type { Outcome, Result } from "../outcome.ts";
import type { Tool } from "../tool.ts";
import { complaint, type Listing, startEndpoint } from "./list.ts";
import { type BenchOptions, runJob, type Scenario, WorkDir } from "./scenario.ts";

const folders = 100;

/** Writes two trees, one of a tenth of the files. They are sparse: their bytes are not there. */
export async function filesScenario(files: number, options: BenchOptions): Promise<Scenario> {
  const work = new WorkDir();
  const trees = [Math.ceil(files / 10), files].map((keys) => {
    options.say(`files: making ${keys} files`);
    const root = work.at(String(keys));
    makeTree(root, new KeySpace(keys, folders));
    return { root, listing: { keys, folders, latencyMs: 0 } };
  });
  return {
    name: "files",
    async run(tool) {
      const outcomes: Outcome[] = [];
      for (const { root, listing } of trees) {
        const result = await lookThrough(tool, root, listing, options);
        const { keys } = listing;
        const objects = { objects: keys, bytes: 0 };
        outcomes.push({ scenario: "files", step: `${keys}`, tool, work: objects, result });
      }
      return outcomes;
    },
    [Symbol.asyncDispose]: async () => work[Symbol.dispose](),
  };
}

async function lookThrough(
  tool: Tool,
  directory: string,
  listing: Listing,
  options: BenchOptions,
): Promise<Result> {
  using home = new WorkDir();
  const endpoint = await startEndpoint(listing);
  const { server } = endpoint;
  try {
    const before = await endpoint.stats();
    const job = {
      kind: "upload",
      directory,
      bucket: "target",
      server,
      homeDir: home.path,
    } as const;
    return await runJob(tool, job, options, {
      serverCpu: async () => (await endpoint.stats()).cpuSeconds,
      // What only looks at the files asks nobody.
      check: async () =>
        complaint(before, await endpoint.stats(), tool.label === "find" ? 0 : listing.keys),
    });
  } finally {
    await endpoint.stop();
  }
}

function makeTree(root: string, keys: KeySpace): void {
  const before = new Date(Date.parse(object.modified) - 24 * 3600 * 1000);
  let made = "";
  for (let index = 0; index < keys.count; index++) {
    const file = path.join(root, keys.key(index));
    const directory = path.dirname(file);
    if (directory !== made) fs.mkdirSync(directory, { recursive: true });
    made = directory;
    const descriptor = fs.openSync(file, "w");
    fs.ftruncateSync(descriptor, object.size);
    fs.futimesSync(descriptor, before, before);
    fs.closeSync(descriptor);
  }
}
