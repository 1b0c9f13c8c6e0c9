/**
 * The TypeScript in README.md, as somebody would copy it: checked, and run.
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import fs from "node:fs";

import { TestBucket } from "../support/bucket.ts";
import { type Finished, run, start } from "../support/build.ts";
import { serverEnv, startCli } from "../support/cli.ts";
import { hasNats, NatsServer } from "../support/nats-server.ts";
import { readmeFile } from "../support/option-reference.ts";
import { SampleProject } from "../support/sample-project.ts";
import { httpServer } from "../support/servers.ts";

/** Each begins with its name. */
const recipes: Readonly<Record<string, string>> = Object.fromEntries(
  [...fs.readFileSync(readmeFile, "utf8").matchAll(/```ts\n(\/\/ ([\w.]+).*?)```/gs)].map(
    ([, text = "", name = ""]) => [name, text],
  ),
);

let project: SampleProject;
let bucket: TestBucket;

beforeAll(async () => {
  project = await SampleProject.create();
  bucket = await TestBucket.create();
  project.write("photos/1.jpg", "one");
  project.write("photos/2.jpg", "two");
  for (const [name, text] of Object.entries(placed())) project.write(name, text);
}, 120_000);
afterAll(async () => {
  await bucket[Symbol.asyncDispose]();
  project[Symbol.dispose]();
});

/** With a bucket that is there. */
function placed(): Record<string, string> {
  const texts = Object.entries(recipes);
  return Object.fromEntries(
    texts.map(([name, text]) => [name, text.replaceAll("s3://bucket/", bucket.url())]),
  );
}

function env(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { ...serverEnv(httpServer()), ...more };
}

function runRecipe(name: string): Promise<Finished> {
  return run([process.execPath, name], { cwd: project.path, env: env() });
}

/** The command line, with a module of callbacks. */
async function sync(
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<number> {
  return startCli(args, { cwd: project.path, env: env(more) }).exited;
}

test("no block is left out", () => {
  const blocks = fs.readFileSync(readmeFile, "utf8").match(/```ts\n/g) ?? [];
  expect(Object.keys(recipes)).toEqual([
    ...[
      "hooks.ts",
      "webhook.ts",
      "main.ts",
      "progress.ts",
      "server.ts",
      "watcher.ts",
      "cluster.ts",
    ],
  ]);
  expect(blocks).toHaveLength(Object.keys(recipes).length);
});

test("all are checked by the strictest rules", async () => {
  expect(await project.check(placed())).toMatchObject({ exitCode: 0, stdout: "" });
}, 60_000);

test("hooks.ts: metadata by extension, and no drafts", async () => {
  for (const name of ["a.html", "b.css", "c.txt", "drafts/d.html"]) {
    project.write(`site/${name}`, name);
  }
  expect(await sync(["--callback", "hooks.ts", "site", bucket.url("site/")])).toBe(0);
  expect(await bucket.keys("site/")).toEqual(["site/a.html", "site/b.css", "site/c.txt"]);
  const html = await bucket.head("site/a.html");
  expect([html.CacheControl, html.Metadata]).toEqual(["no-cache", { kind: "html" }]);
  expect((await bucket.head("site/c.txt")).CacheControl).toBe("max-age=3600");
});

test("webhook.ts: failures are told", async () => {
  const { promise: told, resolve } = Promise.withResolvers<unknown>();
  using server = Bun.serve({
    port: 0,
    fetch: async (request) => {
      resolve(await request.json());
      return new Response();
    },
  });
  const nowhere = `s3://no-such-bucket-${crypto.randomUUID()}/`;
  const args = ["--callback", "webhook.ts", "photos", nowhere];
  expect(await sync(args, { WEBHOOK: server.url.href })).toBe(1);
  expect(await told).toEqual({
    errors: 1,
    failures: [expect.stringContaining("NoSuchBucket")],
  });
});

test("main.ts: the first steps", async () => {
  const { exitCode, stdout, stderr } = await runRecipe("main.ts");
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout.trim().split("\n").toSorted()).toEqual(["1.jpg", "2 2 0", "2.jpg"]);
});

test("progress.ts: a bar of one's own", async () => {
  await bucket.remove(["photos/1.jpg", "photos/2.jpg"]);
  const { exitCode, stderr } = await runRecipe("progress.ts");
  expect(exitCode).toBe(0);
  expect(stderr.split("\r").at(-1)).toBe(`[${"#".repeat(40)}] 6 of 6 bytes`);
});

test("server.ts: publishes on demand", async () => {
  await bucket.remove(["photos/1.jpg"]);
  await using served = await serve(env());
  const answer = await fetch(new URL("publish", served.url), { method: "POST" });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ transferredObjects: 1, errors: 0 });
  expect(await served.nextLine()).toBe("published");
});

test("server.ts: stops with whoever has asked", async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  using silent = Bun.serve({
    port: 0,
    fetch: () => {
      resolve();
      return new Promise<Response>(() => undefined);
    },
  });
  await using served = await serve(env({ AWS_ENDPOINT_URL: silent.url.href }));
  const leaving = new AbortController();
  const { signal } = leaving;
  const asking = fetch(new URL("publish", served.url), { method: "POST", signal });
  await asked;
  leaving.abort();
  await asking.catch(() => undefined);
  expect(await served.nextLine()).toBe("stopped");
});

test("watcher.ts: keeps going, and ends when it is told to", async () => {
  await bucket.remove(["photos/2.jpg"]);
  const child = start([process.execPath, "watcher.ts"], { cwd: project.path, env: env() });
  for await (const line of linesOf(child.stdout)) {
    if (line.startsWith("idle 0")) child.kill("SIGINT");
  }
  expect(await child.exited).toBe(0);
  expect(await bucket.keys("photos/")).toEqual(["photos/1.jpg", "photos/2.jpg"]);
});

test.skipIf(!hasNats)(
  `cluster.ts: a job for all who work${hasNats ? "" : " (needs nats-server)"}`,
  async () => {
    await using nats = await NatsServer.start();
    project.write("photos/1.jpg", "one");
    await bucket.put("photos/1.jpg", "one");
    const { exitCode, stdout } = await run([process.execPath, "cluster.ts"], {
      cwd: project.path,
      env: env({ NATS_URL: nats.url }),
    });
    expect({ exitCode, stdout: stdout.replace(/\d+/, "N") }).toEqual({
      exitCode: 0,
      stdout: "done N\n",
    });
    expect(await bucket.keys("copy/")).toContain("copy/1.jpg");
  },
  30_000,
);

interface Served extends AsyncDisposable {
  readonly url: string;
  nextLine(): Promise<string | undefined>;
}

async function serve(environment: Readonly<Record<string, string>>): Promise<Served> {
  const child = start([process.execPath, "server.ts"], {
    cwd: project.path,
    env: { ...environment, PORT: "0" },
  });
  const lines = linesOf(child.stdout);
  const nextLine = async (): Promise<string | undefined> => (await lines.next()).value;
  const url = /^listening on (\S+)$/.exec((await nextLine()) ?? "")?.[1] ?? "";
  return {
    ...{ url, nextLine },
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await child.exited;
    },
  };
}

async function* linesOf(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string, undefined, undefined> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const piece of stream) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  return undefined;
}
