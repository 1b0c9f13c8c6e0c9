/**
 * The S3 servers of a test run: one over http, one over https. Started once, by whoever comes first: the
 * test command for all processes, or the preload of a plain `bun test` for its own.
 *
 * @module
 */
import { startMinio } from "./minio-server.ts";
import { keepSecret } from "./secrets.ts";

/** A server as tests see it. */
export interface TestServer {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly caFile: string | undefined;
}

const variables = { http: "S3SYNC_TEST_HTTP_SERVER", tls: "S3SYNC_TEST_TLS_SERVER" } as const;

/** Starts what is not running yet and makes it known to this process and its children. */
export async function startServers(say: (text: string) => void): Promise<AsyncDisposable> {
  const stack = new AsyncDisposableStack();
  const given = givenServer();
  if (given !== undefined) {
    process.env[variables.http] = JSON.stringify(given);
    return stack;
  }
  for (const kind of ["http", "tls"] as const) {
    if (process.env[variables[kind]] !== undefined) continue;
    const server = stack.use(await startMinio({ tls: kind === "tls", say }));
    const { endpoint, accessKeyId, secretAccessKey, caFile } = server;
    process.env[variables[kind]] = JSON.stringify({
      endpoint,
      accessKeyId,
      secretAccessKey,
      caFile,
    });
  }
  return stack;
}

/** `S3_TEST_ENDPOINT` and credentials run the same tests against any other server. */
function givenServer(): TestServer | undefined {
  const endpoint = process.env["S3_TEST_ENDPOINT"];
  const accessKeyId = process.env["S3_TEST_ACCESS_KEY"];
  const secretAccessKey = process.env["S3_TEST_SECRET_KEY"];
  if (endpoint === undefined || endpoint === "") return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Error("S3_TEST_ENDPOINT needs S3_TEST_ACCESS_KEY and S3_TEST_SECRET_KEY");
  }
  return { endpoint, accessKeyId, secretAccessKey, caFile: process.env["AWS_CA_BUNDLE"] };
}

/** The server over http (or the one that was given). */
export function httpServer(): TestServer {
  return serverOf("http");
}

/** The server over https. */
export function tlsServer(): TestServer {
  return serverOf("tls");
}

/** Whether there is an https server in this run. */
export function hasTlsServer(): boolean {
  return process.env[variables.tls] !== undefined;
}

function serverOf(kind: keyof typeof variables): TestServer {
  const text = process.env[variables[kind]];
  if (text === undefined) throw new Error(`no ${kind} server in this test run`);
  const server = JSON.parse(text) as TestServer;
  keepSecret(server.secretAccessKey, "the secret access key of a test server");
  return server;
}
