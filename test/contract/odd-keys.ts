/**
 * Keys that somebody has, and that go wrong somewhere: in URLs, XML, file systems, sorting or terminals.
 *
 * @module
 */

/** A key of so many bytes, in segments that every file system takes. S3 takes 1,024. */
export function longKey(bytes: number): string {
  const segments = Array.from({ length: 16 }, (_, i) => String.fromCharCode(97 + i).repeat(63));
  return segments.join("/").padEnd(1024, "z").slice(0, bytes);
}

/** Keys by what is odd about them. */
export const oddKeys: Readonly<Record<string, string>> = {
  "a blank": "a b",
  "blanks at both ends": " a ",
  "a plus": "a+b",
  "a percent sign": "100%",
  "a percent escape": "a%41b%2Fc",
  "an ampersand": "a&b",
  "an XML entity": "a&amp;b&#x41;",
  "angle brackets": "<a>",
  "a CDATA end": "a]]>b",
  "double quotes": '"a"',
  "single quotes": "it's",
  "a newline": "a\nb",
  "a carriage return": "a\rb",
  "a tab": "a\tb",
  "an escape character": "a\u001b[31mb",
  "a DEL and a C1 control": "a\u007f\u009bb",
  "a question mark": "a?b=c",
  "a hash": "a#b",
  "a semicolon, a comma and an equals sign": "a;b,c=d",
  "an at sign, a colon and a dollar": "a@b:c$d",
  "brackets, braces and a bar": "a[b]{c}|d",
  "a star and a caret": "a*b^c",
  "a tilde and a backquote": "~a`b",
  "a backslash": "a\\b",
  "an exclamation mark and parentheses": "a!(b)",
  "dots that are no directories": "...",
  "a leading dot": ".a/.b",
  "a leading dash": "-rf",
  "only digits": "0",
  "an umlaut": "äöü",
  "a composed and a decomposed letter": "é/e\u0301",
  "letters of several scripts": "日本語/العربية/ру",
  "an emoji": "\u{1f600}",
  "an emoji of several characters": "👩‍👩‍👧",
  "the last character before the surrogates": "\ud7ff",
  "the first character after the surrogates": "\ue000",
  "a replacement character": "\ufffd",
  "the first character beyond U+FFFF": "\u{10000}",
  "the last character there is": "\u{10ffff}",
  "a bidi override": "a\u202eb",
  "a byte order mark": "\ufeffa",
  "many directories": "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p",
};
