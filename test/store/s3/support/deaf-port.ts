/**
 * A port that swallows connections: a stopped process listens on it, and its queue is full. Connecting to it
 * hangs, as to an address behind a firewall.
 *
 *     bun deaf-port.ts      # the process that listens
 *
 * @module
 */
import net, { type AddressInfo } from "node:net";

/** Stopping a process and the length of its queue are Linux's ways. */
export const canBeDeaf = process.platform === "linux";

/** A connection that is not made by then is not made at all. */
const swallowedMs = 250;
const mostConnections = 10_000;

/** A deaf port. */
export class DeafPort implements AsyncDisposable {
  private constructor(
    readonly origin: string,
    private readonly listener: Bun.Subprocess,
    private readonly queue: readonly net.Socket[],
  ) {}

  static async open(): Promise<DeafPort> {
    const listener = Bun.spawn([process.execPath, import.meta.path], { stdout: "pipe" });
    const { value } = await listener.stdout.getReader().read();
    const port = Number(new TextDecoder().decode(value));
    process.kill(listener.pid, "SIGSTOP");
    const queue: net.Socket[] = [];
    while (queue.length < mostConnections) {
      const socket = net.connect({ host: "127.0.0.1", port });
      socket.on("error", () => undefined);
      queue.push(socket);
      if (!(await connects(socket))) break;
    }
    return new DeafPort(`http://127.0.0.1:${port}`, listener, queue);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.queue) socket.destroy();
    this.listener.kill("SIGKILL");
    await this.listener.exited;
  }
}

function connects(socket: net.Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), swallowedMs);
    socket.once("connect", () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

if (import.meta.main) {
  const server = net.createServer();
  server.listen({ host: "127.0.0.1", port: 0, backlog: 1 }, () => {
    process.stdout.write(String((server.address() as AddressInfo).port));
  });
}
