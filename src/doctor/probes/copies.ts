/**
 * Copies that the server makes.
 *
 * @module
 */
import { degraded, good } from "../../core/finding.ts";
import { encodeKey } from "../../store/s3/wire/encode.ts";
import type { Operation } from "../../store/s3/wire/operation.ts";
import { elementText } from "../../store/s3/wire/xml.ts";
import { type Bench, didWith, etagOf, type Probe } from "../bench.ts";

type Headers = Readonly<Record<string, string | undefined>>;

/** CopyObject within a bench. */
export function copyOperation(
  bench: Bench,
  from: string,
  to: string,
  headers: Headers = {},
): Operation {
  return {
    ...{ name: "CopyObject", method: "PUT", key: bench.key(to), slow: true },
    headers: { "x-amz-copy-source": copySource(bench, from), ...headers },
  };
}

function copySource(bench: Bench, from: string): string {
  return `${encodeKey(bench.bucket)}/${encodeKey(bench.key(from))}`;
}

const text = "A copy is the same.";

const copies: Probe = {
  name: "server-side copy",
  without: "--server-side-copy cannot be used; without it copies pass through this machine",
  async run(bench) {
    await bench.mustPut("origin ü+", text);
    await bench.must(copyOperation(bench, "origin ü+", "to"));
    const copied = await bench.textOf("to");
    if (copied === text) return good("the same bytes");
    return degraded(copied === undefined ? "nothing was made" : "other bytes", this.without);
  },
};

const sourceCondition: Probe = {
  name: "copy-source-if-match",
  without: "an object that is replaced before it is copied is copied as it is then",
  async run(bench) {
    await bench.mustPut("origin", text);
    const headers = { "x-amz-copy-source-if-match": etagOf("another") };
    const answer = await bench.ask(copyOperation(bench, "origin", "to", headers));
    if (answer.status === 412) return good("kept");
    return degraded(
      `a wrong one is ${didWith(answer)}`,
      `${this.without}: --copy-source-if-match is without effect`,
    );
  },
};

const partCopies: Probe = {
  name: "server-side copy in parts",
  without: "--server-side-copy cannot copy what is larger than --multipart-threshold",
  async run(bench) {
    await bench.mustPut("origin", text);
    const upload = { name: "to", id: await bench.beginUpload("to") };
    const { text: xml } = await bench.must({
      ...{ name: "UploadPartCopy", method: "PUT", key: bench.key("to"), slow: true },
      query: { partNumber: "1", uploadId: upload.id },
      headers: {
        "x-amz-copy-source": copySource(bench, "origin"),
        "x-amz-copy-source-range": "bytes=2-5",
      },
    });
    const etag = elementText(xml, "ETag") ?? "";
    const done = await bench.complete(upload, [`<ETag>${etag}</ETag>`]);
    if (done.refusal !== undefined) throw done.refusal;
    const copied = await bench.textOf("to");
    if (copied === text.slice(2, 6)) return good("exactly the range that is asked for");
    return degraded("other bytes than those of the range", this.without);
  },
};

/** Copies. */
export const copyProbes: readonly Probe[] = [copies, sourceCondition, partCopies];
