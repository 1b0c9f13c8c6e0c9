/**
 * Tags of objects.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
 * @module
 */
import type { DirectClient } from "../wire/client.ts";
import type { HttpResponse } from "../wire/response.ts";
import { tagQuery } from "../wire/tag-query.ts";
import { elements, elementText, escapeXml } from "../wire/xml.ts";
import { xmlBody } from "./xml-body.ts";

/** Asks for an object's tags, as the query string in which they are written. */
export async function getObjectTagging(
  client: DirectClient,
  key: string,
  versionId: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const query = { tagging: "", versionId };
  const read = async (response: HttpResponse): Promise<string> => {
    const tags = [...elements(await response.text(), "Tag")].map((tag): [string, string] => [
      elementText(tag, "Key") ?? "",
      elementText(tag, "Value") ?? "",
    ]);
    return tagQuery(tags);
  };
  return client.call({ name: "GetObjectTagging", method: "GET", key, query }, read, signal);
}

/** Gives an object tags, or takes them away. */
export async function setObjectTagging(
  client: DirectClient,
  key: string,
  tagging: string,
  signal: AbortSignal,
): Promise<void> {
  const query = { tagging: "" };
  const discard = (response: HttpResponse): Promise<void> => response.discard();
  if (tagging === "") {
    await client.call(
      { name: "DeleteObjectTagging", method: "DELETE", key, query },
      discard,
      signal,
    );
    return;
  }
  const tags = [...new URLSearchParams(tagging)].map(
    ([name, value]) => `<Tag><Key>${escapeXml(name)}</Key><Value>${escapeXml(value)}</Value></Tag>`,
  );
  const body = xmlBody(
    `<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>${tags.join("")}</TagSet></Tagging>`,
  );
  const call = { name: "PutObjectTagging", method: "PUT", key, query, ...body } as const;
  await client.call(call, discard, signal);
}
