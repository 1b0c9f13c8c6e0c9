/**
 * A watch in bad times: nothing ends it, nothing is lost, nothing is sent that is not finished.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import type { WatchState } from "../../src/index.ts";
import type { SeenRequest } from "../support/fault-proxy.ts";
import { startMinio } from "../support/minio-server.ts";
import { isNightly } from "../support/moments.ts";
import { httpServer } from "../support/servers.ts";
import { type WatchedOptions, WatchedPair } from "../support/watched-pair.ts";

const impatient = { awsMaxAttempts: 1, forceRetryCount: 0 } as const;

const writes =
  (name: string) =>
  ({ operation, target }: SeenRequest): boolean =>
    operation === "PutObject" && target.endsWith(`/${name}`);

const tooMany = "2 objects are not deleted: --max-delete allows 1";

/** What was told by warnings, and by errors. */
const troubles = (pair: WatchedPair): string[] =>
  pair.events.flatMap((event) => ("error" in event ? [event.error.message] : []));

/** Whether there was a round since the phase was told for the first time. */
function isToldAgain({ events }: WatchedPair, phase: WatchState["phase"]): boolean {
  return events.filter((it) => it.type === "watch" && it.state.phase === phase).length > 1;
}

/** One every 50 ms: three seconds of writing, nightly two minutes. */
const mostPieces = isNightly ? 2400 : 60;

const denied = { kind: "refuse", status: 403, code: "AccessDenied" } as const;

describe("a watch", () => {
  test(
    "sends a file that is written for a while when it is finished, once, and the others meanwhile",
    async () => {
      await using pair = await WatchedPair.watching({ debounce: 1000 });
      const finished = Promise.withResolvers<void>();
      let pieces = 0;
      const writer = setInterval(() => {
        fs.appendFileSync(pair.at("slow"), "piece ");
        if (++pieces < mostPieces) return;
        clearInterval(writer);
        finished.resolve();
      }, 50);
      pair.write("quick", "done");
      await pair.until(async () => (await pair.bucket.keys("to/")).includes("to/quick"));
      expect(pieces).toBeLessThan(mostPieces);
      await finished.promise;
      await pair.inStep();
      expect(pair.proxy.requests.filter(writes("slow"))).toHaveLength(1);
    },
    20_000 + mostPieces * 60,
  );

  test("survives that the server dies, and comes back", async () => {
    await using server = await startMinio({ tls: false });
    await using pair = await WatchedPair.create(server);
    pair.begin({ ...impatient, delete: true });
    await pair.until(() => pair.state?.phase === "idle");
    pair.write("before", "1");
    await pair.inStep();
    await server.kill();
    pair.write("while it is away", "2");
    fs.rmSync(pair.at("before"));
    await pair.until(() => (pair.state?.errors ?? 0) > 0);
    await server.revive();
    await pair.inStep();
    expect(Object.keys(await pair.objects())).toEqual(["while it is away"]);
  }, 30_000);

  test("tries again what fails, and deletes nothing before that has gone well", async () => {
    await using pair = await WatchedPair.watching(impatient);
    pair.write("old name", "the only copy");
    await pair.inStep();
    const fault = pair.proxy.inject(writes("new%20name"), denied);
    fs.renameSync(pair.at("old name"), pair.at("new name"));
    await pair.until(() => pair.state?.queue === 1 && pair.state.phase === "idle");
    expect(Object.keys(await pair.objects())).toEqual(["old name"]);
    pair.write("other", "does not wait");
    await pair.until(async () => (await pair.bucket.keys("to/")).includes("to/other"));
    fault.remove();
    await pair.inStep();
    expect(pair.state?.queue).toBe(0);
  });

  test("keeps on disk what it is to try again", async () => {
    await using pair = await WatchedPair.watching(impatient);
    const fault = pair.proxy.inject(writes("a"), denied);
    pair.write("a", "1");
    await pair.until(() => pair.state?.queue === 1);
    await pair.end();
    const [name = ""] = fs.readdirSync(pair.dir.at("state/watch"));
    const kept = fs.readFileSync(pair.dir.at("state/watch", name), "utf8");
    expect(JSON.parse(kept)).toMatchObject({ queue: [{ key: "a", tries: 1 }] });
    fault.remove();
    pair.begin(impatient);
    await pair.inStep();
    expect(fs.readdirSync(pair.dir.at("state/watch"))).toEqual([]);
  });

  test("deletes nothing when its directory is gone, and goes on when that is back", async () => {
    await using pair = await WatchedPair.watching({ allowEmptySource: false });
    pair.write("a", "1");
    await pair.inStep();
    fs.renameSync(pair.root, pair.dir.at("away"));
    await pair.until(() => pair.events.some((it) => it.type === "warning"));
    fs.mkdirSync(pair.root);
    pair.write("b", "2");
    pair.write("a", "1");
    await pair.inStep();
    expect(pair.events.filter((it) => it.type === "deleted")).toEqual([]);
  });

  test("counts deletions from one look at everything to the next", async () => {
    await using pair = await WatchedPair.create();
    for (const name of ["a", "b", "c", "d"]) pair.write(name, name);
    pair.begin({ maxDelete: "2" });
    await pair.inStep();
    for (const name of ["a", "b"]) {
      fs.rmSync(pair.at(name));
      await pair.inStep();
    }
    fs.rmSync(pair.at("c"));
    await pair.until(() => pair.events.some((it) => it.type === "warning"));
    expect(Object.keys(await pair.objects())).toEqual(["c", "d"]);
  });

  test("is held by a guard as long as deletions are too many, and says so once", async () => {
    await using pair = await WatchedPair.create();
    for (const name of ["a", "b", "c"]) pair.write(name, name);
    pair.begin({ maxDelete: "1" });
    await pair.inStep();
    fs.rmSync(pair.at("a"));
    fs.rmSync(pair.at("b"));
    await pair.until(() => pair.state?.phase === "held");
    expect(pair.state).toMatchObject({ pending: expect.any(Number), trouble: tooMany });
    pair.write("c", "others are sent");
    await pair.until(() => isToldAgain(pair, "held"));
    pair.write("a", "back");
    await pair.inStep();
    expect(troubles(pair)).toEqual([tooMany]);
    expect(pair.events.filter(({ type }) => type === "notice")).toMatchObject([
      { message: "in step again" },
    ]);
  });

  test.each<[string, WatchedOptions]>([
    ["an empty directory", { allowEmptySource: false }],
    ["one without its marker", { requireMarker: "marker" }],
  ])("deletes nothing for %s, and says so once", async (_, options) => {
    await using pair = await WatchedPair.create();
    for (const name of ["a", "marker"]) pair.write(name, name);
    pair.begin({ ...options, rescan: 100 });
    await pair.inStep();
    fs.rmSync(pair.at("a"));
    fs.rmSync(pair.at("marker"));
    await pair.until(() => pair.state?.phase === "held");
    const { rounds = 0 } = pair.state ?? {};
    await pair.until(() => pair.state?.phase === "held" && pair.state.rounds >= rounds + 2);
    expect(troubles(pair)).toHaveLength(1);
    expect(Object.keys(await pair.objects())).toEqual(["a", "marker"]);
    pair.write("marker", "marker");
    await pair.inStep();
    expect(Object.keys(await pair.objects())).toEqual(["marker"]);
  });

  test("looks at everything from time to time: what nobody has told is found", async () => {
    await using pair = await WatchedPair.create();
    pair.write("a", "1");
    pair.begin({ rescan: 200 });
    await pair.inStep();
    // Somebody else.
    await pair.bucket.put("to/b", "not ours");
    await pair.bucket.remove(["to/a"]);
    await pair.inStep();
  });

  test("asks again who it is when its credentials are refused", async () => {
    await using pair = await WatchedPair.create();
    const { accessKeyId, secretAccessKey } = httpServer();
    const file = pair.dir.at("credentials");
    const write = (secret: string): void =>
      fs.writeFileSync(
        file,
        `[watch]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secret}\n`,
      );
    write(secretAccessKey);
    pair.write("a", "1");
    pair.begin({
      ...impatient,
      ...{ targetAccessKey: undefined, targetSecretAccessKey: undefined },
      ...{ targetProfile: "watch", awsSharedCredentialsFile: file },
    });
    await pair.inStep();
    const fault = pair.proxy.inject(writes("b"), {
      ...{ kind: "refuse", status: 400, code: "ExpiredToken" },
    });
    pair.write("b", "2");
    await pair.until(() => pair.state?.phase === "waiting");
    fault.remove();
    await pair.inStep();
  });
});
