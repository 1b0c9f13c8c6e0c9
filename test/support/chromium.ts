/**
 * A browser without a window, told what to do by its DevTools protocol.
 *
 * @module
 * @see https://chromedevtools.github.io/devtools-protocol/
 */
import fs from "node:fs";
import path from "node:path";

import { TempDir } from "./temp-dir.ts";
import { until } from "./until.ts";

const program = ["chromium", "chromium-browser", "google-chrome"].find((name) => Bun.which(name));

/** Whether there is a browser here. */
export const hasBrowser = program !== undefined;

/** How a page is to be looked at. */
export interface Look {
  readonly width: number;
  readonly height: number;
  readonly scheme: "light" | "dark";
  /** Default: they run. */
  readonly scripts?: boolean;
}

interface Message {
  readonly id?: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** One page of a browser. */
export class Browser implements AsyncDisposable {
  private count = 0;
  private readonly waiting = new Map<number, (message: Message) => void>();

  private constructor(
    private readonly child: Bun.Subprocess,
    private readonly profile: TempDir,
    private readonly socket: WebSocket,
  ) {
    socket.addEventListener("message", ({ data }: MessageEvent<string>) => {
      const message = JSON.parse(data) as Message;
      if (message.id !== undefined) this.waiting.get(message.id)?.(message);
    });
  }

  static async start(): Promise<Browser> {
    const profile = new TempDir();
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"];
    const child = Bun.spawn(
      [program ?? "", ...flags, "--remote-debugging-port=0", `--user-data-dir=${profile.path}`],
      {
        stdin: "ignore",
        stdout: "ignore",
        stderr: "pipe",
        env: { ...process.env, HOME: profile.path },
      },
    );
    const address = await addressIn(child.stderr);
    const pages = await fetch(`http://${new URL(address).host}/json/list`);
    const [page] = (await pages.json()) as { readonly webSocketDebuggerUrl: string }[];
    const socket = new WebSocket(page?.webSocketDebuggerUrl ?? address);
    await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
    const browser = new Browser(child, profile, socket);
    await browser.tell("Page.enable");
    return browser;
  }

  /** Shows a page, and waits until it is there. */
  async show(url: string, { width, height, scheme, scripts = true }: Look): Promise<void> {
    await this.tell("Emulation.setScriptExecutionDisabled", { value: !scripts });
    await this.tell("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: scheme }],
    });
    const device = { width, height, deviceScaleFactor: 1, mobile: width < 600 };
    await this.tell("Emulation.setDeviceMetricsOverride", device);
    // That a page was loaded may be told of the one before; and whoever leads on changes the address.
    await this.value("document.isLeft = true");
    await this.tell("Page.navigate", { url });
    const isThere = `document.readyState === "complete" && document.isLeft !== true`;
    await until(async () => (await this.value(isThere)) === true);
  }

  /** The value of an expression in the page; DevTools may evaluate where the page's own scripts may not run. */
  async value(expression: string): Promise<unknown> {
    const answer = await this.tell("Runtime.evaluate", { expression, returnByValue: true });
    return (answer["result"] as { readonly value?: unknown }).value;
  }

  /** Clicks with the mouse in the middle of an element. */
  async click(selector: string): Promise<void> {
    const box = `JSON.stringify(document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect())`;
    const { x, y, width, height } = JSON.parse(String(await this.value(box))) as DOMRectLike;
    const at = { x: x + width / 2, y: y + height / 2, button: "left", clickCount: 1 };
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.tell("Input.dispatchMouseEvent", { type, ...at });
    }
  }

  /** A picture, kept in `S3SYNC_TEST_SHOTS` if that is set. @returns its bytes, PNG */
  async shot(name: string): Promise<Uint8Array> {
    const { data } = await this.tell("Page.captureScreenshot", { format: "png" });
    const picture = Buffer.from(String(data), "base64");
    const directory = process.env["S3SYNC_TEST_SHOTS"] ?? "";
    if (directory !== "") fs.writeFileSync(path.join(directory, `${name}.png`), picture);
    return picture;
  }

  private async tell(
    method: string,
    params: Readonly<Record<string, unknown>> = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.count;
    const answered = new Promise<Message>((resolve) => this.waiting.set(id, resolve));
    this.socket.send(JSON.stringify({ id, method, params }));
    const { result = {}, error } = await answered;
    this.waiting.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close();
    this.child.kill("SIGKILL");
    await this.child.exited;
    this.profile[Symbol.dispose]();
  }
}

interface DOMRectLike {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where the browser listens, as it says itself. */
async function addressIn(output: ReadableStream<Uint8Array>): Promise<string> {
  let said = "";
  const decoder = new TextDecoder();
  for await (const piece of output) {
    said += decoder.decode(piece, { stream: true });
    const [, address] = /DevTools listening on (ws:\/\/\S+)/.exec(said) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error(`the browser did not start: ${said.slice(-300)}`);
}
