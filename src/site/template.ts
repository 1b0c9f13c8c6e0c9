/**
 * Templates of pages: HTML with `{{name}}` for a value, and `{{#files}} … {{/files}}` for what is repeated. Pure.
 *
 * What is put in is escaped, whatever it is, so that a template can be wrong but not dangerous.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";

/** A piece of a template. */
export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly name: string }
  | { readonly kind: "section"; readonly name: string; readonly nodes: readonly TemplateNode[] };

/** A template that can be filled in. */
export interface Template {
  readonly nodes: readonly TemplateNode[];
}

/** What a template can show: texts, and rows of the like. */
export interface Values {
  readonly [name: string]: string | readonly Values[];
}

/** Which names there are: values by themselves, and sections with what is in them. */
export interface Names {
  readonly values: readonly string[];
  readonly sections: Readonly<Record<string, readonly string[]>>;
}

/** A section that is being read. */
interface Open {
  readonly name: string;
  readonly line: number;
  readonly nodes: TemplateNode[];
}

/**
 * Reads a template.
 *
 * @throws SyncError `usage` that names the line
 */
export function parseTemplate(text: string, names: Names): Template {
  const top: Open = { name: "", line: 0, nodes: [] };
  const open: Open[] = [top];
  let line = 1;
  for (const [index, piece] of text.split(/(\{\{[^{}]*\}\})/).entries()) {
    const here = open.at(-1) ?? top;
    const [, sign = "", name = ""] = /^\{\{\s*([#/]?)\s*(.*?)\s*\}\}$/s.exec(piece) ?? [];
    if (index % 2 === 0) here.nodes.push({ kind: "text", text: piece });
    else if (sign === "#") open.push(begun(name, line, here, names));
    else if (sign === "/") closeSection(name, line, open);
    else here.nodes.push(valueNode(name, line, here, names));
    line += piece.split("\n").length - 1;
  }
  const last = open.at(-1);
  if (last !== undefined && last !== top) {
    throw wrong(last.line, `{{#${last.name}}} is not closed by {{/${last.name}}}`);
  }
  return { nodes: top.nodes };
}

function begun(name: string, line: number, around: Open, { sections }: Names): Open {
  if (around.name !== "") throw wrong(line, `{{#${name}}} cannot stand within {{#${around.name}}}`);
  if (!Object.hasOwn(sections, name)) {
    throw wrong(line, `there is no {{#${name}}}; there are ${Object.keys(sections).join(", ")}`);
  }
  return { name, line, nodes: [] };
}

function closeSection(name: string, line: number, open: Open[]): void {
  const closed = open.length > 1 ? open.pop() : undefined;
  if (closed?.name !== name) throw wrong(line, `{{/${name}}} closes nothing`);
  open.at(-1)?.nodes.push({ kind: "section", name, nodes: closed.nodes });
}

function valueNode(name: string, line: number, around: Open, names: Names): TemplateNode {
  const known = [...(names.sections[around.name] ?? []), ...names.values];
  if (known.includes(name)) return { kind: "value", name };
  throw wrong(line, `there is no {{${name}}} here; there are ${known.join(", ")}`);
}

function wrong(line: number, why: string): SyncError {
  return new SyncError("usage", `the template makes no sense in line ${line}: ${why}`);
}

/** Fills a template in. */
export function fillTemplate({ nodes }: Template, values: Values): string {
  return filled(nodes, values, values);
}

function filled(nodes: readonly TemplateNode[], inner: Values, outer: Values): string {
  const pieces = nodes.map((node) => {
    if (node.kind === "text") return node.text;
    const value = inner[node.name] ?? outer[node.name] ?? "";
    if (node.kind === "value") return typeof value === "string" ? escaped(value) : "";
    return typeof value === "string"
      ? ""
      : value.map((row) => filled(node.nodes, row, outer)).join("");
  });
  return pieces.join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}
