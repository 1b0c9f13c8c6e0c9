/**
 * How each side is reached: by its own options, else by those that are for every side.
 *
 * @module
 */
import type { Side } from "../core/events.ts";
import type { Secret } from "./secret.ts";
import type { Config } from "./shape.ts";

/** Keys that somebody has given. */
export interface Keys {
  readonly accessKey: Secret;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret | undefined;
}

/** How a bucket is reached. */
export interface Access {
  readonly region: string | undefined;
  readonly endpointUrl: string | undefined;
  readonly forcePathStyle: boolean;
  readonly accelerate: boolean;
  readonly requestPayer: boolean;
  readonly anonymous: boolean;
  readonly profile: string | undefined;
  readonly keys: Keys | undefined;
  readonly keyring: Keyring | undefined;
}

/** A keyring that has the secret of an access key. */
export interface Keyring {
  readonly name: string;
  readonly accessKey: Secret | undefined;
}

/** The options of a side. Who says anything about its identity says all of it. */
export function accessOf(config: Config, side: Side): Access {
  const isSource = side === "source";
  const own = isSource ? sourceIdentity(config) : targetIdentity(config);
  const isOwn = [own.profile, own.keys, own.keyring].some((each) => each !== undefined);
  return {
    region: (isSource ? config.sourceRegion : config.targetRegion) ?? config.region,
    endpointUrl:
      (isSource ? config.sourceEndpointUrl : config.targetEndpointUrl) ?? config.endpointUrl,
    forcePathStyle:
      config.forcePathStyle ||
      (isSource ? config.sourceForcePathStyle : config.targetForcePathStyle),
    accelerate: isSource ? config.sourceAccelerate : config.targetAccelerate,
    requestPayer: isSource ? config.sourceRequestPayer : config.targetRequestPayer,
    anonymous: isSource && config.sourceNoSignRequest,
    ...(isOwn ? own : commonIdentity(config)),
  };
}

type Identity = Pick<Access, "profile" | "keys" | "keyring">;

function sourceIdentity(config: Config): Identity {
  const { sourceAccessKey, sourceSecretAccessKey, sourceSessionToken } = config;
  return {
    profile: config.sourceProfile,
    keys: keysOf(sourceAccessKey, sourceSecretAccessKey, sourceSessionToken),
    keyring: keyringOf(config.sourceKeyring, sourceAccessKey),
  };
}

function targetIdentity(config: Config): Identity {
  const { targetAccessKey, targetSecretAccessKey, targetSessionToken } = config;
  return {
    profile: config.targetProfile,
    keys: keysOf(targetAccessKey, targetSecretAccessKey, targetSessionToken),
    keyring: keyringOf(config.targetKeyring, targetAccessKey),
  };
}

function commonIdentity(config: Config): Identity {
  const { accessKey, secretAccessKey, sessionToken } = config;
  return {
    profile: config.profile,
    keys: keysOf(accessKey, secretAccessKey, sessionToken),
    keyring: keyringOf(config.keyring, accessKey),
  };
}

function keyringOf(name: string | undefined, accessKey: Secret | undefined): Keyring | undefined {
  return name === undefined ? undefined : { name, accessKey };
}

function keysOf(
  accessKey: Secret | undefined,
  secretAccessKey: Secret | undefined,
  sessionToken: Secret | undefined,
): Keys | undefined {
  if (accessKey === undefined || secretAccessKey === undefined) return undefined;
  return { accessKey, secretAccessKey, sessionToken };
}
