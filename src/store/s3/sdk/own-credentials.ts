/**
 * Keys from where the SDK does not look, or not as other AWS tools do: keyrings, boto's files, the environment.
 *
 * @module
 */
import { SyncError } from "../../../core/errors.ts";
import { type BotoKeys, type HearTrouble, readBotoKeys } from "./boto.ts";
import { namedProfile, type Profiles } from "./files.ts";
import type { Provider } from "./fresh-credentials.ts";
import { readKeyring } from "./keyring.ts";

/** The keyring that a user names. */
export interface KeyringChoice {
  readonly name: string;
  /** Without it that of the environment or of boto's files. */
  readonly accessKeyId: string | undefined;
}

/** What tells an SDK where to find keys, and so goes before boto's files. */
const variables = [
  "AWS_ACCESS_KEY_ID",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];
const settings =
  /^(?:aws_access_key_id|credential_process|role_arn|sso_\w+|login_session|web_identity_token_file)$/;

/**
 * A provider of such keys, if the user names a keyring, if the environment has keys beside `AWS_PROFILE`, or if
 * boto's files have keys and nothing that the SDK reads has any. Asking what the machine is comes last, after boto's files: as boto.
 *
 * @param warn hears of files of boto that are broken
 * @throws SyncError `usage` when it is not known whose secret is meant
 */
export function ownProvider(
  keyring: KeyringChoice | undefined,
  profile: string | undefined,
  profiles: Profiles,
  warn: HearTrouble,
): Provider | undefined {
  if (keyring !== undefined) return fromKeyring(keyring, warn);
  const environment = profile === undefined ? fromEnvironment() : undefined;
  if (environment !== undefined) return environment;
  const name = namedProfile(profile);
  const known = Object.keys(profiles[name ?? "default"] ?? {});
  if (known.some((setting) => settings.test(setting))) return undefined;
  if (name === undefined && variables.some((each) => (process.env[each] ?? "") !== "")) {
    return undefined;
  }
  const keys = readBotoKeys(name, process.env, warn);
  return keys === undefined ? undefined : fromBoto(keys, warn);
}

/** Before `AWS_PROFILE`, as with the AWS CLI and the Rust s3sync: the SDK for JavaScript has it the other way round. */
function fromEnvironment(): Provider | undefined {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId = "",
    AWS_SECRET_ACCESS_KEY: secretAccessKey = "",
    AWS_SESSION_TOKEN: token = "",
  } = process.env;
  if (namedProfile(undefined) === undefined || accessKeyId === "" || secretAccessKey === "") {
    return undefined;
  }
  const sessionToken = token === "" ? undefined : token;
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  return () => Promise.resolve({ credentials, expiresMs: undefined });
}

function fromKeyring({ name, accessKeyId: given }: KeyringChoice, warn: HearTrouble): Provider {
  const accessKeyId =
    given ??
    (process.env["AWS_ACCESS_KEY_ID"] || undefined) ??
    readBotoKeys(undefined, process.env, warn)?.accessKeyId;
  if (accessKeyId === undefined) {
    throw new SyncError(
      "usage",
      `the keyring ${JSON.stringify(name)} is asked for, but whose secret?`,
      {
        hint: "Name the access key: --access-key, or that of the one side, or AWS_ACCESS_KEY_ID.",
      },
    );
  }
  return async () => ({
    credentials: await readKeyring({ name, accessKeyId }),
    expiresMs: undefined,
  });
}

function fromBoto(
  { accessKeyId, secretAccessKey, sessionToken, keyring }: BotoKeys,
  warn: HearTrouble,
): Provider {
  if (secretAccessKey !== undefined) {
    const credentials = { accessKeyId, secretAccessKey, sessionToken };
    return () => Promise.resolve({ credentials, expiresMs: undefined });
  }
  if (keyring !== undefined) return fromKeyring({ name: keyring, accessKeyId }, warn);
  throw new SyncError("credentials", "a .boto file has an access key, but no secret for it", {
    hint: "Add aws_secret_access_key, or the name of a keyring as `keyring`.",
  });
}
