/**
 * Credentials are asked for as seldom as can be, and never too late.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Credentials } from "../../../src/store/s3/credentials.ts";
import { fresh, type Provider } from "../../../src/store/s3/sdk/fresh-credentials.ts";
import { rejection } from "../../core/rejection.ts";

const minute = 60_000;

/** A provider whose keys live so long, and a clock. */
class Issuer {
  nowMs = 0;
  /** Whether each call was to answer out of no memory. */
  readonly calls: boolean[] = [];
  lives: number | undefined;

  constructor(lives: number | undefined) {
    this.lives = lives;
  }

  readonly provider: Provider = (anew) => {
    this.calls.push(anew);
    const credentials = { ...keys, accessKeyId: `key ${this.calls.length}` };
    const expiresMs = this.lives === undefined ? undefined : this.nowMs + this.lives;
    return Promise.resolve({ credentials, expiresMs });
  };

  readonly source = fresh(this.provider, () => this.nowMs);

  /** The number of the keys that are good now. */
  async at(nowMs: number, refused?: Credentials): Promise<string | undefined> {
    this.nowMs = nowMs;
    return (await this.source(refused))?.accessKeyId;
  }
}

const keys = { accessKeyId: "", secretAccessKey: "secret", sessionToken: undefined };

test("keys without an end are asked for once", async () => {
  const issuer = new Issuer(undefined);
  expect(await issuer.at(0)).toBe("key 1");
  expect(await issuer.at(1e15)).toBe("key 1");
});

test("keys of an hour are replaced five minutes before its end", async () => {
  const issuer = new Issuer(60 * minute);
  expect(await issuer.at(0)).toBe("key 1");
  expect(await issuer.at(54 * minute)).toBe("key 1");
  expect(await issuer.at(55 * minute)).toBe("key 2");
  expect(await issuer.at(56 * minute)).toBe("key 2");
});

test("keys of a minute are replaced after half of it, not with each request", async () => {
  const issuer = new Issuer(minute);
  expect(await issuer.at(0)).toBe("key 1");
  expect(await issuer.at(29_999)).toBe("key 1");
  expect(await issuer.at(30_000)).toBe("key 2");
});

test("all that come at the same time wait for one answer", async () => {
  const issuer = new Issuer(minute);
  const all = await Promise.all(Array.from({ length: 100 }, () => issuer.at(0)));
  expect(new Set(all)).toEqual(new Set(["key 1"]));
  expect(issuer.calls).toHaveLength(1);
});

describe("keys that a server refused", () => {
  test("are replaced, out of no memory", async () => {
    const issuer = new Issuer(undefined);
    const refused = await issuer.source();
    expect(await issuer.at(0, refused)).toBe("key 2");
    expect(issuer.calls).toEqual([false, true]);
  });

  test("are replaced once, however many requests found them refused", async () => {
    const issuer = new Issuer(undefined);
    const refused = await issuer.source();
    await issuer.at(0, refused);
    expect(await issuer.at(0, refused)).toBe("key 2");
  });

  test("and are given again are not asked for again within a minute", async () => {
    const calls: boolean[] = [];
    let nowMs = 0;
    const source = fresh(
      (anew) => {
        calls.push(anew);
        return Promise.resolve({ credentials: { ...keys }, expiresMs: undefined });
      },
      () => nowMs,
    );
    const refused = await source();
    for (nowMs of [0, 1, minute - 1]) expect(await source(refused)).toEqual(keys);
    expect(calls).toEqual([false, true]);
    nowMs = minute;
    await source(refused);
    expect(calls).toEqual([false, true, true]);
  });
});

test("a provider that fails is asked again the next time", async () => {
  let works = false;
  const source = fresh(() =>
    works
      ? Promise.resolve({ credentials: keys, expiresMs: undefined })
      : Promise.reject(new Error("not now")),
  );
  expect(await rejection(source())).toMatchObject({ message: "not now" });
  works = true;
  expect(await source()).toBe(keys);
});

test("keys that cannot be replaced are used to their end, and no longer", async () => {
  let [nowMs, calls] = [0, 0];
  const source = fresh(
    () => {
      calls += 1;
      if (calls > 1) return Promise.reject(new Error("not now"));
      return Promise.resolve({ credentials: keys, expiresMs: 60 * minute });
    },
    () => nowMs,
  );
  await source();
  for (nowMs of [55 * minute, 55 * minute + 1, 60 * minute - 1]) expect(await source()).toBe(keys);
  // Not with each request.
  expect(calls).toBe(3);
  expect(await rejection(source(keys))).toMatchObject({ message: "not now" });
  nowMs = 60 * minute;
  expect(await rejection(source())).toMatchObject({ message: "not now" });
});
