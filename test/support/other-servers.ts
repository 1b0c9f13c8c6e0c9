/**
 * Other S3 servers than MinIO, each for what MinIO has not: versitygw deletes on conditions and orders keys by
 * itself, moto knows storage classes and archives, S3Mock lists keys in an order of its own. A CI machine installs
 * them into the cache, toxiproxy and NATS; elsewhere `S3SYNC_TEST_SERVERS=1` does, else tests that need them are skipped by
 * name.
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { freePort, makeMemoryDirectory, type RunningServer } from "./minio-server.ts";
import { buildStreamingMinio } from "./streaming-minio.ts";

const versions = {
  versitygw: "v1.8.0",
  moto: "5.2.5",
  s3mock: "4.11.0",
  toxiproxy: "v2.5.0",
  "nats-server": "v2.15.2",
} as const;

/** A program that can be had. */
type Installed = keyof typeof versions;

/** A server that can be had. */
export type OtherServer = Exclude<Installed, "toxiproxy" | "nats-server">;

const accessKeyId = "other-test-user";
const secretAccessKey = "other-test-password";
/** A Java program takes its time on a busy machine. */
const startLimitMs = 90_000;

function directoryOf(name: Installed): string {
  const base = process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache");
  return path.join(base, `s3sync-test/${name}-${versions[name]}`);
}

const programs: Readonly<Record<Installed, string>> = {
  versitygw: "versitygw",
  moto: "bin/moto_server",
  s3mock: `s3mock-${versions.s3mock}-exec.jar`,
  toxiproxy: "server",
  "nats-server": "nats-server",
};

/** Where a program is, if it is there. */
export function programOf(name: Installed): string {
  return path.join(directoryOf(name), programs[name]);
}

/** All S3 servers that can be started by name. */
export const otherServers = ["versitygw", "moto", "s3mock"] as const satisfies OtherServer[];

/** Whether a server can be started here. */
export function hasServer(name: Installed): boolean {
  return fs.existsSync(programOf(name)) && (name !== "s3mock" || Bun.which("java") !== null);
}

const goPrograms = {
  versitygw: "github.com/versity/versitygw/cmd/versitygw",
  toxiproxy: "github.com/Shopify/toxiproxy/v2/cmd/server",
  "nats-server": "github.com/nats-io/nats-server/v2",
} as const;

/** Installs what is missing, where that is wanted. What cannot be had stays missing. */
export async function installOtherServers(say: (text: string) => void): Promise<void> {
  const isWanted = process.env["S3SYNC_TEST_SERVERS"] ?? process.env["CI"] ?? "";
  if (isWanted === "") return;
  await buildStreamingMinio(say);
  for (const [name, source] of Object.entries(goPrograms) as [keyof typeof goPrograms, string][]) {
    if (hasServer(name) || Bun.which("go") === null) continue;
    await install(name, say, () => [
      ["go", "install", `${source}@${versions[name]}`],
      ["test", "-x", programOf(name)],
    ]);
  }
  if (!hasServer("moto") && Bun.which("python3") !== null) {
    await install("moto", say, (directory) => [
      ["python3", "-m", "venv", directory],
      [path.join(directory, "bin/pip"), "install", "--quiet", `moto[server,s3]==${versions.moto}`],
    ]);
  }
  if (!hasServer("s3mock") && Bun.which("java") !== null && Bun.which("mvn") !== null) {
    const artifact = `com.adobe.testing:s3mock:${versions.s3mock}:jar:exec`;
    await install("s3mock", say, (directory) => [
      ["mvn", "-q", "dependency:copy", `-Dartifact=${artifact}`, `-DoutputDirectory=${directory}`],
    ]);
  }
}

/** A directory that is half full is taken for none: its program comes last. */
async function install(
  name: Installed,
  say: (text: string) => void,
  commands: (directory: string) => readonly (readonly string[])[],
): Promise<void> {
  say(`installing ${name} ${versions[name]}; once`);
  const directory = directoryOf(name);
  fs.mkdirSync(directory, { recursive: true });
  for (const command of commands(directory)) {
    const child = Bun.spawn([...command], {
      env: { ...process.env, GOBIN: directory, GOFLAGS: "-buildvcs=false" },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
      timeout: 300_000,
    });
    const errors = await new Response(child.stderr).text();
    if ((await child.exited) === 0) continue;
    say(`${name} could not be installed, tests that need it are skipped: ${errors.slice(-300)}`);
    fs.rmSync(directory, { recursive: true, force: true });
    return;
  }
}

/** Starts a server and waits until it answers. */
export async function startOther(name: OtherServer): Promise<RunningServer> {
  const directory = makeMemoryDirectory(name);
  const port = freePort();
  const child = Bun.spawn(commandOf(name, port, directory), {
    cwd: directory,
    env: { ...process.env, ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await child.exited;
    fs.rmSync(directory, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await untilAnswering(endpoint, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...{ endpoint, accessKeyId, secretAccessKey, caFile: undefined, pid: child.pid },
    [Symbol.asyncDispose]: stop,
  };
}

function commandOf(name: OtherServer, port: number, directory: string): string[] {
  const program = programOf(name);
  switch (name) {
    case "moto":
      return [program, "-H", "127.0.0.1", "-p", String(port)];
    case "s3mock":
      return [
        ...["java", "-XX:TieredStopAtLevel=1", `-Djava.io.tmpdir=${directory}`, "-jar", program],
        ...["--server.address=127.0.0.1", `--server.port=${freePort()}`],
        `--com.adobe.testing.s3mock.httpPort=${port}`,
      ];
    case "versitygw": {
      const [data, old] = ["data", "versions"].map((below) => path.join(directory, below));
      for (const each of [data, old]) fs.mkdirSync(each ?? "");
      const posix = ["posix", "--versioning-dir", old ?? "", data ?? ""];
      return [program, "--port", `127.0.0.1:${port}`, "--quiet", ...posix];
    }
  }
}

/** Waits until something answers over HTTP. */
export async function untilAnswering(endpoint: string, child: Bun.Subprocess): Promise<void> {
  const until = performance.now() + startLimitMs;
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    try {
      await (await fetch(endpoint)).text();
      return;
    } catch {
      // Not listening yet.
    }
    await Bun.sleep(50);
  }
  throw new Error(`the server did not answer within ${startLimitMs / 1000} s`);
}
