/**
 * Keys in the AWS files that somebody renews while we keep going.
 *
 * @module
 */
import { afterEach, expect, test } from "bun:test";

import type { CredentialSource } from "../../../src/store/s3/credentials.ts";
import { connect } from "../../../src/store/s3/sdk/connection.ts";
import { TempDir } from "../../support/temp-dir.ts";

const variable = "AWS_SHARED_CREDENTIALS_FILE";
const before = process.env[variable];

afterEach(() => {
  process.env[variable] = before;
});

function writeKeys(dir: TempDir, secret: string): string {
  const keys = `aws_access_key_id = AKIA\naws_secret_access_key = ${secret}\n`;
  return dir.write("credentials", `[renewed]\n${keys}`);
}

async function credentialsOf(credentialsFile: string): Promise<CredentialSource> {
  const { credentials } = await connect({
    ...{ bucket: "b", region: "us-east-1", endpointUrl: undefined, maxAttempts: 1 },
    ...{ profile: "renewed", credentials: undefined, keyring: undefined, anonymous: false },
    ...{ forcePathStyle: false, accelerate: false },
    ...{ configFile: undefined, credentialsFile, caFile: undefined },
    proxies: { http: undefined, https: undefined },
  });
  return credentials;
}

test("a bucket that is opened again is opened with what the files hold now", async () => {
  using dir = new TempDir();
  const file = writeKeys(dir, "first");
  expect((await (await credentialsOf(file))())?.secretAccessKey).toBe("first");
  writeKeys(dir, "second");
  expect((await (await credentialsOf(file))())?.secretAccessKey).toBe("second");
});

test("keys that a server refused are looked for in the files again", async () => {
  using dir = new TempDir();
  const source = await credentialsOf(writeKeys(dir, "first"));
  const refused = await source();
  writeKeys(dir, "second");
  expect((await source(refused))?.secretAccessKey).toBe("second");
});
