/**
 * Lets somebody else change what an object gets in the target.
 *
 * @module
 */
import { options } from "../config/options.ts";
import {
  callbackError,
  listedObject,
  type SourceObject,
  type UploadAttributes,
} from "../core/callbacks.ts";
import { unlessStopped } from "../core/cancel.ts";
import type { Attributes, ObjectInfo } from "../core/object.ts";
import { originVersionKey } from "../core/version.ts";
import type { Job, TransferContext } from "./context.ts";

/** No failure: the way out of the transfer of an object that is not wanted. */
export class LeftOut extends Error {
  override readonly name = "LeftOut";
}

/**
 * The attributes that an object is written with, when everybody has been heard.
 *
 * @param attributes those of the source and of the options
 * @throws LeftOut when the object is not to be written
 * @throws SyncError `callback`
 */
export async function preprocessed(
  context: TransferContext,
  entry: Job,
  info: ObjectInfo,
  attributes: Attributes,
  signal: AbortSignal,
): Promise<Attributes> {
  const { preprocess } = context.options;
  if (preprocess === undefined || !context.target.capabilities.attributes) return attributes;
  const { key } = entry;
  const upload = uploadOf(attributes);
  const call = async (): Promise<unknown> => preprocess(sourceObject(context, entry, info), upload);
  const answer = await unlessStopped(call(), signal, (cause) =>
    callbackError("preprocess", key, cause),
  );
  if (answer === false) throw new LeftOut(`${key} is left out`);
  const problem = problemOf(answer);
  if (problem !== undefined) throw callbackError("preprocess", key, new TypeError(problem));
  return attributesOf(answer as UploadAttributes, attributes);
}

function sourceObject(context: TransferContext, entry: Job, info: ObjectInfo): SourceObject {
  const { key } = entry;
  const { size, mtimeMs, etag, encryption, checksum, tagCount, attributes } = info;
  const now = { ...entry, size, mtimeMs, etag: etag ?? entry.etag };
  return {
    ...listedObject(now, context.source.locate(key)),
    targetKey: context.target.locate(key),
    attributes: { ...attributes, encryption, checksum, tagCount },
  };
}

function uploadOf(attributes: Attributes): UploadAttributes {
  // How it is encrypted is for the options to say.
  const { tagging, expires, metadata, encryption: _, ...others } = attributes;
  return {
    ...others,
    expires: dateOf(expires),
    metadata: { ...metadata },
    tags: tagging === undefined ? undefined : Object.fromEntries(new URLSearchParams(tagging)),
  };
}

/** `undefined` for what somebody has stored that is no date. */
function dateOf(text: string | undefined): Date | undefined {
  const date = new Date(text ?? "");
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function attributesOf(upload: UploadAttributes, before: Attributes): Attributes {
  const { tags, expires, metadata } = upload;
  // What could not be shown cannot have been taken away.
  const unshown = dateOf(before.expires) === undefined ? before.expires : undefined;
  const origin = before.metadata[originVersionKey];
  return {
    acl: upload.acl,
    cacheControl: upload.cacheControl,
    contentDisposition: upload.contentDisposition,
    contentEncoding: upload.contentEncoding,
    contentLanguage: upload.contentLanguage,
    contentType: upload.contentType,
    storageClass: upload.storageClass,
    websiteRedirect: upload.websiteRedirect,
    requestPayer: upload.requestPayer,
    expires: expires?.toUTCString() ?? unshown,
    tagging: tags === undefined ? before.tagging && "" : queryOf(tags),
    metadata: {
      ...lowerCase(metadata),
      // Without it the next run would send the version again.
      ...(origin === undefined ? {} : { [originVersionKey]: origin }),
    },
  };
}

function queryOf(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map((tag) => tag.map(encodeURIComponent).join("="))
    .join("&");
}

function lowerCase(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

const headers = [
  "cacheControl",
  "contentDisposition",
  "contentEncoding",
  "contentLanguage",
  "contentType",
  "websiteRedirect",
] as const;
const metadataName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** Nothing may become a header of its own. */
const lineBreak = /[\r\n\0]/;

/** Everything that an object can get: others are mistyped, and would be without effect. */
const names: readonly string[] = [
  ...headers,
  "acl",
  "expires",
  "metadata",
  "tags",
  "storageClass",
  "requestPayer",
] satisfies (keyof UploadAttributes)[];

/** What is wrong with what a callback gave back; `undefined` if nothing is. */
function problemOf(answer: unknown): string | undefined {
  if (typeof answer !== "object" || answer === null) {
    return `it gave ${String(answer)}, not the attributes or false`;
  }
  const unknown = Object.keys(answer).find((name) => !names.includes(name));
  if (unknown !== undefined) return `${unknown} is no attribute: there are ${names.join(", ")}`;
  const upload = answer as Readonly<Record<keyof UploadAttributes, unknown>>;
  const { acl, storageClass, requestPayer, expires, tags } = upload;
  for (const name of headers) {
    const problem = textProblem(upload[name]);
    if (problem !== undefined) return `${name} is ${problem}`;
  }
  const valueProblem =
    wordProblem("acl", acl, (word) => options.acl.kind.words?.includes(word) === true) ??
    wordProblem("storageClass", storageClass, isStorageClass) ??
    wordProblem("requestPayer", requestPayer, (word) => word === "requester");
  if (valueProblem !== undefined) return valueProblem;
  if (expires !== undefined && !(expires instanceof Date && !Number.isNaN(expires.getTime()))) {
    return "expires is no date";
  }
  return textsProblem("metadata", upload.metadata, metadataName) ?? tagsProblem(tags);
}

function isStorageClass(word: string): boolean {
  return options["storage-class"].kind.check(word) === undefined;
}

function textProblem(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string") return `no text but ${typeof value}`;
  return lineBreak.test(value) ? "a text with a line break" : undefined;
}

function wordProblem(
  name: string,
  value: unknown,
  isKnown: (word: string) => boolean,
): string | undefined {
  if (value === undefined || (typeof value === "string" && isKnown(value))) return undefined;
  return `${name} cannot be ${JSON.stringify(value)}`;
}

function tagsProblem(tags: unknown): string | undefined {
  return tags === undefined ? undefined : textsProblem("tags", tags, /./s);
}

function textsProblem(name: string, value: unknown, form: RegExp): string | undefined {
  if (typeof value !== "object" || value === null) return `${name} is no object of texts`;
  for (const [key, text] of Object.entries(value)) {
    if (!form.test(key)) return `${name} cannot have the name ${JSON.stringify(key)}`;
    if (typeof text !== "string") return `${name}.${key} is no text but ${typeof text}`;
    if (lineBreak.test(text)) return `${name}.${key} is a text with a line break`;
  }
  return undefined;
}
