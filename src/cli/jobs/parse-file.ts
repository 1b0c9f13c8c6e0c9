/**
 * The text of a configuration file, in one of the languages that Bun reads. Bun's errors do not say where they
 * are, so the line is found by reading the beginning of the text only.
 *
 * @module
 */

/** What a file holds below a name. */
export type Table = Readonly<Record<string, unknown>>;

/** Whether a value is one. TOML's times are objects, too. */
export function isTable(value: unknown): value is Table {
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** A language that files are written in. */
interface Language {
  readonly name: string;
  readonly parse: (text: string) => unknown;
  /** The line of an error, where it can be told. */
  readonly errorLine: (lines: readonly string[]) => number | undefined;
}

const toml = plainLanguage("TOML", (text) => Bun.TOML.parse(text));
const yaml = plainLanguage("YAML", (text) => Bun.YAML.parse(text));

const languages: Readonly<Record<string, Language>> = {
  ".toml": toml,
  ".yaml": yaml,
  ".yml": yaml,
  ".json": bracketLanguage("JSON", (text) => JSON.parse(text), false),
  ".jsonc": bracketLanguage("JSON", (text) => Bun.JSONC.parse(text), true),
  ".json5": bracketLanguage("JSON5", (text) => Bun.JSON5.parse(text), true),
};

/** The endings of files that can be read. */
export const extensions: readonly string[] = Object.keys(languages);

/** Beyond this, looking for the line of an error would take its time. */
const mostLines = 5000;

/**
 * Reads a text.
 *
 * @param extension one of {@link extensions}
 * @throws Error that says what is wrong and, where that is known, in which line
 */
export function parseText(text: string, extension: string): unknown {
  const language = languages[extension];
  if (language === undefined) throw new Error(`only ${extensions.join(", ")} can be read`);
  const plain = text.replace(/^\ufeff/, "");
  try {
    return language.parse(plain);
  } catch (error) {
    const lines = plain.split("\n");
    const line = lines.length > mostLines ? undefined : language.errorLine(lines);
    const where = line === undefined ? "" : ` in line ${line}`;
    throw new Error(`no valid ${language.name}${where}: ${reason(error)}`, { cause: error });
  }
}

/** What the parser says, without what it quotes from the file: that may be a secret. */
function reason(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  const why = said.replace(/^\w+ Parse error: /, "").replaceAll(/"[^"]*"/g, "…");
  return why.charAt(0).toLowerCase() + why.slice(1);
}

/** A language in which the lines before an error are a text of their own: the error follows the longest one. */
function plainLanguage(name: string, parse: Language["parse"]): Language {
  return {
    name,
    parse,
    errorLine(lines) {
      for (let count = lines.length - 1; count > 0; count--) {
        if (isRead(parse, lines.slice(0, count).join("\n"))) return count + 1;
      }
      return 1;
    },
  };
}

/** A language in which everything is in brackets: lines before an error can be read once these are closed. */
function bracketLanguage(name: string, parse: Language["parse"], hasComments: boolean): Language {
  return {
    name,
    parse,
    errorLine(lines) {
      for (let count = 1; count <= lines.length; count++) {
        const text = lines.slice(0, count).join("\n");
        if (text.trim() !== "" && !isRead(parse, closed(text, hasComments))) return count;
      }
      return undefined;
    },
  };
}

const comment = String.raw`//.*|/\*[\s\S]*?\*/`;
const quoted = String.raw`"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'`;
const commentOrQuoted = new RegExp(`${comment}|(${quoted})`, "g");

/** A beginning made whole: what a comma or colon waits for, and all brackets that are open. */
function closed(beginning: string, hasComments: boolean): string {
  const text = hasComments
    ? beginning.replaceAll(commentOrQuoted, (_, string?: string) => string ?? "")
    : beginning;
  const open: string[] = [];
  for (const [bracket] of text.replaceAll(commentOrQuoted, "").matchAll(/[[\]{}]/g)) {
    if (bracket === "{") open.unshift("}");
    else if (bracket === "[") open.unshift("]");
    else open.shift();
  }
  const body = text.trimEnd();
  const filled = body.endsWith(":") ? `${body} null` : body.replace(/,$/, "");
  return filled + open.join("");
}

function isRead(parse: Language["parse"], text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}
