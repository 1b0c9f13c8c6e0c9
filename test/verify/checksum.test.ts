/**
 * Verdicts about additional checksums.
 *
 * @module
 */
import { beforeAll, describe, expect, test } from "bun:test";

import { type Checksum, checksumAlgorithms, isCrc } from "../../src/core/checksum.ts";
import {
  checksumOf,
  compositeChecksum,
  fullChecksum,
  prepareChecksum,
} from "../../src/hash/checksum.ts";
import {
  judgeChecksum,
  judgeCopiedChecksum,
  type PassedChecksums,
} from "../../src/verify/checksum.ts";

const pieces = ["first", "second"].map((text) => Buffer.from(text));
const nothing: PassedChecksums = { whole: undefined, parts: undefined };

beforeAll(async () => {
  await Promise.all(checksumAlgorithms.map(prepareChecksum));
});

function of(algorithm: (typeof checksumAlgorithms)[number], text: string): Checksum {
  return checksumOf(algorithm, Buffer.from(text));
}

describe.each(checksumAlgorithms)("%s", (algorithm) => {
  const parts = () =>
    pieces.map((bytes) => ({ value: checksumOf(algorithm, bytes).value, length: bytes.length }));
  const passed = (): PassedChecksums => ({ whole: of(algorithm, "firstsecond"), parts: parts() });

  test("that is not shown says nothing", () => {
    expect(judgeChecksum(undefined, passed())).toEqual({ kind: "none" });
  });

  test("of all bytes matches them, and no others", () => {
    expect(judgeChecksum(of(algorithm, "firstsecond"), passed()).kind).toBe("match");
    const other = of(algorithm, "other");
    expect(judgeChecksum(other, passed())).toEqual({
      kind: "mismatch",
      expected: passed().whole?.value ?? "",
      actual: other.value,
    });
  });

  test("of parts matches the same parts, in their order", () => {
    const shown = compositeChecksum(algorithm, parts());
    expect(judgeChecksum(shown, passed()).kind).toBe("match");
    const swapped = { whole: undefined, parts: parts().toReversed() };
    expect(judgeChecksum(shown, swapped).kind).toBe("mismatch");
  });

  test("of other parts, or of parts that nobody knows, is unknown", () => {
    const shown = compositeChecksum(algorithm, parts());
    expect(judgeChecksum(shown, { whole: undefined, parts: parts().slice(1) }).kind).toBe(
      "unknown",
    );
    expect(judgeChecksum(shown, nothing).kind).toBe("unknown");
  });

  test("of all bytes is unknown where only another algorithm passed", () => {
    const other = algorithm === "SHA1" ? "SHA256" : "SHA1";
    const whole = of(other, "firstsecond");
    const verdict = judgeChecksum(of(algorithm, "firstsecond"), { whole, parts: undefined });
    expect(verdict.kind).toBe("unknown");
  });

  test("in a form that nobody knows is unknown", () => {
    expect(judgeChecksum({ algorithm, value: "?!" }, passed()).kind).toBe("unknown");
  });
});

test.each(checksumAlgorithms.filter(isCrc))("%s of all bytes can be made of parts", (algorithm) => {
  const parts = pieces.map((bytes) => ({
    value: checksumOf(algorithm, bytes).value,
    length: bytes.length,
  }));
  const whole = fullChecksum(algorithm, parts);
  const verdict = judgeChecksum(of(algorithm, "firstsecond"), { whole, parts: undefined });
  expect(verdict.kind).toBe("match");
});

describe("of a copy on the server", () => {
  const full = of("SHA1", "a");
  const composite: Checksum = { algorithm: "SHA1", value: `${full.value}-2` };
  test.each([
    { what: "the same", to: full, kind: "match" },
    { what: "another value", to: of("SHA1", "b"), kind: "mismatch" },
    { what: "another algorithm", to: of("SHA256", "a"), kind: "unknown" },
    { what: "one of parts", to: composite, kind: "unknown" },
    { what: "none", to: undefined, kind: "none" },
  ] as const)("$what is judged: $kind", ({ to, kind }) => {
    expect(judgeCopiedChecksum(full, to).kind).toBe(kind);
  });

  test("as many parts must be equal, others say nothing", () => {
    const three: Checksum = { algorithm: "SHA1", value: `${full.value}-3` };
    expect(judgeCopiedChecksum(composite, composite).kind).toBe("match");
    expect(judgeCopiedChecksum(composite, three).kind).toBe("unknown");
  });
});
