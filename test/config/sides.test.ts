/**
 * How each side is reached.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { resolveConfig } from "../../src/config/config.ts";
import { Secret } from "../../src/config/secret.ts";
import type { ConfigInput } from "../../src/config/shape.ts";
import { accessOf } from "../../src/config/sides.ts";

const across: ConfigInput = { source: "s3://a/", target: "s3://b/" };
const [one, two] = [new Secret("one"), new Secret("two")];

function access(more: Partial<ConfigInput>) {
  const config = resolveConfig({ ...across, ...more });
  return { source: accessOf(config, "source"), target: accessOf(config, "target") };
}

describe("options without a side", () => {
  test("are for both", () => {
    const common = { region: "eu-west-1", endpointUrl: "http://h", forcePathStyle: true };
    const { source, target } = access({ ...common, profile: "p" });
    for (const side of [source, target]) expect(side).toMatchObject({ ...common, profile: "p" });
  });

  test("yield to those of a side", () => {
    const { source, target } = access({
      region: "eu-west-1",
      endpointUrl: "http://h",
      sourceRegion: "us-east-1",
      targetEndpointUrl: "http://other",
    });
    expect(source).toMatchObject({ region: "us-east-1", endpointUrl: "http://h" });
    expect(target).toMatchObject({ region: "eu-west-1", endpointUrl: "http://other" });
  });

  test("give a side its keys only if it has neither keys nor a profile of its own", () => {
    const keys = { accessKey: one, secretAccessKey: one, sessionToken: one };
    const { source, target } = access({ ...keys, targetProfile: "p" });
    expect(source).toMatchObject({ profile: undefined, keys });
    expect(target).toMatchObject({ profile: "p", keys: undefined });
  });

  test("never lend their session token to other keys", () => {
    const { target } = access({
      ...{ accessKey: one, secretAccessKey: one, sessionToken: one },
      ...{ targetAccessKey: two, targetSecretAccessKey: two },
    });
    expect(target.keys).toEqual({
      ...{ accessKey: two, secretAccessKey: two, sessionToken: undefined },
    });
  });
});

describe("is refused:", () => {
  test.each<[Partial<ConfigInput>, string]>([
    [{ accessKey: one }, "--access-key and --secret-access-key need each other"],
    [{ sessionToken: one }, "--session-token needs --access-key"],
    [
      { profile: "p", accessKey: one, secretAccessKey: one },
      "--profile cannot be combined with --access-key",
    ],
  ])("%j", (more, problem) => {
    expect(() => access(more)).toThrow(problem);
  });
});

test("the same place twice is noticed whichever option names the service", () => {
  const twice = { source: "s3://b/", target: "s3://b/" };
  const by = { endpointUrl: "http://h", targetEndpointUrl: "http://h/" };
  expect(() => resolveConfig({ ...twice, ...by })).toThrow("SOURCE and TARGET are the same");
  const elsewhere = { endpointUrl: "http://h", targetEndpointUrl: "http://other" };
  expect(() => resolveConfig({ ...twice, ...elsewhere })).not.toThrow();
});
