/**
 * Are listings in order, complete, and do they begin where they are told to?
 *
 * @module
 */
import { bad, degraded, good, type Verdict } from "../../core/finding.ts";
import { compareKeys } from "../../core/key.ts";
import { elementText } from "../../store/s3/wire/xml.ts";
import { type Bench, type Probe } from "../bench.ts";

/**
 * Names whose order tells how they are compared: `/` between `.` and `0`, capitals before small letters, and
 * beyond U+FFFF bytes and UTF-16 disagree.
 */
const plainNames = ["A", "B", "a", "b", "d-x", "d.x", "d/x", "d0x"];
const wideNames = ["é", "\uff5e", "😀"];
const names = [...plainNames, ...wideNames];

const endsWithError = "a run that lists such keys ends with an error";

async function plant(bench: Bench, all: readonly string[]): Promise<void> {
  for (const name of all) await bench.mustPut(name, "x");
}

const order: Probe = {
  name: "order of listings",
  without: endsWithError,
  async run(bench) {
    await plant(bench, names);
    const { keys } = await bench.list("");
    return orderVerdict(keys);
  },
};

function orderVerdict(keys: readonly string[]): Verdict {
  const wanted = names.toSorted(compareKeys);
  if (same(keys, wanted)) return good("by UTF-8 bytes");
  const missing = wanted.filter((name) => !keys.includes(name));
  if (missing.length > 0) {
    return bad(`not listed: ${missing.join(" ")}`, "what is not listed is sent again by each run");
  }
  const plain = keys.filter((key) => plainNames.includes(key));
  if (same(plain, plainNames)) {
    return degraded(
      "by UTF-16, not by UTF-8: characters beyond U+FFFF come too early",
      `${endsWithError}: emoji, for example`,
    );
  }
  return bad(`not by UTF-8 bytes: ${keys.join(" ")}`, endsWithError);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, at) => text === b[at]);
}

const startAfter: Probe = {
  name: "start-after",
  without: "--key-start, and listings that are worked through in several places, end with an error",
  async run(bench) {
    await plant(bench, ["a", "b", "b.c", "c"]);
    const { keys } = await bench.list("", { "start-after": bench.key("b") });
    if (same(keys, ["b.c", "c"])) return good("honoured");
    return degraded(
      `asked for what comes after b: ${keys.join(" ")}`,
      this.without,
      "Use --max-parallel-listings 1.",
    );
  },
};

const pages: Probe = {
  name: "pages of listings",
  without: "more keys than one page holds cannot be listed",
  async run(bench) {
    const all = ["a", "b b", "c+c", "d%d", "e", "f", "g"];
    await plant(bench, all);
    const found: string[] = [];
    const sizes: number[] = [];
    let token: string | undefined;
    do {
      const { keys, page } = await bench.list("", {
        "max-keys": "3",
        "continuation-token": token,
      });
      found.push(...keys);
      sizes.push(keys.length);
      token = page.nextToken;
    } while (token !== undefined && sizes.length <= all.length);
    if (!same(found, all)) return bad(`${all.length} keys became ${found.join(" ")}`, this.without);
    if (sizes.every((size) => size <= 3)) return good("complete, max-keys is honoured");
    return degraded("complete, but max-keys is not honoured", "--max-keys is without effect");
  },
};

const oddPrefix: Probe = {
  name: "odd prefixes",
  without: "prefixes with such characters cannot be used",
  async run(bench) {
    const prefix = "a b+c%d&e=é?#/";
    await plant(bench, [`${prefix}x`, "a b"]);
    const { keys } = await bench.list(prefix);
    if (same(keys, [`${prefix}x`])) return good("taken literally");
    return degraded(`a prefix with blanks, + and % shows ${keys.length} keys, not 1`, this.without);
  },
};

const encoding: Probe = {
  name: "encoding-type=url",
  without: "keys with control characters may be listed as others",
  async run(bench) {
    await plant(bench, ["a b"]);
    const { xml } = await bench.list("");
    if (elementText(xml, "EncodingType") === "url") return good("honoured");
    return degraded("ignored: keys come as they are", this.without);
  },
};

const freshness: Probe = {
  name: "fresh listings",
  without: "a run may miss what was written shortly before",
  async run(bench) {
    for (const name of ["1", "2", "3"]) {
      await bench.mustPut(name, "x");
      const { keys } = await bench.list("");
      if (!keys.includes(name)) {
        return degraded("what was just written is not listed", this.without);
      }
    }
    return good("what was just written is listed");
  },
};

/** Listings. */
export const listingProbes: readonly Probe[] = [
  order,
  startAfter,
  pages,
  oddPrefix,
  encoding,
  freshness,
];
