/**
 * Parts that an earlier try has brought to the target, and that need not be asked for again.
 *
 * @module
 */
import type { DigestChoice } from "../../hash/digest.ts";
import type { Part, Reader } from "../../store/store.ts";
import { nowhere, toNowhere } from "../../store/wrap/nowhere.ts";
import { isSamePart } from "../../verify/held-part.ts";
import type { TransferContext } from "../context.ts";
import type { ReplacedParts } from "../delta/replaced-parts.ts";
import { moveOnSomeThread } from "../threads/on-thread.ts";
import type { MovedPart } from "./move-part.ts";
import type { OrderedDigest } from "./ordered-digest.ts";
import type { PartwiseWrite } from "./partwise-write.ts";

/** An object on its way, with what an earlier try may have left of it. */
export interface ResumedMove {
  readonly context: TransferContext;
  readonly reader: Reader;
  readonly write: PartwiseWrite;
  readonly digests: DigestChoice;
  /** Only if the source shows what those of the parts do not make. */
  readonly ordered: OrderedDigest | undefined;
  /** What the target has in what is replaced. */
  readonly replaced: ReplacedParts | undefined;
}

/**
 * A part that is in the target, proven without the source's bytes; `undefined` if they are needed.
 *
 * Where the target can be read, it is: the digests must be those of then. Where it only tells what it holds, its word
 * and the journal's are enough if the source tells that it is the same as then. Not where reading the source costs no
 * network, because that proves more; nor where all of its bytes are hashed anyway.
 */
export async function keptPart(
  move: ResumedMove,
  part: Part,
  signal: AbortSignal,
): Promise<MovedPart | undefined> {
  const { write, reader, digests, ordered } = move;
  if (write.held?.kind === "bytes") return readAgain(move, write.held, part, signal);
  if (reader.stream !== undefined || reader.info.etag === undefined) return undefined;
  if (ordered !== undefined) return undefined;
  const trusted = write.trustedPart(part, digests);
  return trusted === undefined ? undefined : { ...trusted, wasThere: true };
}

type WrittenBytes = Extract<NonNullable<PartwiseWrite["held"]>, { kind: "bytes" }>;

/** What was noted may not have reached the disk. */
async function readAgain(
  { context, write, digests, ordered }: ResumedMove,
  { size, reader }: WrittenBytes,
  part: Part,
  signal: AbortSignal,
): Promise<MovedPart | undefined> {
  const noted = write.noted(part);
  if (noted === undefined || part.offset + part.length > size) return undefined;
  const from = { store: context.target, reader };
  const to = { store: nowhere, writer: toNowhere };
  const setup = { ...context.move, digests };
  const found = await moveOnSomeThread(context, from, to, part, setup, signal);
  if (!isSamePart(noted, found)) return undefined;
  // Only now: what was shown cannot be taken back.
  const witness = ordered?.witness(part, signal);
  if (witness !== undefined) {
    const nothing = { ...setup, digests: { md5: false, sha256: false } };
    await moveOnSomeThread(context, from, to, part, nothing, signal, witness);
  }
  return { receipt: noted.receipt, md5: found.md5, checksum: found.checksum, wasThere: true };
}
