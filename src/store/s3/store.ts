/**
 * A bucket, or what lies below a prefix of it, as a store. The prefix is taken literally: keys are what
 * follows it.
 *
 * @module
 */
import { GiB, MiB } from "../../core/bytes.ts";
import { LateSignal, throwIfAborted } from "../../core/cancel.ts";
import type { ChecksumRule } from "../../core/checksum.ts";
import type { Entry, Listed } from "../../core/entry.ts";
import { storeKeyOf } from "../../core/entry.ts";
import { isError, SyncError } from "../../core/errors.ts";
import { asKey, type Key, type KeyRange } from "../../core/key.ts";
import type { ObjectInfo, Written } from "../../core/object.ts";
import type { Traffic, Work } from "../../core/traffic.ts";
import type { DigestChoice, Digests } from "../../hash/digest.ts";
import { singleETag } from "../../hash/etag.ts";
import type { Body } from "../body.ts";
import type {
  Capabilities,
  Companions,
  CopyAddress,
  CopyOrigin,
  History,
  Part,
  PartReader,
  PartReceipt,
  PartWriter,
  Reader,
  Removal,
  Resumption,
  ServerSideCopy,
  ShownPart,
  Store,
  Ticket,
  Writer,
  WriteSpec,
} from "../store.ts";
import type { CopySource, S3Api, WriteHow } from "./api.ts";
import type { CustomerKey } from "./encryption.ts";
import { requestsFor } from "./estimate.ts";
import { BucketListing, type ListingOptions } from "./listing.ts";
import { readObjectParts } from "./object-parts.ts";
import { orWrittenBefore } from "./own-doing.ts";
import { type ObjectTicket, RangedObject, readPieces, readRange, readWhole } from "./reader.ts";
import { BulkRemover } from "./remove-many.ts";
import { removeKnown } from "./remove-one.ts";
import { removeVersions } from "./remove-versions.ts";
import { resumableUploads } from "./resumable.ts";
import { type UploadTicket, UploadWriter, writePart } from "./writer.ts";

/** How to use a bucket. */
export interface S3StoreOptions extends ListingOptions {
  /** What goes ahead of each body: Content-MD5, and SHA-256 in the signature. */
  readonly digestsFirst: DigestChoice;
  /** The additional checksum that is kept with what is written. */
  readonly checksum?: ChecksumRule | undefined;
  /** What the server needs to read objects. */
  readonly customerKey?: CustomerKey | undefined;
  /** Delete only what is still as it was listed. */
  readonly deletesOnlyKnown?: boolean | undefined;
  /** Ask for the additional checksums of what is read. */
  readonly readsChecksums?: boolean | undefined;
  /** ETags are made from the bytes, and tags can be kept. Not so in directory buckets. Default: true. */
  readonly isGeneralPurpose?: boolean | undefined;
  /** Names the storage service: copies work between stores of the same one. */
  readonly service: string;
  /** All that decides how something is written here, besides its attributes. */
  readonly settings?: unknown;
  /** Lets another thread open the same bucket. */
  readonly ticket?: (() => Promise<Ticket>) | undefined;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const partLimits = { minBytes: 5 * MiB, maxBytes: 5 * GiB, maxParts: 10_000 };

/** How long the id of a new upload is waited for after the run was stopped, in milliseconds. */
const idWaitMs = 2000;

/** Objects in a bucket. */
export class S3Store implements Store {
  readonly capabilities: Capabilities;
  readonly ticket?: () => Promise<Ticket>;
  readonly serverSideCopy: ServerSideCopy;
  readonly firstKey?: (range: KeyRange, signal: AbortSignal) => Promise<Key | undefined>;
  readonly history: History;
  readonly companions: Companions;
  readonly resumable: Resumption;
  private readonly listing: BucketListing;
  private readonly remover: BulkRemover;

  constructor(
    private readonly api: S3Api,
    private readonly options: S3StoreOptions,
  ) {
    const { ordered, pointInTimeMs } = options;
    this.listing = new BucketListing(api, options);
    this.remover = new BulkRemover(api);
    if (options.ticket !== undefined) this.ticket = options.ticket;
    // Among versions the first key costs as much as a page.
    if (ordered && pointInTimeMs === undefined) {
      this.firstKey = (range, signal) => this.listing.firstKey(range, signal);
    }
    this.capabilities = {
      ordered,
      cheapRanges: ordered,
      attributes: true,
      tags: options.isGeneralPurpose !== false,
      hierarchical: false,
      etags: options.isGeneralPurpose !== false,
      digestsFirst: { ...options.digestsFirst, checksum: options.checksum?.algorithm },
      checksum: options.checksum,
      partLimits,
    };
    this.companions = located(api.companions, (key) => this.locate(key));
    this.history = {
      status: (signal) => api.getBucketVersioning(signal),
      list: (range, signal) => this.listing.histories(range, signal),
      head: (key, versionId, signal) => this.headVersion(key, versionId, signal),
      remove: (versions, signal) =>
        removeVersions(api, versions, (version) => this.locate(storeKeyOf(version)), signal),
    };
    const {
      service,
      customerKey,
      settings = { customerKey, checksum: options.checksum },
    } = options;
    this.resumable = resumableUploads(
      api,
      { service, settings, locate: (key) => this.locate(key) },
      (spec, signal) => this.beginWrite(spec, signal),
    );
    this.serverSideCopy = {
      accepts: (source) => source.copyAddress?.(asKey("")).service === this.options.service,
      copy: (source, from, to, signal) => this.copy(source, from, to, signal),
      copyPart: (source, from, part, writer, signal) =>
        this.copyPart(source, from, part, writer, signal),
    };
  }

  clockOffsetMs(): number | undefined {
    return this.api.clockOffsetMs?.();
  }

  estimate(work: Work): Traffic {
    return requestsFor(work, this.options.deletesOnlyKnown === true);
  }

  get name(): string {
    return `s3://${this.api.bucket}/${this.options.prefix}`;
  }

  locate(key: Key): string {
    return this.options.prefix + key;
  }

  list(range: KeyRange, signal: AbortSignal): AsyncGenerator<readonly Listed[]> {
    return this.listing.pages(range, signal);
  }

  head(key: Key, signal: AbortSignal): Promise<ObjectInfo | undefined> {
    return this.headVersion(key, undefined, signal);
  }

  private async headVersion(
    key: Key,
    versionId: string | undefined,
    signal: AbortSignal,
  ): Promise<ObjectInfo | undefined> {
    try {
      const read = { checksum: this.options.readsChecksums, versionId };
      return await this.api.headObject(this.locate(key), read, signal);
    } catch (error) {
      if (isError(error, "not-found")) return undefined;
      throw error;
    }
  }

  async open(entry: Entry, whole: boolean, signal: AbortSignal): Promise<Reader> {
    const key = this.locate(storeKeyOf(entry));
    const { versionId } = entry;
    const read = { checksum: this.options.readsChecksums, versionId };
    if (whole) return readWhole(this.api, key, entry.size, read, signal);
    const info = await this.api.headObject(key, read, signal);
    const ticket: ObjectTicket = { kind: "object", key, etag: info.etag, versionId };
    return new RangedObject(this.api, info, ticket);
  }

  async shownParts(entry: Entry, signal: AbortSignal): Promise<readonly ShownPart[] | undefined> {
    const { versionId, etag, size } = entry;
    if (etag === undefined) return undefined;
    const key = this.locate(storeKeyOf(entry));
    return readObjectParts(this.api, { key, versionId, etag, size }, signal);
  }

  setTagging(key: Key, tagging: string, signal: AbortSignal): Promise<void> {
    return this.api.setObjectTagging(this.locate(key), tagging, signal);
  }

  write(spec: WriteSpec, body: Body, digests: Digests, signal: AbortSignal): Promise<Written> {
    const key = this.locate(spec.key);
    const put = (): Promise<Written> => this.api.putObject(key, body, digests, howTo(spec), signal);
    const etag = digests.md5 === undefined ? undefined : singleETag(digests.md5);
    return orWrittenBefore(this.api, key, etag, put, signal);
  }

  /** The answer is waited for when the run is stopped: an upload of which we lost the id would stay. */
  async beginWrite(spec: WriteSpec, signal: AbortSignal): Promise<UploadWriter> {
    throwIfAborted(signal);
    const key = this.locate(spec.key);
    using patient = new LateSignal(signal, idWaitMs);
    const id = await this.api.createMultipartUpload(
      key,
      spec.attributes,
      spec.withoutChecksum === true ? undefined : this.options.checksum,
      patient.signal,
    );
    const { expected, withoutChecksum } = spec;
    return new UploadWriter(this.api, { kind: "upload", key, id, expected, withoutChecksum });
  }

  attachReader(ticket: Ticket): PartReader {
    const { api } = this;
    const object = ticket as ObjectTicket;
    return {
      read: (offset, into, signal) => readRange(api, object, offset, into, signal),
      readPieces: (offset, length, sink, signal) =>
        readPieces(api, object, offset, length, sink, signal),
    };
  }

  attachWriter(ticket: Ticket): PartWriter {
    const upload = ticket as UploadTicket;
    return {
      writePart: (part, body, digests, signal) =>
        writePart(this.api, upload, part, body, digests, signal),
    };
  }

  remove(entries: readonly Entry[], signal: AbortSignal): Promise<readonly Removal[]> {
    const asked = entries.map((entry) => ({ entry, key: this.locate(storeKeyOf(entry)) }));
    const { deletesOnlyKnown } = this.options;
    return deletesOnlyKnown === true
      ? removeKnown(this.api, asked, signal)
      : this.remover.remove(asked, signal);
  }

  private copy(
    source: Store,
    from: CopyOrigin,
    to: WriteSpec,
    signal: AbortSignal,
  ): Promise<Written> {
    const { api, options } = this;
    const origin = copySource(source, from);
    const key = this.locate(to.key);
    const copy = (): Promise<Written> =>
      api.copyObject(origin, key, howTo(to), options.checksum, signal);
    return orWrittenBefore(api, key, origin.ifMatch, copy, signal);
  }

  private async copyPart(
    source: Store,
    from: CopyOrigin,
    part: Part,
    writer: Pick<Writer, "ticket">,
    signal: AbortSignal,
  ): Promise<PartReceipt> {
    const range = { first: part.offset, last: part.offset + part.length - 1 };
    const upload = writer.ticket as UploadTicket;
    const answer = await this.api.uploadPartCopy(
      copySource(source, from),
      range,
      upload,
      part.number,
      signal,
    );
    return { number: part.number, ...answer };
  }

  copyAddress(key: Key): CopyAddress {
    const { service, customerKey } = this.options;
    return { service, bucket: this.api.bucket, key: this.locate(key), customerKey };
  }

  async close(): Promise<void> {
    this.api.close();
  }
}

function copySource(source: Store, from: CopyOrigin): CopySource {
  const address = source.copyAddress?.(from.storeKey);
  if (address === undefined) {
    throw new SyncError("unsupported", `${source.name} cannot be copied on the server`);
  }
  const { bucket, key } = address;
  const customerKey = address.customerKey as CustomerKey | undefined;
  return { bucket, key, versionId: from.versionId, ifMatch: from.info.etag, customerKey };
}

function howTo({ attributes, expected }: WriteSpec): WriteHow {
  return expected === undefined ? attributes : { ...attributes, expected };
}

function located(companions: Companions<string>, locate: (key: Key) => string): Companions {
  return {
    acl: (key, ...rest) => companions.acl(locate(key), ...rest),
    setAcl: (key, ...rest) => companions.setAcl(locate(key), ...rest),
    annotations: (key, ...rest) => companions.annotations(locate(key), ...rest),
    annotation: (key, ...rest) => companions.annotation(locate(key), ...rest),
    setAnnotation: (key, ...rest) => companions.setAnnotation(locate(key), ...rest),
    removeAnnotation: (key, ...rest) => companions.removeAnnotation(locate(key), ...rest),
  };
}
