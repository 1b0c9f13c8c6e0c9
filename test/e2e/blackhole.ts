/**
 * An address that swallows connections: neither accepted nor refused, as behind a firewall that drops packets.
 *
 * @module
 */
import net from "node:net";

/** Linux drops what comes to a listener whose queue is full. */
export const canMakeBlackhole = process.platform === "linux";

const program = `
  const server = require("node:net").createServer();
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(server.address().port));
`;
/** A connection that takes longer than this on loopback is not made. */
const patienceMs = 500;
const mostQueued = 900;

/** Such an address. Dispose of it. */
export interface Blackhole extends AsyncDisposable {
  readonly endpoint: string;
}

/** A listener that was stopped before it could accept, with connections until its queue is full. */
export async function blackhole(): Promise<Blackhole> {
  const child = Bun.spawn([process.execPath, "-e", program], { stdout: "pipe", stderr: "inherit" });
  const sockets: net.Socket[] = [];
  const dispose = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    child.kill("SIGKILL");
    await child.exited;
  };
  const { value } = await child.stdout.getReader().read();
  const port = Number(new TextDecoder().decode(value));
  child.kill("SIGSTOP");
  while (sockets.length < mostQueued) {
    const socket = net.connect({ host: "127.0.0.1", port });
    socket.on("error", () => undefined);
    sockets.push(socket);
    if (!(await connects(socket))) {
      return { endpoint: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: dispose };
    }
  }
  await dispose();
  throw new Error("the queue of the listener never filled");
}

function connects(socket: net.Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), patienceMs);
    socket.once("connect", () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
