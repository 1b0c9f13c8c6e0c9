/**
 * How a watch stands, as Prometheus reads it: pure.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 * @module
 */
import type { WatchState } from "../core/watch-state.ts";

/** The type of that text. */
export const metricsType = "text/plain; version=0.0.4; charset=utf-8";

const phases: readonly WatchState["phase"][] = [
  "starting",
  "working",
  "idle",
  "waiting",
  "held",
  "stopping",
];

/** The metrics of a watch. What is not known yet is left out. */
export function metricsText(state: WatchState, version: string): string {
  const { lastSuccessAt } = state;
  return [
    metric("s3sync_build_info", "gauge", "The version that runs.", [
      [`{version="${escaped(version)}"}`, 1],
    ]),
    counter("objects", "Objects that were sent, changed or deleted.", state.objects),
    counter("bytes", "Bytes of objects that were sent.", state.bytes),
    counter("errors", "Errors of objects, and of rounds as a whole.", state.errors),
    counter("rounds", "Rounds that are over.", state.rounds),
    gauge("pending", "Keys and prefixes that wait for a round.", state.pending),
    gauge("queue", "Objects that failed, and are to be tried again.", state.queue),
    gauge(
      "lag_seconds",
      "How long ago the oldest change was heard that is not done yet; 0 when all is done.",
      state.lagMs / 1000,
    ),
    lastSuccessAt === undefined
      ? ""
      : gauge(
          "last_success_timestamp_seconds",
          "When a round last ended well, in seconds since 1970.",
          lastSuccessAt / 1000,
        ),
    metric(
      "s3sync_phase",
      "gauge",
      "What the watch is at: 1 for that, 0 for the others.",
      phases.map((phase) => [`{phase="${phase}"}`, Number(phase === state.phase)]),
    ),
  ].join("");
}

function counter(name: string, help: string, value: number): string {
  return metric(`s3sync_${name}_total`, "counter", help, [["", value]]);
}

function gauge(name: string, help: string, value: number): string {
  return metric(`s3sync_${name}`, "gauge", help, [["", value]]);
}

function metric(
  name: string,
  type: "counter" | "gauge",
  help: string,
  samples: readonly (readonly [labels: string, value: number])[],
): string {
  const lines = samples.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function escaped(label: string): string {
  return label.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
