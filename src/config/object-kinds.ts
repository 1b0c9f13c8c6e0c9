/**
 * Kinds of option values that are kept with objects.
 *
 * @module
 */
import { checked, checkedText, fine, type Kind, secret } from "./kinds.ts";
import { Secret } from "./secret.ts";

/** A key of the customer's own (SSE-C), or its MD5. @param length bytes, before base64 */
export function base64Secret(length: number, placeholder: string): Kind<Secret> {
  return {
    ...secret(placeholder),
    parse(value) {
      const bytes = Buffer.from(value, "base64");
      if (bytes.byteLength === length && bytes.toString("base64") === value)
        return new Secret(value);
      throw new Error(`${length} bytes in base64 are allowed`);
    },
  };
}

/** Tags as a URL-encoded query string. */
export const tags = checkedText("TAGS", tagProblem);

function tagProblem(value: string): string | undefined {
  const names: string[] = [];
  for (const tag of value.split("&")) {
    const [name = "", given, more] = tag.split("=");
    if (name === "" || given === undefined || more !== undefined) {
      return "tags such as a=1&b=2 are allowed";
    }
    try {
      names.push(decodeURIComponent(name));
      decodeURIComponent(given);
    } catch {
      return `${JSON.stringify(tag)} is not URL-encoded`;
    }
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? undefined : `the tag ${JSON.stringify(twice)} is there twice`;
}

/** User metadata: `name=value,name=value`. */
export const metadata: Kind<Readonly<Record<string, string>>> = {
  flag: false,
  placeholder: "METADATA",
  parse(value) {
    const pairs = value.split(",").map((pair) => /^([A-Za-z0-9_.-]+)=([\x20-\x7e]*)$/.exec(pair));
    if (pairs.includes(null)) throw new Error("metadata such as name=value,other=value is allowed");
    const names = pairs.map((pair) => pair?.[1]?.toLowerCase() ?? "");
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new Error(`the name ${twice} is there twice`);
    return Object.fromEntries(pairs.map((pair, index) => [names[index] ?? "", pair?.[2] ?? ""]));
  },
  format: (value) =>
    Object.entries(value)
      .map((pair) => pair.join("="))
      .join(","),
  check: fine,
};

/** A storage class. Services have some of their own. */
export const storageClass = checked<string>({
  placeholder: "CLASS",
  // Upstream's README spells it so.
  read: (value) => (value.toUpperCase() === "ONE-ZONE_IA" ? "ONEZONE_IA" : value),
  format: String,
  check: classProblem,
});

function classProblem(value: string): string | undefined {
  return /^[\w.-]+$/.test(value) ? undefined : "a word such as STANDARD_IA is allowed";
}
