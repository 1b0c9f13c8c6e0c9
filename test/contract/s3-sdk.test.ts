/**
 * A bucket over the SDK's client under contract: the way for what the direct client cannot sign.
 *
 * @module
 */
import { afterAll } from "bun:test";

import { sdkApi } from "../../src/store/s3/sdk/api.ts";
import { connect } from "../../src/store/s3/sdk/connection.ts";
import { S3Store } from "../../src/store/s3/store.ts";
import { Prefixes, sdkExceptions } from "./s3-subject.ts";
import { storeContract } from "./store-contract.ts";

const prefixes = new Prefixes(async (options) => {
  const { client } = await connect(options);
  const { prefix, maxKeys, digestsFirst } = options;
  const service = options.endpointUrl ?? "aws";
  const how = { ordered: true, prefix, maxKeys, digestsFirst, service };
  return new S3Store(sdkApi(client, options.bucket), how);
});
afterAll(() => prefixes[Symbol.asyncDispose]());

storeContract("a bucket over the SDK's client", () => prefixes.next(), sdkExceptions);
