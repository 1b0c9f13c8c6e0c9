/**
 * Can the endpoint be reached at all? Bun's fetch has no limit for connecting: a request to an address that
 * swallows packets hangs until its answer is overdue. So the first request, and each one after a network
 * failure, is preceded by a connection of our own with a limit of its own.
 *
 * @module
 */
import net from "node:net";

import { aborted } from "../../../core/cancel.ts";
import { SyncError } from "../../../core/errors.ts";
import { isBehindProxy, noneNamed, type Proxies } from "./proxy.ts";
import { transportError } from "./transport-errors.ts";

/** Knows whether an endpoint was reached lately. One per client. */
export class Reachability {
  private trusted = false;
  private checking: Promise<void> | undefined;

  /** @param connectMs how long connecting may take; 0 switches the check off */
  constructor(
    private readonly connectMs: number,
    private readonly proxies: Proxies = noneNamed,
  ) {}

  /** The network failed: look again before the next request. */
  doubt(): void {
    this.trusted = false;
  }

  /**
   * Connects once if there is doubt. Behind a proxy the endpoint itself need not be reachable, so there is
   * nothing to check.
   *
   * @throws SyncError `network` or `timeout`
   */
  async check(origin: string, signal: AbortSignal): Promise<void> {
    if (this.trusted || this.connectMs === 0 || isBehindProxy(this.proxies)) return;
    this.checking ??= connectOnce(origin, this.connectMs).finally(() => {
      this.checking = undefined;
    });
    await unlessStopped(this.checking, signal);
    this.trusted = true;
  }
}

/** Waits for what others wait for, too: who stops, stops alone. */
function unlessStopped(shared: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(aborted(signal));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    shared.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

function connectOnce(origin: string, limitMs: number): Promise<void> {
  const url = new URL(origin);
  const port = Number(url.port === "" ? (url.protocol === "https:" ? 443 : 80) : url.port);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port });
    const finish = (error?: SyncError): void => {
      clearTimeout(timer);
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    const late = (): void => finish(tooLate(url.host, limitMs));
    const timer = setTimeout(late, limitMs);
    socket.on("connect", () => finish());
    socket.on("error", (thrown) => finish(unreachable(thrown, url.host)));
  });
}

function tooLate(host: string, limitMs: number): SyncError {
  return new SyncError("timeout", `no connection to ${host} within ${limitMs} ms`, {
    operation: "connect",
    retryable: true,
    hint: "Is the endpoint's address right? --connect-timeout-milliseconds sets the limit.",
  });
}

function unreachable(thrown: Error, host: string): SyncError {
  const { message, ...details } = transportError(thrown, "connect");
  return new SyncError(details.code, `cannot connect to ${host}: ${message}`, {
    ...details,
    cause: thrown,
  });
}
