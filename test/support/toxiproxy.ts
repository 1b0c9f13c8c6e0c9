/**
 * Shopify's toxiproxy: connections that are slow, cut, reset or closed late, by a program that knows nothing of us. A CI
 * machine installs it into the cache; elsewhere `S3SYNC_TEST_SERVERS=1` does, else tests that need it are skipped by
 * name.
 *
 * @see https://github.com/Shopify/toxiproxy
 * @module
 */
import fs from "node:fs";

import { freePort } from "./minio-server.ts";
import { programOf, untilAnswering } from "./other-servers.ts";
import type { TestServer } from "./servers.ts";

/** Whether it can be started here. */
export const hasToxiproxy = fs.existsSync(programOf("toxiproxy"));

/** What a connection suffers, in toxiproxy's own words. */
export interface Toxic {
  readonly type:
    "latency" | "bandwidth" | "slow_close" | "timeout" | "reset_peer" | "slicer" | "limit_data";
  readonly attributes: Readonly<Record<string, number>>;
  /** Which way: to the server, or back. */
  readonly stream: "upstream" | "downstream";
  /** Which share of the connections. */
  readonly toxicity: number;
}

/** A running toxiproxy. Dispose of it. */
export class Toxiproxy implements AsyncDisposable {
  private constructor(
    private readonly api: string,
    private readonly child: Bun.Subprocess,
  ) {}

  /** @param seed decides which connections are struck */
  static async start(seed: number): Promise<Toxiproxy> {
    const port = freePort();
    const args = ["-host", "127.0.0.1", "-port", String(port), "-seed", String(seed)];
    const child = Bun.spawn([programOf("toxiproxy"), ...args], {
      env: { ...process.env, LOG_LEVEL: "error" },
      ...{ stdin: "ignore", stdout: "ignore", stderr: "ignore" },
    });
    const api = `http://127.0.0.1:${port}`;
    await untilAnswering(`${api}/version`, child);
    return new Toxiproxy(api, child);
  }

  /**
   * Opens a way to a server.
   *
   * @returns the endpoint for clients
   */
  async open(server: TestServer, toxic: Toxic): Promise<ToxicWay> {
    const name = crypto.randomUUID();
    const proxy = { name, listen: "127.0.0.1:0", upstream: new URL(server.endpoint).host };
    const { listen } = await this.call<{ listen: string }>("POST", "/proxies", proxy);
    await this.call("POST", `/proxies/${name}/toxics`, { name: toxic.type, ...toxic });
    const close = async (): Promise<void> => void (await this.call("DELETE", `/proxies/${name}`));
    return { endpoint: `http://${listen}`, [Symbol.asyncDispose]: close };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T | (undefined & T)> {
    const response = await fetch(`${this.api}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}

/** A way through toxiproxy. Dispose of it. */
export interface ToxicWay extends AsyncDisposable {
  readonly endpoint: string;
}
