/**
 * A server below HTTP: it shows the exact bytes that came, and answers with exactly the bytes that a test
 * wants, or misbehaves as told. Over TCP or TLS.
 *
 * @module
 */
import net, { type AddressInfo } from "node:net";
import tls from "node:tls";

/** One request as it came over the wire. */
export interface RawRequest {
  readonly method: string;
  /** Path and query, untouched. */
  readonly target: string;
  /** Names in lower case; bytes as Latin-1; repeated ones joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Which connection it came on, from 1. */
  readonly connection: number;
}

/** A key and its certificate, PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** What a server does. All but the first are for misbehaviour. */
export interface RawHandlers {
  /** A request is here with its body. */
  request?(request: RawRequest, peer: Peer): void;
  /** The head of a request is here; its body may still be on the way. */
  head?(request: RawRequest, peer: Peer): void;
  /** Somebody connected (for TLS: shook hands). */
  connected?(peer: Peer): void;
}

/** The server's end of a connection. */
export class Peer {
  /** From 1. */
  readonly number: number;
  /** Bytes that came on it. */
  received = 0;

  constructor(
    private readonly socket: net.Socket,
    number: number,
    private readonly raw: net.Socket,
  ) {
    this.number = number;
  }

  /** Sends bytes; text as Latin-1. */
  write(data: string | Uint8Array): void {
    this.socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data);
  }

  /** Sends what is to be sent and closes. */
  finish(): void {
    this.socket.end();
  }

  /** Breaks the connection with a reset, as a crashing server does. */
  reset(): void {
    this.raw.resetAndDestroy();
  }

  /** Reads nothing more until {@link resume}. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }
}

/** Serves until disposed of. */
export class RawServer implements AsyncDisposable {
  /** Whole requests, in order of their end. */
  readonly requests: RawRequest[] = [];
  /** Connections that were ever made. */
  connections = 0;
  /** Connections that are open now. */
  open = 0;
  private readonly sockets = new Set<net.Socket>();
  private waiting: (() => void)[] = [];

  private constructor(
    private readonly server: net.Server,
    private readonly handlers: RawHandlers,
    /** `http://127.0.0.1:port` or `https://…`. */
    readonly scheme: "http" | "https",
    private readonly hostname: string,
  ) {}

  static async start(
    handlers: RawHandlers | NonNullable<RawHandlers["request"]>,
    identity?: Identity,
    hostname = "127.0.0.1",
  ): Promise<RawServer> {
    const all = typeof handlers === "function" ? { request: handlers } : handlers;
    const listener = net.createServer();
    const server = new RawServer(
      listener,
      all,
      identity === undefined ? "http" : "https",
      hostname,
    );
    listener.on("connection", (socket) => server.accept(socket, identity));
    await new Promise<void>((resolve) => listener.listen(0, hostname, resolve));
    return server;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get origin(): string {
    const host = this.hostname.includes(":") ? `[${this.hostname}]` : this.hostname;
    return `${this.scheme}://${host}:${this.port}`;
  }

  /** Waits until something is so; looks whenever something happened here. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private happened(): void {
    const woken = this.waiting;
    this.waiting = [];
    for (const wake of woken) wake();
  }

  private accept(raw: net.Socket, identity: Identity | undefined): void {
    this.sockets.add(raw);
    const socket =
      identity === undefined ? raw : new tls.TLSSocket(raw, { isServer: true, ...identity });
    const peer = new Peer(socket, ++this.connections, raw);
    this.open++;
    raw.on("error", () => undefined);
    raw.on("close", () => {
      this.sockets.delete(raw);
      this.open--;
      this.happened();
    });
    socket.on("error", () => raw.destroy());
    const parser = new RequestParser(
      peer.number,
      (request) => this.handlers.head?.(request, peer),
      (request) => {
        this.requests.push(request);
        this.handlers.request?.(request, peer);
      },
    );
    socket.on("data", (bytes: Buffer) => {
      peer.received += bytes.byteLength;
      parser.take(bytes);
      this.happened();
    });
    if (identity === undefined) this.handlers.connected?.(peer);
    else socket.once("secure", () => this.handlers.connected?.(peer));
    this.happened();
  }
}

/** Cuts a stream of bytes into requests. */
class RequestParser {
  private gathered: Buffer = Buffer.alloc(0);
  private head: Omit<RawRequest, "body"> | undefined;

  constructor(
    private readonly connection: number,
    private readonly onHead: (request: RawRequest) => void,
    private readonly onRequest: (request: RawRequest) => void,
  ) {}

  take(bytes: Buffer): void {
    this.gathered = this.gathered.length === 0 ? bytes : Buffer.concat([this.gathered, bytes]);
    for (;;) {
      if (this.head === undefined && !this.readHead()) return;
      if (!this.readBody()) return;
    }
  }

  private readHead(): boolean {
    const end = this.gathered.indexOf("\r\n\r\n");
    if (end === -1) return false;
    const [first = "", ...lines] = this.gathered.toString("latin1", 0, end).split("\r\n");
    this.gathered = this.gathered.subarray(end + 4);
    const [method = "", target = ""] = first.split(" ");
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
    }
    this.head = { method, target, headers, connection: this.connection };
    this.onHead({ ...this.head, body: Buffer.alloc(0) });
    return true;
  }

  private readBody(): boolean {
    const { head } = this;
    if (head === undefined) return false;
    if (head.headers["transfer-encoding"] === "chunked") {
      const end = this.gathered.indexOf("0\r\n\r\n");
      if (end === -1) return false;
      return this.finish(head, end + 5);
    }
    const length = Number(head.headers["content-length"] ?? 0);
    return this.gathered.length < length ? false : this.finish(head, length);
  }

  private finish(head: Omit<RawRequest, "body">, length: number): boolean {
    const body = Buffer.from(this.gathered.subarray(0, length));
    this.gathered = this.gathered.subarray(length);
    this.head = undefined;
    this.onRequest({ ...head, body });
    return true;
  }
}

/** What an answer is made of. */
export interface RawAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as UTF-8. */
  readonly body?: string | Uint8Array;
}

/** The bytes of an HTTP answer, with the right Content-Length unless `headers` say something else. */
export function httpAnswer({ status = 200, headers = {}, body = "" }: RawAnswer): Buffer {
  const bytes = Buffer.from(body);
  const length = status === 204 || status === 304 ? {} : { "content-length": `${bytes.length}` };
  const all = { ...length, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} Status\r\n${lines.join("")}\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), bytes]);
}
