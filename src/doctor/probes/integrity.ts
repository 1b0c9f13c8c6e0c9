/**
 * Does the server notice damage, and does it prove what it holds?
 *
 * @module
 */
import { type ChecksumAlgorithm, checksumAlgorithms } from "../../core/checksum.ts";
import { degraded, good, type Verdict } from "../../core/finding.ts";
import { checksumOf, prepareChecksum } from "../../hash/checksum.ts";
import { base64, md5Of, sha256Hex } from "../../hash/digest.ts";
import { checksumHeader } from "../../store/s3/direct/headers.ts";
import { type Bench, didWith, etagOf, type Probe } from "../bench.ts";
import type { Answer } from "../exchange.ts";

const text = "What was sent is what arrived.";
const bytes = new TextEncoder().encode(text);
const otherBytes = new TextEncoder().encode("What was sent is not what arrived.");

const etags: Probe = {
  name: "ETags",
  without: "objects are transferred and counted as not verified",
  async run(bench) {
    const { headers } = await bench.mustPut("object", text);
    const told = headers.get("etag");
    if (told === etagOf(text)) return good("the MD5 of the bytes");
    return degraded(
      told === undefined ? "none is told" : `${told} is not the MD5 of the bytes`,
      "objects are transferred and counted as not verified, and --check-etag compares nothing",
      "Verify by checksums instead: --additional-checksum-algorithm CRC64NVME --disable-etag-verify",
    );
  },
};

const unnoticed =
  "damage on the way is not refused; s3sync notices it afterwards, by the ETag, and sends again";

/** A probe that sends one good object and one that is damaged. */
function damageProbe(
  name: string,
  headersFor: (of: Uint8Array) => Readonly<Record<string, string>>,
): Probe {
  return {
    name,
    without: unnoticed,
    async run(bench) {
      await bench.mustPut("right", text, headersFor(bytes));
      const wrong = await bench.put("wrong", text, headersFor(otherBytes));
      if (wrong.refusal !== undefined) return good(`wrong ones are ${didWith(wrong)}`);
      return degraded("wrong ones are accepted", unnoticed);
    },
  };
}

const contentMd5 = damageProbe("Content-MD5", (of) => ({ "content-md5": base64(md5Of(of)) }));
const signedHash = damageProbe("signed SHA-256", (of) => ({ "x-payload": sha256Hex(of) }));

function checksumProbe(algorithm: ChecksumAlgorithm): Probe {
  const name = `checksum ${algorithm}`;
  const without = `--additional-checksum-algorithm ${algorithm} proves nothing here`;
  return {
    name,
    without,
    async run(bench) {
      await prepareChecksum(algorithm);
      const header = checksumHeader(algorithm);
      const right = checksumOf(algorithm, bytes).value;
      const wrong = checksumOf(algorithm, otherBytes).value;
      await bench.mustPut("right", text, { [header]: right });
      const head = await bench.mustHead("right", { "x-amz-checksum-mode": "ENABLED" });
      const isKept = head.headers.get(header) === right;
      return checksumVerdict(isKept, await bench.put("wrong", text, { [header]: wrong }), without);
    },
  };
}

function checksumVerdict(isKept: boolean, wrong: Answer, without: string): Verdict {
  const isRefused = wrong.refusal !== undefined;
  if (isKept && isRefused) return good(`kept; wrong ones are ${didWith(wrong)}`);
  if (isRefused) return degraded("wrong ones are refused, but none is kept or told", without);
  return degraded(
    isKept ? "kept as told, also when it is wrong" : "neither checked nor kept",
    without,
  );
}

const ranges: Probe = {
  name: "ranges",
  without: "large objects cannot be downloaded in parts",
  async run(bench) {
    await bench.mustPut("object", text);
    const answer = await bench.get("object", { range: "bytes=5-9" });
    const isRight = answer.status === 206 && answer.text === text.slice(5, 10);
    if (isRight && answer.headers.get("content-range") === `bytes 5-9/${bytes.length}`) {
      return good("exactly the bytes that are asked for");
    }
    return degraded(
      `asked for 5 bytes, ${answer.status} with ${answer.bytes.length}`,
      "downloads in parts end with an error",
      "Download with a --multipart-threshold that no object reaches.",
    );
  },
};

const conditionalReads: Probe = {
  name: "If-Match on GET",
  without: "an object that is replaced while it is read in parts is noticed only by its digest",
  async run(bench: Bench) {
    const { headers } = await bench.mustPut("object", text);
    const etag = headers.get("etag") ?? etagOf(text);
    const same = await bench.get("object", { "if-match": etag });
    const other = await bench.get("object", { "if-match": etagOf("another") });
    if (same.status === 200 && other.status === 412) return good("honoured");
    return degraded(
      same.status === 200
        ? `the wrong one is ${didWith(other)}`
        : `the right one is ${didWith(same)}`,
      this.without,
    );
  },
};

/** Reading and writing whole objects. */
export const integrityProbes: readonly Probe[] = [
  etags,
  contentMd5,
  signedHash,
  ...checksumAlgorithms.map(checksumProbe),
  ranges,
  conditionalReads,
];
