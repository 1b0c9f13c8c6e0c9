/**
 * Counts what a VM's values take that can still be reached: JavaScript tells the size of nothing. The figures are
 * estimates of what Bun takes for fengari's objects.
 *
 * @module
 */

/** Bytes of each thing, besides what it refers to. */
const sizes = {
  string: 64,
  table: 280,
  entry: 200,
  closure: 120,
  upvalue: 40,
  slot: 40,
  frame: 200,
};

/** What fengari's objects look like, as far as we look at them. */
interface Value {
  readonly type?: number;
  readonly value?: unknown;
}
interface StringObject {
  readonly realstring: Uint8Array;
  readonly hash: string | null;
}
interface TableObject {
  readonly strong: ReadonlyMap<unknown, { readonly key: Value; readonly value: Value }>;
  readonly metatable: object | null;
}
interface ClosureObject {
  readonly upvals: readonly (Value | undefined)[];
  readonly p: ProtoObject;
}
interface ProtoObject {
  readonly k: readonly Value[];
  readonly p: readonly ProtoObject[];
  readonly code: readonly unknown[];
}
interface NativeObject {
  readonly upvalue: readonly (Value | undefined)[];
}
interface ThreadObject {
  readonly stack: readonly (Value | undefined)[] | null;
  readonly top: number;
  readonly ci: { readonly previous: unknown } | null;
}
interface UserdataObject {
  readonly uservalue: Value;
  readonly metatable: object | null;
}

/** Adds up from the roots. */
export class Census {
  private readonly seen = new Set<object>();
  private readonly waiting: object[] = [];
  private bytes = 0;

  /** @param roots the registry and the threads that run */
  constructor(roots: readonly unknown[]) {
    for (const root of roots) this.visit(root);
  }

  total(): number {
    for (let next = this.waiting.pop(); next !== undefined; next = this.waiting.pop()) {
      this.count(next);
    }
    return this.bytes;
  }

  private visit(value: unknown): void {
    if (typeof value !== "object" || value === null || this.seen.has(value)) return;
    this.seen.add(value);
    this.waiting.push(value);
  }

  private values(values: readonly (Value | undefined)[]): void {
    for (const value of values) this.visit(value?.value);
  }

  private count(thing: object): void {
    if (is<StringObject>(thing, "realstring")) this.countString(thing);
    else if (is<TableObject>(thing, "strong")) this.countTable(thing);
    else if (is<ClosureObject>(thing, "upvals")) {
      this.bytes += sizes.closure + sizes.upvalue * thing.upvals.length;
      this.values(thing.upvals);
      this.visit(thing.p);
    } else if (is<ProtoObject>(thing, "code")) {
      this.bytes += sizes.slot * (thing.code.length + thing.k.length);
      this.values(thing.k);
      for (const inner of thing.p) this.visit(inner);
    } else if (is<NativeObject>(thing, "upvalue")) this.values(thing.upvalue);
    else if (is<ThreadObject>(thing, "stack")) this.countThread(thing);
    else if (is<UserdataObject>(thing, "uservalue")) {
      this.visit(thing.metatable);
      this.visit(thing.uservalue.value);
    }
  }

  private countString({ realstring, hash }: StringObject): void {
    this.bytes += sizes.string + realstring.byteLength + (hash === null ? 0 : hash.length);
  }

  private countTable({ strong, metatable }: TableObject): void {
    this.bytes += sizes.table + sizes.entry * strong.size;
    for (const { key, value } of strong.values()) {
      this.visit(key.value);
      this.visit(value.value);
    }
    this.visit(metatable);
  }

  private countThread({ stack, top, ci }: ThreadObject): void {
    for (let index = 0; index < top; index++) this.visit(stack?.[index]?.value);
    this.bytes += sizes.slot * (stack?.length ?? 0);
    for (let frame: unknown = ci; frame !== null && frame !== undefined;) {
      this.bytes += sizes.frame;
      frame = (frame as { readonly previous: unknown }).previous;
    }
  }
}

function is<T extends object>(thing: object, field: keyof T & string): thing is T {
  return field in thing;
}
