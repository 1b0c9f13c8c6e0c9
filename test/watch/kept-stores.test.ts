/**
 * Buckets that stay open between rounds.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { StateDirectory } from "../../src/state/state-directory.ts";
import { configOf } from "../../src/sync/sync.ts";
import { KeptStores } from "../../src/watch/kept-stores.ts";
import { TempDir } from "../support/temp-dir.ts";

test("who asks at the same time gets the same stores", async () => {
  using directory = new TempDir();
  const config = configOf({
    ...{ source: "s3://a/", target: "s3://b/", endpointUrl: "http://127.0.0.1:1" },
    ...{ region: "us-east-1", accessKey: "id", secretAccessKey: "a key of this test" },
  });
  const state = new StateDirectory(directory.path);
  const kept = new KeptStores(config, {}, state, () => undefined);
  const { signal } = new AbortController();
  const [one, other] = await Promise.all([kept.get(signal), kept.get(signal)]);
  expect(one.source).toBeDefined();
  expect(one.source).toBe(other.source);
  await kept.close();
  expect((await kept.get(signal)).source).not.toBe(one.source);
  await kept.close();
});
