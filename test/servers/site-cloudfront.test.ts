/**
 * `s3sync site --cloudfront-distribution`: a bucket and a distribution, as moto knows both.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { SiteScene } from "../minio/site-kit.ts";
import { Distributions } from "../support/distributions.ts";
import type { RunningServer } from "../support/minio-server.ts";
import { hasServer, startOther } from "../support/other-servers.ts";

const timeoutMs = 60_000;

describe.skipIf(!hasServer("moto"))("a site behind CloudFront (needs moto)", () => {
  let server: RunningServer;
  let distributions: Distributions;
  beforeAll(async () => {
    server = await startOther("moto");
    distributions = new Distributions(server.endpoint);
  }, timeoutMs);
  afterAll(async () => {
    distributions[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  /** A published site, and the options that name its distribution. */
  async function behind(): Promise<{ site: SiteScene; id: string; input: object }> {
    const files = { "index.html": "home", "docs/index.html": "docs", "a.css": "a", "b.css": "b" };
    const site = await SiteScene.create(files);
    await site.publish();
    const id = await distributions.create();
    const to = { cloudfrontDistribution: id, cloudfrontEndpointUrl: server.endpoint };
    return { site, id, input: to };
  }

  test("has it forget what changed and what is gone, and nothing else", async () => {
    const { site: scene, id, input } = await behind();
    await using site = scene;
    site.write("docs/index.html", "other docs");
    site.write("a.css", "other");
    site.remove("b.css");
    const run = await site.publish(input);
    expect(run.summary).toMatchObject({ errors: 0, warnings: 0, deleted: 1 });
    expect(await distributions.forgotten(id)).toEqual([
      ["/a.css", "/b.css", "/docs/", "/docs/index.html"],
    ]);
    await site.publish(input);
    expect(await distributions.forgotten(id)).toHaveLength(1);
  });

  test("is told paths below --cloudfront-path, and directories where there are too many", async () => {
    const { site: scene, id, input } = await behind();
    await using site = scene;
    for (const name of ["x", "y", "z"]) site.write(`n/${name}.css`, name);
    await site.publish({ ...input, cloudfrontPath: "/site/", cloudfrontMaxPaths: 2 });
    expect(await distributions.forgotten(id)).toEqual([["/site/n/*"]]);
  });

  test("waits until that is done, if asked", async () => {
    const { site: scene, id, input } = await behind();
    await using site = scene;
    site.write("a.css", "other");
    const run = await site.publish({ ...input, cloudfrontWait: true });
    expect(run.summary.errors).toBe(0);
    expect(await distributions.forgotten(id)).toEqual([["/a.css"]]);
  });

  test("is told nothing by a dry run, which shows the paths", async () => {
    const { site: scene, id, input } = await behind();
    await using site = scene;
    site.write("a.css", "other");
    const run = await site.publish({ ...input, dryRun: true });
    const notices = run.events.flatMap((event) => (event.type === "notice" ? event.message : []));
    expect(notices).toEqual([`CloudFront ${id} would forget /a.css`]);
    expect(await distributions.forgotten(id)).toEqual([]);
  });

  test("is told of what was sent by a run that failed later, too", async () => {
    const { site: scene, id, input } = await behind();
    await using site = scene;
    site.write("a.css", "other");
    site.write("index.html", "other home");
    const isPage = ({ target, method }: { readonly target: string; readonly method: string }) =>
      method === "PUT" && target.includes("index.html");
    site.proxy.inject(isPage, { kind: "refuse", status: 400, code: "InvalidRequest" });
    expect((await site.publish(input)).summary.errors).toBe(1);
    expect(await distributions.forgotten(id)).toEqual([["/a.css"]]);
  });

  test("that is not there is an error, and the paths are told", async () => {
    const { site: scene, input } = await behind();
    await using site = scene;
    site.write("a.css", "other");
    const run = await site.publish({ ...input, cloudfrontDistribution: "E2NOTTHERE" });
    expect(run.summary.errors).toBe(1);
    const notices = run.events.flatMap((event) => (event.type === "notice" ? event.message : []));
    expect(notices).toContain("not forgotten by CloudFront: /a.css");
  });
});
