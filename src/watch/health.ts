/**
 * What a watch answers to those who look after it: `/metrics` and `/healthz`, over HTTP.
 *
 * @module
 */
import { formatListenAddress, type ListenAddress } from "../config/listen-address.ts";
import { SyncError } from "../core/errors.ts";
import type { WatchState } from "../core/watch-state.ts";
import { systemCode } from "../store/local/fs-errors.ts";
import { metricsText, metricsType } from "./metrics.ts";

const beforeAnything: WatchState = {
  phase: "starting",
  pending: 0,
  lagMs: 0,
  lastSuccessAt: undefined,
  rounds: 0,
  objects: 0,
  bytes: 0,
  errors: 0,
  queue: 0,
};

/** Answers with how a watch stands. Dispose of it. */
export class HealthServer implements Disposable {
  private state = beforeAnything;
  private toldAt = 0;
  /** Something is wrong since the last round that is over. While the next one works, nobody knows better. */
  private isFailing = false;
  private server: Bun.Server<undefined> | undefined;

  private constructor(
    private readonly version: string,
    private readonly now: () => number,
  ) {}

  /**
   * Begins to listen.
   *
   * @throws SyncError `network` when nobody can listen there
   */
  static start(
    address: ListenAddress,
    version: string,
    now: () => number = Date.now,
  ): HealthServer {
    const health = new HealthServer(version, now);
    try {
      health.server = Bun.serve({
        hostname: address.host,
        port: address.port,
        // Two that listen at the same port would each get a part of the questions.
        reusePort: false,
        fetch: (request) => health.answer(request),
      });
    } catch (cause) {
      throw cannotListen(address, cause);
    }
    return health;
  }

  /** Where it listens. */
  get url(): string {
    return this.server?.url.href ?? "";
  }

  /** Hears how the watch stands. */
  take(state: WatchState): void {
    this.state = state;
    this.toldAt = this.now();
    const { phase } = state;
    if (phase === "waiting" || phase === "held") this.isFailing = true;
    if (phase === "idle") this.isFailing = false;
  }

  [Symbol.dispose](): void {
    void this.server?.stop(true);
    this.server = undefined;
  }

  private answer({ method, url }: Request): Response {
    if (method !== "GET" && method !== "HEAD") {
      return new Response("GET is allowed\n", { status: 405, headers: { allow: "GET, HEAD" } });
    }
    switch (new URL(url).pathname) {
      case "/metrics":
        return new Response(metricsText(this.current(), this.version), {
          headers: { "content-type": metricsType },
        });
      case "/healthz":
        return new Response(this.words(), { status: this.isHealthy ? 200 : 503 });
      default:
        return new Response("/metrics and /healthz are here\n", { status: 404 });
    }
  }

  private get isHealthy(): boolean {
    const { phase } = this.state;
    return (phase === "working" || phase === "idle") && !this.isFailing;
  }

  /** What is not done yet gets older while nothing is told. */
  private current(): WatchState {
    const { state } = this;
    const lagMs = state.lagMs === 0 ? 0 : state.lagMs + this.now() - this.toldAt;
    return { ...state, lagMs };
  }

  private words(): string {
    const { phase, trouble, pending, queue, lastSuccessAt } = this.state;
    const last = lastSuccessAt === undefined ? "never" : new Date(lastSuccessAt).toISOString();
    const why = this.isFailing ? `: ${trouble ?? "the last round failed"}` : "";
    return `${phase}${why}\npending ${pending}\nto be tried again ${queue}\nlast success ${last}\n`;
  }
}

function cannotListen(address: ListenAddress, cause: unknown): SyncError {
  const code = systemCode(cause);
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: "somebody listens there already",
    EADDRNOTAVAIL: "it is no address of this machine",
    EACCES: "ports below 1024 are for the system",
  };
  const message = cause instanceof Error ? cause.message : String(cause);
  const why = (code === undefined ? undefined : reasons[code]) ?? message;
  const place = formatListenAddress(address);
  return new SyncError("network", `--metrics-listen ${place}: ${why}`, { reason: code, cause });
}
