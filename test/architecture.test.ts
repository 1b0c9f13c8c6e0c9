/**
 * The rules of the source tree: imports point one way, packages have one room each, a few things happen in
 * one place only. Type-only imports count like others.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dir, "..");

/** From the innermost room to the outermost. A room is the longest of these that a file lies in. */
const rooms = [
  "core",
  "regex",
  "config",
  "hash",
  "store",
  "store/memory",
  "store/local",
  "store/s3",
  "list",
  "diff",
  "filter",
  "script",
  "verify",
  "state",
  "transfer",
  "sync",
  "bsync",
  "doctor",
  "cleanup",
  "history",
  "undo",
  "watch",
  "site",
  "cluster",
  "report",
  "index.ts",
  "cli",
  "main.ts",
] as const;
type Room = (typeof rooms)[number];

const base: readonly Room[] = ["core", "regex", "config", "hash", "store"];
const stores: readonly Room[] = ["store/memory", "store/local", "store/s3"];
const middle: readonly Room[] = [...base, ...stores, "list", "diff", "filter", "script"];
const outer: readonly Room[] = [...middle, "transfer", "verify", "state"];

/** What each room may import, besides itself. */
const mayImport: Readonly<Record<Room, readonly Room[]>> = {
  core: [],
  regex: ["core"],
  config: ["core", "regex"],
  hash: ["core"],
  store: ["core", "config", "hash"],
  "store/memory": base,
  "store/local": base,
  "store/s3": base,
  list: base,
  // Pairs are made in one room and decided about in the other.
  diff: [...base, "list", "filter"],
  filter: base,
  script: base,
  verify: middle,
  state: [...base, "store/local"],
  // What passed is judged where it is written.
  transfer: [...middle, "verify", "state"],
  sync: outer,
  bsync: [...outer, "sync"],
  doctor: [...base, "store/s3", "sync"],
  cleanup: [...base, "store/local", "store/s3", "state", "sync", "doctor"],
  history: [...base, "store/s3", "list", "state", "sync", "doctor"],
  undo: [...base, "store/local", "store/s3", "state", "transfer", "sync", "doctor", "history"],
  watch: [...outer, "sync", "bsync"],
  site: [...outer, "sync"],
  cluster: [...outer, "sync", "watch"],
  report: ["core", "config"],
  "index.ts": [
    ...outer,
    ...["sync", "bsync", "doctor", "cleanup", "history", "undo", "watch", "site", "cluster"],
  ] as const,
  cli: ["index.ts", "report"],
  "main.ts": ["cli"],
};

/** The one room of each package. */
const packageRooms: Readonly<Record<string, readonly string[]>> = {
  "@aws-sdk/client-cloudfront": ["site"],
  "@aws-sdk/client-s3": ["store/s3/sdk"],
  "@nats-io/jetstream": ["cluster/nats"],
  "@nats-io/transport-node": ["cluster/nats"],
  "@smithy/core": ["store/s3/sdk"],
  citty: ["cli"],
  consola: ["report"],
  fengari: ["script"],
  "hash-wasm": ["hash"],
  mime: ["store/local"],
  picomatch: ["filter"],
  re2js: ["regex"],
  "std-env": ["cli", "report"],
};

/** Rooms without I/O: they import nothing of the runtime either. */
const pure: readonly Room[] = ["core", "regex", "hash", "diff", "filter", "verify"];

const lineLimit = 400;

interface SourceFile {
  /** Relative to `src`, with `/`. */
  readonly name: string;
  /** Without comments. */
  readonly code: string;
  /** As written: `../core/key.ts`, `citty`, `node:fs`. */
  readonly imports: readonly string[];
}

function filesBelow(directory: string): string[] {
  return fs
    .readdirSync(path.join(root, directory), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => name.replaceAll(path.sep, "/"))
    .toSorted();
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
}

/** Every module that a text names: `import`, `import type`, `export … from`, `import()` and worker scripts. */
function importsOf(code: string): string[] {
  const forms = [
    /(?<![-\w])from\s*"([^"]+)"/g,
    /\bimport\s*"([^"]+)"/g,
    /\bimport\s*\(\s*"([^"]+)"\s*\)/g,
    /\bnew URL\(\s*"([^"]+)",\s*import\.meta\.url\s*\)/g,
  ];
  return forms.flatMap((form) => Array.from(code.matchAll(form), ([, name]) => name ?? ""));
}

/** What is loaded together with a file: no types, and nothing that waits for an `import()`. */
function eagerImportsOf(code: string): string[] {
  const form = /^(?:import|export)\s(?!type\b)[^;"]*?\bfrom\s*"([^"]+)"|^import\s*"([^"]+)"/gm;
  return Array.from(code.matchAll(form), ([, from, bare]) => from ?? bare ?? "");
}

const sources: readonly SourceFile[] = filesBelow("src").map((name) => {
  const code = withoutComments(fs.readFileSync(path.join(root, "src", name), "utf8"));
  return { name, code, imports: importsOf(code) };
});

function codeOf(file: string): string {
  return sources.find(({ name }) => name === file)?.code ?? "";
}

function roomOf(file: string): Room | undefined {
  const holding = rooms.filter((room) => file === room || file.startsWith(`${room}/`));
  return holding.toSorted((a, b) => b.length - a.length)[0];
}

function isRelative(name: string): boolean {
  return name.startsWith(".");
}

/** The imported file, relative to `src`. */
function resolved(file: string, name: string): string {
  return path.posix.join(path.posix.dirname(file), name);
}

/** `@scope/name` or `name`, without what lies below. */
function packageOf(name: string): string {
  return name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Files whose code has something that only some may have. */
function having(what: RegExp, allowed: readonly string[]): string[] {
  return sources
    .filter(({ name, code }) => what.test(code) && !allowed.some((home) => name.startsWith(home)))
    .map(({ name }) => name);
}

describe("the scan", () => {
  test("sees every form of import", () => {
    const code = withoutComments(`
      /** import { no } from "comment"; */
      // import "comment";
      import a from "./a.ts";
      import type { B } from "./b.ts";
      import { c, type D } from
        "./c.ts";
      export * from "./d.ts";
      export { e } from "./e.ts";
      import "./f.ts";
      const g = await import("./g.ts");
      const h = new URL("./h.ts", import.meta.url);
      import json from "../package.json" with { type: "json" };`);
    const wanted = Array.from("abcdefgh", (letter) => `./${letter}.ts`);
    expect(importsOf(code).toSorted()).toEqual(["../package.json", ...wanted]);
    const [a, , c, d, e, f] = wanted;
    expect(eagerImportsOf(code.replaceAll(/^ +/gm, ""))).toEqual(
      [a, c, d, e, f, "../package.json"].map(String),
    );
  });

  test("finds the source tree", () => {
    expect(sources.length).toBeGreaterThan(80);
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(300);
  });

  test("knows the room of every file", () => {
    expect(
      sources.filter(({ name }) => roomOf(name) === undefined).map(({ name }) => name),
    ).toEqual([]);
  });

  test("resolves every relative import to a file that is there", () => {
    const missing = sources.flatMap(({ name, imports }) =>
      imports
        .filter(
          (to) => isRelative(to) && !fs.existsSync(path.join(root, "src", resolved(name, to))),
        )
        .map((to) => `${name} -> ${to}`),
    );
    expect(missing).toEqual([]);
  });
});

describe("imports point one way", () => {
  test.each([...rooms])("out of %s", (room) => {
    const allowed: readonly string[] = [room, ...mayImport[room]];
    const wrong = sources
      .filter(({ name }) => roomOf(name) === room)
      .flatMap(({ name, imports }) =>
        imports
          .filter((to) => isRelative(to) && !to.endsWith(".json"))
          .map((to) => resolved(name, to))
          .filter((to) => !allowed.includes(roomOf(to) ?? "?"))
          .map((to) => `${name} -> ${to}`),
      );
    expect(wrong).toEqual([]);
  });

  test("the table itself has no way back", () => {
    for (const room of rooms) {
      expect(mayImport[room].filter((inner) => mayImport[inner].includes(room))).toEqual([]);
    }
  });

  test("no file imports itself through others", () => {
    const edges = new Map(
      sources.map(({ name, imports }) => [
        name,
        imports.filter(isRelative).map((to) => resolved(name, to)),
      ]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, way: readonly string[]): void => {
      const seenAt = way.indexOf(file);
      if (seenAt !== -1) cycles.push([...way.slice(seenAt), file].join(" -> "));
      if (seenAt !== -1 || done.has(file)) return;
      for (const next of edges.get(file) ?? []) visit(next, [...way, file]);
      done.add(file);
    };
    for (const file of edges.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });

  test("nothing outside src is imported but package.json, for the version", () => {
    const outside = sources.flatMap(({ name, imports }) =>
      imports
        .filter((to) => isRelative(to) && resolved(name, to).startsWith(".."))
        .map((to) => `${name} -> ${to}`),
    );
    expect(outside).toEqual(["sync/version.ts -> ../../package.json"]);
  });
});

describe("packages", () => {
  test("have one room each", () => {
    const wrong = sources.flatMap(({ name, imports }) =>
      imports
        .filter((to) => !isRelative(to) && !to.startsWith("node:") && !to.startsWith("bun"))
        .filter(
          (to) => !(packageRooms[packageOf(to)] ?? []).some((home) => name.startsWith(`${home}/`)),
        )
        .map((to) => `${name} -> ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  test("that have a room are the dependencies, and the other way round", () => {
    const manifest = fs.readFileSync(path.join(root, "package.json"), "utf8");
    const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
    expect(Object.keys(packageRooms).toSorted()).toEqual(Object.keys(dependencies).toSorted());
  });

  test("of the SDK and of NATS are not loaded at the start: most of the start-up time would be theirs", () => {
    const reached = new Set<string>();
    const loaded: string[] = [];
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const to of eagerImportsOf(codeOf(file))) {
        if (isRelative(to)) visit(resolved(file, to));
        else if (/^@(?:aws-sdk|nats-io|smithy)\//.test(to)) loaded.push(`${file} -> ${to}`);
      }
    };
    visit("main.ts");
    expect(reached.size).toBeGreaterThan(50);
    expect(loaded).toEqual([]);
  });

  test("of the runtime are not used in rooms without I/O", () => {
    const wrong = sources
      .filter(({ name }) => pure.includes(roomOf(name) ?? "main.ts"))
      .flatMap(({ name, imports }) =>
        imports.filter((to) => to.startsWith("node:")).map((to) => `${name} -> ${to}`),
      );
    expect(wrong).toEqual([]);
  });
});

describe("one place only", () => {
  test("ends the process: main.ts", () => {
    expect(having(/\bprocess\s*\.\s*exit\s*\(/, ["main.ts"])).toEqual([]);
  });

  test("sends requests: store/s3/wire/send.ts", () => {
    expect(having(/\bfetch\s*\(/, ["store/s3/wire/send.ts"])).toEqual([]);
  });

  test("turns keys into paths: store/local", () => {
    expect(having(/\bpathComponents\s*\(/, ["store/local/"])).toEqual([]);
  });

  test("makes a secret readable: where options of stores and logins of clusters are made", () => {
    const homes = ["config/secret.ts", "sync/opening/s3-options.ts", "store/s3/"];
    expect(having(/\.reveal\s*\(/, [...homes, "cluster/nats/"])).toEqual([]);
  });
});

describe("nowhere", () => {
  test("is anything printed by console", () => {
    expect(having(/\bconsole\s*\./, [])).toEqual([]);
  });

  test("is a sliced descriptor read: Bun.file(…).slice() gives wrong bytes", () => {
    expect(having(/\bBun\s*\.\s*file\s*\([^)]*\)\s*\.\s*slice\b/, [])).toEqual([]);
  });

  test("is there an `any`, a non-null assertion or a silenced compiler", () => {
    const forbidden = /@ts-(?:ignore|expect-error|nocheck)|\bas any\b|:\s*any\b/;
    const texts = sources.map(({ name }) => ({
      name,
      text: fs.readFileSync(path.join(root, "src", name), "utf8"),
    }));
    expect(texts.filter(({ text }) => forbidden.test(text)).map(({ name }) => name)).toEqual([]);
  });
});

test.each(["src", "test"])(`no file in %s has more than ${lineLimit} lines`, (directory) => {
  const long = filesBelow(directory)
    .map((name) => {
      const text = fs.readFileSync(path.join(root, directory, name), "utf8");
      return { name, lines: text.split("\n").length - 1 };
    })
    .filter(({ lines }) => lines > lineLimit);
  expect(long).toEqual([]);
});

test("main.ts has fewer than 40 lines", () => {
  const text = fs.readFileSync(path.join(root, "src/main.ts"), "utf8");
  expect(text.split("\n").length).toBeLessThan(40);
});
