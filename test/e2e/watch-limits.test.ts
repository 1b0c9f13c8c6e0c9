/**
 * A watch on a system that has not enough of what it takes to hear of everything.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import type { TestBucket } from "../support/bucket.ts";
import { watching } from "../support/watching-process.ts";

const args = (bucket: TestBucket, ...more: readonly string[]): string[] => [
  ...["--watch", "--json-tracing", "--debounce", "50ms", "--delete", "--rescan", "12h", ...more],
  ...["--target-force-path-style", "files", bucket.url("to/")],
];

/** A user of its own, who may have so few directories watched. */
const fewWatches = 30;
const narrow = [
  ...["unshare", "-Ur", "sh", "-c"],
  `echo ${fewWatches} > /proc/sys/user/max_inotify_watches && exec "$@"`,
  "sh",
];
const canBeNarrow =
  Bun.which("unshare") !== null && Bun.spawnSync([...narrow, "true"]).exitCode === 0;

/** More events than the kernel keeps for one who does not listen. */
const queue = Number(tryRead("/proc/sys/fs/inotify/max_queued_events"));

function tryRead(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "0";
}

describe("a watch", () => {
  test.skipIf(!canBeNarrow)(
    "that may not watch all directories says how to change that, and looks every --poll (needs unshare)",
    async () => {
      const directories = 2 * fewWatches;
      await using it = await watching((bucket, dir) => {
        for (let i = 0; i < directories; i++) dir.write(`files/${i}/a`, "a");
        return args(bucket, "--poll", "300ms");
      }, narrow);
      await it.until(async () => (await it.bucket.keys("to/")).length === directories + 1);
      for (let i = 0; i < directories; i++) it.dir.write(`files/${i}/b`, "b");
      await it.until(async () => (await it.bucket.keys("to/")).length === 2 * directories + 1);
      expect(JSON.stringify(it.records)).toContain("fs.inotify.max_user_watches");
    },
    30_000,
  );

  test.skipIf(queue === 0)(
    "that is not listening while too much happens looks at everything (needs inotify)",
    async () => {
      await using it = await watching((bucket) => args(bucket));
      await it.untilIdle();
      it.child.kill("SIGSTOP");
      for (let i = 0; i < queue; i++) {
        fs.writeFileSync(it.dir.at("files/noise"), "");
        fs.rmSync(it.dir.at("files/noise"));
      }
      it.dir.write("files/unheard/of", "x");
      fs.rmSync(it.dir.at("files/first"));
      it.child.kill("SIGCONT");
      await it.until(async () => {
        const keys = await it.bucket.keys("to/");
        return keys.length === 1 && keys[0] === "to/unheard/of";
      });
      const whole = it.records.filter((record) => JSON.stringify(record).includes('"whole":true'));
      expect(whole.length).toBeGreaterThan(1);
    },
    30_000,
  );
});
