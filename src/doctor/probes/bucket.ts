/**
 * What can be read about a bucket as it is, without writing anything.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import { bad, degraded, type Finding, good, unknown, type Verdict } from "../../core/finding.ts";
import { compareKeys } from "../../core/key.ts";
import { parseListPage } from "../../store/s3/wire/list-parser.ts";
import { elements, elementText } from "../../store/s3/wire/xml.ts";
import { type Answer, reasonOf } from "../exchange.ts";
import { scratchName } from "../scratch.ts";

/** Sends a reading request about the bucket. */
export type Reader = (
  name: string,
  query: Readonly<Record<string, string | undefined>>,
) => Promise<Answer>;

/** Something to read. */
export interface ReadingProbe {
  readonly name: string;
  /** `undefined`: nothing worth telling. */
  read(read: Reader, prefix: string): Promise<Verdict | undefined>;
}

/** Only what writes old versions needs to know, and that is nothing of ours yet. */
const notNeeded = "a run does not ask for it";

const versioning: ReadingProbe = {
  name: "versioning",
  async read(read) {
    const answer = await read("GetBucketVersioning", { versioning: "" });
    if (answer.refusal !== undefined) return unknown(unreadable(answer), notNeeded);
    const status = elementText(answer.text, "Status");
    if (status === "Enabled")
      return good("on: what is replaced or deleted stays as an old version");
    return good(status === undefined ? "off" : status.toLowerCase());
  },
};

const lock: ReadingProbe = {
  name: "object lock",
  async read(read) {
    const answer = await read("GetObjectLockConfiguration", { "object-lock": "" });
    if (answer.refusal?.code === "access-denied") return unknown(unreadable(answer), notNeeded);
    if (!answer.text.includes("Enabled")) return good("off");
    const retention = elementText(answer.text, "DefaultRetention");
    if (retention === undefined) return good("on, without a default retention");
    const days = elementText(retention, "Days");
    const length =
      days === undefined ? `${elementText(retention, "Years") ?? "?"} years` : `${days} days`;
    return degraded(
      `on: what is written is kept for ${length}`,
      "old versions of what is replaced or deleted stay, and cost, as long",
    );
  },
};

function unreadable(answer: Answer): string {
  return `cannot be read: ${reasonOf(answer)}`;
}

const unfinished: ReadingProbe = {
  name: "unfinished uploads",
  async read(read, prefix) {
    const query = { uploads: "", prefix: prefix || undefined };
    const answer = await read("ListMultipartUploads", query);
    if (answer.refusal !== undefined) return unknown(unreadable(answer), notNeeded);
    const count = [...elements(answer.text, "Upload")].length;
    if (count === 0) return good("none");
    const more = elementText(answer.text, "IsTruncated") === "true" ? "more than " : "";
    return {
      ...good(`${more}${count}, of runs that go on or were killed: they cost what they hold`),
      hint: "Let the bucket abort them after some days, by a lifecycle rule.",
    };
  },
};

const existing: ReadingProbe = {
  name: "listing",
  async read(read, prefix) {
    const query = { "list-type": "2", "encoding-type": "url", prefix: prefix || undefined };
    const answer = await read("ListObjectsV2", query);
    if (answer.refusal !== undefined) return unknown(unreadable(answer));
    const { objects, nextToken } = parseListPage(answer.text);
    const keys = objects.map(({ key }) => key);
    const at = keys.findIndex((key, index) => compareKeys(keys[index - 1] ?? "", key) >= 0);
    if (at > 0) {
      const pair = `${JSON.stringify(keys[at])} after ${JSON.stringify(keys[at - 1])}`;
      return bad(`not in order: ${pair}`, "runs over this prefix end with an error");
    }
    return good(`${nextToken === undefined ? "" : "more than "}${keys.length} objects, in order`);
  },
};

/** Somebody may have killed a doctor. */
const earlier: ReadingProbe = {
  name: "earlier doctors",
  async read(read, prefix) {
    const start = prefix + scratchName;
    const query = { "list-type": "2", "encoding-type": "url", "max-keys": "1", prefix: start };
    const answer = await read("ListObjectsV2", query);
    if (answer.refusal !== undefined) return undefined;
    const [found] = parseListPage(answer.text).objects;
    if (found === undefined) return undefined;
    const [name = ""] = found.key.slice(prefix.length).split("/");
    return degraded(
      `${name} is at work, or was killed before it could tidy up`,
      "what it wrote is taken for objects like any others",
      `If none is at work, delete everything below ${prefix}${name}/`,
    );
  },
};

/** All that can be read. */
export const readingProbes: readonly ReadingProbe[] = [
  ...[existing, versioning, lock, unfinished, earlier],
];

/** Reads one thing. A failure is a finding. */
export async function readOne(
  probe: ReadingProbe,
  read: Reader,
  prefix: string,
): Promise<Finding | undefined> {
  const { name } = probe;
  try {
    const verdict = await probe.read(read, prefix);
    return verdict === undefined ? undefined : { name, ...verdict };
  } catch (thrown) {
    if (thrown instanceof SyncError && thrown.code === "aborted") throw thrown;
    return { name, ...unknown(thrown instanceof Error ? thrown.message : String(thrown)) };
  }
}
