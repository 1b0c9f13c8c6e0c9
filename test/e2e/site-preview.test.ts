/**
 * `s3sync site --preview`, as a process and in a browser.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { Browser, hasBrowser } from "../support/chromium.ts";
import { runCli, startCli } from "../support/cli.ts";
import { TempDir } from "../support/temp-dir.ts";

const rules = `
[[site.rules]]
files = "*.css"
compress = "gzip"
cache-control = "max-age=60"
`;

/** A site with a bit of everything. */
function makeSite(): TempDir {
  const dir = new TempDir();
  dir.write("s3sync.toml", rules);
  dir.write("public/index.html", '<link rel="stylesheet" href="/style.css"><h1>Home</h1>');
  dir.write("public/about.html", "<h1>About</h1>");
  dir.write("public/style.css", "h1 { color: rgb(1, 2, 3) }");
  dir.write("public/files/a.txt", "a");
  dir.write("public/files/.hidden", "secret");
  dir.write("public/files/b.tmp", "left out");
  dir.write("public/404.html", "<h1>Lost</h1>");
  dir.write("public/_headers", "/files/*\n  Content-Language: de\n  X-Frame-Options: DENY");
  dir.write("public/_redirects", "/old /about 301");
  return dir;
}

/** A preview as a process. */
class Served implements AsyncDisposable {
  private constructor(
    private readonly child: ReturnType<typeof startCli>,
    private readonly output: AsyncIterator<Uint8Array>,
    readonly url: string,
  ) {}

  static async start(dir: TempDir, ...options: readonly string[]): Promise<Served> {
    const config = ["--config", dir.at("s3sync.toml")];
    const child = startCli(["site", "--preview", ...config, ...options, dir.at("public")], {});
    const output = child.stdout[Symbol.asyncIterator]();
    const { value } = await output.next();
    return new Served(child, output, new TextDecoder().decode(value).trim());
  }

  async get(path: string): Promise<Response> {
    return await fetch(`${this.url.slice(0, -1)}${path}`, { redirect: "manual" });
  }

  /** Ends it as Ctrl-C does. @returns what it printed since, and its exit code */
  async stop(): Promise<{ readonly said: string; readonly exitCode: number }> {
    this.child.kill("SIGINT");
    let said = "";
    let next = await this.output.next();
    for (; next.done !== true; next = await this.output.next()) {
      said += new TextDecoder().decode(next.value);
    }
    return { said, exitCode: await this.child.exited };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }
}

describe("s3sync site --preview", () => {
  test("serves what would be published: headers, compression, redirects, index pages", async () => {
    using dir = makeSite();
    await using site = await Served.start(dir, "--generate-index", "--exclude", "*.tmp");
    expect(site.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const home = await site.get("/");
    expect([home.headers.get("content-type"), home.headers.get("cache-control")]).toEqual([
      "text/html; charset=utf-8",
      "no-cache",
    ]);
    const style = await site.get("/style.css");
    expect(Object.fromEntries(style.headers)).toMatchObject({
      "content-encoding": "gzip",
      "cache-control": "max-age=60",
    });
    expect(await style.text()).toStartWith("h1 {");
    const moved = await site.get("/old");
    expect([moved.status, moved.headers.get("location")]).toEqual([301, "/about"]);
    const listing = await (await site.get("/files/")).text();
    expect([listing.includes("a.txt"), listing.includes("b.tmp")]).toEqual([true, false]);
    expect((await site.get("/files/a.txt")).headers.get("content-language")).toBe("de");
    const missing = ["/files/.hidden", "/files/b.tmp", "/_headers", "/none"];
    const answers = await Promise.all(missing.map(async (path) => (await site.get(path)).status));
    expect(answers).toEqual([404, 404, 404, 404]);
  });

  test("serves clean addresses, and tells with -v what it answers, until Ctrl-C", async () => {
    using dir = makeSite();
    await using site = await Served.start(dir, "--clean-urls", "-v");
    expect(await (await site.get("/about")).text()).toBe("<h1>About</h1>");
    expect(await (await site.get("/none")).text()).toBe("<h1>Lost</h1>");
    expect(await site.stop()).toEqual({
      said: "200 GET /about\n404 GET /none\n",
      exitCode: 130,
    });
  });

  test("shows what was changed since", async () => {
    using dir = makeSite();
    await using site = await Served.start(dir);
    expect(await (await site.get("/about.html")).text()).toBe("<h1>About</h1>");
    dir.write("public/about.html", "<h1>More about</h1>");
    expect(await (await site.get("/about.html")).text()).toBe("<h1>More about</h1>");
  });

  test("refuses what could not be published", async () => {
    using dir = new TempDir();
    dir.write("public/_headers", "/a\n  Basic-Auth: me:word");
    const { exitCode, stderr } = await runCli(["site", "--preview", dir.at("public")]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("_headers:2: ")]);
  });

  test.skipIf(!hasBrowser)(
    "is a site in a browser (needs chromium)",
    async () => {
      using dir = makeSite();
      await using site = await Served.start(dir, "--generate-index");
      await using browser = await Browser.start();
      const look = { width: 800, height: 600, scheme: "light" } as const;
      await browser.show(site.url, look);
      expect(await browser.value("getComputedStyle(document.querySelector('h1')).color")).toBe(
        "rgb(1, 2, 3)",
      );
      await browser.show(`${site.url}files`, look);
      expect(await browser.value("location.pathname")).toBe("/files/");
      expect(await browser.value("document.querySelector('li.row a').pathname")).toBe(
        "/files/a.txt",
      );
      await browser.shot("preview");
    },
    60_000,
  );
});
