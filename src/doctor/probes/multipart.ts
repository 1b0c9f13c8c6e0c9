/**
 * Uploads in parts: what comes of them, and what the server tells about the parts.
 *
 * @module
 */
import type { ChecksumAlgorithm } from "../../core/checksum.ts";
import { degraded, good, type Verdict } from "../../core/finding.ts";
import { checksumOf, prepareChecksum } from "../../hash/checksum.ts";
import { hex, md5Of } from "../../hash/digest.ts";
import { checksumHeader } from "../../store/s3/direct/headers.ts";
import { elementText } from "../../store/s3/wire/xml.ts";
import { type Bench, didWith, type Probe } from "../bench.ts";

/** The least that all but the last part must have: 5 MiB. */
const partSize = 5 * 1024 * 1024;
const tail = new TextEncoder().encode("the end");

/** Uploads an object of two parts; the answer to the completion. */
async function uploadTwoParts(bench: Bench, name: string): Promise<{ etag: string | undefined }> {
  const upload = { name, id: await bench.beginUpload(name) };
  const first = await bench.putPart(upload, 1, new Uint8Array(partSize));
  const second = await bench.putPart(upload, 2, tail);
  const parts = [first, second].map((etag) => `<ETag>${etag}</ETag>`);
  const done = await bench.complete(upload, parts);
  if (done.refusal !== undefined) throw done.refusal;
  return { etag: elementText(done.text, "ETag")?.replaceAll('"', "") };
}

function expectedETag(): string {
  const digests = [new Uint8Array(partSize), tail].map((part) => md5Of(part));
  return `${hex(md5Of(Buffer.concat(digests)))}-2`;
}

/** One upload of two parts, because it is the largest thing that is sent, shows everything about them. */
const uploads: Probe = {
  name: "multipart uploads",
  without: "what is larger than --multipart-threshold cannot be written",
  async run(bench) {
    const { etag } = await uploadTwoParts(bench, "object");
    const { headers } = await bench.mustHead("object");
    const made = madeVerdict(Number(headers.get("content-length")), etag, this.without);
    return [
      { name: this.name, ...made },
      { name: "part numbers", ...(await partVerdict(bench)) },
    ];
  },
};

function madeVerdict(size: number, etag: string | undefined, without: string): Verdict {
  if (size !== partSize + tail.length) {
    return degraded(`${size} bytes came of ${partSize + tail.length}`, without);
  }
  if (etag === expectedETag()) return good("two parts; the ETag is the MD5 of their MD5s");
  return degraded(
    `the ETag ${etag ?? ""} is not made of those of the parts`,
    "large objects are counted as not verified",
    "Verify by checksums instead: --additional-checksum-algorithm CRC64NVME --disable-etag-verify",
  );
}

async function partVerdict(bench: Bench): Promise<Verdict> {
  const key = bench.key("object");
  const query = { partNumber: "2" };
  const head = await bench.ask({ name: "HeadObject", method: "HEAD", key, query });
  const isTold =
    head.headers.get("x-amz-mp-parts-count") === "2" &&
    Number(head.headers.get("content-length")) === tail.length;
  const get = await bench.ask({ name: "GetObject", method: "GET", key, query });
  if (isTold) {
    const isRead = Buffer.compare(get.bytes, tail) === 0;
    return good(isRead ? "HEAD and GET know parts" : "HEAD knows parts; GET does not");
  }
  const what = head.refusal === undefined ? "tells nothing" : `is ${didWith(head)}`;
  return degraded(
    `HEAD with a part number ${what}`,
    "the part sizes of objects that others uploaded are unknown: such objects may be counted as not verified",
    "If it is known how they were uploaded: --multipart-chunksize",
  );
}

const listParts: Probe = {
  name: "ListParts",
  without: "nothing: a run remembers its parts itself",
  async run(bench) {
    const id = await bench.beginUpload("object");
    await bench.putPart({ name: "object", id }, 1, tail);
    const key = bench.key("object");
    const { text } = await bench.must({
      ...{ name: "ListParts", method: "GET", key },
      query: { uploadId: id, "encoding-type": "url" },
    });
    return elementText(text, "Size") === String(tail.length)
      ? good("shows the parts of an unfinished upload")
      : degraded("does not show the parts of an unfinished upload", this.without);
  },
};

const listUploads: Probe = {
  name: "ListMultipartUploads",
  without:
    "unfinished uploads of runs that were killed cannot be found: let the bucket abort them after some days",
  async run(bench) {
    const id = await bench.beginUpload("object");
    const query = { uploads: "", prefix: bench.key("object") };
    const { text } = await bench.must({ name: "ListMultipartUploads", method: "GET", query });
    return text.includes(`<UploadId>${id}</UploadId>`)
      ? good("shows unfinished uploads")
      : degraded("does not show unfinished uploads", this.without);
  },
};

const aborts: Probe = {
  name: "AbortMultipartUpload",
  without:
    "parts of transfers that failed or were stopped stay, and cost, until the bucket aborts them",
  async run(bench) {
    const id = await bench.beginUpload("object");
    const key = bench.key("object");
    const query = { uploadId: id };
    await bench.must({ name: "AbortMultipartUpload", method: "DELETE", key, query });
    const again = await bench.ask({ name: "ListParts", method: "GET", key, query });
    if (again.status === 404) return good("throws parts away");
    return degraded("success is told, and the upload is still there", this.without);
  },
};

function checksumTypeProbe(algorithm: ChecksumAlgorithm, type: "COMPOSITE" | "FULL_OBJECT"): Probe {
  const isFull = type === "FULL_OBJECT";
  const option = isFull && algorithm !== "CRC64NVME" ? " --full-object-checksum" : "";
  return {
    name: isFull ? `${algorithm} of whole uploads` : `${algorithm} of parts`,
    without: `--additional-checksum-algorithm ${algorithm}${option} proves nothing for large objects`,
    async run(bench) {
      await prepareChecksum(algorithm);
      const { value } = checksumOf(algorithm, tail);
      const asked = { "x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": type };
      const id = await bench.beginUpload("object", asked);
      const etag = await bench.putPart({ name: "object", id }, 1, tail, {
        [checksumHeader(algorithm)]: value,
      });
      const element = `Checksum${algorithm}`;
      const part = `<ETag>${etag}</ETag><${element}>${value}</${element}>`;
      const done = await bench.complete({ name: "object", id }, [part]);
      if (done.refusal !== undefined) throw done.refusal;
      const head = await bench.mustHead("object", { "x-amz-checksum-mode": "ENABLED" });
      const told = head.headers.get(checksumHeader(algorithm));
      const digest = Buffer.from(value, "base64");
      const wanted = isFull ? value : `${checksumOf(algorithm, new Uint8Array(digest)).value}-1`;
      if (told === wanted) return good(isFull ? "of all bytes" : "of the checksums of the parts");
      return degraded(
        told === undefined ? "not kept" : `${told} is told, not ${wanted}`,
        this.without,
      );
    },
  };
}

/** Uploads in parts. */
export const multipartProbes: readonly Probe[] = [
  uploads,
  listParts,
  listUploads,
  aborts,
  checksumTypeProbe("CRC32C", "COMPOSITE"),
  checksumTypeProbe("SHA256", "COMPOSITE"),
  checksumTypeProbe("CRC32C", "FULL_OBJECT"),
  checksumTypeProbe("CRC64NVME", "FULL_OBJECT"),
];
