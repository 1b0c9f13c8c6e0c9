/**
 * Passes everything on: the base of stores that change one thing about another.
 *
 * @module
 */
import type { Entry, Listed } from "../../core/entry.ts";
import type { SyncError } from "../../core/errors.ts";
import type { Key, KeyRange } from "../../core/key.ts";
import type { ObjectInfo, UserMetadata, Written } from "../../core/object.ts";
import type { Traffic, Work } from "../../core/traffic.ts";
import type { Digests } from "../../hash/digest.ts";
import type { Body } from "../body.ts";
import type {
  Capabilities,
  Companions,
  CopyAddress,
  History,
  PartReader,
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

/** A store that does what another one does. */
export class Wrapper implements Store {
  readonly name: string;
  readonly capabilities: Capabilities;
  serverSideCopy?: ServerSideCopy;
  readonly copyAddress?: (key: Key) => CopyAddress;
  firstKey?: (range: KeyRange, signal: AbortSignal) => Promise<Key | undefined>;
  storeKeysOf?: (key: Key) => readonly Key[];
  ticket?: () => Promise<Ticket>;
  attachReader?: (ticket: Ticket) => PartReader;
  readonly attachWriter?: (ticket: Ticket) => PartWriter;
  readonly estimate?: (work: Work) => Traffic;
  readonly history?: History;
  readonly otherKey?: (key: Key) => Key | undefined;
  readonly refusal?: (key: Key) => SyncError | undefined;
  readonly clockOffsetMs?: () => number | undefined;
  resumable?: Resumption;
  companions?: Companions;
  readonly shownParts?: (
    entry: Entry,
    signal: AbortSignal,
  ) => Promise<readonly ShownPart[] | undefined>;
  setTagging?: (key: Key, tagging: string, signal: AbortSignal) => Promise<void>;
  alignFile?: (
    entry: Entry,
    metadata: UserMetadata,
    pretends: boolean,
    signal: AbortSignal,
  ) => Promise<boolean>;

  constructor(protected readonly inner: Store) {
    this.name = inner.name;
    this.capabilities = inner.capabilities;
    if (inner.serverSideCopy !== undefined) this.serverSideCopy = inner.serverSideCopy;
    if (inner.copyAddress !== undefined) this.copyAddress = inner.copyAddress.bind(inner);
    if (inner.firstKey !== undefined) this.firstKey = inner.firstKey.bind(inner);
    if (inner.storeKeysOf !== undefined) this.storeKeysOf = inner.storeKeysOf.bind(inner);
    if (inner.ticket !== undefined) this.ticket = inner.ticket.bind(inner);
    if (inner.attachReader !== undefined) this.attachReader = inner.attachReader.bind(inner);
    if (inner.shownParts !== undefined) this.shownParts = inner.shownParts.bind(inner);
    if (inner.setTagging !== undefined) this.setTagging = inner.setTagging.bind(inner);
    if (inner.alignFile !== undefined) this.alignFile = inner.alignFile.bind(inner);
    if (inner.companions !== undefined) this.companions = inner.companions;
    if (inner.history !== undefined) this.history = inner.history;
    if (inner.otherKey !== undefined) this.otherKey = inner.otherKey.bind(inner);
    if (inner.refusal !== undefined) this.refusal = inner.refusal.bind(inner);
    if (inner.clockOffsetMs !== undefined) this.clockOffsetMs = inner.clockOffsetMs.bind(inner);
    if (inner.resumable !== undefined) this.resumable = inner.resumable;
    if (inner.estimate !== undefined) this.estimate = inner.estimate.bind(inner);
    if (inner.attachWriter !== undefined) this.attachWriter = inner.attachWriter.bind(inner);
  }

  locate(key: Key): string {
    return this.inner.locate(key);
  }

  list(range: KeyRange, signal: AbortSignal): AsyncIterable<readonly Listed[]> {
    return this.inner.list(range, signal);
  }

  head(key: Key, signal: AbortSignal): Promise<ObjectInfo | undefined> {
    return this.inner.head(key, signal);
  }

  open(entry: Entry, whole: boolean, signal: AbortSignal): Promise<Reader> {
    return this.inner.open(entry, whole, signal);
  }

  write(spec: WriteSpec, body: Body, digests: Digests, signal: AbortSignal): Promise<Written> {
    return this.inner.write(spec, body, digests, signal);
  }

  beginWrite(spec: WriteSpec, signal: AbortSignal): Promise<Writer> {
    return this.inner.beginWrite(spec, signal);
  }

  remove(entries: readonly Entry[], signal: AbortSignal): Promise<readonly Removal[]> {
    return this.inner.remove(entries, signal);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
