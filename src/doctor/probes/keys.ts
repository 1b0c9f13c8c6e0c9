/**
 * Which keys are kept as they are, which are refused, and which become others?
 *
 * @module
 */
import { bad, degraded, good, type Verdict } from "../../core/finding.ts";
import { severityOf } from "../../sync/severity.ts";
import { type Bench, didWith, type Probe } from "../bench.ts";

/** A kind of keys. */
interface Kind {
  readonly title: string;
  /** Below the probe's prefix. Several must be kept apart. */
  readonly names: readonly string[] | ((bench: Bench) => readonly string[]);
}

/** The longest key that S3 knows, in bytes. */
const longest = 1024;

/** Nothing here may lead out of the probe's own prefix, whatever a server makes of it. */
const kinds: readonly Kind[] = [
  { title: "blanks, + and %", names: ["a b", "a+b", "a%20b", "a%2Bb", "100%"] },
  { title: "quotes and brackets", names: [`'"<>&`, "[a]{b}(c)", "#?=;:,@!$*~^|`"] },
  { title: "backslashes", names: ["a\\b"] },
  { title: "NFC and NFD", names: ["\u00e9", "e\u0301"] },
  { title: "small and capital", names: ["name", "Name", "NAME"] },
  { title: "emoji", names: ["🎄/Ö", "👩‍👩‍👧"] },
  { title: "empty segments (//)", names: ["a//b", "/a"] },
  { title: "dots (. and ..)", names: ["a/b/../c", "a/./d"] },
  { title: "trailing slash", names: ["directory/"] },
  { title: "a name and names below it", names: ["same", "same/below"] },
  { title: "line breaks and control characters", names: ["a\nb", "a\tb", "a\u0001b"] },
  { title: "blanks at the ends", names: [" a", "a ", "a."] },
  { title: "long names", names: ["n".repeat(255), "m".repeat(300)] },
  { title: `${longest} bytes`, names: (bench) => [bench.longKey(longest)] },
];

function keysProbe({ title, names }: Kind): Probe {
  return {
    name: `keys: ${title}`,
    without: "such names cannot be used here",
    async run(bench) {
      return judge(bench, typeof names === "function" ? names(bench) : names);
    },
  };
}

async function judge(bench: Bench, names: readonly string[]): Promise<Verdict> {
  const kept: string[] = [];
  const refused: string[] = [];
  let endsRun = false;
  for (const name of names) {
    const answer = await bench.put(name, contentOf(name));
    if (answer.refusal?.code === "access-denied") throw answer.refusal;
    if (answer.refusal === undefined) {
      kept.push(name);
      continue;
    }
    refused.push(`${JSON.stringify(shortened(name))} is ${didWith(answer)}`);
    endsRun ||= severityOf(answer.refusal, false) === "error";
  }
  const { keys } = await bench.list("");
  const others = keys.filter((key) => !names.includes(key));
  for (const name of kept) {
    const found = await bench.textOf(name);
    if (found === contentOf(name) && keys.includes(name)) continue;
    return changed(name, found, others);
  }
  if (refused.length === 0) return good("kept as they are");
  return degraded(
    refused.join("; "),
    endsRun
      ? "a run that is to send such a name here ends with an error: leave them out with --exclude"
      : "a run that is to send such a name here warns, and goes on",
  );
}

/** Directories hold nothing: some servers make real ones of them. */
function contentOf(name: string): string {
  return name.endsWith("/") ? "" : `the contents of ${name}`;
}

/** A key that is kept under another name, or not apart from another. */
function changed(name: string, found: string | undefined, others: readonly string[]): Verdict {
  const shown = JSON.stringify(shortened(name));
  const again = "such objects are sent again by each run, and --delete takes them for others";
  if (found !== undefined && found !== contentOf(name)) {
    return bad(`${shown} holds what was written under another name`, "objects are overwritten");
  }
  if (others.length > 0) {
    const listed = others.map((key) => JSON.stringify(shortened(key))).join(", ");
    return degraded(`${shown} is accepted; the listing shows ${listed}`, again);
  }
  if (found === undefined) return degraded(`${shown} is accepted and not there`, again);
  return degraded(
    `${shown} is there and not listed`,
    "as a TARGET such objects are sent again by each run; as a SOURCE they are missed, and --delete deletes their copies",
  );
}

const shownLength = 40;

function shortened(name: string): string {
  return name.length > shownLength ? `${name.slice(0, shownLength)}…` : name;
}

/** Names. */
export const keyProbes: readonly Probe[] = kinds.map(keysProbe);
