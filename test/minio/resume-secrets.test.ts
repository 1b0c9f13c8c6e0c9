/**
 * Journals of unfinished uploads tell nobody what is not for them, and still know whether everything is the same.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type ConfigInput, Secret, type Summary, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { hasTlsServer, tlsServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";

const five = 5 * MiB;

function customerKey(byte: number): { key: string; md5: string } {
  const bytes = Buffer.alloc(32, byte);
  const md5 = new Bun.CryptoHasher("md5").update(bytes).digest("base64");
  return { key: bytes.toString("base64"), md5 };
}

/** Sends a large object, encrypted with a key of ours, and stops after some parts. */
class Encrypted {
  readonly dir = new TempDir();
  readonly metadata = "owner=hidden-name";

  constructor(private readonly bucket: TestBucket) {
    this.dir.write("from/large", randomBytes("encrypted", 4 * five));
  }

  async run(byte: number, stopAfter = Infinity): Promise<{ summary: Summary; kept: number }> {
    const stop = new AbortController();
    const { key, md5 } = customerKey(byte);
    let [kept, moved] = [0, 0];
    const input: ConfigInput = {
      ...{ source: this.dir.at("from"), target: this.bucket.url(), ...this.bucket.side("target") },
      ...{ multipartThreshold: five, multipartChunksize: five, maxParallelUploads: 1, threads: 0 },
      ...{
        targetSseC: "AES256",
        targetSseCKey: new Secret(key),
        targetSseCKeyMd5: new Secret(md5),
      },
      ...{ caBundle: tlsServer().caFile, stateDir: this.dir.at("state"), metadata: this.metadata },
      keepPartial: true,
    };
    const summary = await sync(input, {
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === "kept") kept += 1;
        if (event.type === "moved" && ++moved === stopAfter) stop.abort();
      },
    });
    return { summary, kept };
  }

  /** Everything that is in the directory of state. */
  journals(): string {
    return this.dir
      .files("state")
      .map((name) => fs.readFileSync(this.dir.at("state", name), "utf8"))
      .join("\n");
  }
}

describe.if(hasTlsServer())("an upload with a customer's key that was stopped", () => {
  test("leaves a journal without the key, its MD5, and what the object is told to carry", async () => {
    await using bucket = await TestBucket.create(tlsServer());
    const here = new Encrypted(bucket);
    using _dir = here.dir;
    expect((await here.run(1, 2)).summary.interrupted).toBe(true);
    const text = here.journals();
    expect(text).toContain('"part":2');
    const { key, md5 } = customerKey(1);
    const hex = Buffer.from(md5, "base64").toString("hex");
    for (const secret of [
      key,
      md5,
      hex,
      Buffer.from(key, "base64").toString("hex"),
      "hidden-name",
    ]) {
      expect(text).not.toContain(secret);
    }
    expect(text).not.toContain(bucket.server.secretAccessKey);
  });

  test("goes on with the same key, and begins anew with another one", async () => {
    await using bucket = await TestBucket.create(tlsServer());
    const here = new Encrypted(bucket);
    using _dir = here.dir;
    await here.run(1, 2);
    const other = await here.run(2, 1);
    expect([other.kept, await bucket.openUploads()]).toEqual([0, 1]);
    const same = await here.run(2);
    expect(same.summary).toMatchObject({ transferredObjects: 1, errors: 0, warnings: 0 });
    expect([same.kept, await bucket.openUploads()]).toEqual([1, 0]);
    expect(here.dir.files("state")).toEqual([]);
  });
});
