/**
 * Secret access keys in the system's keyring: Keychain, Credential Manager, or a Secret Service.
 *
 * @see https://bun.com/docs/runtime/secrets
 * @module
 */
import { SyncError } from "../../../core/errors.ts";
import type { Credentials } from "../credentials.ts";

/** An entry: `NAME` is its service, the access key its account. As boto has it. */
export interface KeyringEntry {
  readonly name: string;
  readonly accessKeyId: string;
}

/**
 * Reads a secret access key.
 *
 * @throws SyncError `credentials` when there is no keyring, or no such entry in it
 */
export async function readKeyring({ name, accessKeyId }: KeyringEntry): Promise<Credentials> {
  const secretAccessKey = await Bun.secrets
    .get({ service: name, name: accessKeyId })
    .catch((cause: unknown) => {
      throw keyringError(cause);
    });
  if (secretAccessKey === null) {
    throw new SyncError(
      "credentials",
      `the keyring has no secret for the access key ${accessKeyId} under ${JSON.stringify(name)}`,
      { hint: `Put it there: s3sync keyring set ${name} ${accessKeyId}` },
    );
  }
  return { accessKeyId, secretAccessKey, sessionToken: undefined };
}

/** Keeps a secret access key. */
export async function writeKeyring(
  { name, accessKeyId }: KeyringEntry,
  secretAccessKey: string,
): Promise<void> {
  const entry = { service: name, name: accessKeyId, value: secretAccessKey };
  await Bun.secrets.set(entry).catch((cause: unknown) => {
    throw keyringError(cause);
  });
}

/**
 * Forgets a secret access key.
 *
 * @returns whether there was one
 */
export async function clearKeyring({ name, accessKeyId }: KeyringEntry): Promise<boolean> {
  return Bun.secrets.delete({ service: name, name: accessKeyId }).catch((cause: unknown) => {
    throw keyringError(cause);
  });
}

function keyringError(cause: unknown): SyncError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new SyncError("credentials", `the system's keyring cannot be used: ${said}`, {
    hint:
      process.platform === "linux"
        ? "It takes libsecret and a Secret Service, such as GNOME Keyring or KWallet, in this session."
        : undefined,
    cause,
  });
}
