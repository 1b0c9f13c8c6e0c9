/**
 * Which proxy is meant: fetch, agents of node and our own messages have to agree.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

import {
  proxyEnvironment,
  proxyUrlFor,
  requireKnownProxy,
} from "../../../../src/store/s3/wire/proxy.ts";
import { withEnvironment } from "../support/environment.ts";

/** A proxy that answers by itself, and a server that can be reached without it. */
class Ways implements Disposable {
  private constructor(
    private readonly proxy: http.Server,
    private readonly server: http.Server,
  ) {}

  static async open(): Promise<Ways> {
    const [proxy, server] = ["proxy", "direct"].map((word) =>
      http.createServer((_request, response) => void response.end(word)),
    ) as [http.Server, http.Server];
    await Promise.all(
      [proxy, server].map((each) => new Promise<void>((done) => each.listen(0, "::", done))),
    );
    return new Ways(proxy, server);
  }

  get proxyUrl(): string {
    return `http://127.0.0.1:${portOf(this.proxy)}`;
  }

  get port(): number {
    return portOf(this.server);
  }

  [Symbol.dispose](): void {
    for (const each of [this.proxy, this.server]) each.close().closeAllConnections();
  }
}

function portOf(server: http.Server): number {
  return (server.address() as AddressInfo).port;
}

async function byAgent(url: URL): Promise<string> {
  const agent = new http.Agent({ proxyEnv: proxyEnvironment() });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const request = http.get(url, { agent }, (response) => resolve(text(response)));
  request.on("error", reject);
  return promise;
}

describe("NO_PROXY", () => {
  test.each([
    ["127.0.0.1", "127.0.0.1", "direct"],
    ["127.0.0.1:PORT", "127.0.0.1", "direct"],
    ["127.0.0.1:1", "127.0.0.1", "proxy"],
    ["other, 127.0.0.1", "127.0.0.1", "direct"],
    ["other 127.0.0.1", "127.0.0.1", "direct"],
    ["LOCALHOST", "localhost", "direct"],
    [".localhost", "localhost", "direct"],
    ["localhost.", "localhost", "direct"],
    ["host", "localhost", "proxy"],
    ["::1", "[::1]", "direct"],
    ["[::1]", "[::1]", "direct"],
    ["*", "[::1]", "direct"],
  ])("%s is for %s: %s", async (list, host, expected) => {
    using ways = await Ways.open();
    using _set = withEnvironment({
      ...{ HTTP_PROXY: ways.proxyUrl, http_proxy: "", no_proxy: "" },
      NO_PROXY: list.replace("PORT", String(ways.port)),
    });
    const url = new URL(`http://${host}:${ways.port}/`);
    const ours = proxyUrlFor(url) === undefined ? "direct" : "proxy";
    const fetched = await (await fetch(url)).text();
    expect([ours, fetched, await byAgent(url)]).toEqual([expected, expected, expected]);
  });

  test.each([
    ["127.0.0.0/8", "127.0.0.1", "direct"],
    ["10.0.0.0/8", "127.0.0.1", "proxy"],
    ["127.0.0.0/99", "127.0.0.1", "proxy"],
    ["127.0.0.0/8", "localhost", "proxy"],
  ])("%s is for %s: %s, as far as fetch goes", async (list, host, expected) => {
    using ways = await Ways.open();
    const none = { http_proxy: "", no_proxy: "" };
    using _set = withEnvironment({ HTTP_PROXY: ways.proxyUrl, NO_PROXY: list, ...none });
    const url = new URL(`http://${host}:${ways.port}/`);
    const ours = proxyUrlFor(url) === undefined ? "direct" : "proxy";
    expect([ours, await (await fetch(url)).text()]).toEqual([expected, expected]);
  });

  test("leaves what is below a domain to no agent's proxy", () => {
    using _set = withEnvironment({ NO_PROXY: "example.com", no_proxy: "" });
    expect(proxyEnvironment()["NO_PROXY"]).toBe("example.com,.example.com");
  });
});

describe("a proxy that fetch does not know", () => {
  const url = new URL("https://bucket.example.com");

  test.each(["socks5://user:word@127.0.0.1:1080", "http://user:wo%rd@@:x", ":::word"])(
    "is refused, and not shown: %s",
    (proxy) => {
      using _set = withEnvironment({ ALL_PROXY: proxy, HTTPS_PROXY: "", https_proxy: "" });
      const said = caught(() => requireKnownProxy(url));
      expect(said).toContain("the variable ALL_PROXY: an http or https URL is allowed");
      expect(said).not.toContain("word@1");
      expect(said).not.toContain("wo%rd");
    },
  );

  test("does not matter where another is named, or none is wanted", () => {
    const socks = { ALL_PROXY: "socks5://127.0.0.1:1080", https_proxy: "", no_proxy: "" };
    for (const more of [{ HTTPS_PROXY: "proxy:1" }, { NO_PROXY: "example.com" }]) {
      using _set = withEnvironment({ HTTPS_PROXY: "", ...socks, ...more });
      requireKnownProxy(url);
    }
  });
});

function caught(work: () => void): string {
  try {
    work();
    return "nothing was thrown";
  } catch (error) {
    return String(error);
  }
}
