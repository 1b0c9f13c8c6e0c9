/**
 * What a watch tells the service manager that has started it: that it is ready, how it stands, that it is alive, that it
 * reads its configuration again, that it ends. Without such a manager nothing happens.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
 * @module
 */
import { phaseText, type WatchState } from "../core/watch-state.ts";
import { type NotifySocket, openNotifySocket } from "./notify-socket.ts";

/**
 * Tells a service manager how a watch stands. Dispose of it.
 *
 * ```ts
 * using manager = await Notifier.open(process.env);
 * for await (const event of watch(input)) if (event.type === "watch") manager?.take(event.state);
 * ```
 */
export class Notifier implements Disposable {
  private readonly watchdog: Timer | undefined;
  private isReady = false;
  private status = "";

  /** @param aliveEveryMs how often it says that it is alive; `undefined`: nobody wants to know */
  private constructor(
    private readonly socket: NotifySocket,
    aliveEveryMs: number | undefined,
  ) {
    if (aliveEveryMs === undefined) return;
    // A process whose main thread hangs says nothing.
    this.watchdog = setInterval(() => socket.send("WATCHDOG=1"), aliveEveryMs).unref();
  }

  /**
   * Opens the way to the service manager, if there is one.
   *
   * @param environment has `NOTIFY_SOCKET`, and `WATCHDOG_USEC` if signs of life are wanted
   */
  static async open(
    environment: Readonly<Record<string, string | undefined>>,
  ): Promise<Notifier | undefined> {
    const address = environment["NOTIFY_SOCKET"] ?? "";
    if (address === "") return undefined;
    const socket = await openNotifySocket(address);
    return socket === undefined ? undefined : new Notifier(socket, aliveEvery(environment));
  }

  /** Hears how the watch stands. */
  take(state: WatchState): void {
    if (state.phase === "starting") return;
    const status = `STATUS=${statusOf(state)}`;
    if (state.phase === "stopping") {
      // One that makes way for another is not the end.
      if (this.isReady) this.socket.send(`STOPPING=1\n${status}`);
      return;
    }
    if (this.isReady && status === this.status) return;
    // What could not be sent is said with the next change.
    if (!this.socket.send(this.isReady ? status : `READY=1\n${status}`)) return;
    this.isReady = true;
    this.status = status;
  }

  /** The configuration is read again; ready once more when the watch has begun anew. */
  reloading(): void {
    this.isReady = false;
    const now = this.socket.monotonicUs();
    this.socket.send(`RELOADING=1\nMONOTONIC_USEC=${now}\nSTATUS=reads its configuration again`);
  }

  /** It goes on as it was: the configuration made no sense. */
  stays(): void {
    this.isReady = this.socket.send(`READY=1\n${this.status}`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.watchdog);
    this.socket[Symbol.dispose]();
  }
}

/** Twice in the time that is allowed. */
function aliveEvery(environment: Readonly<Record<string, string | undefined>>): number | undefined {
  const { WATCHDOG_USEC: allowed = "", WATCHDOG_PID: pid = "" } = environment;
  const isMeant = pid === "" || pid === String(process.pid);
  const milliseconds = /^\d+$/.test(allowed) ? Math.floor(Number(allowed) / 2000) : 0;
  return isMeant && milliseconds > 0 ? Math.min(milliseconds, 2 ** 31 - 1) : undefined;
}

/** One line, as `systemctl status` shows it. */
function statusOf(state: WatchState): string {
  const { phase, trouble, pending, queue, objects, errors, lagMs } = state;
  const behind = Math.round(lagMs / 1000);
  return [
    trouble === undefined ? phaseText[phase] : `${phaseText[phase]}: ${trouble}`,
    `${objects} objects done`,
    ...(pending > 0 ? [`${pending} pending`] : []),
    ...(queue > 0 ? [`${queue} to be tried again`] : []),
    ...(errors > 0 ? [`${errors} errors`] : []),
    ...(behind > 0 ? [`${behind} s behind`] : []),
  ].join(", ");
}
