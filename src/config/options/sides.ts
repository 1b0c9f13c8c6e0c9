/**
 * Options about the two sides: who, where, and how they are reached.
 *
 * @module
 */
import { secret, secretUrl, text, url } from "../kinds.ts";
import { onOff, optional, ours } from "../option.ts";

/** Keys, profiles and the files that hold them. */
export const awsConfiguration = {
  "aws-config-file": optional(
    "AWS Configuration",
    text("FILE"),
    "The AWS configuration file. Default: ~/.aws/config.",
  ),
  "aws-shared-credentials-file": optional(
    "AWS Configuration",
    text("FILE"),
    "The AWS credentials file. Default: ~/.aws/credentials.",
  ),
  "ca-bundle": optional(
    "AWS Configuration",
    text("FILE"),
    "Authorities to trust instead of the system's, as PEM. Default: what AWS_CA_BUNDLE names.",
    ours,
  ),
  "https-proxy": optional(
    "AWS Configuration",
    secretUrl,
    "Proxy for https, as http://user:password@host:port. Default: what HTTPS_PROXY or ALL_PROXY names, but for NO_PROXY.",
    ours,
  ),
  "http-proxy": optional(
    "AWS Configuration",
    secretUrl,
    "The same for endpoints that speak plain http. Default: HTTP_PROXY or ALL_PROXY.",
    ours,
  ),
  profile: optional(
    "AWS Configuration",
    text("NAME"),
    "AWS profile of every bucket that has none of its own.",
    ours,
  ),
  "access-key": optional(
    "AWS Configuration",
    secret("KEY"),
    "Access key for every bucket that has neither profile nor keys of its own.",
    ours,
  ),
  "secret-access-key": optional(
    "AWS Configuration",
    secret("KEY"),
    "Secret access key that belongs to it.",
    ours,
  ),
  "session-token": optional(
    "AWS Configuration",
    secret("TOKEN"),
    "Session token that belongs to it.",
    ours,
  ),
  keyring: optional(
    "AWS Configuration",
    text("NAME"),
    "The system's keyring has the secret access key under this name; see s3sync keyring --help.",
    ours,
  ),
  region: optional(
    "AWS Configuration",
    text("REGION"),
    "Region of every bucket that has none of its own.",
    ours,
  ),
  "endpoint-url": optional(
    "AWS Configuration",
    url,
    "Endpoint of every bucket that has none of its own, such as http://127.0.0.1:9000.",
    ours,
  ),
  "force-path-style": onOff(
    "AWS Configuration",
    "Put bucket names into the path, not into the host name.",
    ours,
  ),
  "source-profile": optional("AWS Configuration", text("NAME"), "AWS profile of the source."),
  "source-access-key": optional("AWS Configuration", secret("KEY"), "Access key of the source."),
  "source-secret-access-key": optional(
    "AWS Configuration",
    secret("KEY"),
    "Secret access key of the source.",
  ),
  "source-session-token": optional(
    "AWS Configuration",
    secret("TOKEN"),
    "Session token of the source.",
  ),
  "source-keyring": optional(
    "AWS Configuration",
    text("NAME"),
    "The same for the source alone.",
    ours,
  ),
  "source-no-sign-request": onOff(
    "AWS Configuration",
    "Read the source anonymously, without credentials.",
  ),
  "target-profile": optional("AWS Configuration", text("NAME"), "AWS profile of the target."),
  "target-access-key": optional("AWS Configuration", secret("KEY"), "Access key of the target."),
  "target-secret-access-key": optional(
    "AWS Configuration",
    secret("KEY"),
    "Secret access key of the target.",
  ),
  "target-session-token": optional(
    "AWS Configuration",
    secret("TOKEN"),
    "Session token of the target.",
  ),
  "target-keyring": optional(
    "AWS Configuration",
    text("NAME"),
    "The keyring's name for the target alone.",
    ours,
  ),
} as const;

/** How the source is reached. */
export const sourceOptions = {
  "source-region": optional("Source Options", text("REGION"), "Region of the source bucket."),
  "source-endpoint-url": optional(
    "Source Options",
    url,
    "Endpoint of an S3-compatible source, such as http://127.0.0.1:9000.",
  ),
  "source-inventory": optional(
    "Source Options",
    text("MANIFEST"),
    "Take the source's objects from this S3 Inventory, s3://…/manifest.json, instead of listing the bucket.",
    ours,
  ),
  "source-accelerate": onOff("Source Options", "Use S3 Transfer Acceleration for the source."),
  "source-request-payer": onOff("Source Options", "Pay for the requests to the source bucket."),
  "source-force-path-style": onOff(
    "Source Options",
    "Put the source bucket into the path, not into the host name.",
  ),
} as const;

/** How the target is reached. */
export const targetOptions = {
  "target-region": optional("Target Options", text("REGION"), "Region of the target bucket."),
  "target-endpoint-url": optional(
    "Target Options",
    url,
    "Endpoint of an S3-compatible target, such as http://127.0.0.1:9000.",
  ),
  "target-accelerate": onOff("Target Options", "Use S3 Transfer Acceleration for the target."),
  "target-request-payer": onOff("Target Options", "Pay for the requests to the target bucket."),
  "target-force-path-style": onOff(
    "Target Options",
    "Put the target bucket into the path, not into the host name.",
  ),
} as const;
