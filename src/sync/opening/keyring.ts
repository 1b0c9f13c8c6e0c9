/**
 * Secret access keys in the system's keyring, for whoever manages them.
 *
 * @module
 */
import { clearKeyring, writeKeyring } from "../../store/s3/sdk/keyring.ts";

/** Runs find these by the option `keyring`, which names `name`, and their access key. */
export const keyring = {
  /**
   * Keeps a secret access key, in place of an older one.
   *
   * @throws SyncError `credentials` when there is no keyring
   */
  set(name: string, accessKeyId: string, secretAccessKey: string): Promise<void> {
    return writeKeyring({ name, accessKeyId }, secretAccessKey);
  },
  /**
   * Forgets a secret access key.
   *
   * @returns whether there was one
   * @throws SyncError `credentials` when there is no keyring
   */
  remove(name: string, accessKeyId: string): Promise<boolean> {
    return clearKeyring({ name, accessKeyId });
  },
} as const;
