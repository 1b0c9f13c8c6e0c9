/**
 * Lua 5.4's attributes of local variables, for a VM that knows the syntax of 5.3: `<const>` is checked and taken
 * out, `<close>` is refused. Nothing else of 5.4's syntax is new. Lines stay where they are.
 *
 * @see https://www.lua.org/manual/5.4/manual.html#3.3.7
 * @module
 */

/** What is wrong, in the words and the form of Lua's own messages. */
export class LuaSyntaxError extends Error {
  override readonly name = "LuaSyntaxError";
}

interface Token {
  readonly text: string;
  readonly at: number;
  readonly line: number;
}

/** A long bracket, a string, a comment, a name or a numeral, an operator. */
const lexeme =
  /(--\[(=*)\[[\s\S]*?\]\2\])|(--[^\n]*)|(\[(=*)\[[\s\S]*?\]\5\])|("(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*')|([A-Za-z_]\w*)|(\d[\w.]*)|(::|==|~=|<=|>=|<<|>>|\/\/|\.{2,3}|\S)/g;

const opens: ReadonlySet<string> = new Set(["function", "do", "then", "repeat"]);
const closes: ReadonlySet<string> = new Set(["end", "until", "elseif", "else"]);

/**
 * Makes a chunk one of Lua 5.3.
 *
 * @param name of the chunk, for messages
 * @throws LuaSyntaxError for `<close>`, unknown attributes and assignments to constants
 */
export function asLua53(source: string, name: string): string {
  if (!/<\s*\w+\s*>/.test(source)) return source;
  return new Attributes(source, name).remove();
}

/** What a chunk is called in messages: a file, a name, or the beginning of its text. */
export function chunkName(name: string): string {
  if (/^[@=]/.test(name)) return name.slice(1);
  const [line = ""] = name.split("\n");
  return name.length < 45 && line === name
    ? `[string "${name}"]`
    : `[string "${line.slice(0, 45)}..."]`;
}

/** A block: the constants that it declares, and the variables that hide those of outer blocks. */
type Scope = Map<string, "constant" | "variable">;

class Attributes {
  private readonly tokens: readonly Token[];
  private readonly scopes: Scope[] = [new Map()];
  /** The brackets and blocks that are open. */
  private readonly open: string[] = [];
  private readonly cuts: { readonly from: number; readonly to: number }[] = [];

  constructor(
    private readonly source: string,
    private readonly name: string,
  ) {
    this.tokens = tokensOf(source);
  }

  remove(): string {
    for (let index = 0; index < this.tokens.length; index++) index = this.step(index);
    let [text, at] = ["", 0];
    for (const { from, to } of this.cuts) {
      text += this.source.slice(at, from) + " ".repeat(to - from);
      at = to;
    }
    return text + this.source.slice(at);
  }

  private textAt(index: number): string {
    return this.tokens[index]?.text ?? "";
  }

  /** @returns the last token that was looked at */
  private step(index: number): number {
    const text = this.textAt(index);
    if (text === "local") return this.declare(index);
    if (text === "=") this.checkAssignment(index);
    if (text === "function") return this.enterFunction(index);
    if (text === "for") this.enterLoop(index);
    else if (closes.has(text)) this.leave(text);
    if (opens.has(text)) this.enter(text);
    if ("({[".includes(text)) this.open.push(text);
    if (")}]".includes(text)) this.open.pop();
    return index;
  }

  private enter(what: string): void {
    // The variables of a loop are in a scope that `for` has opened.
    if (what === "do" && this.open.at(-1) === "for") this.open.pop();
    else this.scopes.push(new Map());
    this.open.push(what);
  }

  private leave(what: string): void {
    this.open.pop();
    this.scopes.pop();
    // What follows is a block of its own, up to `end`.
    if (what === "else") this.enter(what);
  }

  private declare(index: number): number {
    if (this.textAt(index + 1) === "function") {
      this.scopes.at(-1)?.set(this.textAt(index + 2), "variable");
      return index;
    }
    const names: [string, "constant" | "variable"][] = [];
    let at = index + 1;
    for (;;) {
      const variable = this.textAt(at);
      const isAttribute = this.textAt(at + 1) === "<" && this.textAt(at + 3) === ">";
      if (isAttribute) this.attribute(at + 1);
      names.push([variable, isAttribute ? "constant" : "variable"]);
      at += isAttribute ? 4 : 1;
      if (this.textAt(at) !== ",") break;
      at += 1;
    }
    // They are visible only behind the values that they get; a function there may use outer ones: rare, and refused at worst.
    for (const [variable, kind] of names) this.scopes.at(-1)?.set(variable, kind);
    return this.textAt(at) === "=" ? at : at - 1;
  }

  private attribute(at: number): void {
    const attribute = this.textAt(at + 1);
    const [from, to] = [this.tokens[at], this.tokens[at + 2]];
    if (attribute !== "const") {
      const text =
        attribute === "close"
          ? "<close> is not supported: close it by hand where it is not needed any more"
          : `unknown attribute '${attribute}'`;
      this.fail(at, text);
    }
    if (from !== undefined && to !== undefined) this.cuts.push({ from: from.at, to: to.at + 1 });
  }

  private enterFunction(index: number): number {
    this.scopes.push(new Map());
    this.open.push("function");
    let at = index + 1;
    while (at < this.tokens.length && this.textAt(at) !== "(") at += 1;
    for (; at < this.tokens.length && this.textAt(at) !== ")"; at++) {
      if (/^[A-Za-z_]/.test(this.textAt(at))) this.scopes.at(-1)?.set(this.textAt(at), "variable");
    }
    return at;
  }

  private enterLoop(index: number): void {
    this.scopes.push(new Map());
    this.open.push("for");
    for (let at = index + 1; !["=", "in", ""].includes(this.textAt(at)); at++) {
      this.scopes.at(-1)?.set(this.textAt(at), "variable");
    }
  }

  /** `a = …`, `a, b = …`: fields of tables are none of these. */
  private checkAssignment(index: number): void {
    if (this.open.at(-1) === "{" || this.open.at(-1) === "for") return;
    for (let at = index - 1; /^[A-Za-z_]\w*$/.test(this.textAt(at)); at -= 2) {
      const before = this.textAt(at - 1);
      if (before === "." || before === ":") return;
      if (this.kindOf(this.textAt(at)) === "constant") {
        this.fail(at, `attempt to assign to const variable '${this.textAt(at)}'`);
      }
      if (before !== ",") return;
    }
  }

  private kindOf(variable: string): "constant" | "variable" | undefined {
    return this.scopes.findLast((scope) => scope.has(variable))?.get(variable);
  }

  private fail(at: number, message: string): never {
    throw new LuaSyntaxError(`${this.name}:${this.tokens[at]?.line ?? 1}: ${message}`);
  }
}

function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let [line, at] = [1, 0];
  for (const match of source.matchAll(lexeme)) {
    for (; at < match.index; at++) if (source[at] === "\n") line += 1;
    const [text, longComment, , comment] = match;
    if (longComment === undefined && comment === undefined) {
      tokens.push({ text, at: match.index, line });
    }
  }
  return tokens;
}
