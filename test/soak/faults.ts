/**
 * What goes wrong during a soak: a share of the requests meets a fault, drawn from a seed.
 *
 * @module
 */
import type {
  Fault,
  FaultProxy,
  Injection,
  Operation,
  SeenRequest,
} from "../support/fault-proxy.ts";

/** A kind of fault, and what it can strike. */
interface Kind {
  readonly name: string;
  readonly fault: Fault;
  readonly strikes: (request: SeenRequest) => boolean;
  /** How often it is drawn, among all kinds. */
  readonly weight: number;
  /** Requests that it strikes in a row. */
  readonly burst: number;
}

const writes: readonly Operation[] = ["PutObject", "UploadPart"];
const reads: readonly Operation[] = ["GetObject", "ListObjectsV2"];
const has =
  (operations: readonly Operation[]) =>
  ({ operation }: SeenRequest): boolean =>
    operations.includes(operation);
const any = (): boolean => true;
const once = { weight: 1, burst: 1 };

const kinds: readonly Kind[] = [
  {
    name: "reset before the request",
    fault: { kind: "reset", at: "before-request" },
    strikes: any,
    ...once,
  },
  {
    name: "reset in the middle of the request",
    fault: { kind: "reset", at: "in-request" },
    strikes: has(writes),
    ...once,
  },
  {
    name: "done, and the answer lost",
    fault: { kind: "reset", at: "instead-of-answer" },
    strikes: any,
    ...once,
  },
  {
    name: "reset in the middle of the answer",
    fault: { kind: "reset", at: "in-answer" },
    strikes: has(reads),
    ...once,
  },
  { name: "body cut in half", fault: { kind: "cut" }, strikes: has(reads), ...once },
  {
    name: "500 InternalError",
    fault: { kind: "refuse", status: 500, code: "InternalError" },
    strikes: any,
    ...once,
  },
  // A server that is too busy is so for more than one request. And everybody gives it less to do then.
  {
    name: "503 SlowDown, ten in a row",
    fault: { kind: "refuse", status: 503, code: "SlowDown" },
    strikes: any,
    weight: 0.05,
    burst: 10,
  },
];

/** How often each kind has struck. */
export type FaultCounts = Readonly<Record<string, number>>;

/** Faults in place. */
export class SoakFaults {
  private readonly injections: readonly (readonly [string, Injection])[];
  private readonly random: () => number;
  /** What strikes the request at hand, if anything: drawn once for each. */
  private drawn: { readonly request: SeenRequest; readonly kind: Kind | undefined } | undefined;
  private burst: { readonly kind: Kind; left: number } | undefined;
  /** Uploads that were begun without anybody hearing of it. */
  lostUploads = 0;

  constructor(
    proxy: FaultProxy,
    private readonly perThousand: number,
    seed: number,
  ) {
    this.random = randomFrom(seed);
    this.injections = kinds.map((kind) => [
      kind.name,
      proxy.inject((request) => this.kindFor(request) === kind, kind.fault),
    ]);
  }

  /** From now on nothing goes wrong. */
  stop(): void {
    for (const [, injection] of this.injections) injection.remove();
  }

  get counts(): FaultCounts {
    return Object.fromEntries(this.injections.map(([name, { hits }]) => [name, hits]));
  }

  private kindFor(request: SeenRequest): Kind | undefined {
    if (this.drawn?.request !== request) {
      const kind = this.draw(request);
      this.drawn = { request, kind };
      const isLost = kind?.fault.kind === "reset" && kind.fault.at === "instead-of-answer";
      if (isLost && request.operation === "CreateMultipartUpload") this.lostUploads += 1;
    }
    return this.drawn.kind;
  }

  private draw(request: SeenRequest): Kind | undefined {
    if (this.burst !== undefined && this.burst.left > 0) {
      this.burst.left -= 1;
      return this.burst.kind;
    }
    if (this.random() >= this.perThousand / 1000) return undefined;
    const able = kinds.filter(({ strikes }) => strikes(request));
    let at = this.random() * able.reduce((sum, { weight }) => sum + weight, 0);
    const kind = able.find(({ weight }) => (at -= weight) < 0);
    if (kind !== undefined) this.burst = { kind, left: kind.burst - 1 };
    return kind;
  }
}

/** Numbers from 0 to 1, the same for the same seed: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
