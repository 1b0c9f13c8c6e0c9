/**
 * What the S3 server of a test run can do, found out by trying it through the AWS SDK. A test that needs something
 * says so, and is skipped by name where that is missing: a server that ignores a header would let it pass.
 *
 * On the servers that the tests are written for nothing is skipped by this, whatever the probes find;
 * `test/servers/capabilities.test.ts` holds them to it.
 *
 * @module
 */
import { describe, test } from "bun:test";

import { batchesOf } from "../../src/core/batches.ts";
import { TestBucket } from "./bucket.ts";
import { probes } from "./capability-probes.ts";
import { isUsualServer, type TestServer } from "./servers.ts";

/** Something that servers differ in, named so that it goes on from "a server that …". */
export type Capability = keyof typeof probes;

export const capabilities = Object.keys(probes) as Capability[];

/** What MinIO has not. */
export const missingUsually: readonly Capability[] = [
  "makes checksums of uploads without one",
  "deletes on conditions",
  "copies on conditions of the target",
  "keeps rights of others",
  "lists an object and others below its name",
  "takes keys with empty segments and dots as they are",
];

/** Most of the time is waiting. */
const atOnce = 5;
const variable = "S3SYNC_TEST_CAPABILITIES";

/** Finds out what a server can do. A refusal, whatever its kind, is a no. */
export async function probe(server: TestServer): Promise<ReadonlySet<Capability>> {
  const answers = new Map<Capability, boolean>();
  for (const names of batchesOf(capabilities, atOnce)) {
    await Promise.all(
      names.map(async (name) => {
        const bucket = await TestBucket.create(server);
        answers.set(name, await probes[name](bucket).catch(() => false));
        await bucket[Symbol.asyncDispose]().catch(() => undefined);
      }),
    );
  }
  return new Set(capabilities.filter((name) => answers.get(name) === true));
}

/** Makes known to this process and its children what a server can do. */
export async function tellCapabilities(server: TestServer): Promise<void> {
  process.env[variable] ??= JSON.stringify([...(await probe(server))]);
}

function known(): ReadonlySet<Capability> {
  if (isUsualServer())
    return new Set(capabilities.filter((name) => !missingUsually.includes(name)));
  const told: unknown = JSON.parse(process.env[variable] ?? "[]");
  return new Set(told as Capability[]);
}

const proven = known();

/** Whether the server of this run can do something. */
export function can(name: Capability): boolean {
  return proven.has(name);
}

type Tests = Pick<typeof import("bun:test"), "describe" | "test">;

/**
 * `describe` and `test` for what needs a server that can do all this: Bun's own, or such that skip, by a name that
 * says what is missing.
 */
export function needing(...wanted: readonly Capability[]): Tests {
  const missing = wanted.filter((name) => !can(name));
  if (missing.length === 0) return { describe, test };
  const reason = ` (needs a server that ${missing.join(", and ")})`;
  return {
    describe: skipping(describe.skipIf(true), reason) as typeof describe,
    test: skipping(test.skipIf(true), reason) as typeof test,
  };
}

type Add = (title: string, ...rest: readonly unknown[]) => unknown;

/** What adds tests or groups under longer names. */
function skipping(add: unknown, reason: string): unknown {
  const longer =
    (adding: unknown): Add =>
    (title, ...rest) =>
      (adding as Add)(title + reason, ...rest);
  const rows = add as { each(table: unknown): unknown };
  const named = Object.assign(longer(add), {
    each: (table: unknown) => longer(rows.each(table)),
    // Skipped for whatever reason it is.
    skipIf: () => named,
  });
  return named;
}

/** Waits until what is written from then on has a later date: many servers' dates have whole seconds. */
export function untilLater(): Promise<void> {
  const isFine = can("tells versions apart by milliseconds");
  return Bun.sleep(20 + (isFine ? 0 : 1000 - (Date.now() % 1000)));
}
