/**
 * First runs of two-way syncs that come to no end: when a pair is remembered, and how it is gone on with.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { rejection } from "../core/rejection.ts";
import { startCli } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TwoSides } from "../support/two-sides.ts";

const all = { local: undefined, remote: undefined };

async function apart(): Promise<TwoSides> {
  const sides = await TwoSides.create();
  for (const key of ["a", "b", "c"]) sides.write(key, key);
  await sides.put("d", "d");
  return sides;
}

const mapsOf = (sides: TwoSides): unknown[] =>
  (sides.state()?.buckets ?? []).flatMap(({ maps }) => maps);

test("one that is killed is gone on with by a run that names nothing", async () => {
  await using sides = await apart();
  await using proxy = await FaultProxy.start(httpServer());
  const gate = proxy.hold("PutObject", "request");
  const { accessKeyId, secretAccessKey } = httpServer();
  const { stateFile, root, bucket, prefix } = sides;
  const child = startCli(["bsync", "--state", stateFile, root, bucket.url(prefix)], {
    env: {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: proxy.endpoint,
    },
  });
  await gate.reached;
  child.kill("SIGKILL");
  await child.exited;
  gate.open();
  expect(mapsOf(sides)).toEqual([{ path: root, prefix, recursive: true }]);
  expect(await sides.sync(all)).toMatchObject({ errors: 0, warnings: 0 });
  expect(Object.keys(await sides.both())).toEqual(["a", "b", "c", "d"]);
}, 20_000);

test("one that is stopped before it has brought anything is remembered", async () => {
  await using sides = await apart();
  const stop = new AbortController();
  const onEvent = ({ type }: { type: string }): void => {
    if (type === "listing-complete") stop.abort();
  };
  const summary = await sides.sync({}, { signal: stop.signal, onEvent });
  expect(summary).toMatchObject({ interrupted: true, transferredObjects: 0 });
  expect(mapsOf(sides)).toHaveLength(1);
  expect(await sides.sync(all)).toMatchObject({ transferredObjects: 4 });
});

test("one whose bucket cannot be listed is forgotten: it may be a typo", async () => {
  await using sides = await apart();
  await using proxy = await FaultProxy.start(httpServer());
  proxy.inject("ListObjectsV2", { kind: "refuse", status: 403, code: "AccessDenied" });
  expect(await sides.sync({ targetEndpointUrl: proxy.endpoint })).toMatchObject({ errors: 1 });
  expect(sides.state()).toBeUndefined();
});

test("one that is stopped where neither side holds anything is forgotten", async () => {
  await using sides = await TwoSides.create();
  await sides.sync({}, { signal: AbortSignal.abort() });
  expect(sides.state()).toBeUndefined();
  expect(await rejection(sides.sync(all))).toMatchObject({ code: "usage" });
});
