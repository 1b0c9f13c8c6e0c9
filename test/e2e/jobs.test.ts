/**
 * Jobs of a configuration file against a server.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";

/** The same jobs in every language: a backup that mirrors, and one that brings it back. */
const files: Readonly<Record<string, (bucket: string) => string>> = {
  "jobs.toml": (bucket) => `
[defaults]
exclude = ["*.tmp"]
endpoint-url = "\${ENDPOINT}"
access-key = "\${KEY}"
secret-access-key = "\${SECRET}"
region = "us-east-1"

[jobs.backup]
source = "\${PLACE}/photos"
target = "s3://${bucket}/photos/"
delete = true
storage-class = "STANDARD"
additional-checksum-algorithm = "SHA256"

[jobs.restore]
source = "s3://${bucket}/photos/"
target = "\${PLACE}/restored"
`,
  "jobs.yaml": (bucket) => `
defaults: &all
  exclude: ["*.tmp"]
  endpoint-url: \${ENDPOINT}
  access-key: \${KEY}
  secret-access-key: \${SECRET}
  region: us-east-1
jobs:
  backup:
    source: \${PLACE}/photos
    target: s3://${bucket}/photos/
    delete: true
  restore:
    source: s3://${bucket}/photos/
    target: "\${PLACE}/restored"
`,
  "jobs.json": (bucket) =>
    JSON.stringify({
      defaults: {
        exclude: ["*.tmp"],
        "endpoint-url": "${ENDPOINT}",
        "access-key": "${KEY}",
        "secret-access-key": "${SECRET}",
        region: "us-east-1",
      },
      jobs: {
        backup: { source: "${PLACE}/photos", target: `s3://${bucket}/photos/`, delete: true },
        restore: { source: `s3://${bucket}/photos/`, target: "${PLACE}/restored" },
      },
    }),
};

function environment(dir: TempDir): Record<string, string> {
  const { endpoint, accessKeyId, secretAccessKey } = httpServer();
  return { ENDPOINT: endpoint, KEY: accessKeyId, SECRET: secretAccessKey, PLACE: dir.path };
}

describe.each(Object.entries(files))("a file %s", (name, text) => {
  test("mirrors a directory into a bucket and brings it back", async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    dir.write("photos/2026/lake.jpg", "lake");
    dir.write("photos/half.tmp", "half");
    dir.write(name, text(bucket.name));
    await bucket.put("photos/old.jpg", "old");
    await bucket.put("elsewhere", "stays");

    const args = ["run", "--config", name, "backup", "restore"];
    const { exitCode, stdout, stderr } = await runCli(args, {
      cwd: dir.path,
      env: environment(dir),
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
    expect(stderr).toContain(
      `s3sync: job restore: s3://${bucket.name}/photos/ -> ${dir.path}/restored`,
    );
    expect(stderr).not.toContain(httpServer().secretAccessKey);
    expect(await bucket.keys()).toEqual(["elsewhere", "photos/2026/lake.jpg"]);
    expect(dir.files("restored")).toEqual(["2026/lake.jpg"]);
  });
});

test.skipIf(process.platform === "win32")(
  "the process starts anew once, before the first job, where one wants more requests than Bun allows",
  async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    dir.write("up/a", "a");
    const job = (name: string, more: string): string =>
      `[jobs.${name}]\nsource = "up"\ntarget = "${bucket.url(`${name}/`)}"\n${more}\n`;
    dir.write("s3sync.toml", job("few", "") + job("many", "worker-size = 300"));
    const env = serverEnv(httpServer());
    const { exitCode, stdout, stderr } = await runCli(["run", "--all"], { cwd: dir.path, env });
    // Without the limit there would be a warning, and 3.
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
    expect(stderr.match(/^s3sync: job few: /gm)).toHaveLength(1);
    expect(await bucket.keys()).toEqual(["few/a", "many/a"]);
  },
);

test("each job moves its large objects in parts, on threads", async () => {
  using dir = new TempDir();
  await using bucket = await TestBucket.create();
  const names = ["one", "two"];
  const jobs = names.map((name) => {
    dir.write(`${name}/large`, randomBytes(name, 20 * MiB));
    return `[jobs.${name}]\nsource = "${name}"\ntarget = "${bucket.url(`${name}/`)}"\n`;
  });
  dir.write("s3sync.toml", `[defaults]\nthreads = 2\n${jobs.join("")}`);
  const env = serverEnv(httpServer());
  expect(await runCli(["run", "--all"], { cwd: dir.path, env })).toMatchObject({ exitCode: 0 });
  const parts = (await bucket.list()).map(({ key, etag }) => [key, etag.split("-")[1]]);
  expect(parts).toEqual(names.map((name) => [`${name}/large`, "3"]));
});

test("--summary-json of each job is a file of its own", async () => {
  using dir = new TempDir();
  await using bucket = await TestBucket.create();
  dir.write("up/a", "a");
  dir.write(
    "s3sync.yaml",
    `jobs:
  first: {source: up, target: "${bucket.url("a/")}", summary-json: first.json}
  second: {source: up, target: "${bucket.url("b/")}", summary-json: "\${NAME:-second}.json"}
`,
  );
  const env = serverEnv(httpServer());
  const { exitCode } = await runCli(["run", "--all"], { cwd: dir.path, env });
  expect(exitCode).toBe(0);
  for (const name of ["first.json", "second.json"]) {
    expect(JSON.parse(fs.readFileSync(dir.at(name), "utf8"))).toMatchObject({
      transferred_object: 1,
    });
  }
});

test("what one job says about proxies and AWS files is not heard by the next", async () => {
  using dir = new TempDir();
  await using bucket = await TestBucket.create();
  dir.write("up/a", "a");
  dir.write("none/credentials");
  const common = "aws-max-attempts: 1, force-retry-count: 0";
  dir.write(
    "s3sync.yaml",
    `defaults: {${common}}
jobs:
  proxied: {source: up, target: "${bucket.url("a/")}", http-proxy: "http://127.0.0.1:1"}
  plain: {source: up, target: "${bucket.url("b/")}"}
  elsewhere: {source: up, target: "${bucket.url("c/")}", profile: other, aws-shared-credentials-file: none/credentials}
  named: {source: up, target: "${bucket.url("d/")}", profile: other}
`,
  );
  const { accessKeyId, secretAccessKey, ...server } = httpServer();
  const credentials = `[other]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`;
  const file = dir.write("credentials", credentials);
  const env = { ...serverEnv({ ...server, accessKeyId, secretAccessKey }) };
  const args = ["run", "--all", "-q"];
  const result = await runCli(args, {
    cwd: dir.path,
    env: { ...env, AWS_SHARED_CREDENTIALS_FILE: file },
  });
  expect(result.exitCode).toBe(1);
  expect(result.stderr).toContain("s3sync: job proxied: ");
  expect(result.stderr).toContain("s3sync: job elsewhere: ");
  expect(await bucket.keys()).toEqual(["b/a", "d/a"]);
});
