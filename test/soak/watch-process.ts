/**
 * A watch as a process, how it stands and what it holds.
 *
 * @module
 */
import fs from "node:fs";

import { startCli } from "../support/cli.ts";

const pageBytes = 4096;

/** A watch. Dispose of it. */
export class WatchProcess implements AsyncDisposable {
  /** The last state that it told. */
  state: Readonly<Record<string, unknown>> = {};
  /** Rounds that looked at everything. */
  rescans = 0;
  private news = Promise.withResolvers<void>();
  private readonly child: ReturnType<typeof startCli>;
  private isOver = false;

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    this.child = startCli(args, { env });
    void this.read();
  }

  /** All that it holds: code, heap, buffers of the network, threads. Of `/proc`. */
  get residentBytes(): number {
    const pages = fs.readFileSync(`/proc/${this.child.pid}/statm`, "utf8").split(" ")[1];
    return Number(pages) * pageBytes;
  }

  private async read(): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const piece of this.child.stdout) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.hear(JSON.parse(line) as Record<string, unknown>);
    }
    this.isOver = true;
    this.news.resolve();
  }

  private hear(record: Readonly<Record<string, unknown>>): void {
    const fields = (record["fields"] ?? record) as Record<string, unknown>;
    if (fields["message"] === "round completed." && fields["whole"] === true) this.rescans += 1;
    if (fields["message"] !== "watch state.") return;
    this.state = fields;
    this.news.resolve();
  }

  /** Waits until something holds: it is looked at whenever the state is another. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (;;) {
      this.news = Promise.withResolvers<void>();
      if (await condition()) return;
      if (this.isOver) throw new Error("the watch is over");
      await this.news.promise;
    }
  }

  /** Ends it, and tells with which code. */
  async end(): Promise<number> {
    this.child.kill("SIGTERM");
    return await this.child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }
}
