/**
 * A pattern that is read from left to right.
 *
 * @module
 */

/** A pattern that makes no sense, or none that we know. */
export class PatternError extends Error {}

const simpleEscapes: Readonly<Record<string, string>> = {
  t: "\t",
  n: "\n",
  r: "\r",
  f: "\f",
  v: "\v",
  a: "\u0007",
};

/** Where a pattern is being read. */
export class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The next character, without passing it. */
  peek(): string | undefined {
    const point = this.text.codePointAt(this.at);
    return point === undefined ? undefined : String.fromCodePoint(point);
  }

  /** The next character. */
  next(): string {
    const character = this.peek();
    if (character === undefined) throw this.error("something is missing at the end");
    this.at += character.length;
    return character;
  }

  /** Passes a text if it comes next. */
  take(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** Whether a text comes next. */
  looksAt(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  /** Passes what matches here. @param pattern begins with `^` */
  takeMatch(pattern: RegExp): RegExpExecArray | undefined {
    const match = pattern.exec(this.text.slice(this.at));
    if (match === null) return undefined;
    this.at += match[0].length;
    return match;
  }

  /** Passes blanks and comments, as `(?x)` wants it. */
  skipBlanks(): void {
    while (this.takeMatch(/^(?:\s|#[^\n]*)/) !== undefined);
  }

  /** One character after a backslash. */
  escapedCharacter(): string {
    const hex = this.takeMatch(
      /^(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|[xuU]\{([0-9A-Fa-f]+)\})/,
    );
    if (hex !== undefined) {
      const point = Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? hex[4] ?? "", 16);
      if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
        throw this.error(`${hex[0]} is no character`);
      }
      return String.fromCodePoint(point);
    }
    const character = this.next();
    const simple = Object.hasOwn(simpleEscapes, character) ? simpleEscapes[character] : undefined;
    if (simple !== undefined) return simple;
    if (/^[A-Za-z0-9]$/.test(character)) throw this.error(`\\${character} is not supported`);
    return character;
  }

  error(what: string): PatternError {
    return new PatternError(`${what} (at ${this.at} of ${JSON.stringify(this.text)})`);
  }
}
