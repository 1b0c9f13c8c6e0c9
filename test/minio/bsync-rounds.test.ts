/**
 * Rounds of random edits on both sides of a two-way sync against a real server, each with a fault of the wire or a
 * process that is killed, and then a run that puts everything right.
 *
 * @module
 */
import { expect, test } from "bun:test";

import fc from "fast-check";

import { startCli } from "../support/cli.ts";
import { type Fault, FaultProxy, type Operation } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TwoSides } from "../support/two-sides.ts";

type Texts = Readonly<Record<string, string>>;

const seed = Number(process.env["S3SYNC_TEST_SEED"] ?? Date.now() % 1_000_000);
const rounds = process.env["S3SYNC_TEST_NIGHTLY"] === "1" ? 200 : 12;
const keys = ["a", "b", "c/d", "c/e", "f", "g/h"];
const operations: readonly Operation[] = [
  ...([
    "ListObjectsV2",
    "PutObject",
    "GetObject",
    "HeadObject",
    "DeleteObject",
    "CopyObject",
  ] as const),
];
const faults: readonly Fault[] = [
  { kind: "reset", at: "before-request" },
  { kind: "reset", at: "instead-of-answer" },
  { kind: "refuse", status: 503, code: "SlowDown", headers: { "retry-after": "0" } },
  { kind: "refuse", status: 403, code: "AccessDenied" },
];

/** Draws, again the same for the same seed. */
const draw = fc.sample(fc.nat({ max: 2 ** 30 }), { seed, numRuns: rounds * 40 }).values();
const next = (below: number): number => (draw.next().value ?? 0) % below;
const one = <T>(from: readonly T[]): T => from[next(from.length)] as T;

let counter = 0;

/** Some edits on both sides. Contents are never the same twice. */
async function edit(sides: TwoSides): Promise<void> {
  for (let left = 2 + next(4); left > 0; left--) {
    const [key, files, objects] = [one(keys), sides.files(), await sides.objects()];
    counter += 1;
    const text = `text ${counter}`;
    const kind = next(6);
    if (kind < 2) sides.write(key, text);
    else if (kind < 4) await sides.put(key, text);
    else if (kind === 4 && files[key] !== undefined) sides.delete(key);
    else if (objects[key] !== undefined) await sides.remove(key);
  }
}

/** What somebody has made or changed, and what nobody has touched. */
function survivors(past: Texts, local: Texts, remote: Texts): string[] {
  const names = [...new Set([...Object.keys(local), ...Object.keys(remote)])];
  return names.flatMap((name) => {
    const [then, here, there] = [past[name], local[name], remote[name]];
    const made = [here, there].flatMap((text) => (text === undefined || text === then ? [] : text));
    return then !== undefined && here === then && there === then ? [...made, then] : made;
  });
}

/** A run of the program that is killed when it asks for something. */
async function killed(sides: TwoSides, proxy: FaultProxy, operation: Operation): Promise<void> {
  const gate = proxy.hold(operation, "request");
  const { accessKeyId, secretAccessKey } = httpServer();
  const child = startCli(
    ["bsync", "--state", sides.stateFile, sides.root, sides.bucket.url(sides.prefix)],
    {
      env: {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_REGION: "us-east-1",
        AWS_ENDPOINT_URL: proxy.endpoint,
      },
    },
  );
  await Promise.race([gate.reached, child.exited]);
  child.kill("SIGKILL");
  await child.exited;
  gate.open();
}

test(
  `nothing is lost, and both sides are in step again (seed ${seed})`,
  async () => {
    await using sides = await TwoSides.create();
    let past: Texts = {};
    for (let round = 0; round < rounds; round++) {
      await edit(sides);
      const wanted = survivors(past, sides.files(), await sides.objects());
      {
        await using proxy = await FaultProxy.start(httpServer());
        const operation = one(operations);
        if (round % 3 === 2) await killed(sides, proxy, operation);
        else {
          proxy.inject(operation, one(faults), { times: 1 + next(3) });
          await sides.sync({ targetEndpointUrl: proxy.endpoint, maxDelete: "100%" });
        }
      }
      const rules = { maxDelete: "100%", allowEmptySource: true };
      expect(await sides.sync(rules)).toMatchObject({ errors: 0, warnings: 0 });
      const held = await sides.both();
      expect(wanted.filter((text) => !Object.values(held).includes(text))).toEqual([]);
      expect(sides.tracked()).toEqual(Object.keys(held));
      expect(await sides.sync(rules)).toMatchObject({ transferredObjects: 0, deleted: 0 });
      past = held;
    }
  },
  rounds * 10_000,
);
