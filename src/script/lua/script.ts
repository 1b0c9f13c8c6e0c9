/**
 * A script in its thread, as the main thread holds it.
 *
 * @module
 */
import { onOneLine, SyncError } from "../../core/errors.ts";
import type { Outcome, ScriptReply, ScriptRequest, ScriptSetup } from "./protocol.ts";
import type { LuaValue } from "./values.ts";

/** In a compiled binary an entry point of its own, named relative to the main one; else it lies beside this file. */
const threadFile = Bun.isStandaloneExecutable
  ? "./script/lua/thread.ts"
  : new URL("./thread.ts", import.meta.url).href;

/** What a VM does not notice by itself, its thread is ended for, so many milliseconds after its time. */
const graceMs = 3000;

type Resolvers = PromiseWithResolvers<readonly LuaValue[]>;

/** One script. Calls are carried out one after the other. */
export class LuaScript {
  private readonly worker = new Worker(threadFile);
  private readonly waiting: Resolvers[] = [];
  private readonly opening = Promise.withResolvers<void>();
  /** Calls that go out together. */
  private unsent: (readonly LuaValue[])[] = [];
  private watch: ReturnType<typeof setTimeout> | undefined;
  private end: SyncError | undefined;

  private constructor(
    private readonly setup: ScriptSetup,
    private readonly onPrint: (text: string) => void,
  ) {
    this.worker.addEventListener("message", ({ data }: MessageEvent<ScriptReply>) =>
      this.take(data),
    );
    this.worker.addEventListener("error", ({ message }) => this.die(`failed: ${message}`));
    this.worker.addEventListener("close", () => this.die("ended"));
    this.watchOver();
    this.post({ type: "load", setup });
  }

  /**
   * Runs a script from its first line to its last.
   *
   * @throws SyncError `usage` with file and line
   */
  static async open(setup: ScriptSetup, onPrint: (text: string) => void): Promise<LuaScript> {
    const script = new LuaScript(setup, onPrint);
    try {
      await script.opening.promise;
      return script;
    } catch (error) {
      script.close();
      throw error;
    }
  }

  /**
   * Calls the script's function.
   *
   * @throws SyncError `callback`
   */
  call(args: readonly LuaValue[]): Promise<readonly LuaValue[]> {
    if (this.end !== undefined) return Promise.reject(this.end);
    const resolvers: Resolvers = Promise.withResolvers();
    this.waiting.push(resolvers);
    this.unsent.push(args);
    if (this.unsent.length === 1) queueMicrotask(() => this.send());
    return resolvers.promise;
  }

  close(): void {
    clearTimeout(this.watch);
    this.end ??= new SyncError("callback", `the ${this.setup.kind} script has been closed`);
    this.worker.terminate();
  }

  private send(): void {
    const calls = this.unsent;
    this.unsent = [];
    if (this.watch === undefined) this.watchOver();
    this.post({ type: "call", calls });
  }

  private take(reply: ScriptReply): void {
    if (reply.type === "printed") this.onPrint(reply.text);
    else if (reply.type === "exited") this.die(`ended itself with os.exit(${reply.code})`);
    else {
      clearTimeout(this.watch);
      this.watch = undefined;
      if (reply.type === "loaded") this.opening.resolve();
      else if (reply.type === "refused") this.opening.reject(this.refusal(reply.message));
      else for (const outcome of reply.outcomes) this.settle(outcome);
      if (this.waiting.length > 0) this.watchOver();
    }
  }

  private settle(outcome: Outcome): void {
    const waiting = this.waiting.shift();
    if (outcome.kind === "values") waiting?.resolve(outcome.values);
    else waiting?.reject(this.failure(outcome.message));
  }

  private watchOver(): void {
    const { timeoutMs } = this.setup.limits;
    if (!Number.isFinite(timeoutMs)) return;
    const late = (): void => this.die(`took longer than ${timeoutMs} ms`);
    this.watch = setTimeout(late, timeoutMs + graceMs);
  }

  private die(what: string): void {
    if (this.end !== undefined) return;
    this.end = this.failure(`it ${what}`);
    this.opening.reject(this.refusal(`it ${what}`));
    for (const { reject } of this.waiting.splice(0)) reject(this.end);
    this.close();
  }

  private failure(message: string): SyncError {
    const { kind, file } = this.setup;
    return new SyncError("callback", `the ${kind} script ${file} failed: ${onOneLine(message)}`, {
      operation: kind,
      path: file,
    });
  }

  private refusal(message: string): SyncError {
    const { kind, file } = this.setup;
    return new SyncError("usage", `--${kind}-callback-lua-script ${file}: ${message}`, {
      path: file,
    });
  }

  private post(request: ScriptRequest): void {
    this.worker.postMessage(request);
  }
}
