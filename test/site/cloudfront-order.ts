/**
 * An order to forget paths, for tests.
 *
 * @module
 */
import { resolveConfig } from "../../src/config/config.ts";
import { Secret } from "../../src/config/secret.ts";
import type { InvalidationOrder } from "../../src/site/cloudfront.ts";
import { s3OptionsOf } from "../../src/sync/opening/s3-options.ts";
import { exampleCredentials } from "../support/stub-s3.ts";

/** With example keys, and hardly any wait between two looks. */
export function orderFor(endpointUrl: string, distributionId: string): InvalidationOrder {
  const config = resolveConfig({
    source: ".",
    target: "s3://site",
    targetRegion: "eu-central-1",
    targetAccessKey: new Secret(exampleCredentials.accessKeyId),
    targetSecretAccessKey: new Secret(exampleCredentials.secretAccessKey),
    awsMaxAttempts: 3,
  });
  return {
    distributionId,
    endpointUrl,
    access: { ...s3OptionsOf(config, "target"), bucket: "site" },
    waits: true,
    pollMs: 1,
  };
}
