/**
 * Secrets are not seen, whatever prints them.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import { format, inspect } from "node:util";

import { secret } from "../../src/config/kinds.ts";
import { Secret } from "../../src/config/secret.ts";

const value = "wJalrXUtnFEMI/K7MDENG";
const hidden = new Secret(value);

describe("a secret", () => {
  test("is given away only on request", () => {
    expect(hidden.reveal()).toBe(value);
  });

  const printers: Readonly<Record<string, (it: unknown) => string>> = {
    String,
    "a template": (it) => `the key ${it as string}`,
    "a concatenation": (it) => "the key " + (it as string),
    "JSON.stringify": (it) => JSON.stringify({ it, list: [it] }),
    inspect: (it) => inspect(it, { depth: 9, showHidden: true }),
    "inspect of what holds it": (it) => inspect({ a: { b: [it] } }, { depth: 9, showHidden: true }),
    "Bun.inspect": (it) => Bun.inspect({ a: { b: [it] } }),
    "util.format": (it) => format("%s %j %o %O", it, it, it, it),
    "Object.entries": (it) => JSON.stringify(Object.entries(it as object)),
    "a copy": (it) => JSON.stringify({ ...(it as object) }),
    "an error": (it) => String(new Error(`no luck with ${it as string}`)),
  };
  test.each(Object.keys(printers))("is not seen in %s", (name) => {
    const text = printers[name]?.(hidden) ?? value;
    expect(text).not.toContain(value);
    expect(text).not.toContain(value.slice(0, 8));
  });

  test("is not seen by console.log", () => {
    const script = `
      import { Secret } from ${JSON.stringify(import.meta.resolve("../../src/config/secret.ts"))};
      const it = new Secret(process.env.VALUE);
      console.log(it, { it }, [it], String(it));`;
    const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", script], {
      env: { ...process.env, VALUE: value },
    });
    expect(stdout.toString()).toContain("***");
    expect(stdout.toString() + stderr.toString()).not.toContain(value);
  });

  test("shows the same mask whatever its length", () => {
    expect([new Secret(""), hidden].map(String)).toEqual(["***", "***"]);
  });

  test("is what an option of that kind yields, and help does not show it", () => {
    const kind = secret("KEY");
    expect(kind.parse(value).reveal()).toBe(value);
    expect(kind.format(kind.parse(value))).toBe("***");
    expect(() => kind.parse("")).toThrow("it must not be empty");
  });
});
