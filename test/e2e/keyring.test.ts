/**
 * Secrets in the system's keyring. A real one is started for the tests, where GNOME's is installed.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { cliCommand, type CliResult, runCli } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

const needed = ["dbus-run-session", "gnome-keyring-daemon"];
const hasKeyring = needed.every((program) => Bun.which(program) !== null);

/** A home with an unlocked keyring of its own. */
class Session implements Disposable {
  private readonly dir = new TempDir();

  write(name: string, text: string): string {
    return this.dir.write(name, text);
  }

  /** Runs a script, in which `s3sync` is a function, in a session of its own; the keyring's file stays. */
  async run(script: string, env: Record<string, string> = {}): Promise<CliResult> {
    const { endpoint } = httpServer();
    const command = cliCommand()
      .map((word) => `'${word}'`)
      .join(" ");
    const text = `
      printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
      s3sync() { ${command} "$@"; }
      ${script}`;
    const child = Bun.spawn(["dbus-run-session", "--", "sh", "-ec", text], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: {
        PATH: process.env["PATH"],
        HOME: this.dir.path,
        XDG_RUNTIME_DIR: this.dir.path,
        AWS_REGION: "us-east-1",
        AWS_ENDPOINT_URL_S3: endpoint,
        AWS_EC2_METADATA_DISABLED: "true",
        ...env,
      },
    });
    const [stdout, stderr, exitCode] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { stdout, stderr, exitCode };
  }

  [Symbol.dispose](): void {
    this.dir[Symbol.dispose]();
  }
}

const { accessKeyId, secretAccessKey } = httpServer();

describe.skipIf(!hasKeyring)(`a keyring (needs ${needed.join(", ")})`, () => {
  test("has the secret of a side's access key", async () => {
    using session = new Session();
    await using bucket = await TestBucket.create();
    const file = session.write("a", "content");
    const { stdout, stderr, exitCode } = await session.run(`
      printf '%s\\n' '${secretAccessKey}' | s3sync keyring set work ${accessKeyId}
      s3sync -vvv --target-keyring work --target-access-key ${accessKeyId} ${file} ${bucket.url()}`);
    expect([stderr, exitCode]).toEqual([expect.not.stringContaining("s3sync:"), 0]);
    expect(stdout + stderr).not.toContain(secretAccessKey);
    expect(await bucket.keys()).toEqual(["a"]);
  });

  test.each([
    ["of the environment", ["--keyring work"], { AWS_ACCESS_KEY_ID: accessKeyId }, ""],
    ["of a .boto file", ["--keyring work"], {}, ""],
    ["of a .boto file that names the keyring as well", [], {}, "keyring = work\n"],
  ])("has the secret of the access key %s", async (_, args, env, more) => {
    using session = new Session();
    await using bucket = await TestBucket.create();
    const file = session.write("a", "content");
    session.write(".boto", `[Credentials]\naws_access_key_id = ${accessKeyId}\n${more}`);
    const { stderr, exitCode } = await session.run(
      `
      printf '%s' '${secretAccessKey}' | s3sync keyring set work ${accessKeyId}
      s3sync ${args.join(" ")} ${file} ${bucket.url()}`,
      env,
    );
    expect([stderr, exitCode]).toEqual([expect.not.stringContaining("s3sync:"), 0]);
    expect(await bucket.keys()).toEqual(["a"]);
  });

  test("says how to add a secret that it does not have, after it was removed, too", async () => {
    using session = new Session();
    const file = session.write("a", "content");
    const { stderr, exitCode } = await session.run(`
      printf '%s' '${secretAccessKey}' | s3sync keyring set work ${accessKeyId}
      s3sync keyring remove work ${accessKeyId}
      s3sync --keyring work --access-key ${accessKeyId} ${file} s3://some-bucket/`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("s3sync keyring set work");
  });

  test("that has no such secret cannot forget it", async () => {
    using session = new Session();
    const { stderr, exitCode } = await session.run(`s3sync keyring remove work KEY`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("has no secret for the access key KEY");
  });
});

describe("s3sync keyring", () => {
  test.each([[["keyring", "put", "work", "KEY"]], [["keyring", "set", "", "KEY", "more"]]])(
    "is bad usage as %j",
    async (args) => {
      const { stderr, exitCode } = await runCli(args);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/keyring|SOURCE/);
    },
  );

  test("explains itself", async () => {
    const { stdout, exitCode } = await runCli(["keyring", "--help"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("s3sync keyring set NAME ACCESS-KEY");
  });

  test.skipIf(process.platform === "win32")(
    "keeps nothing after Ctrl-C, and ends with 130",
    async () => {
      const shown: string[] = [];
      const child = Bun.spawn([...cliCommand(), "keyring", "set", "work", "KEY"], {
        env: { PATH: process.env["PATH"], DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent" },
        terminal: {
          data(terminal, bytes) {
            shown.push(Buffer.from(bytes).toString());
            if (shown.join("").endsWith("Secret access key: ")) terminal.write("sec\u0003");
          },
        },
      });
      expect(await child.exited).toBe(130);
      expect(shown.join("")).toContain("s3sync: nothing was kept");
      expect(shown.join("")).not.toContain("sec\u0003");
    },
  );

  test("where there is none says what it takes", async () => {
    const child = Bun.spawn([...cliCommand(), "keyring", "set", "work", "KEY"], {
      stdin: new Blob(["secret"]),
      stdout: "pipe",
      stderr: "pipe",
      env: { PATH: process.env["PATH"], DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent" },
    });
    const stderr = await new Response(child.stderr).text();
    expect(await child.exited).toBe(1);
    expect(stderr).toContain("the system's keyring cannot be used");
    expect(stderr).not.toContain("secret\n");
  });

  test("is refused beside a secret or a profile", async () => {
    const args = ["--keyring", "work", "--profile", "p", "--secret-access-key", "s"];
    const { stderr, exitCode } = await runCli([...args, "--access-key", "k", "a", "s3://bucket/"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("--keyring cannot be combined with --profile");
    expect(stderr).toContain("--keyring cannot be combined with --secret-access-key");
  });

  test("needs an access key", async () => {
    using dir = new TempDir();
    const env = { HOME: dir.path, AWS_ACCESS_KEY_ID: "", AWS_REGION: "us-east-1" };
    const { stderr, exitCode } = await runCli(["--keyring", "work", dir.path, "s3://bucket/"], {
      env,
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("whose secret?");
  });
});
