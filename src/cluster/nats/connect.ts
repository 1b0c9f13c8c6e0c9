/**
 * The first connection to servers of NATS.
 *
 * @module
 */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type ConnectionOptions, type NatsConnection } from "@nats-io/transport-node";

import { aborted, pause, throwIfAborted } from "../../core/cancel.ts";
import { isError, SyncError } from "../../core/errors.ts";
import { parseAddress } from "./address.ts";
import { authenticatorOf, tlsOptionsOf } from "./authenticators.ts";
import { Connection } from "./connection.ts";
import { isNobody, isPassing, natsError, noJetStream } from "./failures.ts";
import type { NatsOptions } from "./options.ts";
import { ServerNews } from "./server-news.ts";
import { requireVersion } from "./server-version.ts";

/** Streams and consumers are made by all servers together, which takes its time. */
const managingMs = 10_000;
const usualConnectMs = 10_000;
/**
 * Servers that have lost their leader notice it after 4 to 9 s, choose another one, and may have to vote twice.
 *
 * @see https://github.com/nats-io/nats-server/blob/main/server/raft.go
 */
const choosingMs = 30_000;
/** A leader that dies takes our question with it: nobody answers until it is asked again. */
const probeMs = 2000;
const usualAnswerMs = 5000;
/** A server that says nothing for two of these is taken for dead, as a machine without power says nothing either. */
const pingMs = 10_000;
const longestWaitMs = 5000;

/**
 * Connects to one of the servers. From then on it comes back by itself, for ever.
 *
 * @param signal ends the waiting of every operation
 * @throws SyncError `usage`, `credentials`, `certificate`, `network` when there is nobody for some seconds, `unsupported`
 *   when the servers have no JetStream, `aborted`
 */
export async function openConnection(
  options: NatsOptions,
  signal: AbortSignal,
): Promise<Connection> {
  const address = parseAddress(options.servers);
  const tls = tlsOptionsOf(options, address);
  const authenticator = authenticatorOf(options, address);
  const connectMs = options.connectMs ?? usualConnectMs;
  const until = performance.now() + connectMs;
  const given: ConnectionOptions = {
    servers: [...address.hosts],
    name: "s3sync",
    ...(tls === undefined ? {} : { tls }),
    ...(authenticator === undefined ? {} : { authenticator }),
    ...{ pingInterval: pingMs, maxReconnectAttempts: -1, noAsyncTraces: true },
    // Two refusals in a row would end it, and a server that is starting may refuse: `Connection` counts.
    ignoreAuthErrorAbort: true,
  };
  const news = new ServerNews(address.name, options.onEvent);
  news.begin(connectMs);
  const nats = await first(given, address.name, until, signal).catch((thrown: unknown) => {
    news[Symbol.dispose]();
    throw thrown;
  });
  news.back();
  const manager = await jetstreamManager(nats, { timeout: managingMs, checkAPI: false });
  const answerMs = options.answerMs ?? usualAnswerMs;
  const connection = new Connection(nats, manager, address.name, answerMs, news, signal);
  try {
    requireVersion(nats, address.name);
    const choosing = connection.isCluster ? choosingMs : usualConnectMs;
    await untilLed(connection, options.connectMs ?? choosing, news);
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
  return connection;
}

/** Servers and workers are often started at the same time, so one try is not enough. */
async function first(
  given: ConnectionOptions,
  name: string,
  until: number,
  signal: AbortSignal,
): Promise<NatsConnection> {
  for (;;) {
    throwIfAborted(signal);
    const timeout = Math.max(until - performance.now(), 100);
    try {
      return await connectOnce({ ...given, timeout, reconnectDelayHandler: patience() }, signal);
    } catch (thrown) {
      const error = natsError(thrown, "connect", name);
      if (!isError(error, "network") || performance.now() >= until) throw error;
    }
    await pause(200, signal);
  }
}

/** The client cannot be told to stop connecting: what it opens too late is closed. */
async function connectOnce(
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<NatsConnection> {
  const connecting = connect(options);
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = (): void => {
    connecting.then((late) => late.close()).catch(() => undefined);
    reject(aborted(signal));
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([connecting, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Waits between tries to come back, in milliseconds: the longer servers are away, the longer. At random: workers may be many. */
function patience(): () => number {
  let lastMs = -Infinity;
  let sinceMs = 0;
  return () => {
    const nowMs = performance.now();
    // Nobody asks while there is a connection.
    if (nowMs - lastMs > 2 * longestWaitMs) sinceMs = nowMs;
    lastMs = nowMs;
    const mostMs = Math.min(longestWaitMs, Math.max(200, (nowMs - sinceMs) / 4));
    return mostMs * (0.5 + Math.random() * 0.5);
  };
}

/** Asks whether there are streams for us, until somebody leads the servers: they have just been started, or lost their leader. */
async function untilLed(connection: Connection, mostMs: number, news: ServerNews): Promise<void> {
  const until = performance.now() + mostMs;
  const manager = await jetstreamManager(connection.nats, { timeout: probeMs, checkAPI: false });
  for (;;) {
    throwIfAborted(connection.ended);
    try {
      await connection.whileUp(manager.getAccountInfo());
      break;
    } catch (thrown) {
      throwIfAborted(connection.ended);
      if (!isPassing(thrown)) throw natsError(thrown, "connect", connection.name);
      if (performance.now() >= until) throw notReady(thrown, connection.name);
    }
    news.silent(connection.isCluster);
    await pause(200, connection.ended);
  }
  news.back();
}

function notReady(thrown: unknown, name: string): SyncError {
  const details = { operation: "connect", cause: thrown };
  if (isNobody(thrown)) return noJetStream(details);
  return new SyncError("network", `the NATS servers ${name} have no leader`, {
    ...details,
    hint: "More than half of them have to run.",
  });
}
