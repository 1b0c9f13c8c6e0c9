/**
 * Opens the two stores that a configuration names.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import {
  asBucketUrl,
  asForeignUrl,
  overlapOf,
  parsePlace,
  type Place,
} from "../../config/place.ts";
import type { Config } from "../../config/shape.ts";
import { SyncError } from "../../core/errors.ts";
import type { EventSink, Route, Side } from "../../core/events.ts";
import { asKey, baseName, type Key, type KeyRange, only, startingWith } from "../../core/key.ts";
import { inventoryEntries, readManifest } from "../../list/inventory.ts";
import type { StateDirectory } from "../../state/state-directory.ts";
import { KeptFiles } from "../../store/local/attributes/kept-files.ts";
import { loadNative } from "../../store/local/attributes/native.ts";
import { requirePlaceFor } from "../../store/local/directories/target-root.ts";
import { decodedPieces } from "../../store/local/names/encoded-names.ts";
import { nameEncodingOf } from "../../store/local/names/name-encoding.ts";
import { LocalStore } from "../../store/local/store.ts";
import { openS3 } from "../../store/s3/open.ts";
import type { Store } from "../../store/store.ts";
import { listedElsewhere } from "../../store/wrap/listed-elsewhere.ts";
import { onlyKey } from "../../store/wrap/only-key.ts";
import { readOnly } from "../../store/wrap/read-only.ts";
import { sorted } from "../../store/wrap/sorted.ts";
import { withoutLeadingSlash } from "../../store/wrap/without-leading-slash.ts";
import { notTheSame } from "../../transfer/copies/copier.ts";
import { fileRulesOf } from "./file-rules.ts";
import { requireMarker } from "./marker.ts";
import { requireHistory } from "./point-in-time.ts";
import { s3OptionsOf } from "./s3-options.ts";
import { shardRange } from "./shards.ts";

/** Both stores, ready for a run. */
export interface OpenedStores {
  readonly source: Store;
  readonly target: Store;
  readonly route: Route;
  /** What the run is about, if it is not everything: one object, or a range of keys. */
  readonly range: KeyRange | undefined;
}

/**
 * Opens both sides.
 *
 * @param given stores that the caller has made, and closes
 * @param state tells which unfinished files can be gone on with
 * @throws SyncError `usage` when a place cannot be what it is to be
 */
export async function openStores(
  config: Config,
  given: Partial<Record<Side, Store>>,
  state: StateDirectory,
  onEvent: EventSink,
  signal: AbortSignal,
): Promise<OpenedStores> {
  const opened = await openSource(config, given.source, onEvent, signal);
  const say = (message: string): void => onEvent({ type: "notice", message });
  const wanted = shardRange(config, say) ?? rangeOf(config);
  if (opened.range !== undefined && config.shard !== undefined) throw notBelow("--shard");
  if (opened.range !== undefined && wanted !== undefined) {
    throw notBelow("--key-start and --key-end");
  }
  if (config.requireMarker !== undefined) {
    if (opened.range !== undefined) throw notBelow("--require-marker");
    await requireMarker(opened.source, config.requireMarker, signal);
  }
  const range = opened.range ?? wanted;
  const target = await openTarget(asMeant(config, opened), given.target, state, onEvent);
  refuseOverlap(config, opened.source, target);
  refuseFarCopy(config, opened.source, target);
  const route = routeOf(config);
  return { ...opened, range, target: changesNothing(config) ? readOnly(target) : target, route };
}

/**
 * A check of one object may name it on both sides: that a prefix of the same name is meant is out of the question. A
 * run that writes takes TARGET for a place, as ever.
 */
function asMeant(config: Config, { range }: Pick<OpenedStores, "range">): Config {
  const { target, purpose } = config;
  const name = range?.until;
  if (purpose !== "check" || name === undefined || range?.prefix !== name) return config;
  if (target.kind === "s3" && baseName(target.prefix) === name) {
    const parent = target.prefix.slice(0, target.prefix.length - name.length);
    return { ...config, target: { ...target, prefix: parent } };
  }
  if (target.kind !== "local" || path.basename(target.path) !== name) return config;
  const isFile = examine(target.path, "TARGET")?.isFile() === true;
  return isFile ? { ...config, target: { ...target, path: path.dirname(target.path) } } : config;
}

function changesNothing({ dryRun, purpose }: Config): boolean {
  return dryRun || purpose === "check";
}

function notBelow(names: string): SyncError {
  const verb = names.includes(" and ") ? "need" : "needs";
  return new SyncError("usage", `${names} ${verb} a directory or a prefix as SOURCE`);
}

/** The keys that the run is about, on both sides; `undefined`: all. */
export function rangeOf({ keyStart, keyEnd }: Config): KeyRange | undefined {
  if (keyStart === undefined && keyEnd === undefined) return undefined;
  const [after, until] = [keyStart, keyEnd].map((key) => (key === undefined ? key : asKey(key)));
  return { prefix: asKey(""), after, until };
}

/**
 * The environment may give both sides the same service, which only their endpoints show.
 *
 * @throws SyncError `usage` when a run would read what it writes, or delete what it reads
 */
function refuseOverlap(config: Config, source: Store, target: Store): void {
  const from = source.copyAddress?.(asKey(""));
  const to = target.copyAddress?.(asKey(""));
  if (from === undefined || from.service !== to?.service || from.bucket !== to.bucket) return;
  if (config.source.kind !== "s3" || config.target.kind !== "s3") return;
  // As the user wrote them: the store of an exact key holds nothing else of its directory.
  const text = overlapOf(config.source.prefix, config.target.prefix, config);
  if (text !== undefined) throw new SyncError("usage", text);
}

/**
 * Before anything is listed: otherwise each object would be an error of its own, and a dry run would promise them.
 *
 * @throws SyncError `usage` when the server is to copy what it does not have
 */
function refuseFarCopy({ serverSideCopy }: Config, source: Store, target: Store): void {
  if (serverSideCopy && target.serverSideCopy?.accepts(source) !== true) {
    throw notTheSame(source, target);
  }
}

/** How bytes get from one place to the other. */
export function routeOf({
  source,
  target,
  serverSideCopy,
}: Pick<Config, "source" | "target" | "serverSideCopy">): Route {
  if (source.kind === "local") return "upload";
  if (target.kind === "local") return "download";
  return serverSideCopy ? "server-side-copy" : "copy";
}

type OpenedSource = Pick<OpenedStores, "source" | "range">;

/**
 * Opens the source alone.
 *
 * @param given a store that the caller has made, and closes
 * @throws SyncError `usage` when the place cannot be what it is to be
 */
export async function openSource(
  config: Config,
  given: Store | undefined,
  onEvent: EventSink,
  signal: AbortSignal,
): Promise<OpenedSource> {
  const { source, target } = config;
  if (given !== undefined) return { source: inOrder(config, given), range: undefined };
  if (source.kind === "store") throw noStore("SOURCE");
  if (source.kind === "local") {
    return openLocalSource(config, source.path, await keptFiles(config, "source", onEvent));
  }
  if (config.pointInTime !== undefined) await requireHistory(config, source, onEvent, signal);
  const hasInventory = config.sourceInventory !== undefined;
  const exact = hasInventory ? undefined : await exactKey(config, source, onEvent, signal);
  if (exact !== undefined) return exact;
  const store = hasInventory
    ? await openInventory(config, source, onEvent, signal)
    : await openBucket(config, "source", source, onEvent);
  // Encoded names can have the slash; only what stands between a prefix and a name is none of the name.
  const isNamed = config.encodeNames && source.prefix === "";
  const slashless = target.kind === "local" && !source.prefix.endsWith("/") && !isNamed;
  return { source: slashless ? withoutLeadingSlash(store) : store, range: undefined };
}

function openLocalSource(config: Config, root: string, kept: KeptFiles | undefined): OpenedSource {
  const open = (directory: string): Store =>
    new LocalStore(directory, {
      side: "source",
      ignoreLinks: config.ignoreSymlinks,
      guessContentType: !config.noGuessMimeType,
      removeLeftovers: false,
      sync: false,
      encodeNames: config.encodeNames,
      nameEncoding: nameEncodingOf(config.filenameEncoding),
      kept,
      tellsInodes: config.index !== undefined || config.purpose === "site",
    });
  const stats = examine(root, "SOURCE");
  if (stats === undefined) {
    const url = asForeignUrl(root) ?? asBucketUrl(root);
    throw new SyncError("usage", `SOURCE ${root} does not exist`, {
      path: root,
      hint: url === undefined ? undefined : `Write ${url} if it is a bucket.`,
    });
  }
  if (stats.isDirectory()) return { source: open(root), range: undefined };
  if (!stats.isFile()) {
    throw new SyncError("usage", `SOURCE ${root} is neither a directory nor a file`);
  }
  // Of a site that is told otherwise: nobody has typed --delete.
  if (config.delete && config.purpose !== "site") {
    throw new SyncError("usage", `--delete needs a directory as SOURCE, ${root} is a file`);
  }
  const key = keyOfFile(config, root);
  return { source: onlyKey(open(path.dirname(root)), key), range: only(key) };
}

/** @throws SyncError `usage` when it is no name of a key */
function keyOfFile({ encodeNames, filenameEncoding }: Config, file: string): Key {
  const name = path.basename(file);
  const text = nameEncodingOf(filenameEncoding)?.textOf(name) ?? name;
  const key = encodeNames ? decodedPieces([name]) : text;
  if (key !== undefined) return asKey(key);
  throw new SyncError("usage", `SOURCE ${file}: --encode-names gives no key that name`);
}

/**
 * SOURCE may be an exact key. It is meant as one if there is such an object and nothing lies below it: an
 * object `photos` beside `photos/1.jpg` does not hide the photos.
 */
async function exactKey(
  config: Config,
  place: Extract<Place, { kind: "s3" }>,
  onEvent: EventSink,
  signal: AbortSignal,
): Promise<OpenedSource | undefined> {
  const { bucket, prefix } = place;
  const name = baseName(prefix);
  if (name === "") return undefined;
  const parent = prefix.slice(0, prefix.length - name.length);
  const store = await openBucket(config, "source", { kind: "s3", bucket, prefix: parent }, onEvent);
  const key = asKey(name);
  if (!(await holds(store, only(key), signal))) return undefined;
  const below = startingWith(asKey(`${name}/`));
  if (await holds(store, below, signal)) return undefined;
  if (config.delete) {
    throw new SyncError(
      "usage",
      `--delete needs a prefix as SOURCE, s3://${bucket}/${prefix} is an object`,
    );
  }
  return { source: onlyKey(store, key), range: only(key) };
}

async function holds(store: Store, range: KeyRange, signal: AbortSignal): Promise<boolean> {
  for await (const page of store.list(range, signal)) if (page.length > 0) return true;
  return false;
}

async function openTarget(
  config: Config,
  given: Store | undefined,
  state: StateDirectory,
  onEvent: EventSink,
): Promise<Store> {
  const { target } = config;
  if (given !== undefined) return inOrder(config, given);
  if (target.kind === "store") throw noStore("TARGET");
  if (target.kind === "s3") return openBucket(config, "target", target, onEvent);
  const stats = examine(target.path, "TARGET");
  if (stats !== undefined && !stats.isDirectory()) {
    throw new SyncError("usage", `TARGET ${target.path} is not a directory`, { path: target.path });
  }
  if (stats === undefined && config.purpose === "check") {
    throw new SyncError("usage", `TARGET ${target.path} does not exist`, { path: target.path });
  }
  if (stats === undefined) requirePlaceFor(target.path);
  return new LocalStore(target.path, {
    side: "target",
    ignoreLinks: false,
    guessContentType: false,
    removeLeftovers: !changesNothing(config),
    isResumable: (name) => state.knowsPartFile(name),
    sync: config.fsync,
    encodeNames: config.encodeNames,
    nameEncoding: nameEncodingOf(config.filenameEncoding),
    followTargetLinks: config.followTargetLinks,
    kept: await keptFiles(config, "target", onEvent),
    tellsInodes: config.index !== undefined,
    tellsWritten: config.index !== undefined,
  });
}

/** What is kept of files, and how; `undefined`: nothing but their times. */
async function keptFiles(
  config: Config,
  side: Side,
  onEvent: EventSink,
): Promise<KeptFiles | undefined> {
  const rules = fileRulesOf(config, side);
  if (rules === undefined) return undefined;
  const warn = (error: SyncError): void => onEvent({ type: "warning", key: undefined, error });
  return new KeptFiles({ rules, native: await loadNative(), warn });
}

function examine(file: string, name: "SOURCE" | "TARGET"): fs.Stats | undefined {
  try {
    return fs.statSync(file, { throwIfNoEntry: false });
  } catch (cause) {
    // Nothing can be there.
    if (cause instanceof Error && "code" in cause && cause.code === "ENOTDIR") return undefined;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SyncError("usage", `${name} cannot be examined: ${message}`, { path: file, cause });
  }
}

/**
 * The source as an inventory shows it. The inventory's bucket is reached as the source's.
 *
 * @throws SyncError `usage` when it is of another bucket, or none
 */
async function openInventory(
  config: Config,
  source: Extract<Place, { kind: "s3" }>,
  onEvent: EventSink,
  signal: AbortSignal,
): Promise<Store> {
  const place = parsePlace(config.sourceInventory ?? "", "--source-inventory");
  if (place.kind === "local" || place.prefix === "" || place.prefix.endsWith("/")) {
    throw new SyncError("usage", "--source-inventory needs s3://BUCKET/…/manifest.json");
  }
  const whole = { kind: "s3", bucket: place.bucket, prefix: "" } as const;
  const shelf = await openBucket({ ...config, pointInTime: undefined }, "source", whole, onEvent);
  const manifest = await readManifest(shelf, asKey(place.prefix), signal);
  if (manifest.sourceBucket !== source.bucket) {
    const text = `the inventory is of s3://${manifest.sourceBucket}, SOURCE is s3://${source.bucket}`;
    throw new SyncError("usage", text, { bucket: source.bucket });
  }
  const store = await openBucket(config, "source", source, onEvent);
  const listing = {
    pages: (inner: AbortSignal) => inventoryEntries(shelf, manifest, source.prefix, inner),
    close: () => shelf.close(),
  };
  return listedElsewhere(store, listing, config.tempDir);
}

async function openBucket(
  config: Config,
  side: Side,
  place: Extract<Place, { kind: "s3" }>,
  onEvent: EventSink,
): Promise<Store> {
  return inOrder(config, await openS3({ ...s3OptionsOf(config, side), ...place }, onEvent));
}

function inOrder({ tempDir }: Config, store: Store): Store {
  return store.capabilities.ordered ? store : sorted(store, tempDir);
}

function noStore(name: string): SyncError {
  return new SyncError("internal", `${name} is a store, and there is none`);
}
