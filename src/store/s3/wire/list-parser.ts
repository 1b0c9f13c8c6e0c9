/**
 * Reads a page of ListObjectsV2 in one pass over the text, without building a tree: a page of 1,000 keys
 * takes about a millisecond.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 * @module
 */
import { SyncError } from "../../../core/errors.ts";
import { type ETag, parseETag } from "../../../core/etag.ts";
import { elements, elementText, unescapeXml } from "./xml.ts";

/** One object of a page. The key is the full key in the bucket. */
export interface ListedObject {
  readonly key: string;
  /** The key's bytes are no valid UTF-8; `key` then shows U+FFFD in their place. */
  readonly damaged: boolean;
  readonly size: number;
  readonly mtimeMs: number;
  readonly etag: ETag | undefined;
  readonly storageClass: string | undefined;
}

/** One page of a listing. */
export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** Only with a delimiter. */
  readonly commonPrefixes: readonly string[];
  /** Continues after this page; `undefined` at the end. */
  readonly nextToken: string | undefined;
}

/**
 * Reads a ListObjectsV2 answer.
 *
 * @throws SyncError `protocol` when the text is cut or is something else
 */
export function parseListPage(xml: string): ListPage {
  if (!xml.includes("</ListBucketResult>")) {
    throw new SyncError("protocol", "the listing is incomplete or not a ListObjectsV2 answer", {
      operation: "ListObjectsV2",
      retryable: true,
    });
  }
  const first = xml.indexOf("<Contents>");
  const head = first === -1 ? xml : xml.slice(0, first) + xml.slice(xml.lastIndexOf("</Contents>"));
  const encoded = elementText(head, "EncodingType") === "url";
  const objects: ListedObject[] = [];
  let at = first;
  while (at !== -1) {
    const reader = new ContentsReader(xml, at + "<Contents>".length, encoded);
    objects.push(reader.read());
    at = xml.indexOf("<Contents>", reader.at);
  }
  const commonPrefixes: string[] = [];
  for (const inner of elements(head, "CommonPrefixes")) {
    const prefix = elementText(inner, "Prefix");
    if (prefix !== undefined) commonPrefixes.push(decodeKey(prefix, encoded).key);
  }
  return { objects, commonPrefixes, nextToken: nextToken(head) };
}

function nextToken(head: string): string | undefined {
  if (elementText(head, "IsTruncated") !== "true") return undefined;
  const token = elementText(head, "NextContinuationToken");
  if (token === undefined || token === "") {
    throw new SyncError("protocol", "the listing says there is more but not how to go on", {
      operation: "ListObjectsV2",
    });
  }
  return token;
}

function nonsense(what: string): SyncError {
  return new SyncError("protocol", `the listing makes no sense: ${what}`, {
    operation: "ListObjectsV2",
    retryable: true,
  });
}

/** Walks the children of one `<Contents>`, whatever their order. */
class ContentsReader {
  constructor(
    private readonly xml: string,
    public at: number,
    private readonly encoded: boolean,
  ) {}

  read(): ListedObject {
    const { xml } = this;
    let key = "";
    let damaged = false;
    let size = Number.NaN;
    let mtimeMs = 0;
    let etag: ETag | undefined;
    let storageClass: string | undefined;
    for (;;) {
      const open = xml.indexOf("<", this.at);
      const close = xml.indexOf(">", open);
      const tag = xml.slice(open + 1, close);
      if (tag === "/Contents") {
        this.at = close + 1;
        if (key === "" || !Number.isSafeInteger(size) || Number.isNaN(mtimeMs)) {
          throw nonsense(`an object without a key, a size or a date: ${JSON.stringify(key)}`);
        }
        return { key, damaged, size, mtimeMs, etag, storageClass };
      }
      const blank = tag.search(/\s/);
      const name = blank === -1 ? tag : tag.slice(0, blank);
      if (tag.endsWith("/")) {
        this.at = close + 1;
        continue;
      }
      const end = this.endOf(name, close + 1);
      const text = xml.slice(close + 1, end);
      this.at = end + name.length + 3;
      if (name === "Key") ({ key, damaged } = decodeKey(unescapeXml(text), this.encoded));
      else if (name === "Size") size = Number(text);
      else if (name === "LastModified") mtimeMs = Date.parse(text);
      else if (name === "ETag") etag = parseETag(unescapeXml(text));
      else if (name === "StorageClass") storageClass = text === "STANDARD" ? "STANDARD" : text;
    }
  }

  /** Where the element's end tag begins; nested elements (Owner, RestoreStatus) are passed over. */
  private endOf(name: string, from: number): number {
    const { xml } = this;
    const next = xml.indexOf("</", from);
    if (xml.startsWith(name, next + 2) && xml[next + 2 + name.length] === ">") return next;
    const end = xml.indexOf(`</${name}>`, from);
    if (end === -1 || end > xml.indexOf("</Contents>", from)) throw nonsense(`no end of ${name}`);
    return end;
  }
}

const escapedByte = /(?:%[0-9a-fA-F]{2})+/g;

/** Undoes `encoding-type=url`, in which a blank is `+`. */
function decodeKey(text: string, encoded: boolean): { key: string; damaged: boolean } {
  if (!encoded) return { key: text, damaged: false };
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return { key: spaced, damaged: false };
  try {
    return { key: decodeURIComponent(spaced), damaged: false };
  } catch {
    const lossy = spaced.replace(escapedByte, (run) =>
      Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
    );
    return { key: lossy, damaged: true };
  }
}
