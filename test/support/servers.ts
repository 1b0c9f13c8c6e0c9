/**
 * The S3 servers of a test run: one over http, one over https. Started once, by whoever comes first: the
 * test command for all processes, or the preload of a plain `bun test` for its own. Instead of these, the same
 * tests can have any other server, which is over http only.
 *
 * @module
 */
import { startMinio } from "./minio-server.ts";
import { hasServer, type OtherServer, otherServers, startOther } from "./other-servers.ts";
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
    tell("http", given);
    await lookAt(given);
    return stack;
  }
  const other = chosenServer();
  if (other !== undefined) {
    if (process.env[variables.http] !== undefined) return stack;
    const server = stack.use(await startOther(other));
    tell("http", server);
    await lookAt(server);
    return stack;
  }
  for (const kind of ["http", "tls"] as const) {
    if (process.env[variables[kind]] !== undefined) continue;
    tell(kind, stack.use(await startMinio({ tls: kind === "tls", say })));
  }
  return stack;
}

/** Loaded only here: it needs the packages, which whoever starts servers may have to install first. */
async function lookAt(server: TestServer): Promise<void> {
  const { tellCapabilities } = await import("./capabilities.ts");
  await tellCapabilities(server);
}

function tell(kind: keyof typeof variables, server: TestServer): void {
  const { endpoint, accessKeyId, secretAccessKey, caFile } = server;
  const told = { endpoint, accessKeyId, secretAccessKey, caFile };
  process.env[variables[kind]] = JSON.stringify(told);
}

/** Whether the tests have the server that they are written for, and not one that somebody chose. */
export function isUsualServer(): boolean {
  return givenServer() === undefined && chosenServer() === undefined;
}

/** `S3SYNC_TEST_SERVER=versitygw` runs the tests on that, which is started for them. */
function chosenServer(): OtherServer | undefined {
  const wanted = process.env["S3SYNC_TEST_SERVER"] ?? "";
  if (wanted === "") return undefined;
  const name = otherServers.find((each) => each === wanted);
  if (name === undefined) {
    throw new Error(`S3SYNC_TEST_SERVER is one of ${otherServers.join(", ")}, not ${wanted}`);
  }
  if (hasServer(name)) return name;
  throw new Error(`${name} is not installed; S3SYNC_TEST_SERVERS=1 does that where it can be had`);
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
