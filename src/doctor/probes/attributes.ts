/**
 * What is kept with an object besides its bytes.
 *
 * @module
 */
import { degraded, good, type Verdict } from "../../core/finding.ts";
import { tagQuery } from "../../store/s3/wire/tag-query.ts";
import { elements, elementText } from "../../store/s3/wire/xml.ts";
import type { Probe } from "../bench.ts";

const text = "x";

type Headers = Readonly<Record<string, string>>;

const metadata: Headers = {
  "x-amz-meta-plain": "value",
  "x-amz-meta-a_b.c": "names with _ and .",
  "x-amz-meta-odd": `a=b;c,"d" <e> 'f' %41 \\ /`,
};

const foreign: Headers = { "x-amz-meta-greeting": "Grüße 🎄" };

const headers: Headers = {
  "content-type": "text/x-doctor; charset=utf-8",
  "content-encoding": "x-doctor",
  "content-language": "de",
  "content-disposition": `attachment; filename="a b.txt"`,
  "cache-control": "max-age=60",
  expires: "Fri, 01 Jan 2100 00:00:00 GMT",
  "x-amz-website-redirect-location": "/elsewhere",
};

/** Names of headers that an object does not have as they were given. */
function changed(given: Headers, told: ReadonlyMap<string, string>): string[] {
  return Object.keys(given).filter((name) => told.get(name) !== given[name]);
}

/** Writes an object with headers and looks whether it has them. */
function keptProbe(name: string, given: Headers, without: string): Probe {
  return {
    name,
    without,
    async run(bench): Promise<Verdict> {
      await bench.mustPut("object", text, given);
      const head = await bench.mustHead("object");
      const lost = changed(given, head.headers);
      if (lost.length === 0) return good("kept as it is given");
      const names = lost.map((each) => each.replace(/^x-amz-(?:meta-)?/, ""));
      return degraded(`not kept as it is given: ${names.join(", ")}`, without);
    },
  };
}

function tagsProbe(name: string, given: ReadonlyMap<string, string>, without: string): Probe {
  return {
    name,
    without,
    async run(bench) {
      await bench.mustPut("object", text, { "x-amz-tagging": tagQuery([...given]) });
      const key = bench.key("object");
      const query = { tagging: "" };
      const listed = await bench.must({ name: "GetObjectTagging", method: "GET", key, query });
      const told = new Map(
        Array.from(elements(listed.text, "Tag"), (tag) => [
          elementText(tag, "Key") ?? "",
          elementText(tag, "Value") ?? "",
        ]),
      );
      const lost = [...given].filter(([each, value]) => told.get(each) !== value);
      if (lost.length > 0) return degraded(`${lost.length} of ${given.size} are changed`, without);
      const head = await bench.mustHead("object");
      if (head.headers.get("x-amz-tagging-count") === String(given.size)) {
        return good("kept and counted");
      }
      const lostInCopies =
        "copies from here leave tags behind: they are asked for only where there are any";
      return degraded("kept, but HEAD does not count them", lostInCopies);
    },
  };
}

const plainTags = new Map([
  ["plain", "value"],
  ["odd +-=._:/@", "a b+c=d"],
]);
const foreignTags = new Map([["Größe", "größer"]]);

const storageClass: Probe = {
  name: "storage class",
  without: "--storage-class STANDARD_IA fails",
  async run(bench) {
    await bench.mustPut("object", text, { "x-amz-storage-class": "STANDARD_IA" });
    const head = await bench.mustHead("object");
    const told = head.headers.get("x-amz-storage-class") ?? "STANDARD";
    if (told === "STANDARD_IA") return good("STANDARD_IA is kept");
    return degraded(`STANDARD_IA became ${told}`, "--storage-class is without effect");
  },
};

const encryption: Probe = {
  name: "SSE-S3",
  without: "--sse AES256 fails",
  async run(bench) {
    await bench.mustPut("object", text, { "x-amz-server-side-encryption": "AES256" });
    const head = await bench.mustHead("object");
    if (head.headers.get("x-amz-server-side-encryption") === "AES256") return good("encrypted");
    return degraded("not encrypted, and nothing is said", "--sse AES256 is without effect");
  },
};

const acl: Probe = {
  name: "ACL",
  without: "--acl fails",
  async run(bench) {
    await bench.mustPut("object", text, { "x-amz-acl": "bucket-owner-full-control" });
    return good("accepted");
  },
};

/** What goes along with objects. */
export const attributeProbes: readonly Probe[] = [
  keptProbe("user metadata", metadata, "metadata is lost or changed"),
  keptProbe("user metadata beyond ASCII", foreign, "such metadata comes back changed"),
  keptProbe("headers", headers, "these headers are lost"),
  tagsProbe("tags", plainTags, "--tagging fails, and objects with tags cannot be copied to here"),
  tagsProbe("tags beyond ASCII", foreignTags, "objects with such tags cannot be copied to here"),
  storageClass,
  encryption,
  acl,
];
