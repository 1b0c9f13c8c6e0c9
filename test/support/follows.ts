/**
 * Directories that a watch keeps in step with something else.
 *
 * @module
 */
import type { Run } from "../../src/index.ts";
import { fileDigests, type Tree, treeDigests } from "./trees.ts";

/** Goes on with a watch until it has nothing to do, and a directory holds these files and no others. */
export async function follows(run: Run, directory: string, files: Tree): Promise<void> {
  const wanted = treeDigests(files);
  for await (const event of run) {
    const isIdle = event.type === "watch" && event.state.phase === "idle";
    if (isIdle && Bun.deepEquals(fileDigests(directory), wanted)) return;
  }
  throw new Error("the watch is over");
}
