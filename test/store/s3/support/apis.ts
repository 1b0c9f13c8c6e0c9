/**
 * Both implementations of the S3 operations, over http and https, against the test servers.
 *
 * @module
 */
import fs from "node:fs";

import type { S3Api } from "../../../../src/store/s3/api.ts";
import { sdkApi } from "../../../../src/store/s3/sdk/api.ts";
import { connect } from "../../../../src/store/s3/sdk/connection.ts";
import { hasTlsServer, httpServer, type TestServer, tlsServer } from "../../../support/servers.ts";
import { StubClient } from "../../../support/stub-s3.ts";

/** Opens a bucket. */
export type OpenApi = (bucket: string) => Promise<S3Api>;

async function connection(server: TestServer, bucket: string) {
  const { endpoint, accessKeyId, secretAccessKey, caFile } = server;
  return connect({
    bucket,
    region: "us-east-1",
    endpointUrl: endpoint,
    forcePathStyle: true,
    accelerate: false,
    profile: undefined,
    credentials: { accessKeyId, secretAccessKey, sessionToken: undefined },
    keyring: undefined,
    anonymous: false,
    configFile: undefined,
    credentialsFile: undefined,
    maxAttempts: 3,
    caFile,
    proxies: { http: undefined, https: undefined },
  });
}

/** Our own client. */
export async function openDirect(server: TestServer, bucket: string): Promise<S3Api> {
  const { endpoint, credentials } = await connection(server, bucket);
  const ca = server.caFile === undefined ? undefined : fs.readFileSync(server.caFile, "utf8");
  return new StubClient(server.endpoint, { bucket, endpoint, credentials, ca }).api;
}

async function openSdk(server: TestServer, bucket: string): Promise<S3Api> {
  return sdkApi((await connection(server, bucket)).client, bucket);
}

type Implementation = readonly [string, () => TestServer, OpenApi];

/** Over https, where the test run has such a server. */
const overHttps: readonly Implementation[] = [
  ["the direct client over https", tlsServer, (bucket) => openDirect(tlsServer(), bucket)],
  ["the SDK's client over https", tlsServer, (bucket) => openSdk(tlsServer(), bucket)],
];

/** Name, server, and how to open a bucket there: rows for `describe.each`. */
export const implementations: readonly Implementation[] = [
  ["the direct client over http", httpServer, (bucket) => openDirect(httpServer(), bucket)],
  ["the SDK's client over http", httpServer, (bucket) => openSdk(httpServer(), bucket)],
  ...(hasTlsServer() ? overHttps : []),
];
