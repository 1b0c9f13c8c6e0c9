/**
 * By which rules a site was published: noted in the bucket itself, where every machine finds it.
 *
 * No listing shows headers. So the digest of all rules stands in the metadata of one small object; where it differs, the
 * heads of what is published are looked at once and brought in step. The object is none of the site: the run does not
 * see it.
 *
 * @module
 */
import type { Listed } from "../core/entry.ts";
import { isError } from "../core/errors.ts";
import { asKey, type KeyRange } from "../core/key.ts";
import type { Attributes } from "../core/object.ts";
import { digestBytes } from "../hash/digest.ts";
import { bytesBody } from "../store/body.ts";
import type { Store } from "../store/store.ts";
import { Wrapper } from "../store/wrap/wrapper.ts";

const markKey = asKey(".s3sync-site");
const metadataName = "s3sync-site-rules";
const text = "The rules by which s3sync has published this site are noted with this object.\n";

/**
 * Whether what is published was published by these rules.
 *
 * @param remark hears when that may not be known: then nothing could be brought in step either
 */
export async function isPublishedBy(
  target: Store,
  digest: string,
  remark: (message: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const info = await target.head(markKey, signal);
    return info?.attributes.metadata[metadataName] === digest;
  } catch (thrown) {
    // An answer without a body does not say why, as for a bucket that cannot be called so: the listing will.
    if (isError(thrown, "rejected")) return false;
    if (!isError(thrown, "access-denied")) throw thrown;
    remark(`${markKey} may not be read (s3:GetObject): rules that change reach only what is sent`);
    return true;
  }
}

/** Notes that all is published by these rules. */
export async function notePublishedBy(
  target: Store,
  digest: string,
  signal: AbortSignal,
): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  const size = bytes.byteLength;
  const metadata = { [metadataName]: digest };
  const attributes: Attributes = { contentType: "text/plain", metadata };
  const spec = { key: markKey, size, mtimeMs: Date.now(), attributes };
  const digests = digestBytes(bytes, { md5: true, sha256: true });
  await target.write(spec, bytesBody(bytes), digests, signal);
}

/** A view of a bucket without the note. */
export class WithoutMark extends Wrapper {
  override async *list(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    for await (const page of this.inner.list(range, signal)) {
      const at = page.findIndex(({ key }) => key === markKey);
      yield at === -1 ? page : page.toSpliced(at, 1);
    }
  }
}
