/**
 * What came out of the steps of a run.
 *
 * @module
 */
import type { Cost } from "./measure.ts";
import type { ScenarioName, StepName, Tool } from "./tool.ts";

/** How much there is to do in a step. */
export interface Work {
  readonly objects: number;
  /** Bytes to move; 0 where nothing has to be moved. */
  readonly bytes: number;
}

/** One step of one tool in one run. */
export interface Outcome {
  readonly scenario: ScenarioName;
  readonly step: StepName;
  readonly tool: Tool;
  readonly work: Work;
  readonly result: Result;
}

/** A figure, or why there is none. */
export type Result =
  | {
      readonly kind: "measured";
      readonly cost: Cost;
      readonly serverCpuS: number | undefined;
      /** That the command sent, where they were counted. */
      readonly requests?: number | undefined;
    }
  | { readonly kind: "failed"; readonly why: string };
