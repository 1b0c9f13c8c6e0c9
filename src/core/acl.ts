/**
 * Who may do what with an object.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
 * @module
 */

/** One right of one account or group. */
export interface Grant {
  /** A canonical user id, or the URI of a group. */
  readonly grantee: { readonly kind: "user" | "group"; readonly id: string };
  /** As in the API reference: `READ`, `FULL_CONTROL`. */
  readonly permission: string;
}

/** An access control list. */
export interface Acl {
  /** The canonical user id of who owns the object. Empty where a server has no such ids. */
  readonly owner: string;
  readonly grants: readonly Grant[];
}

/** Whether only the owner may do anything: so every object begins. */
export function isPrivate({ owner, grants }: Acl): boolean {
  return grants.every(({ grantee }) => grantee.kind === "user" && grantee.id === owner);
}

/** The same rights at an object of somebody else: what its owner had, the new owner has. */
export function ownedBy(acl: Acl, owner: string): Acl {
  const grants = acl.grants.map(({ grantee, permission }) => ({
    grantee:
      grantee.kind === "user" && grantee.id === acl.owner ? { ...grantee, id: owner } : grantee,
    permission,
  }));
  return { owner, grants };
}

/** Whether two lists give the same rights, in whatever order. */
export function isSameAcl(a: Acl, b: Acl): boolean {
  return textOf(a) === textOf(b);
}

function textOf({ grants }: Acl): string {
  const each = grants.map(
    ({ grantee, permission }) => `${grantee.kind} ${grantee.id} ${permission}`,
  );
  return each.toSorted().join("\n");
}
