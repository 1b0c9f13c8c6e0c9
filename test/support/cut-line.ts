/**
 * A line to a server that can be cut, and then leads nowhere: to the one end it is as if the other had lost its power.
 *
 * @module
 */
import net from "node:net";

/** The line. Dispose of it. */
export class CutLine implements Disposable {
  private readonly sockets = new Set<net.Socket>();
  private isCut = false;
  private isMute = false;

  private constructor(
    private readonly server: net.Server,
    private readonly target: number,
  ) {
    server.on("connection", (near) => this.join(near));
  }

  /** Opens a line to a port of this machine. */
  static async open(target: number): Promise<CutLine> {
    const server = net.createServer();
    const line = new CutLine(server, target);
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    return line;
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  /** Ends all connections. */
  cut(): void {
    this.isCut = true;
    this.interrupt();
  }

  /** From now on what is said arrives, and answers do not. */
  mute(): void {
    this.isMute = true;
  }

  /** Ends all connections; new ones can be made, and are answered. */
  interrupt(): void {
    this.isMute = false;
    for (const socket of this.sockets) socket.destroy();
  }

  [Symbol.dispose](): void {
    this.cut();
    this.server.close();
  }

  private join(near: net.Socket): void {
    if (this.isCut) {
      near.destroy();
      return;
    }
    const far = net.connect(this.target, "127.0.0.1");
    near.pipe(far);
    far.on("data", (bytes) => {
      if (!this.isMute) near.write(bytes);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.on("error", () => undefined);
      one.on("close", () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
  }
}
