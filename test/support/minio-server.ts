/**
 * Starts MinIO servers on free ports with data folders of their own.
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { findMinio } from "./minio-binary.ts";
import { keepSecret } from "./secrets.ts";

/** A running server. Dispose of it. */
export interface RunningServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** PEM file of the authority that signed the server's certificate, for https. */
  readonly caFile: string | undefined;
  /** The server's process, for tests that kill it. */
  readonly pid: number;
}

/** One of ours, which can die and come back. */
export interface MinioServer extends RunningServer {
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
  /** Starts it again, with what it held. */
  revive(): Promise<void>;
}

const usualUser = "s3sync-test-user";
const startLimitMs = 30_000;

/** What kind of server to start. */
export interface ServerOptions {
  /** https with a certificate made for the occasion. SSE-C needs it. */
  readonly tls: boolean;
  /** Its name for the one who may do everything. */
  readonly user?: string;
  /** What signatures have to name. Default: it takes any. */
  readonly region?: string;
  /** Another program than the usual one. */
  readonly program?: string;
  readonly say?: (text: string) => void;
}

/** Starts a server and waits until it is ready. */
export async function startMinio({
  tls,
  user = usualUser,
  region,
  program,
  say = () => undefined,
}: ServerOptions): Promise<MinioServer> {
  const binary = program ?? (await findMinio(say));
  const password = keepSecret(crypto.randomUUID(), "the secret access key of a test server");
  const directory = makeMemoryDirectory("minio");
  const certificates = path.join(directory, "certs");
  const caFile = tls ? await makeCertificate(certificates) : undefined;
  const port = freePort();
  const command = [
    ...[binary, "server", path.join(directory, "data")],
    ...["--address", `127.0.0.1:${port}`, "--console-address", `127.0.0.1:${freePort()}`],
    ...["--certs-dir", certificates, "--quiet"],
  ];
  const launch = () =>
    Bun.spawn(command, {
      env: {
        ...process.env,
        MINIO_ROOT_USER: user,
        MINIO_ROOT_PASSWORD: password,
        MINIO_BROWSER: "off",
        ...(region === undefined ? {} : { MINIO_SITE_REGION: region }),
        MINIO_KMS_SECRET_KEY: `s3sync-key:${Buffer.alloc(32, 7).toString("base64")}`,
      },
      stdout: "ignore",
      stderr: "ignore",
    });
  let minio = launch();
  const endpoint = `${tls ? "https" : "http"}://127.0.0.1:${port}`;
  const kill = async (): Promise<void> => {
    minio.kill("SIGKILL");
    await minio.exited;
  };
  const stop = async (): Promise<void> => {
    await kill();
    fs.rmSync(directory, { recursive: true, force: true });
  };
  try {
    await untilReady(endpoint, caFile, minio);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoint,
    accessKeyId: user,
    secretAccessKey: password,
    caFile,
    pid: minio.pid,
    kill,
    revive: async () => {
      minio = launch();
      await untilReady(endpoint, caFile, minio);
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** A memory file system where there is one. */
export function memoryDirectory(): string {
  return fs.existsSync("/dev/shm") ? "/dev/shm" : os.tmpdir();
}

const madeHere = /^s3sync-[a-z]+-(\d+)-/;

/** Makes a directory in memory, and takes away those of processes that ended without doing so. */
export function makeMemoryDirectory(purpose: string): string {
  const root = memoryDirectory();
  for (const name of fs.readdirSync(root)) {
    const [, owner] = madeHere.exec(name) ?? [];
    if (owner !== undefined && !isAlive(Number(owner))) {
      fs.rmSync(path.join(root, name), { recursive: true, force: true });
    }
  }
  return fs.mkdtempSync(path.join(root, `s3sync-${purpose}-${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** From here on systems take ports for connections: one that is free now may be taken before a server has it. */
const firstOfSystem = 32_768;
const firstPort = 12_000;

/** A port that nobody listens on. */
export function freePort(): number {
  for (;;) {
    const port = firstPort + Math.floor(Math.random() * (firstOfSystem - firstPort));
    if (isFree(port)) return port;
  }
}

function isFree(port: number): boolean {
  try {
    Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
    return true;
  } catch {
    return false;
  }
}

/** Go comes with a generator of certificates; openssl does it where there is no Go. */
async function makeCertificate(directory: string): Promise<string> {
  fs.mkdirSync(directory, { recursive: true });
  const [certificate, key] = ["public.crt", "private.key"].map((name) =>
    path.join(directory, name),
  );
  const go = Bun.which("go");
  if (go !== null) {
    const root = (await Bun.$`${go} env GOROOT`.quiet().text()).trim();
    const generator = path.join(root, "src/crypto/tls/generate_cert.go");
    const hosts = "127.0.0.1,localhost";
    await Bun.$`${go} run ${generator} --ca --ecdsa-curve P256 --host ${hosts}`
      .cwd(directory)
      .quiet();
    fs.renameSync(path.join(directory, "cert.pem"), certificate ?? "");
    fs.renameSync(path.join(directory, "key.pem"), key ?? "");
  } else {
    const names = "subjectAltName=IP:127.0.0.1,DNS:localhost";
    await Bun.$`openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 7 -subj /CN=localhost -addext ${names} -keyout ${key ?? ""} -out ${certificate ?? ""}`.quiet();
  }
  return certificate ?? "";
}

async function untilReady(
  endpoint: string,
  caFile: string | undefined,
  minio: Bun.Subprocess,
): Promise<void> {
  const tls = caFile === undefined ? {} : { tls: { ca: fs.readFileSync(caFile, "utf8") } };
  const until = performance.now() + startLimitMs;
  while (performance.now() < until) {
    if (minio.exitCode !== null) throw new Error(`MinIO ended with ${minio.exitCode}`);
    try {
      const answer = await fetch(`${endpoint}/minio/health/cluster`, tls);
      if (answer.ok) return;
    } catch {
      // Not listening yet.
    }
    await Bun.sleep(50);
  }
  throw new Error(`MinIO was not ready within ${startLimitMs / 1000} s`);
}
