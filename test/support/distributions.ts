/**
 * Distributions of CloudFront on a server of tests.
 *
 * @module
 */
import {
  CloudFrontClient,
  CreateDistributionCommand,
  GetInvalidationCommand,
  ListInvalidationsCommand,
} from "@aws-sdk/client-cloudfront";

import { exampleCredentials } from "./stub-s3.ts";

/** Makes distributions, and looks at what they were told. Dispose of it. */
export class Distributions implements Disposable {
  private readonly client: CloudFrontClient;

  constructor(endpoint: string) {
    const { accessKeyId, secretAccessKey } = exampleCredentials;
    const credentials = { accessKeyId, secretAccessKey };
    this.client = new CloudFrontClient({ endpoint, region: "us-east-1", credentials });
  }

  /** Makes one. @returns its id */
  async create(): Promise<string> {
    const origin = { Id: "site", DomainName: "site.s3.amazonaws.com" };
    const Items = [{ ...origin, S3OriginConfig: { OriginAccessIdentity: "" } }];
    const DistributionConfig = {
      ...{ CallerReference: crypto.randomUUID(), Comment: "", Enabled: true },
      Origins: { Quantity: 1, Items },
      DefaultCacheBehavior: { TargetOriginId: "site", ViewerProtocolPolicy: "allow-all" },
    } as const;
    const created = await this.client.send(new CreateDistributionCommand({ DistributionConfig }));
    return created.Distribution?.Id ?? "";
  }

  /** The paths of an invalidation, sorted. */
  async pathsOf(DistributionId: string, Id: string): Promise<string[]> {
    const command = new GetInvalidationCommand({ DistributionId, Id });
    const { Invalidation } = await this.client.send(command);
    return (Invalidation?.InvalidationBatch?.Paths?.Items ?? []).toSorted();
  }

  /** What a distribution was told to forget, each time. */
  async forgotten(DistributionId: string): Promise<string[][]> {
    const command = new ListInvalidationsCommand({ DistributionId });
    const { InvalidationList } = await this.client.send(command);
    const ids = (InvalidationList?.Items ?? []).map(({ Id }) => Id ?? "");
    return Promise.all(ids.map((id) => this.pathsOf(DistributionId, id)));
  }

  [Symbol.dispose](): void {
    this.client.destroy();
  }
}
