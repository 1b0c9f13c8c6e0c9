/**
 * Access control lists of objects.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
 * @module
 */
import type { Acl, Grant } from "../../../core/acl.ts";
import type { DirectClient } from "../wire/client.ts";
import type { HttpResponse } from "../wire/response.ts";
import { elements, elementText } from "../wire/xml.ts";

/** Asks who may do what with an object. */
export function getObjectAcl(
  client: DirectClient,
  key: string,
  versionId: string | undefined,
  signal: AbortSignal,
): Promise<Acl> {
  const query = { acl: "", versionId };
  const read = async (response: HttpResponse): Promise<Acl> => {
    const xml = await response.text();
    const [owner = ""] = elements(xml, "Owner");
    const grants = [...elements(xml, "Grant")].flatMap((grant) => grantOf(grant) ?? []);
    return { owner: elementText(owner, "ID") ?? "", grants };
  };
  return client.call({ name: "GetObjectAcl", method: "GET", key, query }, read, signal);
}

/** `undefined` for a grantee that has no id: nobody can give it anything. */
function grantOf(xml: string): Grant | undefined {
  const [group, user] = [elementText(xml, "URI"), elementText(xml, "ID")];
  const permission = elementText(xml, "Permission") ?? "";
  if (group !== undefined) return { grantee: { kind: "group", id: group }, permission };
  return user === undefined ? undefined : { grantee: { kind: "user", id: user }, permission };
}

/** Gives an object a list in place of the one that it has. */
export async function setObjectAcl(
  client: DirectClient,
  key: string,
  acl: Acl,
  signal: AbortSignal,
): Promise<void> {
  const call = { name: "PutObjectAcl", method: "PUT", key, query: { acl: "" } } as const;
  const headers = grantHeaders(acl);
  await client.call({ ...call, headers }, (response) => response.discard(), signal);
}

/** As headers, which more servers take than documents; the 100 grants that a list may have fit. */
function grantHeaders({ grants }: Acl): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { grantee, permission } of grants) {
    const name = `x-amz-grant-${permission.toLowerCase().replace("_", "-")}`;
    const who = `${grantee.kind === "user" ? "id" : "uri"}="${grantee.id}"`;
    headers[name] = headers[name] === undefined ? who : `${headers[name]}, ${who}`;
  }
  return grants.length === 0 ? { "x-amz-acl": "private" } : headers;
}
