/**
 * A service manager, as far as services see it: a socket for datagrams, which Python opens.
 *
 * @module
 */
const python = Bun.which("python3");

const program = `
import json, os, socket, sys
address = sys.argv[1]
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind("\\0" + address[1:] if address[0] == "@" else address)
print("ready", flush=True)
while True:
    print(json.dumps(manager.recv(4096).decode()), flush=True)
`;

/** Shows what it hears. Dispose of it. */
export class ServiceManager implements AsyncDisposable {
  private readonly lines: AsyncIterator<string>;

  private constructor(
    readonly address: string,
    private readonly child: Bun.Subprocess<"ignore", "pipe", "inherit">,
  ) {
    this.lines = linesOf(child.stdout);
  }

  /** Whether there can be one here. */
  static readonly isPossible = process.platform === "linux" && python !== null;

  /** @param address a path, or a name in the abstract name space, which is the default */
  static async start(address = `@s3sync-test-${crypto.randomUUID()}`): Promise<ServiceManager> {
    const child = Bun.spawn([python ?? "", "-c", program, address], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    const manager = new ServiceManager(address, child);
    // It says so when it listens.
    await manager.line();
    return manager;
  }

  /** The next datagram. */
  async heard(): Promise<string> {
    return JSON.parse(await this.line()) as string;
  }

  /** Waits for a datagram. */
  async until(wanted: string | RegExp): Promise<void> {
    for (;;) {
      const text = await this.heard();
      if (typeof wanted === "string" ? text === wanted : wanted.test(text)) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill();
    await this.child.exited;
  }

  private async line(): Promise<string> {
    const { value, done } = await this.lines.next();
    if (done === true) throw new Error("the manager has ended");
    return value;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const piece of stream) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
