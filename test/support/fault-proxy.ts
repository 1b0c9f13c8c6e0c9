/**
 * An HTTP proxy on raw sockets in front of an S3 server, for what only the wire can show: resets, cut and
 * stalled bodies, lost answers, forged ones. It does exactly what a test injects and nothing by itself.
 *
 * @module
 */
import net from "node:net";

import {
  type Answer,
  bodyPlan,
  ByteReader,
  errorDocument,
  formatHead,
  type Head,
  type Operation,
  operationOf,
  parseHead,
  readBody,
  writeAll,
} from "../fault/http-wire.ts";
import type { TestServer } from "./servers.ts";

export type { Answer, Operation } from "../fault/http-wire.ts";

/** A request as the proxy saw it. */
export interface SeenRequest {
  readonly operation: Operation;
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
}

/** What goes wrong. */
export type Fault =
  /** The connection is reset (RST) at this point. */
  | {
      readonly kind: "reset";
      readonly at:
        | "before-request"
        | "in-request"
        /** The server did it; nobody hears of it. */
        | "instead-of-answer"
        | "in-answer"
        | "after-answer";
    }
  /** Half of the body under its full Content-Length, then an orderly end. */
  | { readonly kind: "cut" }
  /** The server never hears of the request. */
  | {
      readonly kind: "refuse";
      readonly status: number;
      readonly code: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** Answers before the body was read, and hangs up. */
      readonly early?: boolean;
    }
  /** The server's answer arrives changed. */
  | {
      readonly kind: "rewrite";
      readonly rewrite: (answer: Answer, request: SeenRequest) => Answer;
    }
  /** Silence at this point until the client gives up. */
  | { readonly kind: "stall"; readonly at: "in-request" | "before-answer" | "in-answer" };

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
  readonly at: "request" | "in-request" | "answer" | "in-answer";
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

  /** Makes requests wait, so that a test knows for certain how far a run is. */
  hold(match: Match, at: Barrier["at"], { skip = 0 } = {}): Gate {
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

  private async pass(request: SeenRequest, at: Barrier["at"]): Promise<void> {
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
    const pass = (at: Barrier["at"]): Promise<void> => this.pass(request, at);
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

/** One request, its answer, and what goes wrong with them. */
class Exchange {
  constructor(
    readonly client: net.Socket,
    private readonly input: ByteReader,
    private readonly head: Head,
    private readonly fault: Fault | undefined,
    private readonly bytesPerSecond: () => number | undefined,
  ) {}

  /** Faults that keep the request from the server. */
  async refuse(): Promise<boolean> {
    const { fault, client } = this;
    if (fault?.kind === "reset" && fault.at === "before-request") {
      client.resetAndDestroy();
      return true;
    }
    if (fault?.kind !== "refuse") return false;
    if (fault.early !== true) await this.input.skip(this.length);
    const body = this.head.method === "HEAD" ? Buffer.alloc(0) : errorDocument(fault.code);
    const headers = new Map(Object.entries(fault.headers ?? {}));
    headers.set("content-type", "application/xml");
    headers.set("content-length", String(body.byteLength));
    if (fault.early === true) headers.set("connection", "close");
    const line = `HTTP/1.1 ${fault.status} Refused`;
    await writeAll(client, Buffer.concat([formatHead(line, headers), body]));
    if (fault.early === true) client.end();
    return true;
  }

  async forward(server: net.Socket, pass: (at: Barrier["at"]) => Promise<void>): Promise<void> {
    const { fault } = this;
    await writeAll(server, this.head.bytes);
    const sent = this.sendBody(server, pass);
    sent.catch(() => server.destroy());
    const output = new ByteReader(server);
    const answer = await output.head();
    if (answer === undefined) {
      this.client.resetAndDestroy();
      return;
    }
    // An early answer may come while the body is still on its way.
    await pass("answer");
    if (fault?.kind === "reset" && fault.at === "instead-of-answer") {
      await sent;
      this.client.resetAndDestroy();
      return;
    }
    if (fault?.kind === "stall" && fault.at === "before-answer") return this.silence();
    await this.answer(parseHead(answer), output, pass);
    await sent.catch(() => this.client.destroy());
  }

  private get length(): number {
    return Number(this.head.headers.get("content-length") ?? 0);
  }

  private async sendBody(
    server: net.Socket,
    pass: (at: Barrier["at"]) => Promise<void>,
  ): Promise<void> {
    const half = Math.floor(this.length / 2);
    await this.copy(this.input, server, half);
    await pass("in-request");
    if (this.fault?.kind === "reset" && this.fault.at === "in-request") {
      this.client.resetAndDestroy();
      return;
    }
    if (this.fault?.kind === "stall" && this.fault.at === "in-request") return this.silence();
    await this.copy(this.input, server, this.length - half);
  }

  private async answer(
    head: Head,
    output: ByteReader,
    pass: (at: Barrier["at"]) => Promise<void>,
  ): Promise<void> {
    const { client, fault } = this;
    const plan = bodyPlan(this.head.method, head);
    if (fault?.kind === "rewrite" || plan === "chunked") {
      const body = await readBody(output, plan);
      const plain = { status: head.status, headers: new Map(head.headers), body };
      const changed = fault?.kind === "rewrite" ? fault.rewrite(plain, seen(this.head)) : plain;
      changed.headers.delete("transfer-encoding");
      if (this.head.method !== "HEAD") {
        changed.headers.set("content-length", String(changed.body.byteLength));
      }
      const line = `HTTP/1.1 ${changed.status} Rewritten`;
      await writeAll(client, Buffer.concat([formatHead(line, changed.headers), changed.body]));
      return;
    }
    await writeAll(client, head.bytes);
    const half = Math.floor(plan / 2);
    await this.copy(output, client, half);
    await pass("in-answer");
    if (fault?.kind === "reset" && fault.at === "in-answer") return void client.resetAndDestroy();
    if (fault?.kind === "stall" && fault.at === "in-answer") return this.silence();
    if (fault?.kind === "cut") return void client.end();
    await this.copy(output, client, plan - half);
    if (fault?.kind === "reset" && fault.at === "after-answer") client.resetAndDestroy();
  }

  private async copy(from: ByteReader, to: net.Socket, length: number): Promise<void> {
    for (let left = length; left > 0;) {
      const limit = this.bytesPerSecond();
      const piece = await from.read(Math.min(left, limit === undefined ? left : limit / 20));
      if (piece === undefined) throw new Error("the sender went away");
      await writeAll(to, piece);
      left -= piece.byteLength;
      if (limit !== undefined) await Bun.sleep((piece.byteLength / limit) * 1000);
    }
  }

  private silence(): Promise<void> {
    if (this.client.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.client.once("close", () => resolve()));
  }
}

function matcher(match: Match): (request: SeenRequest) => boolean {
  return typeof match === "function" ? match : ({ operation }) => operation === match;
}

function seen(head: Head): SeenRequest {
  const { method, target, headers } = head;
  return { operation: operationOf(head), method, target, headers };
}
