/**
 * Invalidations by the SDK's CloudFront client. Load it only when there is something to invalidate: it is large.
 *
 * @module
 */
import {
  CloudFrontClient,
  CreateInvalidationCommand,
  GetInvalidationCommand,
  type Invalidation,
} from "@aws-sdk/client-cloudfront";

import { SyncError } from "../core/errors.ts";
import type { Credentials } from "../store/s3/credentials.ts";
import { connect, type ConnectionOptions } from "../store/s3/sdk/connection.ts";

type AwsCredentialIdentity = Awaited<ReturnType<CloudFrontClient["config"]["credentials"]>>;

/** What CloudFront says of an invalidation. */
export interface InvalidationState {
  readonly id: string;
  readonly isDone: boolean;
}

/** One distribution. What goes wrong is thrown as the SDK throws it. */
export interface Distribution {
  /** @param reference the same one again makes no second invalidation of the same paths */
  invalidate(
    paths: readonly string[],
    reference: string,
    signal: AbortSignal,
  ): Promise<InvalidationState>;
  look(id: string, signal: AbortSignal): Promise<InvalidationState>;
  close(): void;
}

/**
 * Opens a distribution with the credentials, the proxy and the authorities of a bucket. Sends nothing yet.
 *
 * @param endpointUrl instead of CloudFront's own
 */
export async function openDistribution(
  distributionId: string,
  endpointUrl: string | undefined,
  access: ConnectionOptions,
): Promise<Distribution> {
  const { client: s3, credentials } = await connect(access);
  const client = new CloudFrontClient({
    region: regionOf(access.region),
    ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }),
    credentials: async () => signedBy(await credentials()),
    requestHandler: s3.config.requestHandler,
    logger: s3.config.logger,
    maxAttempts: access.maxAttempts,
    ...(access.userAgent === undefined ? {} : { customUserAgent: access.userAgent }),
  });
  const of = { DistributionId: distributionId };
  return {
    async invalidate(paths, reference, abortSignal) {
      const Paths = { Quantity: paths.length, Items: [...paths] };
      const InvalidationBatch = { Paths, CallerReference: reference };
      const command = new CreateInvalidationCommand({ ...of, InvalidationBatch });
      return stateOf((await client.send(command, { abortSignal })).Invalidation);
    },
    async look(id, abortSignal) {
      const command = new GetInvalidationCommand({ ...of, Id: id });
      return stateOf((await client.send(command, { abortSignal })).Invalidation);
    },
    close: () => client.destroy(),
  };
}

/** @throws SyncError `credentials` where requests are not to be signed */
function signedBy(credentials: Credentials | undefined): AwsCredentialIdentity {
  if (credentials === undefined) {
    throw new SyncError("credentials", "CloudFront takes no unsigned requests");
  }
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const token = sessionToken === undefined ? {} : { sessionToken };
  return { accessKeyId, secretAccessKey, ...token };
}

/** CloudFront is one for the whole world, and one for China. */
function regionOf(bucketRegion: string | undefined): string {
  return bucketRegion?.startsWith("cn-") === true ? "cn-northwest-1" : "us-east-1";
}

function stateOf(invalidation: Invalidation | undefined): InvalidationState {
  const { Id: id, Status: status } = invalidation ?? {};
  if (id === undefined) throw new Error("the answer names no invalidation");
  return { id, isDone: status?.toLowerCase() === "completed" };
}
