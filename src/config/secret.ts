/**
 * Values that must not be seen.
 *
 * @module
 */

const mask = "***";
/** That of node:util, whose types a user of ours need not have. */
const inspection = Symbol.for("nodejs.util.inspect.custom");

/** A password or key. Whatever prints it, prints `***`; only {@link Secret.reveal} gives it away. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. To be called where a request is signed, nowhere else. */
  reveal(): string {
    return this.#value;
  }

  /** Whether both are the same text. */
  equals(other: Secret): boolean {
    return this.#value === other.#value;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [inspection](): string {
    return mask;
  }
}
