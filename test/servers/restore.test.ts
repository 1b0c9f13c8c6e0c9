/**
 * `restore --at` where markers of directories have versions, as on Amazon S3. MinIO keeps none of them, moto does.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { restore, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { hasServer, startOther } from "../support/other-servers.ts";
import { TempDir } from "../support/temp-dir.ts";

const timeoutMs = 60_000;
const kept = { preserve: ["mtime", "mode", "owner"], keepDirs: true } as const;

describe.skipIf(!hasServer("moto"))("moto (needs moto)", () => {
  test(
    "empty directories that were there at a time come back, with their modes, and no later ones",
    async () => {
      await using server = await startOther("moto");
      await using bucket = await TestBucket.create(server);
      await bucket.keepVersions();
      using dir = new TempDir();
      const up = { source: dir.path, target: bucket.url(), ...bucket.side("target"), ...kept };
      // moto leaves out what comes first after a key to begin after: so that is something else.
      dir.write("a", "x");
      fs.mkdirSync(dir.at("gone/empty"), { recursive: true });
      fs.chmodSync(dir.at("gone/empty"), 0o750);
      await sync({ ...up, delete: true });
      const at = new Date();
      await untilNextSecond();
      fs.rmSync(dir.at("gone"), { recursive: true });
      fs.mkdirSync(dir.at("new"));
      await sync({ ...up, delete: true });
      expect(await bucket.keys()).toEqual(["a", "new/"]);
      using into = new TempDir();
      const down = { source: bucket.url(), target: into.path, ...bucket.side("source") };
      const only = ["/gone/", "/new/"];
      expect(await restore({ ...down, at, only })).toMatchObject({ errors: 0, warnings: 0 });
      expect(names(into)).toEqual(["gone", "gone/empty"]);
      expect(fs.statSync(into.at("gone/empty")).mode & 0o777).toBe(0o750);
    },
    timeoutMs,
  );
});

/** moto tells the times of versions in whole seconds. */
function untilNextSecond(): Promise<void> {
  return Bun.sleep(1020 - (Date.now() % 1000));
}

function names({ path }: TempDir): string[] {
  return fs.readdirSync(path, { recursive: true, encoding: "utf8" }).toSorted();
}
