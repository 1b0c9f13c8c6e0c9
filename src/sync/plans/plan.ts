/**
 * Plans: what a dry run would do, as a file that can be looked at, and carried out later.
 *
 * One JSON object a line: first what the plan is about, then what is to be done about each key.
 *
 * @module
 */
import fs from "node:fs";

import type { Entry } from "../../core/entry.ts";
import { SyncError } from "../../core/errors.ts";
import { parseETag } from "../../core/etag.ts";
import { jsonText } from "../../core/json.ts";
import { asKey } from "../../core/key.ts";

/** Hears what would be done. Close it. */
export interface PlanSink {
  send(source: Entry, target: Entry | undefined): void;
  remove(target: Entry): void;
  /** @throws SyncError `file-system` when not all of it could be written */
  close(): void;
}

/** What a plan is about. */
export interface PlanHead {
  readonly source: string;
  readonly target: string;
  /** The plan is about what the source held then. */
  readonly pointInTime?: Date | undefined;
  /** What it sends is compressed and gets headers in ways that only publishing knows. */
  readonly isOfSite?: boolean | undefined;
}

/** What is to be done about a key, and the states for which that was decided. */
export type Step =
  | { readonly action: "send"; readonly source: Entry; readonly target: Entry | undefined }
  | {
      readonly action: "delete";
      readonly target: Entry;
      /** The source did not have it then, whatever it has now. */
      readonly isOfThen: boolean;
    };

/** Changes only if the lines mean something else. */
const planVersion = 1;
const flushBytes = 64 * 1024;

/** A file that is written line by line. */
export class PlanLines {
  private readonly descriptor: number;
  private pending = "";

  /** @throws SyncError `usage` when the file cannot be made */
  constructor(
    private readonly option: string,
    private readonly file: string,
  ) {
    try {
      this.descriptor = fs.openSync(file, "w");
    } catch (cause) {
      throw this.failure("usage", cause);
    }
  }

  line(text: string): void {
    this.pending += `${text}\n`;
    if (this.pending.length >= flushBytes) this.flush();
  }

  close(): void {
    this.flush();
    fs.closeSync(this.descriptor);
  }

  private flush(): void {
    try {
      fs.writeFileSync(this.descriptor, this.pending);
      this.pending = "";
    } catch (cause) {
      throw this.failure("file-system", cause);
    }
  }

  private failure(code: "usage" | "file-system", cause: unknown): SyncError {
    const message = cause instanceof Error ? cause.message : String(cause);
    const text = `${this.option} cannot be written: ${message}`;
    return new SyncError(code, text, { path: this.file, cause });
  }
}

/** Writes a plan. */
export class PlanFile implements PlanSink {
  private readonly lines: PlanLines;

  constructor(file: string, { source, target, pointInTime: point_in_time, isOfSite }: PlanHead) {
    this.lines = new PlanLines("--plan-file", file);
    const site = isOfSite === true ? true : undefined;
    this.lines.line(jsonText({ s3sync_plan: planVersion, source, target, point_in_time, site }));
  }

  send(source: Entry, target: Entry | undefined): void {
    const { key } = source;
    const states = { source: stateOf(source), target: target && stateOf(target) };
    this.lines.line(jsonText({ action: "send", key, ...states }));
  }

  remove(target: Entry): void {
    const { key } = target;
    this.lines.line(jsonText({ action: "delete", key, target: stateOf(target) }));
  }

  close(): void {
    this.lines.close();
  }
}

/**
 * Writes the copies of a plan as a manifest for S3 Batch Operations: `bucket,key`, keys URL-encoded. Deletions are no
 * copies, and are left out.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/specify-batchjob-manifest.html
 */
export class BatchManifest implements PlanSink {
  private readonly lines: PlanLines;

  /** @param prefix of the source in its bucket */
  constructor(
    file: string,
    private readonly bucket: string,
    private readonly prefix: string,
  ) {
    this.lines = new PlanLines("--export-batch-manifest", file);
  }

  send({ key, storeKey, versionId }: Entry): void {
    const path = encodeURIComponent(this.prefix + (storeKey ?? key)).replaceAll("%2F", "/");
    const version = versionId === undefined ? "" : `,${versionId}`;
    this.lines.line(`${this.bucket},${path}${version}`);
  }

  remove(): void {}

  close(): void {
    this.lines.close();
  }
}

interface State {
  readonly size: number;
  readonly mtime_ms: number;
  readonly etag?: string | undefined;
  readonly version_id?: string | undefined;
  /** The key in the store, where it is another one. */
  readonly store_key?: string | undefined;
}

function stateOf({ size, mtimeMs, etag, versionId, storeKey }: Entry): State {
  return { size, mtime_ms: mtimeMs, etag, version_id: versionId, store_key: storeKey };
}

/**
 * Reads a plan, step by step.
 *
 * @throws SyncError `usage` when the file is no plan, or one of other places or of a site
 */
export async function* readPlan(
  file: string,
  head: PlanHead,
): AsyncGenerator<Step, void, undefined> {
  const input = fs.createReadStream(file);
  let number = 0;
  let isOfThen = false;
  try {
    for await (const text of linesOf(input)) {
      number += 1;
      const line = readLine(file, number, text);
      if (number > 1) yield readStep(file, number, line, isOfThen);
      else {
        requireSame(file, line, head);
        isOfThen = line["point_in_time"] !== undefined;
      }
    }
  } catch (cause) {
    if (cause instanceof SyncError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SyncError("usage", `--apply-plan: ${message}`, { path: file, cause });
  } finally {
    input.destroy();
  }
  if (number === 0) throw noPlan(file, 1);
}

/** Nothing but a line feed ends a line: readline also cuts at U+2028, which JSON leaves in keys as it is. */
async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of input) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

type Line = Readonly<Record<string, unknown>>;

function readLine(file: string, number: number, text: string): Line {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Line;
  } catch {
    // Told below.
  }
  throw noPlan(file, number);
}

function requireSame(file: string, line: Line, { source, target }: PlanHead): void {
  if (line["s3sync_plan"] !== planVersion) throw noPlan(file, 1);
  if (line["site"] !== undefined) {
    throw new SyncError("usage", `the plan ${file} is that of a site, and cannot be applied`, {
      path: file,
      hint: `Publish it: s3sync site ${String(line["source"])} ${String(line["target"])}`,
    });
  }
  if (line["source"] === source && line["target"] === target) return;
  throw new SyncError(
    "usage",
    `the plan ${file} is from ${String(line["source"])} to ${String(line["target"])}, this run from ${source} to ${target}`,
    { path: file, hint: "Name the same places as in the dry run that made the plan." },
  );
}

function readStep(file: string, number: number, line: Line, isOfThen: boolean): Step {
  const { key } = line;
  const target = readState(key, line["target"]);
  const source = readState(key, line["source"]);
  if (line["action"] === "send" && source !== undefined) {
    return { action: "send", source, target };
  }
  if (line["action"] === "delete" && target !== undefined) {
    return { action: "delete", target, isOfThen };
  }
  throw noPlan(file, number);
}

function readState(key: unknown, state: unknown): Entry | undefined {
  if (typeof key !== "string" || typeof state !== "object" || state === null) return undefined;
  const { size, mtime_ms: mtimeMs, etag, ...named } = state as Partial<State>;
  const { version_id: versionId, store_key: storeKey } = named;
  if (typeof size !== "number" || typeof mtimeMs !== "number") return undefined;
  return {
    ...{ kind: "object", key: asKey(key), size, mtimeMs, storageClass: undefined },
    ...{ versionId, storeKey: storeKey === undefined ? undefined : asKey(storeKey) },
    etag: typeof etag === "string" ? parseETag(etag) : undefined,
  };
}

function noPlan(file: string, line: number): SyncError {
  return new SyncError("usage", `--apply-plan: line ${line} of ${file} is not one of a plan`, {
    path: file,
    hint: "Plans are made by --dry-run --plan-file FILE.",
  });
}
