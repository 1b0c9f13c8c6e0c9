/**
 * Compares the contents of both sides by their additional checksums.
 *
 * @module
 */
import { type Checksum, type ChecksumAlgorithm, checksumForm } from "../../core/checksum.ts";
import { prepareChecksum } from "../../hash/checksum.ts";
import type { Reader } from "../../store/store.ts";
import { judgeChecksum, judgeCopiedChecksum } from "../../verify/checksum.ts";
import type { Verdict } from "../../verify/verdict.ts";
import type { TransferContext } from "../context.ts";
import { digestParts, type Held, type Placed, planAsShown } from "../parts/digest-parts.ts";
import { inOnePiece } from "../parts/part-plan.ts";
import { partChecksums, unlessUneven } from "../parts/source-parts.ts";

/** What came out, and the checksum that was looked for. */
export interface Compared {
  readonly verdict: Verdict;
  /** That of the target, or of the side that has any. */
  readonly checksum: Checksum | undefined;
  /** What each side shows. */
  readonly shown: { readonly source: Checksum | undefined; readonly target: Checksum | undefined };
}

/** Compares what both sides show, or makes the checksum of the bytes of the side that shows none. */
export async function compareChecksums(
  context: TransferContext,
  algorithm: ChecksumAlgorithm,
  source: Placed,
  target: Placed,
  signal: AbortSignal,
): Promise<Compared> {
  const from = await opened(source, signal);
  try {
    const to = await opened(target, signal);
    try {
      return await compareOpened(context, algorithm, from, to, signal);
    } finally {
      await to.reader.close();
    }
  } finally {
    await from.reader.close();
  }
}

async function opened({ store, entry }: Placed, signal: AbortSignal): Promise<Held> {
  return { store, reader: await store.open(entry, false, signal) };
}

async function compareOpened(
  context: TransferContext,
  algorithm: ChecksumAlgorithm,
  from: Held,
  to: Held,
  signal: AbortSignal,
): Promise<Compared> {
  if (keepsChecksums(from) && keepsChecksums(to)) {
    const [a, b] = [shownBy(from.reader, algorithm), shownBy(to.reader, algorithm)];
    return { verdict: judgeCopiedChecksum(a, b), checksum: b, shown: { source: a, target: b } };
  }
  const [shown, held] = keepsChecksums(from) ? [from, to] : [to, from];
  const checksum = shownBy(shown.reader, algorithm);
  const sides =
    shown === from
      ? { source: checksum, target: undefined }
      : { source: undefined, target: checksum };
  if (checksum === undefined) return { verdict: { kind: "none" }, checksum, shown: sides };
  await prepareChecksum(algorithm);
  const verdict =
    checksumForm(checksum).kind === "composite"
      ? await compareByParts(context, checksum, shown, held, signal)
      : await compareWhole(context, checksum, held, signal);
  await held.reader.verifyUnchanged();
  return { verdict, checksum, shown: sides };
}

/** Files have no checksums of their own. */
function keepsChecksums({ store }: Held): boolean {
  return store.capabilities.attributes;
}

function shownBy({ info }: Reader, algorithm: ChecksumAlgorithm): Checksum | undefined {
  return info.checksum?.algorithm === algorithm ? info.checksum : undefined;
}

async function compareWhole(
  context: TransferContext,
  shown: Checksum,
  held: Held,
  signal: AbortSignal,
): Promise<Verdict> {
  const { size } = held.reader.info;
  const choice = { md5: false, sha256: false, checksum: shown.algorithm };
  const [whole] = await digestParts(context, held, inOnePiece(size), choice, signal);
  return judgeChecksum(shown, { whole: whole?.checksum, parts: undefined });
}

async function compareByParts(
  context: TransferContext,
  shown: Checksum,
  { reader }: Held,
  held: Held,
  signal: AbortSignal,
): Promise<Verdict> {
  const plan = await planAsShown(context, reader, held.reader.info.size, signal);
  const choice = { md5: false, sha256: false, checksum: shown.algorithm };
  const parts = partChecksums(await digestParts(context, held, plan, choice, signal));
  const verdict = judgeChecksum(shown, { whole: undefined, parts });
  return unlessUneven(verdict, reader, signal);
}
