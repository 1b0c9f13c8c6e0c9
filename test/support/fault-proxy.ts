/**
 * An HTTP proxy on raw sockets in front of an S3 server, for what only the wire can show: resets, cut and
 * stalled bodies, lost answers, forged ones. It does exactly what a test injects and nothing by itself.
 *
 * @module
 */
import net from "node:net";

import { ByteReader, type Operation, parseHead } from "../fault/http-wire.ts";
import { Exchange, type Fault, type Point, seen, type SeenRequest } from "./fault-exchange.ts";
import type { TestServer } from "./servers.ts";

export type { Answer, Operation } from "../fault/http-wire.ts";
export type { Fault, SeenRequest } from "./fault-exchange.ts";

/** A fault in place. A test that ends with no hits has shown nothing. */
export interface Injection {
  readonly hits: number;
  /** The request met it for the first time. */
  readonly met: Promise<void>;
  remove(): void;
}

/** A point that requests wait at. */
export interface Gate {
  /** The first request waits there now. */
  readonly reached: Promise<void>;
  /** Lets all through, for good. */
  open(): void;
}

/** Which requests are meant. */
export type Match = Operation | ((request: SeenRequest) => boolean);

interface Rule {
  readonly match: (request: SeenRequest) => boolean;
  readonly fault: Fault;
  skip: number;
  left: number;
  hits: number;
  readonly met: PromiseWithResolvers<void>;
}

interface Barrier {
  readonly match: (request: SeenRequest) => boolean;
  readonly at: Point;
  skip: number;
  readonly reached: PromiseWithResolvers<void>;
  readonly opened: PromiseWithResolvers<void>;
}

/** The proxy. Dispose of it. */
export class FaultProxy implements AsyncDisposable {
  /** All requests so far. */
  readonly requests: SeenRequest[] = [];
  /** Whether they are kept. Those of a long run would fill the memory. */
  keepsRequests = true;
  /** Bytes per second and connection, in either direction; `undefined`: no limit. */
  bytesPerSecond: number | undefined;
  private readonly rules: Rule[] = [];
  private readonly barriers: Barrier[] = [];
  private readonly sockets = new Set<net.Socket>();
  private readonly listener: net.Server;

  private constructor(private readonly upstream: URL) {
    this.listener = net.createServer({ noDelay: true }, (client) => {
      this.track(client);
      void this.serve(client).catch(() => client.destroy());
    });
  }

  /** Starts a proxy in front of a plain http server. */
  static async start(server: TestServer): Promise<FaultProxy> {
    const proxy = new FaultProxy(new URL(server.endpoint));
    await new Promise<void>((resolve) => proxy.listener.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** Where clients find it. */
  get endpoint(): string {
    const address = this.listener.address();
    if (address === null || typeof address === "string") throw new Error("the proxy is closed");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Puts a fault in place; it strikes `times` requests after the first `skip` ones that match. */
  inject(
    match: Match,
    fault: Fault,
    { times = Number.POSITIVE_INFINITY, skip = 0 } = {},
  ): Injection {
    const met = Promise.withResolvers<void>();
    const rule: Rule = { match: matcher(match), fault, skip, left: times, hits: 0, met };
    this.rules.push(rule);
    return {
      get hits() {
        return rule.hits;
      },
      met: met.promise,
      remove: () => {
        rule.left = 0;
      },
    };
  }

  /** Takes all faults away. */
  calm(): void {
    for (const rule of this.rules) rule.left = 0;
  }

  /** Makes requests wait, so that a test knows for certain how far a run is. */
  hold(match: Match, at: Point, { skip = 0 } = {}): Gate {
    const barrier: Barrier = {
      match: matcher(match),
      at,
      skip,
      reached: Promise.withResolvers<void>(),
      opened: Promise.withResolvers<void>(),
    };
    this.barriers.push(barrier);
    return { reached: barrier.reached.promise, open: barrier.opened.resolve };
  }

  /** How many requests of an operation came. */
  count(operation: Operation): number {
    return this.requests.filter((request) => request.operation === operation).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { opened } of this.barriers) opened.resolve();
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.listener.close(() => resolve()));
  }

  private track(socket: net.Socket): void {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("error", () => undefined);
  }

  /** One connection of a client: one request after the other. */
  private async serve(client: net.Socket): Promise<void> {
    const input = new ByteReader(client);
    for (;;) {
      const bytes = await input.head();
      if (bytes === undefined) break;
      const head = parseHead(bytes);
      const request = seen(head);
      if (this.keepsRequests) this.requests.push(request);
      const exchange = new Exchange(client, input, head, this.faultFor(request), this.limit());
      await this.carryOut(exchange, request);
      if (client.destroyed) return;
    }
    client.destroy();
  }

  private limit(): () => number | undefined {
    return () => this.bytesPerSecond;
  }

  private faultFor(request: SeenRequest): Fault | undefined {
    for (const rule of this.rules) {
      if (rule.left <= 0 || !rule.match(request)) continue;
      if (rule.skip > 0) {
        rule.skip -= 1;
        continue;
      }
      rule.left -= 1;
      rule.hits += 1;
      rule.met.resolve();
      return rule.fault;
    }
    return undefined;
  }

  private async pass(request: SeenRequest, at: Point): Promise<void> {
    for (const barrier of this.barriers) {
      if (barrier.at !== at || !barrier.match(request)) continue;
      if (barrier.skip > 0) {
        barrier.skip -= 1;
        continue;
      }
      barrier.reached.resolve();
      await barrier.opened.promise;
    }
  }

  private async carryOut(exchange: Exchange, request: SeenRequest): Promise<void> {
    const pass = (at: Point): Promise<void> => this.pass(request, at);
    await pass("request");
    // Whoever waited there may be gone.
    if (exchange.client.destroyed) return;
    if (await exchange.refuse()) return;
    const server = net.connect({
      host: this.upstream.hostname,
      port: Number(this.upstream.port),
      noDelay: true,
    });
    this.track(server);
    // As without a proxy: when the client goes away, the server notices.
    const hangUp = (): void => void server.destroy();
    exchange.client.once("close", hangUp);
    try {
      await exchange.forward(server, pass);
    } finally {
      exchange.client.off("close", hangUp);
      server.destroy();
    }
  }
}

function matcher(match: Match): (request: SeenRequest) => boolean {
  return typeof match === "function" ? match : ({ operation }) => operation === match;
}
