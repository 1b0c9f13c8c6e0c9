/**
 * Every byte that the tests and their children print is looked at for the secrets that they use. Here it is shown
 * that one which is printed is found.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import path from "node:path";

import { keepSecret, mayPrint, SecretFinder } from "../support/secrets.ts";
import { TempDir } from "../support/temp-dir.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** 32 bytes in base64, as SSE-C keys are. It begins with `+/+/`: so it is never that of a URL, without its end. */
function someKey(): string {
  const random = crypto.getRandomValues(new Uint8Array(29));
  return keepSecret(Buffer.from([0xfb, 0xff, 0xbf, ...random]).toString("base64"), "a key");
}

/** Has a child print a text, and reads it. */
function printed(text: string, stream: "stdout" | "stderr"): Promise<string> {
  const script = `process.${stream}.write(process.env.TEXT)`;
  const env = { ...process.env, TEXT: text };
  const child = Bun.spawn([process.execPath, "-e", script], {
    ...{ stdout: "pipe", stderr: "pipe", env },
  });
  return new Response(child[stream]).text();
}

describe("a secret is found", () => {
  const key = someKey();
  const decoded = Buffer.from(key, "base64");
  const md5 = new Bun.CryptoHasher("md5").update(decoded).digest();
  test.each(
    Object.entries({
      "as it is": key,
      "in a URL": encodeURIComponent(key),
      "in base64": Buffer.from(key).toString("base64"),
      "in hexadecimal": Buffer.from(key).toString("hex"),
      "as the bytes of a key": decoded.toString("hex"),
      "as the MD5 of a key": md5.toString("base64"),
      "as the MD5 of a key in hexadecimal": md5.toString("hex"),
    }),
  )("%s", (_, form) => {
    const found = new SecretFinder().find(bytes(`{"key":"${form}"}`));
    expect(found).toBe(String.raw`a key, after: "{\"key\":\""`);
  });

  test("across the border of two pieces", () => {
    for (const at of [1, 20, key.length - 1]) {
      const finder = new SecretFinder();
      expect(finder.find(bytes(`key ${key.slice(0, at)}`))).toBeUndefined();
      expect(finder.find(bytes(key.slice(at)))).toContain("a key");
    }
  });

  test("unless it is not there", () => {
    const finder = new SecretFinder();
    for (const piece of [key.slice(1), key.toLowerCase(), key.slice(0, -2), ""]) {
      expect(finder.find(bytes(`${piece}\n`))).toBeUndefined();
    }
  });
});

describe("who reads what a child printed gets an error", () => {
  test.each(["stdout", "stderr"] as const)("from %s", async (stream) => {
    const secret = keepSecret(crypto.randomUUID(), "a planted secret");
    expect(printed(`key=${secret}`, stream)).rejects.toThrow("a child process printed a planted");
    expect(await printed("nothing", stream)).toBe("nothing");
  });

  test("when all has ended", () => {
    const secret = keepSecret(crypto.randomUUID(), "a planted secret");
    expect(() => Bun.spawnSync(["echo", secret])).toThrow("a child process printed a planted");
  });

  test("about a secret that was handed over by a variable, an option or a file", async () => {
    const [first = "", second = "", third = "", fourth = ""] = Array.from({ length: 4 }, () =>
      crypto.randomUUID(),
    );
    using dir = new TempDir();
    dir.write("credentials", `[default]\naws_secret_access_key = ${third}\n`);
    Bun.spawnSync(
      ["true", `--target-secret-access-key=${second}`, "--source-session-token", fourth],
      {
        env: { AWS_SECRET_ACCESS_KEY: first, HTTPS_PROXY: "http://user:p%40ss-word@localhost" },
      },
    );
    for (const secret of [first, second, third, fourth, "p@ss-word"]) {
      expect(printed(secret, "stdout")).rejects.toThrow("a child process printed");
    }
  });

  test("but not where a test says that it prints one", async () => {
    const secret = keepSecret(crypto.randomUUID(), "a planted secret");
    {
      using _declared = mayPrint(secret);
      expect(await printed(secret, "stdout")).toBe(secret);
    }
    expect(printed(secret, "stdout")).rejects.toThrow("a planted secret");
  });
});

test("a test run fails when a test in it prints a secret", async () => {
  const secret = crypto.randomUUID();
  const root = path.join(import.meta.dir, "../..");
  const child = Bun.spawn(
    [process.execPath, "test/support/tests.ts", "./test/security/planted-secret.ts"],
    { cwd: root, stdout: "pipe", stderr: "ignore", env: { ...process.env, PLANTED: secret } },
  );
  const lines = (await new Response(child.stdout).text()).trimEnd().split("\n");
  expect(await child.exited).toBe(1);
  expect(lines.at(-2)).toStartWith("the tests printed a planted secret, after: ");
  expect(lines.at(-2)).not.toContain(secret);
  expect(lines.at(-1)).toBe("1 passed, 1 failed");
});
