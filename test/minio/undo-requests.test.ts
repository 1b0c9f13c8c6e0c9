/**
 * What the journal of a run costs: requests for what is there, where nobody makes sure of that.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { ConfigInput } from "../../src/index.ts";
import { needing } from "../support/capabilities.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { secondsAgo } from "../support/trees.ts";
import { UndoScene } from "./undo-scene.ts";

/** All of them are small. */
const trees = {
  before: { changed: "old", gone: "gone" },
  after: { changed: "newer", new: "1" },
};

/** How often a run asks for an object, and what comes of taking it back. */
async function asked(more: Partial<ConfigInput>, keepsVersions = false) {
  await using proxy = await FaultProxy.start(httpServer());
  await using scene = await UndoScene.create(keepsVersions, trees);
  const held = await scene.held();
  await scene.run({ targetEndpointUrl: proxy.endpoint, ...more });
  const { length } = proxy.requests.filter(({ operation }) => operation === "HeadObject");
  return { heads: length, undone: await scene.undone(), held, now: await scene.held() };
}

/** How often a run with backups asks for an object. */
async function headsOf(journal: string | undefined): Promise<number> {
  await using proxy = await FaultProxy.start(httpServer());
  await using scene = await UndoScene.create(false, trees);
  const file = journal && scene.dir.at(journal);
  await scene.run({ targetEndpointUrl: proxy.endpoint, backupPrefix: "kept/", journal: file });
  return proxy.requests.filter(({ operation }) => operation === "HeadObject").length;
}

const all = ["changed put-back done", "gone put-back done", "new removed done"];

describe("a run with a journal", () => {
  needing("keeps versions").test("looks at each object before it replaces it", async () => {
    const { heads, undone } = await asked({}, true);
    expect([heads, undone]).toEqual([2, all]);
  });

  needing("keeps versions").test(
    "need not where the server makes sure of what is there",
    async () => {
      const { heads, undone, held, now } = await asked({ ifMatch: true }, true);
      expect([heads, undone]).toEqual([0, all]);
      expect(now).toEqual(held);
    },
  );

  test("with --backup-prefix asks no more than a run without one", async () => {
    const [one, other] = [await headsOf(undefined), await headsOf("run.journal")];
    expect(one).toBeGreaterThan(0);
    expect(other).toBe(one);
  });

  needing("keeps versions").test(
    "looks where the same bytes get other metadata: only versions tell them apart",
    async () => {
      await using proxy = await FaultProxy.start(httpServer());
      await using scene = await UndoScene.create(true, { before: { a: "1" }, after: { a: "1" } });
      const { VersionId } = await scene.bucket.head("p/a");
      scene.dir.write("from/a", "1", secondsAgo(-60));
      const more = { ifMatch: true, metadata: "who=me" };
      await scene.run({ targetEndpointUrl: proxy.endpoint, ...more });
      expect((await scene.bucket.head("p/a")).VersionId).not.toBe(VersionId ?? "");
      const asks = proxy.requests.filter(({ operation }) => operation === "HeadObject");
      expect(asks).toHaveLength(1);
      expect(await scene.undone()).toEqual(["a put-back done"]);
      expect((await scene.bucket.head("p/a")).Metadata?.["who"]).toBeUndefined();
    },
  );
});
