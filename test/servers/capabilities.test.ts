/**
 * What servers can do, found out by trying it: the table in `test/README.md` says what is found, and on the servers
 * that the tests are written for nothing can be skipped for want of something.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { capabilities, missingUsually, probe } from "../support/capabilities.ts";
import { hasServer, type OtherServer, startOther } from "../support/other-servers.ts";
import { httpServer, isUsualServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

const timeoutMs = 120_000;
const table = path.join(import.meta.dir, "../README.md");

/** What a column of the table says that a server has not. */
function missingIn(column: string): string[] {
  const rows = fs
    .readFileSync(table, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const begin = rows.findIndex(([, first]) => first === "A server that …");
  const at = rows[begin]?.findIndex((cell) => cell.startsWith(column)) ?? -1;
  const asked = rows
    .slice(begin)
    .filter(([, name = ""]) => capabilities.some((each) => each === name));
  expect(asked.map(([, name]) => name)).toEqual([...capabilities]);
  return asked.filter((row) => row[at] === "no").map(([, name = ""]) => name);
}

describe("the usual server", () => {
  test.skipIf(!isUsualServer())(
    "can do all that tests ask for, and has not got what is said (needs MinIO)",
    async () => {
      const proven = await probe(httpServer());
      expect(capabilities.filter((name) => !proven.has(name))).toEqual([...missingUsually]);
      expect(missingIn("MinIO")).toEqual([...missingUsually]);
    },
    timeoutMs,
  );
});

const columns: Readonly<Record<OtherServer, string>> = {
  versitygw: "versitygw",
  moto: "moto",
  s3mock: "S3Mock",
};

for (const name of Object.keys(columns) as OtherServer[]) {
  test.skipIf(!hasServer(name))(
    `what ${name} has not is what the table says (needs ${name})`,
    async () => {
      await using server = await startOther(name);
      const proven = await probe(server);
      expect(capabilities.filter((each) => !proven.has(each))).toEqual(
        missingIn(columns[name]) as [],
      );
    },
    timeoutMs,
  );
}

test("where something is missing, what needs it is skipped by a name that says so", async () => {
  using dir = new TempDir();
  const support = path.join(import.meta.dir, "../support");
  dir.write(
    "some.test.ts",
    `import { expect, test } from "bun:test";
     import { needing } from ${JSON.stringify(path.join(support, "capabilities.ts"))};
     const fail = () => expect(1).toBe(2);
     const keeping = needing("keeps versions", "checks checksums");
     keeping.test("one", fail);
     keeping.test.each([[1], [2]])("each %d", fail);
     keeping.describe("group", () => test("inner", fail));
     needing("checks checksums").test("other", () => undefined);`,
  );
  const child = Bun.spawn(
    [process.execPath, "test", "--preload", path.join(support, "preload.ts"), "./some.test.ts"],
    {
      cwd: dir.path,
      env: {
        ...{ PATH: process.env["PATH"], S3_TEST_ENDPOINT: "http://127.0.0.1:9" },
        ...{ S3_TEST_ACCESS_KEY: "key", S3_TEST_SECRET_KEY: "secret" },
        S3SYNC_TEST_CAPABILITIES: JSON.stringify(["checks checksums"]),
      },
      stdout: "ignore",
      stderr: "pipe",
    },
  );
  const said = await new Response(child.stderr).text();
  const reason = "(needs a server that keeps versions)";
  for (const name of ["one", "each 1", "each 2", "group"]) {
    expect(said).toContain(`(skip) ${name} ${reason}`);
  }
  expect(said).toContain("(pass) other");
  expect(await child.exited).toBe(0);
});
