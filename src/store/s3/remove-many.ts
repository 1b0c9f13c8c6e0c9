/**
 * Deletes many objects with few requests, each only as it was listed, where the server knows how to.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
 * @module
 */
import { batchesOf } from "../../core/batches.ts";
import { pause } from "../../core/cancel.ts";
import { isError, SyncError } from "../../core/errors.ts";
import { type ETag } from "../../core/etag.ts";
import { inParallel } from "../../core/parallel.ts";
import type { Removal } from "../store.ts";
import { mostKeysPerDelete, type S3Api } from "./api.ts";
import { parallelDeletes, removeOne, type ToRemove } from "./remove-one.ts";
import { namedError } from "./wire/s3-errors.ts";

/** How often keys are sent again that the server was too busy to delete, and the wait between, in milliseconds. */
const deleteAttempts = 4;
const deletePauseMs = 500;

type Failures = Map<string, SyncError>;
type Conditions = ReadonlyMap<string, ETag>;

const none: Conditions = new Map();

/** Deletes objects of one bucket. */
export class BulkRemover {
  /**
   * Servers that do not know conditions overlook them, or refuse the request; and they take the right to read
   * (`s3:GetObject`), which whoever may delete need not have. It is tried once, and then left out.
   */
  private usesConditions = true;

  constructor(private readonly api: S3Api) {}

  /** Deletes objects, a thousand with a request. */
  async remove(asked: readonly ToRemove[], signal: AbortSignal): Promise<readonly Removal[]> {
    const removals: Removal[] = [];
    for (const batch of batchesOf(asked, mostKeysPerDelete)) {
      const failures = await this.removeBatch(batch, signal);
      const settled = await inParallel(batch, parallelDeletes, (each) =>
        this.settled(each, failures.get(each.key), signal),
      );
      removals.push(...settled);
    }
    return removals;
  }

  /** A condition that did not hold may be our own doing, where an answer was lost: one look tells. */
  private async settled(
    asked: ToRemove,
    error: SyncError | undefined,
    signal: AbortSignal,
  ): Promise<Removal> {
    const { entry, key } = asked;
    if (error?.code === "not-found") return { entry, error: undefined };
    if (error?.code !== "precondition") return { entry, error };
    const now = await this.etagNow(key, signal);
    if (now === "absent") return { entry, error: undefined };
    return now !== undefined && now === entry.etag
      ? removeOne(this.api, asked, signal)
      : { entry, error: changed(this.api.bucket, key, error) };
  }

  /** `undefined` if nobody can tell. */
  private async etagNow(key: string, signal: AbortSignal): Promise<ETag | "absent" | undefined> {
    try {
      return (await this.api.headObject(key, {}, signal)).etag;
    } catch (error) {
      if (isError(error, "aborted")) throw error;
      return isError(error, "not-found") ? "absent" : undefined;
    }
  }

  /** Deletes keys; those that the server was only too busy for are sent again. */
  private async removeBatch(batch: readonly ToRemove[], signal: AbortSignal): Promise<Failures> {
    const failed: Failures = new Map();
    const etags = new Map(
      batch.flatMap(({ key, entry: { etag } }) => (etag === undefined ? [] : [[key, etag]])),
    );
    let left = batch.map(({ key }) => key);
    for (let attempt = 1; ; attempt++) {
      const errors = await this.removeOnce(left, etags, signal);
      for (const key of left) {
        const error = errors.get(key);
        if (error === undefined) failed.delete(key);
        else failed.set(key, error);
      }
      left = [...errors].flatMap(([key, { retryable }]) => (retryable ? [key] : []));
      if (left.length === 0 || attempt === deleteAttempts) return failed;
      await pause(attempt * deletePauseMs, signal);
    }
  }

  private async removeOnce(
    keys: readonly string[],
    etags: Conditions,
    signal: AbortSignal,
  ): Promise<Failures> {
    const conditions = this.usesConditions ? etags : none;
    const errors = await this.ask(keys, conditions, signal);
    const denied = keys.filter((key) => conditions.has(key) && isDenied(errors.get(key)));
    if (denied.length === 0) return errors;
    const again = await this.ask(denied, none, signal);
    if (again.size < denied.length) this.usesConditions = false;
    for (const key of denied) {
      const error = again.get(key);
      if (error === undefined) errors.delete(key);
      else errors.set(key, error);
    }
    return errors;
  }

  private async ask(
    keys: readonly string[],
    conditions: Conditions,
    signal: AbortSignal,
  ): Promise<Failures> {
    try {
      return await this.send(keys, conditions, signal);
    } catch (error) {
      const mayBeConditions = isError(error, "rejected", "unsupported") && conditions.size > 0;
      if (!mayBeConditions) throw error;
      const failures = await this.send(keys, none, signal);
      this.usesConditions = false;
      return failures;
    }
  }

  private async send(
    keys: readonly string[],
    conditions: Conditions,
    signal: AbortSignal,
  ): Promise<Failures> {
    const asked = new Set(keys);
    const failures = await this.api.deleteObjects(keys, signal, conditions);
    return new Map(
      failures.map(({ key, reason, message }) => {
        const place = { operation: "DeleteObjects", bucket: this.api.bucket, key };
        const error = namedError({ reason, message, status: 0, requestId: undefined }, place);
        // An answer about a key that nobody asked for leaves open which one was not deleted.
        if (!asked.has(key)) throw error;
        return [key, error];
      }),
    );
  }
}

function isDenied(error: SyncError | undefined): boolean {
  return error?.code === "access-denied";
}

function changed(bucket: string, key: string, cause: SyncError): SyncError {
  const text = `s3://${bucket}/${key} changed since it was listed and stays`;
  return new SyncError("precondition", text, { operation: "DeleteObjects", bucket, key, cause });
}
