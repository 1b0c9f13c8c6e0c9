/**
 * What a user can get wrong about the service: endpoints, profiles, files of AWS.
 *
 * @module
 */
import type { Case } from "./bad-input-cases.ts";

/** Nothing is begun with these. */
export const settings: readonly Case[] = [
  {
    title: "an endpoint without http in the environment",
    args: ({ source, bucket }) => [source, bucket.url()],
    env: () => ({ AWS_ENDPOINT_URL: "127.0.0.1:9000" }),
    exitCode: 2,
    says: /variable AWS_ENDPOINT_URL: an http or https URL is allowed/,
    hints: /Write http:\/\/127\.0\.0\.1:9000/,
  },
  {
    title: "an endpoint for S3 alone whose name looks like a scheme",
    args: ({ source, bucket }) => [source, bucket.url()],
    env: () => ({ AWS_ENDPOINT_URL_S3: "localhost:9000" }),
    exitCode: 2,
    says: /variable AWS_ENDPOINT_URL_S3: an http or https URL is allowed/,
    hints: /Write http:\/\/localhost:9000/,
  },
  {
    title: "an endpoint of another kind in a profile",
    args: ({ source, bucket, awsConfig }) => [
      source,
      bucket.url(),
      "--target-profile=ftp",
      `--aws-config-file=${awsConfig}`,
    ],
    env: () => ({ AWS_ENDPOINT_URL: "" }),
    exitCode: 2,
    says: /endpoint_url in the AWS configuration file: an http or https URL is allowed/,
  },
  {
    title: "acceleration of another endpoint",
    args: ({ source, bucket }) => [source, bucket.url(), "--target-accelerate"],
    exitCode: 2,
    says: /cannot be accelerated at http:.*\(the variable AWS_ENDPOINT_URL\)/,
    hints: /--target-accelerate/,
  },
  {
    title: "an access point at an endpoint without a name",
    args: ({ source }) => [source, "s3://arn:aws:s3:us-west-2:123456789012:accesspoint/reports/"],
    exitCode: 2,
    says: /accesspoint\/reports cannot be reached at http:/,
    hints: /endpoint URL/,
  },
  {
    title: "a profile that does not exist",
    args: ({ source, bucket }) => [source, bucket.url(), "--target-profile=nobody"],
    exitCode: 2,
    says: /there is no profile "nobody" in the configuration file .* or the credentials file/,
    hints: /--aws-config-file/,
  },
  {
    title: "a profile in the environment that does not exist",
    args: ({ source, bucket }) => [source, bucket.url()],
    env: () => ({ AWS_PROFILE: "nobody" }),
    exitCode: 2,
    says: /AWS_PROFILE: there is no profile "nobody"/,
    hints: /--aws-config-file/,
  },
  {
    title: "a configuration file that is not there",
    args: ({ source, bucket, dir }) => [
      source,
      bucket.url(),
      `--aws-config-file=${dir.at("missing")}`,
    ],
    exitCode: 2,
    says: /--aws-config-file: .*missing does not exist/,
  },
  {
    title: "a credentials file that is not there",
    args: ({ source, bucket, dir }) => [
      source,
      bucket.url(),
      `--aws-shared-credentials-file=${dir.at("missing")}`,
    ],
    exitCode: 2,
    says: /--aws-shared-credentials-file: .*missing does not exist/,
  },
];
