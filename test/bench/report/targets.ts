/**
 * What we want to reach, and whether a report shows that it is reached. Pure.
 *
 * @module
 */
import type { Figures, Row } from "./statistics.ts";

/** The figures of a step, by tool. */
type Step = (tool: string) => Figures | undefined;

/** One thing to reach. */
interface Target {
  readonly scenario: string;
  /** Of which step; `undefined`: of several. */
  readonly step: string;
  readonly what: string;
  /** What the figures show, and whether that is enough; `undefined` where they do not show it. */
  judge(step: Step, all: (step: string) => Step): Shown | undefined;
}

interface Shown {
  readonly value: string;
  readonly isMet: boolean;
}

const [ours, rust] = ["s3sync", "s3sync (Rust)"] as const;

/** At least so many times as fast as another one. */
function times(least: number, rival: string, figure: (row: Figures) => number) {
  return (step: Step): Shown | undefined => {
    const [mine, theirs] = [step(ours), step(rival)];
    if (mine === undefined || theirs === undefined) return undefined;
    const ratio = figure(theirs) / figure(mine);
    return { value: `${ratio.toFixed(2)} ×`, isMet: ratio >= least };
  };
}

/** At most so much. */
function atMost(most: number, unit: string, figure: (row: Figures) => number, tool: string = ours) {
  return (step: Step): Shown | undefined => {
    const mine = step(tool);
    if (mine === undefined) return undefined;
    const value = figure(mine);
    return { value: `${value.toPrecision(3)} ${unit}`, isMet: value <= most };
  };
}

/** At least this share of the speed of ours without further options. */
function share(least: number, tool: string) {
  return (step: Step): Shown | undefined => {
    const [plain, other] = [step(ours), step(tool)];
    if (plain === undefined || other === undefined) return undefined;
    const ratio = plain.wallS / other.wallS;
    return { value: `${(100 * ratio).toFixed(0)}%`, isMet: ratio >= least };
  };
}

const wall = ({ wallS }: Figures): number => wallS;
const cpu = ({ cpuS }: Figures): number => cpuS;
/** Megabytes of a million bytes. */
const megabytes = ({ peakMiB }: Figures): number => peakMiB * 1.048_576;
const cpuAnObject = ({ cpuMsPerObject }: Figures): number => cpuMsPerObject;

const transfers: readonly Target[] = [
  ["small", "up", `2 × ${rust} with SHA256`, times(2, `${rust} +SHA256`, wall)],
  ["small", "up", "0.30 ms CPU an object", atMost(0.3, "ms", cpuAnObject, "s3sync +SHA256")],
  ["small", "down", `2 × ${rust}`, times(2, rust, wall)],
  ["small", "down", "0.50 ms CPU an object", atMost(0.5, "ms", cpuAnObject)],
  ...["no-op up", "no-op down"].flatMap((step) => [
    ["small", step, "0.5 s", atMost(0.5, "s", wall)] as const,
    ...[rust, "s5cmd", "mc"].map(
      (rival) => ["small", step, `faster than ${rival}`, times(1, rival, wall)] as const,
    ),
  ]),
  ["large", "up", `1.3 × ${rust}`, times(1.3, rust, wall)],
  ["large", "up", "level with mc", times(1, "mc", wall)],
  ["large", "up", "level with s5cmd", times(1, "s5cmd", wall)],
  ["large", "up", "300 MB", atMost(300, "MB", megabytes)],
  ["large", "down", `1.5 × ${rust}`, times(1.5, rust, wall)],
  ["large", "down", "200 MB", atMost(200, "MB", megabytes)],
  ...["small", "large"].flatMap((scenario) =>
    ["up", "down"].map(
      (step) => [scenario, step, "wide is not slower", share(0.95, "s3sync wide")] as const,
    ),
  ),
  ...["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"].map(
    (name) => ["large", "up", `${name}: 80% of the speed`, share(0.8, `s3sync +${name}`)] as const,
  ),
].map(([scenario, step, what, judge]) => ({ scenario, step, what, judge }) as Target);

const million = "1000000";

const listings: readonly Target[] = [
  {
    scenario: "list",
    step: million,
    what: `6 × ${rust} in time`,
    judge: times(6, rust, wall),
  },
  { scenario: "list", step: million, what: `6 × ${rust} in CPU`, judge: times(6, rust, cpu) },
  { scenario: "list", step: million, what: "120 MB", judge: atMost(120, "MB", megabytes) },
  ...["s3sync", "s3sync --delete"].flatMap((tool) =>
    [10, 100].flatMap((times_) => growth("long-list", tool, "list", million, times_)),
  ),
  {
    scenario: "latency",
    step: million,
    what: "10 × one page after the other",
    judge: times(10, "s3sync serial", wall),
  },
  ...growth("files", "s3sync", "files", "100000", 10),
  { scenario: "startup", step: "first request", what: "40 ms", judge: atMost(0.04, "s", wall) },
];

/** So many times as much work takes so many times as long, and no more memory. */
function growth(
  scenario: string,
  tool: string,
  baseScenario: string,
  baseStep: string,
  factor: number,
): Target[] {
  const step = String(Number(baseStep) * factor);
  const judge =
    (show: (large: Figures, small: Figures) => Shown) =>
    (of: Step, all: (name: string) => Step): Shown | undefined => {
      const [large, small] = [of(tool), all(`${baseScenario} ${baseStep}`)(tool)];
      return large === undefined || small === undefined ? undefined : show(large, small);
    };
  const value = (ratio: number): string => `${ratio.toFixed(2)} ×`;
  return [
    {
      scenario,
      step,
      what: `${tool}: linear time`,
      judge: judge((large, small) => {
        const ratio = large.wallS / small.wallS / factor;
        return { value: value(ratio), isMet: ratio <= 1.1 };
      }),
    },
    {
      scenario,
      step,
      what: `${tool}: the same memory`,
      judge: judge((large, small) => {
        const ratio = large.peakMiB / small.peakMiB;
        return { value: value(ratio), isMet: ratio <= 1.1 };
      }),
    },
  ];
}

/** One line of the list of targets. */
export interface Verdict {
  readonly step: string;
  readonly what: string;
  readonly value: string;
  readonly isMet: boolean;
}

/** Judges all targets that the rows show something of. */
export function verdictsOn(rows: readonly Row[]): Verdict[] {
  const step = (name: string) => (tool: string) =>
    rows.find((row) => `${row.scenario} ${row.step}` === name && row.tool === tool)?.figures;
  return [...transfers, ...listings].flatMap((target) => {
    const name = `${target.scenario} ${target.step}`;
    const shown = target.judge(step(name), step);
    return shown === undefined ? [] : [{ step: name, what: target.what, ...shown }];
  });
}
