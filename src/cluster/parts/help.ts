/**
 * The help that transfers get from other workers.
 *
 * @module
 */
import type { PartHelp } from "../../transfer/parts/part-help.ts";
import type { HelpOptions } from "./part-sharing.ts";
import { SharedObject } from "./shared-object.ts";

/** The help that a job has. */
export function helpOf(options: HelpOptions): PartHelp {
  return {
    fromBytes: options.sharing.fromBytes,
    with: (task) => new SharedObject(options, task),
  };
}
