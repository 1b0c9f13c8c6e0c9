/**
 * What a configuration says about a bucket.
 *
 * @module
 */
import { isDirectoryBucket } from "../../config/place.ts";
import type { Secret } from "../../config/secret.ts";
import type { Config } from "../../config/shape.ts";
import { accessOf } from "../../config/sides.ts";
import { type ChecksumRule, checksumRule } from "../../core/checksum.ts";
import { SyncError } from "../../core/errors.ts";
import type { Side } from "../../core/events.ts";
import { base64, md5Of } from "../../hash/digest.ts";
import type { CustomerKey, EncryptionOptions } from "../../store/s3/encryption.ts";
import type { S3Options } from "../../store/s3/open.ts";
import { userAgent } from "../version.ts";

/** A stalled body: this many milliseconds without progress. */
const stallMs = 20_000;

/**
 * The options of a side's bucket, all but its name and prefix.
 *
 * @throws SyncError `usage` when a customer's key and its MD5 do not belong together
 */
export function s3OptionsOf(config: Config, side: Side): Omit<S3Options, "bucket" | "prefix"> {
  return { ...commonOptions(config), ...sideOptions(config, side) };
}

function commonOptions(
  config: Config,
): Omit<S3Options, keyof ReturnType<typeof sideOptions> | "bucket" | "prefix"> {
  return {
    configFile: config.awsConfigFile,
    credentialsFile: config.awsSharedCredentialsFile,
    maxAttempts: Math.max(config.awsMaxAttempts, 1),
    caFile: config.caBundle ?? (process.env["AWS_CA_BUNDLE"] || undefined),
    proxies: { http: config.httpProxy?.reveal(), https: config.httpsProxy?.reveal() },
    maxKeys: config.maxKeys,
    retry: {
      maxAttempts: Math.max(config.awsMaxAttempts, 1),
      initialBackoffMs: config.initialBackoffMilliseconds,
    },
    patience: {
      answerMs: config.readTimeoutMilliseconds,
      stallMs: config.disableStalledStreamProtection ? 0 : stallMs,
      attemptMs: config.operationAttemptTimeoutMilliseconds,
    },
    connectMs: config.connectTimeoutMilliseconds,
    operationMs: config.operationTimeoutMilliseconds,
    userAgent,
    tellsStarts: config.spanEventsTracing && config.awsSdkTracing,
  };
}

/** The options that exist for either side. */
function sideOptions(config: Config, side: Side) {
  const { keys, keyring, ...access } = accessOf(config, side);
  const credentials =
    keys === undefined
      ? undefined
      : {
          accessKeyId: keys.accessKey.reveal(),
          secretAccessKey: keys.secretAccessKey.reveal(),
          sessionToken: keys.sessionToken?.reveal(),
        };
  return {
    ...access,
    side,
    credentials,
    digestsFirst: {
      // Directory buckets do not take it.
      md5: !config.disableContentMd5Header && !isOfDirectoryBucket(config, side),
      sha256: !config.disablePayloadSigning,
    },
    keyring:
      keyring === undefined
        ? undefined
        : { name: keyring.name, accessKeyId: keyring.accessKey?.reveal() },
    pointInTimeMs: side === "source" ? config.pointInTime?.getTime() : undefined,
    checksum: side === "source" ? undefined : targetChecksum(config),
    encryption: encryptionOf(config, side),
    readsChecksums: readsChecksums(config),
    // What somebody has put there meanwhile has no backup.
    deletesOnlyKnown: config.ifMatch || config.backupPrefix !== undefined,
  };
}

/** What is written is encrypted as the options say; what is read tells by itself, but for the customer's key. */
function encryptionOf(config: Config, side: Side): EncryptionOptions {
  const isSource = side === "source";
  const key = isSource ? config.sourceSseCKey : config.targetSseCKey;
  const md5 = isSource ? config.sourceSseCKeyMd5 : config.targetSseCKeyMd5;
  const customerKey =
    key === undefined || md5 === undefined ? undefined : customerKeyOf(side, key, md5);
  return {
    kind: isSource ? undefined : config.sse,
    kmsKeyId: isSource ? undefined : config.sseKmsKeyId?.reveal(),
    customerKey,
  };
}

/** A wrong key is told before anything is sent: the server would tell it for each object. */
function customerKeyOf(side: Side, secretKey: Secret, secretMd5: Secret): CustomerKey {
  const [key, md5] = [secretKey.reveal(), secretMd5.reveal()];
  if (base64(md5Of(Buffer.from(key, "base64"))) === md5) return { key, md5 };
  throw new SyncError("usage", `--${side}-sse-c-key-md5 is not the MD5 of --${side}-sse-c-key`);
}

/** Only where they count: some servers charge a request for them. */
function readsChecksums(config: Config): boolean {
  return (
    config.purpose === "check" ||
    needsChecksums(config, "source") ||
    config.enableAdditionalChecksum ||
    config.delta ||
    config.checkAdditionalChecksum !== undefined ||
    config.checkMtimeAndAdditionalChecksum !== undefined
  );
}

/** The ETags of a directory bucket (S3 Express One Zone) are no MD5s: a checksum has to do instead. As upstream. */
function needsChecksums(config: Config, side: Side): boolean {
  return !config.disableExpressOneZoneAdditionalChecksum && isOfDirectoryBucket(config, side);
}

function isOfDirectoryBucket(config: Config, side: Side): boolean {
  const place = config[side];
  return place.kind === "s3" && isDirectoryBucket(place.bucket);
}

function targetChecksum(config: Config): ChecksumRule | undefined {
  const { fullObjectChecksum } = config;
  const byItself = needsChecksums(config, "target") ? "CRC64NVME" : undefined;
  const ofParts = config.delta ? "SHA256" : undefined;
  const algorithm = config.additionalChecksumAlgorithm ?? byItself ?? ofParts;
  return algorithm === undefined ? undefined : checksumRule(algorithm, fullObjectChecksum);
}
