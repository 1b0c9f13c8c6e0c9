/** What signs a request. Lives only in this room: nothing here is ever logged. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/**
 * Gives credentials that are still good; `undefined` means: send unsigned.
 *
 * @param refused those that a server did not take: others are wanted, if there are any
 */
export type CredentialSource = (refused?: Credentials) => Promise<Credentials | undefined>;

/** Whether there are others by now than those that a server did not take. */
export async function hasOthers(source: CredentialSource, refused: Credentials): Promise<boolean> {
  const now = await source(refused).catch(() => undefined);
  return now !== undefined && !Bun.deepEquals(now, refused);
}
