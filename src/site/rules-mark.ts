/**
 * By which rules a site was published, and where its backups are: noted in the bucket itself, where every machine finds it.
 *
 * No listing shows headers. So the digest of all rules stands in the metadata of one small object; where it differs, the
 * heads of what is published are looked at once and brought in step. The object is written after all others: what is
 * younger was written by somebody else, or by a run that failed, and is looked at, too. It is none of the site: the run
 * does not see it.
 *
 * @module
 */
import type { Listed } from "../core/entry.ts";
import { isError } from "../core/errors.ts";
import { asKey, type KeyRange } from "../core/key.ts";
import type { Attributes, ObjectInfo } from "../core/object.ts";
import { uriDecoded } from "../core/uri.ts";
import { digestBytes } from "../hash/digest.ts";
import { bytesBody } from "../store/body.ts";
import type { Store } from "../store/store.ts";
import { Wrapper } from "../store/wrap/wrapper.ts";

/** What is noted. */
export interface Note {
  /** Of the rules. */
  readonly digest: string;
  /** What keys of backups below the site begin with; `{date}` stands for a day. */
  readonly backups: readonly string[];
}

/** What was found. */
export interface Mark extends Note {
  /** Milliseconds since 1970, by the clock of the service. What is younger was not published by these rules. */
  readonly untilMs: number;
  /** Nobody can read it here: nothing could be brought in step either. */
  readonly isHidden: boolean;
}

const markKey = asKey(".s3sync-site");
const rulesName = "s3sync-site-rules";
const backupsName = "s3sync-site-backups";
const text = "The rules by which s3sync has published this site are noted with this object.\n";

/** By which nothing was published. */
const unpublished: Mark = { digest: "", backups: [], untilMs: -Infinity, isHidden: false };

/**
 * Reads what is noted of a site.
 *
 * @param remark hears when that may not be known
 */
export async function readMark(
  target: Store,
  remark: (message: string) => void,
  signal: AbortSignal,
): Promise<Mark> {
  try {
    const info = await target.head(markKey, signal);
    return info === undefined ? unpublished : markOf(info);
  } catch (thrown) {
    // An answer without a body does not say why, as for a bucket that cannot be called so: the listing will.
    if (isError(thrown, "rejected")) return unpublished;
    if (!isError(thrown, "access-denied")) throw thrown;
    remark(`${markKey} may not be read (s3:GetObject): rules that change reach only what is sent`);
    return { ...unpublished, untilMs: Infinity, isHidden: true };
  }
}

function markOf({ mtimeMs, attributes: { metadata } }: ObjectInfo): Mark {
  const backups = (metadata[backupsName] ?? "").split(" ").filter((each) => each !== "");
  return {
    digest: metadata[rulesName] ?? "",
    backups: backups.flatMap((each) => uriDecoded(each) ?? []),
    // A head tells whole seconds, a listing may tell more.
    untilMs: Math.floor(mtimeMs / 1000) * 1000 + 999,
    isHidden: false,
  };
}

/** Notes by which rules all is published. */
export async function writeMark(
  target: Store,
  { digest, backups }: Note,
  signal: AbortSignal,
): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  const size = bytes.byteLength;
  const places = backups.map((each) => encodeURIComponent(each)).join(" ");
  const metadata = {
    [rulesName]: digest,
    ...(places === "" ? {} : { [backupsName]: places }),
  };
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
