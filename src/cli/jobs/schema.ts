/**
 * The JSON Schema of configuration files, made from the option table: editors complete and check with it.
 *
 * @module
 */
import { aliases, type Option, type OptionName, optionNames, options } from "../../index.ts";
import { mostSteps, outside } from "./settings.ts";
import { ruleKeys } from "./site-rules.ts";

type Schema = Readonly<Record<string, unknown>>;

/** A text in which a variable stands for what is wanted. */
const withVariable: Schema = { type: "string", pattern: String.raw`\$\{` };

/** The schema, as `s3sync run --print-schema` shows it. */
export function schemaText(): string {
  return `${JSON.stringify(schema(), undefined, 2)}\n`;
}

function schema(): Schema {
  const names = optionNames.filter(isOffered);
  const table = Object.fromEntries([
    ...names.map((name) => [name, reference(name)]),
    ...Object.entries(aliases)
      .filter(([, name]) => names.includes(name))
      .map(([alias, name]) => [alias, reference(name)]),
    ["verbose", steps("Say more: 1 like -v, 2 like -vv.")],
    ["quiet", steps("Say less: 1 like -q, 2 like -qq.")],
  ]) as Schema;
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Jobs of s3sync",
    ...closedTable({
      $schema: { type: "string" },
      defaults: {
        description: "Options of all jobs, and of any run that names this file with --config.",
        ...closedTable(table),
      },
      jobs: {
        description: "What s3sync run NAME does.",
        type: "object",
        // Looser than the program: not every editor knows letters of all languages.
        propertyNames: { pattern: String.raw`^[^\s/\\:.-][^\s/\\:]*$` },
        additionalProperties: {
          ...closedTable({
            source: place("Where objects come from: s3://BUCKET[/PREFIX] or a path."),
            target: place("Where they go."),
            ...table,
          }),
          required: ["source", "target"],
        },
      },
      site: siteSchema(),
    }),
    definitions: Object.fromEntries(names.map((name) => [name, optionSchema(options[name])])),
  };
}

/** What the files of a site are published with. */
function siteSchema(): Schema {
  const text: Schema = { type: "string", minLength: 1 };
  const special: Schema = {
    files: { anyOf: [text, { type: "array", items: text, minItems: 1 }] },
    compress: { enum: ["gzip", "br", "zstd", "none"] },
    metadata: { type: "object", minProperties: 1, additionalProperties: { type: "string" } },
  };
  const others = ruleKeys.filter((key) => !Object.hasOwn(special, key));
  const properties = { ...special, ...Object.fromEntries(others.map((key) => [key, text])) };
  const rule = { ...closedTable(properties), required: ["files"] };
  return {
    description: "What s3sync site does.",
    ...closedTable({
      rules: {
        description: "What files are published with. The last rule that matches decides.",
        type: "array",
        items: rule,
      },
    }),
  };
}

/** What is refused anyway is not offered. */
function isOffered(name: OptionName): boolean {
  const { hidden } = (options[name] as Option).traits;
  return hidden !== true && !outside.includes(name);
}

function closedTable(properties: Schema): Schema {
  return { type: "object", additionalProperties: false, properties };
}

function reference(name: OptionName): Schema {
  return { $ref: `#/definitions/${name}` };
}

function place(description: string): Schema {
  return { description, type: "string", minLength: 1 };
}

function steps(description: string): Schema {
  return { description, type: "integer", minimum: 0, maximum: mostSteps };
}

function optionSchema(option: Option): Schema {
  const { kind, help } = option;
  return { description: help, ...valueSchema(kind), ...defaultOf(option) };
}

function valueSchema(kind: Option["kind"]): Schema {
  const { flag, numeric, words } = kind;
  if (flag && words !== undefined) return { type: ["boolean", "string", "array"], minLength: 1 };
  if (flag) return { anyOf: [{ type: "boolean" }, withVariable] };
  if (numeric === true) return { type: ["integer", "string"], minLength: 1 };
  if (words !== undefined) return { anyOf: [{ enum: words }, withVariable] };
  const text: Schema = { type: "string", minLength: 1 };
  return kind.join === undefined ? text : { anyOf: [text, { type: "array", items: text }] };
}

/** Only what is the same on every machine. */
function defaultOf({ kind, fallback, help }: Option): Schema {
  if (fallback === undefined || help.includes("Default:")) return {};
  if (kind.flag) return { default: fallback };
  const text = kind.format(fallback);
  if (text === "") return {};
  return { default: kind.numeric === true && /^\d+$/.test(text) ? Number(text) : text };
}
