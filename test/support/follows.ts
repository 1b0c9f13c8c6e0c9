/**
 * Directories that a watch keeps in step with something else.
 *
 * @module
 */
import type { Run } from "../../src/index.ts";
import { fileDigests, type Tree, treeDigests } from "./trees.ts";

/**
 * Goes on with a watch until it has nothing to do, and a directory holds these files and no others.
 *
 * @param change is what it is to follow. The watch is listened to before: what it tells of it comes once
 */
export async function follows(
  run: Run,
  directory: string,
  files: Tree,
  change: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const followed = untilHolds(run, directory, files);
  await Promise.all([change(), followed]);
}

async function untilHolds(run: Run, directory: string, files: Tree): Promise<void> {
  const wanted = treeDigests(files);
  for await (const event of run) {
    const isIdle = event.type === "watch" && event.state.phase === "idle";
    if (isIdle && Bun.deepEquals(fileDigests(directory), wanted)) return;
  }
  throw new Error("the watch is over");
}
