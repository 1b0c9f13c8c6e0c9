/**
 * Are conditions on writes kept? Without them two writers overwrite each other unnoticed.
 *
 * @module
 */
import { degraded, good, type Verdict } from "../../core/finding.ts";
import { type Bench, didWith, etagOf, type Probe } from "../bench.ts";
import type { Answer } from "../exchange.ts";
import { copyOperation } from "./copies.ts";

const unseen = "two writers at the same time are not noticed";
const noNew = `${unseen}: --if-none-match is without effect`;
const noKnown = `${unseen}: --if-match is without effect`;

type Headers = Readonly<Record<string, string>>;

/** A way to write the object `name`. */
type Write = (bench: Bench, name: string, headers: Headers) => Promise<Answer>;

const byPut: Write = (bench, name, headers) => bench.put(name, "new", headers);

const byUpload: Write = async (bench, name, headers) => {
  const upload = { name, id: await bench.beginUpload(name) };
  const etag = await bench.putPart(upload, 1, new TextEncoder().encode("new"));
  return bench.complete(upload, [`<ETag>${etag}</ETag>`], headers);
};

const byCopy: Write = async (bench, name, headers) => {
  await bench.mustPut("source", "new");
  return bench.ask(copyOperation(bench, "source", name, headers));
};

const newOnly: Headers = { "if-none-match": "*" };

/** Something is there already: the write must not happen; nothing is there: it must. */
function absenceProbe(name: string, write: Write, where: string): Probe {
  const consequence = `${noNew}${where}`;
  return {
    name: `If-None-Match on ${name}`,
    without: consequence,
    async run(bench) {
      await bench.mustPut("there", "old");
      const refused = await write(bench, "there", newOnly);
      const kept = await bench.textOf("there");
      const accepted = await write(bench, "absent", newOnly);
      return conditionVerdict({ refused, accepted, isKept: kept === "old" }, consequence);
    },
  };
}

/** Something else is there: the write must not happen; what is expected is there: it must. */
function stateProbe(name: string, write: Write, where: string): Probe {
  const consequence = `${noKnown}${where}`;
  return {
    name: `If-Match on ${name}`,
    without: consequence,
    async run(bench) {
      const { headers } = await bench.mustPut("there", "old");
      const etag = headers.get("etag") ?? etagOf("old");
      const refused = await write(bench, "there", { "if-match": etagOf("another") });
      const kept = await bench.textOf("there");
      await bench.mustPut("there", "old");
      const accepted = await write(bench, "there", { "if-match": etag });
      return conditionVerdict({ refused, accepted, isKept: kept === "old" }, consequence);
    },
  };
}

function conditionVerdict(
  seen: { readonly refused: Answer; readonly accepted: Answer; readonly isKept: boolean },
  consequence: string,
): Verdict {
  const { refused, accepted, isKept } = seen;
  if (refused.refusal === undefined || !isKept) {
    return degraded(isKept ? "ignored: success is told" : "ignored", consequence);
  }
  if (accepted.refusal !== undefined) {
    return degraded(
      `${didWith(accepted)} although it holds`,
      "writes with this condition fail",
      "Leave --if-none-match and --if-match away.",
    );
  }
  if (refused.status === 412 || refused.status === 409) return good("kept");
  return degraded(
    `${didWith(refused)}, not with 412`,
    "what somebody else wrote is an error of the run, not a warning",
  );
}

const conditionalDelete: Probe = {
  name: "If-Match on DELETE",
  without: "--delete may delete what somebody has replaced in the last moment",
  async run(bench) {
    const { headers } = await bench.mustPut("there", "old");
    const etag = headers.get("etag") ?? etagOf("old");
    const remove = (match: string): Promise<Answer> =>
      bench.ask({
        ...{ name: "DeleteObject", method: "DELETE", key: bench.key("there") },
        ...{ headers: { "if-match": match }, once: true },
      });
    const refused = await remove(etagOf("another"));
    const isKept = (await bench.textOf("there")) === "old";
    const accepted = isKept ? await remove(etag) : refused;
    return conditionVerdict(
      { refused, accepted, isKept },
      `${this.without}; --if-match does not prevent it`,
    );
  },
};

/** Conditions on all that writes. */
export const conditionProbes: readonly Probe[] = [
  absenceProbe("PUT", byPut, ""),
  stateProbe("PUT", byPut, ""),
  absenceProbe("multipart uploads", byUpload, " for large objects"),
  stateProbe("multipart uploads", byUpload, " for large objects"),
  absenceProbe("copies", byCopy, " with --server-side-copy"),
  stateProbe("copies", byCopy, " with --server-side-copy"),
  conditionalDelete,
];
