/**
 * Documents as the bodies of requests.
 *
 * @module
 */
import { base64, digestBytes, sha256Hex } from "../../../hash/digest.ts";
import { bytesBody } from "../../body.ts";
import type { Operation } from "../wire/operation.ts";

/** What a call needs to send a document. S3 wants it with its MD5. */
export function xmlBody(
  xml: string,
): Required<Pick<Operation, "headers" | "body" | "payloadHash">> {
  const bytes = new TextEncoder().encode(xml);
  const { md5 } = digestBytes(bytes, { md5: true, sha256: false });
  return {
    headers: {
      "content-type": "application/xml",
      "content-md5": md5 === undefined ? undefined : base64(md5),
    },
    body: bytesBody(bytes),
    payloadHash: sha256Hex(bytes),
  };
}
