/**
 * How long it takes until a change is seen in the bucket.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { patient } from "../support/patience.ts";
import { WatchedPair } from "../support/watched-pair.ts";

const files = 40;
const wantedMs = patient(2000);

test(
  `95 of 100 changes of single files are in S3 within ${wantedMs / 1000} s of the last write`,
  async () => {
    // As people have it: with the default for --debounce.
    await using pair = await WatchedPair.watching({ debounce: "500ms" });
    const lags: number[] = [];
    for (let i = 0; i < files; i++) {
      pair.write(`file ${i % 7}`, `change ${i}`);
      const writtenAt = performance.now();
      const isThere = async (): Promise<boolean> => {
        const bytes = await pair.bucket.get(`to/file ${i % 7}`).catch(() => new Uint8Array(0));
        return Buffer.from(bytes).toString() === `change ${i}`;
      };
      await pair.until(isThere);
      lags.push(performance.now() - writtenAt);
    }
    lags.sort((a, b) => a - b);
    const at = (share: number): number => Math.round(lags[Math.ceil(lags.length * share) - 1] ?? 0);
    console.log(
      `lag of ${files} changes: median ${at(0.5)} ms, 95% ${at(0.95)} ms, all ${at(1)} ms`,
    );
    expect(at(0.95)).toBeLessThanOrEqual(wantedMs);
  },
  patient(120_000),
);
