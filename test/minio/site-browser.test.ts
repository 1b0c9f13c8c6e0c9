/**
 * A published site in a browser, as its visitors see it.
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";

import { PutBucketPolicyCommand } from "@aws-sdk/client-s3";

import { needing } from "../support/capabilities.ts";
import { Browser, hasBrowser, type Look } from "../support/chromium.ts";
import { SiteScene } from "./site-kit.ts";

const startMs = 60_000;
const wide: Look = { width: 1000, height: 600, scheme: "light" };
const files = {
  "css/site.css": "h1 { color: rgb(1, 2, 3) }",
  "home.html": '<link rel="stylesheet" href="css/site.css"><h1>home</h1><a href="files/">files</a>',
  "files/a b.txt": "text",
  "files/sub/c.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
  _redirects: "/old /home\n",
};

const { describe } = needing("keeps data in directory markers", "opens buckets by policies");

describe.skipIf(!hasBrowser)("a published site in a browser (needs chromium)", () => {
  let browser: Browser;
  let site: SiteScene;
  let url: string;
  beforeAll(async () => {
    site = await SiteScene.create(files);
    const Resource = `arn:aws:s3:::${site.bucket.name}/*`;
    const Statement = [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource }];
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    await site.bucket.client.send(new PutBucketPolicyCommand({ Bucket: site.bucket.name, Policy }));
    const rules = [{ files: ["*.html", "*.css"], compress: "gzip" }] as const;
    const { summary } = await site.publish({ generateIndex: true, cleanUrls: true, rules });
    expect(summary).toMatchObject({ errors: 0, warnings: 0 });
    url = `${site.bucket.server.endpoint}/${site.bucket.name}`;
    browser = await Browser.start();
  }, startMs);
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
  });

  test("shows pages at clean addresses, with what they are made of, unpacked", async () => {
    await browser.show(`${url}/home`, wide);
    expect(await browser.value("document.querySelector('h1').innerText")).toBe("home");
    const colour = await browser.value("getComputedStyle(document.querySelector('h1')).color");
    expect(colour).toBe("rgb(1, 2, 3)");
  });

  test.each<[name: string, look: Look]>([
    ["light", wide],
    ["dark", { ...wide, scheme: "dark" }],
    ["phone", { ...wide, width: 390, height: 844 }],
  ])("shows what a directory holds: %s", async (name, look) => {
    await browser.show(`${url}/files/`, look);
    const names = await browser.value(
      "[...document.querySelectorAll('li.row a')].map((link) => link.getAttribute('href'))",
    );
    expect(names).toEqual(["sub/", "a%20b.txt"]);
    expect(await browser.value("document.documentElement.scrollWidth")).toBe(look.width);
    expect((await browser.shot(`published-${name}`)).byteLength).toBeGreaterThan(5000);
  });

  test("leads from one directory to the next", async () => {
    await browser.show(`${url}/files/`, wide);
    const next = await browser.value("document.querySelector('li.row a').href");
    expect(next).toBe(`${url}/files/sub/`);
    await browser.show(String(next), wide);
    expect(await browser.value("document.querySelector('li.row a').innerText")).toBe("c.svg");
  });
});
