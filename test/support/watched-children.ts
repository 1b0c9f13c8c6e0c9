/**
 * Looks at every byte that the children of a test process print, whoever starts them: none may be part of a secret.
 * What secrets there are, tests say, and the command lines, variables and files that they hand to children.
 *
 * @module
 */
import { keepSecret, SecretFinder } from "./secrets.ts";

/** Options, variables and settings of files that hold secrets. */
const secretName = /(?:secret[-_]access[-_]key|session[-_]token|sse[-_]c[-_]key)$/i;
const inFile =
  /\b((?:\w+[-_])*(?:secret[-_]access[-_]key|session[-_]token|security[-_]token|sse[-_]c[-_]key))["']?\s*[:=]\s*["']?([^\s"'$]+)/gi;
const proxyName = /[-_]proxy$/i;
/** Larger files hold data. */
const largestFile = 64 * 1024;

/** Takes note of secrets in the text of a file. */
export function keepSecretsOfFile(text: string): void {
  if (text.length > largestFile) return;
  for (const [, name = "", value = ""] of text.matchAll(inFile)) keepSecret(value, name);
}

/** Begins. Children that are started from now on are watched. */
export function watchChildren(): void {
  const spawn = Bun.spawn.bind(Bun);
  const spawnSync = Bun.spawnSync.bind(Bun);
  Object.assign(Bun, {
    spawn: (...given: Parameters<typeof spawn>) => {
      keepSecretsOfCommand(given);
      return watched(spawn(...given));
    },
    spawnSync: (...given: Parameters<typeof spawnSync>) => {
      keepSecretsOfCommand(given);
      const result = spawnSync(...given);
      for (const output of [result.stdout, result.stderr]) {
        if (output !== undefined) refuseSecrets(new SecretFinder(), output);
      }
      return result;
    },
  });
}

function refuseSecrets(finder: SecretFinder, bytes: Uint8Array): void {
  const found = finder.find(bytes);
  if (found !== undefined) throw new Error(`a child process printed ${found}`);
}

/** The same process; whoever reads what it prints gets an error where it prints a secret. */
function watched(child: Bun.Subprocess): Bun.Subprocess {
  for (const name of ["stdout", "stderr"] as const) {
    const prototype: object = Object.getPrototypeOf(child);
    let stream: unknown;
    Object.defineProperty(child, name, {
      get: () => (stream ??= overlooked(Reflect.get(prototype, name, child))),
    });
  }
  return child;
}

function overlooked(output: unknown): unknown {
  if (!(output instanceof ReadableStream)) return output;
  const finder = new SecretFinder();
  const overseer = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      refuseSecrets(finder, piece);
      controller.enqueue(piece);
    },
  });
  return output.pipeThrough(overseer);
}

interface Described {
  readonly cmd?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** `spawn(command, options)` or `spawn({ cmd, ... })`. */
function keepSecretsOfCommand([first, second]: readonly unknown[]): void {
  const { cmd = [], env = {} } = (
    Array.isArray(first) ? { cmd: first, ...(second as object) } : first
  ) as Described;
  for (const [index, argument] of cmd.entries()) {
    const equals = argument.indexOf("=");
    const name = equals === -1 ? argument : argument.slice(0, equals);
    const value = equals === -1 ? cmd[index + 1] : argument.slice(equals + 1);
    if (name.startsWith("--")) keepNamed(name, value);
  }
  for (const [name, value] of Object.entries(env)) keepNamed(name, value);
}

function keepNamed(name: string, value: string | undefined): void {
  if (value === undefined) return;
  if (secretName.test(name)) keepSecret(value, name);
  const { password = "" } = proxyName.test(name) ? (URL.parse(value) ?? {}) : {};
  for (const form of [password, decoded(password)]) keepSecret(form, `the password in ${name}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
