/**
 * Index pages in a browser.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { renderIndex } from "../../src/site/index-page.ts";
import { Browser, hasBrowser, type Look } from "../support/chromium.ts";

const startMs = 60_000;
const noon = Date.UTC(2026, 10, 29, 12);

const page = renderIndex({
  path: "downloads/2026 releases/",
  siteName: "files.example.org",
  entries: [
    { name: "api/", mtimeMs: noon },
    { name: "2 years/" },
    { name: "readme.txt", size: 812, mtimeMs: noon },
    { name: "img10.png", size: 3_460_300, mtimeMs: noon - 4e9 },
    { name: "img2.png", size: 94_300, mtimeMs: noon - 5e9 },
    { name: "<script>document.title='taken'</script>.html", size: 7, mtimeMs: noon - 3e9 },
    { name: "photo\u202egnp.exe", size: 70_000, mtimeMs: noon - 2e9 },
    { name: "\u05e9\u05dc\u05d5\u05dd.pdf", size: 700_000, mtimeMs: noon - 1e9 },
    { name: `a${"_very_long".repeat(12)}.iso`, size: 4.7e9, mtimeMs: noon - 9e9 },
  ],
});

const wide: Look = { width: 1100, height: 760, scheme: "light" };
const phone: Look = { width: 390, height: 844, scheme: "light" };

/** Names of files from top to bottom, as they are seen. */
const seen = `[...document.querySelectorAll("li.row:not(.directory)")]
  .map((row) => [row.getBoundingClientRect().top, row.querySelector("a").innerText])
  .sort(([a], [b]) => a - b).map(([, name]) => name.slice(0, 6))`;

describe.skipIf(!hasBrowser)("an index page in a browser (needs chromium)", () => {
  let browser: Browser;
  let server: ReturnType<typeof Bun.serve>;
  beforeAll(async () => {
    const headers = { "content-type": "text/html; charset=utf-8" };
    server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response(page, { headers }),
    });
    browser = await Browser.start();
  }, startMs);
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await server.stop(true);
  });

  const show = (look: Look): Promise<void> =>
    browser.show(`${server.url.href}downloads/2026%20releases/`, look);

  test("sorts by name, size and date without scripts, both ways", async () => {
    await show({ ...wide, scripts: false });
    const byName = [
      "<scrip",
      "a_very",
      "img2.p",
      "img10.",
      "photo\u2039",
      "readme",
      "\u05e9\u05dc\u05d5\u05dd.p",
    ];
    const bySize = [
      "<scrip",
      "readme",
      "photo\u2039",
      "img2.p",
      "\u05e9\u05dc\u05d5\u05dd.p",
      "img10.",
      "a_very",
    ];
    const byDate = [
      "a_very",
      "img2.p",
      "img10.",
      "<scrip",
      "photo\u2039",
      "\u05e9\u05dc\u05d5\u05dd.p",
      "readme",
    ];
    expect(await browser.value(seen)).toEqual(byName);
    const clicks: [label: string, names: string[]][] = [
      ["name-down", byName.toReversed()],
      ["size-down", bySize.toReversed()],
      ["size-up", bySize],
      ["date-down", byDate.toReversed()],
      ["date-up", byDate],
      ["name-up", byName],
    ];
    for (const [label, names] of clicks) {
      await browser.click(`[for="${label}"]`);
      expect([label, await browser.value(seen)]).toEqual([label, names]);
    }
    await browser.click(`[for="size-down"]`);
    await browser.shot("by-size");
  });

  test("runs nothing that a name says", async () => {
    await show(wide);
    expect(await browser.value("document.title")).toBe(
      "downloads/2026 releases/ \u2013 files.example.org",
    );
    expect(await browser.value("document.scripts.length")).toBe(0);
  });

  test.each<[name: string, look: Look]>([
    ["light", wide],
    ["dark", { ...wide, scheme: "dark" }],
    ["phone", phone],
    ["phone-dark", { ...phone, scheme: "dark" }],
  ])("fits, and can be read: %s", async (name, look) => {
    await show(look);
    expect(await browser.value("document.documentElement.scrollWidth")).toBe(look.width);
    const contrasts =
      await browser.value(`[...document.querySelectorAll("h1, a, time, data[value], footer, label")]
      .map((element) => [element, getComputedStyle(element)])
      .filter(([, style]) => style.display !== "none")
      .map(([element, style]) => {
        const lightness = (color) => {
          const parts = color.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
            .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
          return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
        };
        const behind = getComputedStyle(element.closest(".card") ?? document.body).backgroundColor;
        const [dark, light] = [lightness(style.color), lightness(behind)].sort((a, b) => a - b);
        return (light + 0.05) / (dark + 0.05);
      })`);
    // What the guidelines for accessible pages ask for (WCAG 2.2, 1.4.3).
    expect(Math.min(...(contrasts as number[]))).toBeGreaterThan(4.5);
    expect((await browser.shot(name)).byteLength).toBeGreaterThan(10_000);
  });

  test("leads up, and to what it lists, by links that end there", async () => {
    await show(wide);
    const links = await browser.value(`[...document.links].map(({ pathname }) => pathname)`);
    const here = "/downloads/2026%20releases/";
    expect(links).toEqual(
      expect.arrayContaining([
        "/",
        "/downloads/",
        `${here}2%20years/`,
        `${here}photo%E2%80%AEgnp.exe`,
      ]),
    );
  });
});
