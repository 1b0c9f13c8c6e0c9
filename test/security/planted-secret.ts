/**
 * A test that passes and prints a secret, for `secret-finder.test.ts`. It is no part of the tests.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { keepSecret } from "../support/secrets.ts";

test("is careless", () => {
  const secret = process.env["PLANTED"] ?? "";
  console.log(`the header is ${Buffer.from(secret).toString("base64")}`);
  expect(keepSecret(secret, "a planted secret")).toBe(secret);
});
