/**
 * A watch as a service: what those hear that look after it, over HTTP and by the socket of a service manager.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { serverEnv, startCli } from "../support/cli.ts";
import { freePort } from "../support/minio-server.ts";
import { httpServer } from "../support/servers.ts";
import { ServiceManager } from "../support/service-manager.ts";
import { TempDir } from "../support/temp-dir.ts";

const timeoutMs = 30_000;

/** What such a page says, once it is there and the condition holds. */
async function page(
  url: string,
  condition: (text: string, status: number) => boolean,
): Promise<string> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    const text = (await answer?.text()) ?? "";
    if (answer !== undefined && condition(text, answer.status)) return text;
    await Bun.sleep(20);
  }
}

/** A watch of `files`. Dispose of it. */
class Watched implements AsyncDisposable {
  private constructor(
    readonly dir: TempDir,
    readonly bucket: TestBucket,
    readonly child: ReturnType<typeof startCli>,
  ) {}

  static async start(
    args: readonly string[],
    variables: Readonly<Record<string, string>> = {},
    dir = new TempDir(),
  ): Promise<Watched> {
    dir.write("files/a.txt", "12345");
    const bucket = await TestBucket.create();
    const env = { ...serverEnv(httpServer()), S3SYNC_STATE_DIR: dir.at("state"), ...variables };
    const common = ["--watch", "--debounce", "50ms", "--target-force-path-style", ...args];
    const child = startCli([...common, "files", bucket.url("to/")], { env, cwd: dir.path });
    return new Watched(dir, bucket, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
    this.dir[Symbol.dispose]();
    await this.bucket[Symbol.asyncDispose]();
  }
}

describe("--metrics-listen", () => {
  test(
    "answers with what was done, and whether all is well",
    async () => {
      const port = freePort();
      await using watched = await Watched.start(["--metrics-listen", `127.0.0.1:${port}`]);
      const at = `http://127.0.0.1:${port}`;
      const isIdle = (text: string): boolean => text.includes('s3sync_phase{phase="idle"} 1');
      const first = await page(
        `${at}/metrics`,
        (text) => isIdle(text) && text.includes("s3sync_rounds_total 1"),
      );
      expect(first).toContain("s3sync_objects_total 1\n");
      expect(first).toContain("s3sync_bytes_total 5\n");
      expect(first).toContain("s3sync_lag_seconds 0\n");
      expect(first).toMatch(/^s3sync_last_success_timestamp_seconds 1\d{9}/m);
      watched.dir.write("files/b.txt", "123");
      await page(
        `${at}/metrics`,
        (text) => isIdle(text) && text.includes("s3sync_objects_total 2\n"),
      );
      expect(await page(`${at}/healthz`, (_, status) => status === 200)).toStartWith("idle\n");
      watched.child.kill("SIGTERM");
      expect(await watched.child.exited).toBe(0);
      expect(await fetch(at).catch(() => "gone")).toBe("gone");
    },
    timeoutMs,
  );

  test(
    "says in one line that somebody listens there already, and begins nothing",
    async () => {
      const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
      await using watched = await Watched.start(["--metrics-listen", `127.0.0.1:${other.port}`]);
      expect(await watched.child.exited).toBe(1);
      expect(await new Response(watched.child.stderr).text()).toBe(
        `s3sync: --metrics-listen 127.0.0.1:${other.port}: somebody listens there already\n`,
      );
      expect(await watched.bucket.keys()).toEqual([]);
      await other.stop(true);
    },
    timeoutMs,
  );
});

describe.skipIf(!ServiceManager.isPossible)("a service manager (needs Linux and python3)", () => {
  test(
    "hears of two-way syncs as well, and their metrics are there",
    async () => {
      await using manager = await ServiceManager.start();
      await using bucket = await TestBucket.create();
      using dir = new TempDir();
      dir.write("files/a.txt", "12345");
      const port = freePort();
      const env = { ...serverEnv(httpServer()), NOTIFY_SOCKET: manager.address };
      const how = ["--watch", "--metrics-listen", `127.0.0.1:${port}`, "--target-force-path-style"];
      const state = ["--state", dir.at("state"), "--first-sync", "union"];
      const places = ["files", bucket.url("to/")];
      const child = startCli(["bsync", ...how, ...state, ...places], { env, cwd: dir.path });
      expect(await manager.heard()).toStartWith("READY=1\nSTATUS=working");
      await page(`http://127.0.0.1:${port}/metrics`, (text) => text.includes("objects_total 1\n"));
      child.kill("SIGTERM");
      await manager.until(/^STOPPING=1\n/);
      expect(await child.exited).toBe(0);
    },
    timeoutMs,
  );

  test(
    "hears that the watch is ready, how it stands, and that it ends",
    async () => {
      await using manager = await ServiceManager.start();
      const variables = { NOTIFY_SOCKET: manager.address };
      await using watched = await Watched.start([], variables);
      expect(await manager.heard()).toStartWith("READY=1\nSTATUS=working");
      await manager.until("STATUS=watching, 1 objects done");
      watched.child.kill("SIGTERM");
      await manager.until(/^STOPPING=1\nSTATUS=/);
      expect(await watched.child.exited).toBe(0);
    },
    timeoutMs,
  );

  test(
    "hears that it lives, and that it reads its configuration again",
    async () => {
      await using manager = await ServiceManager.start();
      const variables = { NOTIFY_SOCKET: manager.address, WATCHDOG_USEC: "200000" };
      await using watched = await Watched.start([], variables);
      await manager.until("STATUS=watching, 1 objects done");
      await manager.until("WATCHDOG=1");
      watched.child.kill("SIGHUP");
      await manager.until(/^RELOADING=1\nMONOTONIC_USEC=\d+\n/);
      await manager.until(/^READY=1\nSTATUS=/);
      watched.child.kill("SIGTERM");
      expect(await watched.child.exited).toBe(0);
    },
    timeoutMs,
  );
});
