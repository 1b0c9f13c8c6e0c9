/**
 * Jobs of many ranges on a real server: more of them than come in one answer.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { retry } from "../../src/cluster/control/change-job.ts";
import { type Job, keys } from "../../src/cluster/job/job.ts";
import { freshRange, rangeId } from "../../src/cluster/job/range-state.ts";
import { rangesOf } from "../../src/cluster/job/stored.ts";
import { openNatsGround } from "../../src/cluster/nats/nats-ground.ts";
import { asKey } from "../../src/core/key.ts";
import { version } from "../../src/sync/version.ts";
import { hasNats, NatsServer } from "../support/nats-server.ts";
import { never } from "./job-kit.ts";

const missing = hasNats ? "" : " (needs nats-server)";
const count = 300;
const order = { source: "s3://a/", target: "s3://b/", sharedPath: false, options: {} };
const job: Job = {
  ...{ name: "nightly", run: "nightly-1", version, order, stage: "send", reason: undefined },
  ...{ startedAt: 1, end: "cancelled", endedAt: 2 },
};

/** Spans that tile all keys. */
function spans() {
  const places = Array.from({ length: count - 1 }, (_, index) => asKey(`${1000 + index}`));
  return [undefined, ...places].map((after, index) => ({ after, until: places[index] }));
}

describe.skipIf(!hasNats)(`a job of ${count} ranges on NATS${missing}`, () => {
  test("is begun once more, each range once", async () => {
    await using server = await NatsServer.start();
    await using ground = await openNatsGround({ servers: server.url }, never);
    const { records, tasks } = ground;
    for (const span of spans()) {
      await records.create(keys.range(job.run, rangeId(span)), freshRange(span));
    }
    await records.create(keys.job(job.name), job);
    expect(await retry(ground, job.name)).toMatchObject({ ranges: count });
    expect(await tasks.count(job.run)).toBe(count);
  });

  test("is read with each range once, though they change meanwhile", async () => {
    await using server = await NatsServer.start();
    await using ground = await openNatsGround({ servers: server.url }, never);
    const { records } = ground;
    for (const span of spans()) {
      await records.create(keys.range(job.run, rangeId(span)), freshRange(span));
    }
    const all = records.all.bind(records);
    records.all = async function* (prefix) {
      let told = 0;
      for await (const stored of all(prefix)) {
        yield stored;
        told += 1;
        if (told <= 20) await records.put(stored.key, stored.value);
      }
    };
    expect(await rangesOf(ground, job.run)).toHaveLength(count);
  });
});
