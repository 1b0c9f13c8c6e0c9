/**
 * Deleting, and the times that objects have.
 *
 * @module
 */
import { bad, degraded, good, type Verdict } from "../../core/finding.ts";
import { base64, md5Of } from "../../hash/digest.ts";
import { elements, elementText, escapeXml } from "../../store/s3/wire/xml.ts";
import type { Probe } from "../bench.ts";
import { bytesOf, payload } from "../payload.ts";

const deleteMany: Probe = {
  name: "DeleteObjects",
  without: "--delete fails",
  async run(bench) {
    const names = ["a", "b c", "d&e"];
    for (const name of names) await bench.mustPut(name, "x");
    const objects = names.map(
      (name) => `<Object><Key>${escapeXml(bench.key(name))}</Key></Object>`,
    );
    const body = bytesOf(
      `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${objects.join("")}</Delete>`,
    );
    const { text } = await bench.must({
      ...{ name: "DeleteObjects", method: "POST", query: { delete: "" } },
      headers: { "content-type": "application/xml", "content-md5": base64(md5Of(body)) },
      ...payload(body),
    });
    const [refused] = elements(text, "Error");
    const { keys } = await bench.list("");
    if (keys.length === 0) return good(`${names.length} objects in one request`);
    const why = refused === undefined ? "nothing is said" : elementText(refused, "Code");
    return degraded(`${keys.length} of ${names.length} stay (${why ?? "no reason"})`, this.without);
  },
};

/** Milliseconds by which a server may date what was just written. */
const tolerableMs = 60_000;

const times: Probe = {
  name: "times",
  without:
    "what is newer cannot be told: use --check-size, --check-etag or --check-additional-checksum",
  async run(bench): Promise<Verdict> {
    await bench.mustPut("object", "x");
    const { page, xml } = await bench.list("");
    const [listed] = page.objects;
    const head = await bench.mustHead("object");
    const told = Date.parse(head.headers.get("last-modified") ?? "");
    if (listed === undefined || Number.isNaN(told)) return bad("no time is told", this.without);
    const apart = Math.abs(Math.floor(listed.mtimeMs / 1000) * 1000 - told);
    const age = Math.abs(Date.now() - told);
    if (apart > 0) return degraded(`listing and HEAD are ${apart} ms apart`, this.without);
    if (age > tolerableMs) {
      return degraded(
        `what was just written is ${Math.round(age / 1000)} s old`,
        "files that change within that time may be taken for older than their copies",
      );
    }
    const [text = ""] = elements(xml, "LastModified");
    return good(/\.0*[1-9]/.test(text) ? "in milliseconds in listings" : "in whole seconds");
  },
};

/** Deleting and times. */
export const removalProbes: readonly Probe[] = [deleteMany, times];
