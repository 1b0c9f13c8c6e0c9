/**
 * What the package and the binary are made of: pinned, few, without scripts, and asked for advisories.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import lock from "../../bun.lock";
import manifest from "../../package.json" with { type: "json" };
import { projectRoot, run } from "../support/build.ts";
import { freePort } from "../support/minio-server.ts";
import { TempDir } from "../support/temp-dir.ts";

type Locked = readonly [string, string, { readonly dependencies?: Record<string, string> }, string];

const packages = lock.packages as unknown as Readonly<Record<string, Locked>>;
const nobody = `http://127.0.0.1:${freePort()}`;

describe("the lock file", () => {
  test("names each package by its version and hash, all from the registry", () => {
    for (const [name, [specifier, source, , integrity]] of Object.entries(packages)) {
      expect(specifier).toMatch(new RegExp(`^${name}@\\d+\\.\\d+\\.\\d+$`));
      expect([name, source]).toEqual([name, ""]);
      expect(integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
    }
  });

  test("is what package.json says, which pins every version", () => {
    const { dependencies, devDependencies } = lock.workspaces[""] ?? {};
    expect({ dependencies, devDependencies }).toEqual({
      dependencies: manifest.dependencies,
      devDependencies: manifest.devDependencies,
    });
    for (const version of Object.values({ ...dependencies, ...devDependencies })) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  test("is frozen where all is set up, so that nothing else is installed", () => {
    const setUp = fs.readFileSync(path.join(projectRoot, "test/support/run.ts"), "utf8");
    expect(setUp).toContain('[bun, "install", "--frozen-lockfile", "--silent"]');
    expect(setUp.match(/"install"/g)).toHaveLength(1);
  });

  test("that is frozen refuses a package.json that says something else", async () => {
    using dir = new TempDir();
    const { mime, ...dependencies } = manifest.dependencies;
    expect(mime).toBeDefined();
    dir.write("package.json", JSON.stringify({ ...manifest, dependencies }));
    fs.copyFileSync(path.join(projectRoot, "bun.lock"), dir.at("bun.lock"));
    const { exitCode, stderr } = await run([process.execPath, "install", "--frozen-lockfile"], {
      cwd: dir.path,
      env: { BUN_CONFIG_REGISTRY: nobody },
    });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("lockfile is frozen")]);
    expect(dir.files()).toEqual(["bun.lock", "package.json"]);
  });
});

/** What is installed with the package: its dependencies, theirs, and so on. */
function shipped(): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = Object.keys(manifest.dependencies);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    waiting.push(...Object.keys(packages[name]?.[2].dependencies ?? {}));
  }
  return found;
}

describe("what is shipped", () => {
  test("is as many packages as src/README.md says", () => {
    const readme = fs.readFileSync(path.join(projectRoot, "src/README.md"), "utf8");
    const [, direct, all] = /These (\d+) bring others: (\d+) packages in all/.exec(readme) ?? [];
    expect([Number(direct), Number(all)]).toEqual([
      Object.keys(manifest.dependencies).length,
      shipped().size,
    ]);
  });

  test("has no scripts that run when it is installed", () => {
    expect([...shipped()].filter(hasInstallScript)).toEqual([]);
    const ours = Object.keys(manifest.scripts).filter((name) => installScripts.includes(name));
    expect(ours).toEqual([]);
  });

  test("nor has anything for development but Bun, whose script is the only one that may run", () => {
    expect(Object.keys(packages).filter(hasInstallScript)).toEqual(["bun"]);
    expect(manifest.trustedDependencies).toEqual(["bun"]);
  });
});

const installScripts = ["preinstall", "install", "postinstall"];

/** Reads the packages that are installed here. */
function hasInstallScript(name: string): boolean {
  const file = path.join(projectRoot, "node_modules", name, "package.json");
  // That of another platform.
  if (!fs.existsSync(file)) return false;
  const { scripts = {} } = JSON.parse(fs.readFileSync(file, "utf8")) as {
    scripts?: Record<string, string>;
  };
  return installScripts.some((script) => Object.hasOwn(scripts, script));
}

/** A registry that knows advisories. */
function registry(answer: () => Response): Disposable & { readonly url: string } {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  return { url: server.url.href, [Symbol.dispose]: () => void server.stop(true) };
}

function advisory(severity: string): object {
  const url = "https://github.com/advisories/GHSA-1";
  return { id: 1, url, title: "It\u001b[31m burns", severity, vulnerable_versions: "<5.0.0" };
}

async function audit(url: string) {
  using dir = new TempDir();
  for (const file of ["package.json", "bun.lock"]) {
    fs.copyFileSync(path.join(projectRoot, file), dir.at(file));
  }
  const env = { BUN_CONFIG_REGISTRY: url, S3SYNC_TEST_AUDITED: dir.path };
  return await run([process.execPath, "test/support/audit.ts"], { cwd: projectRoot, env });
}

describe("npm run audit", () => {
  test.each([
    ["low", 0, 0],
    ["moderate", 0, 0],
    ["high", 1, 1],
    ["critical", 1, 1],
  ])("of an advisory that is %s ends with %d", async (severity, exitCode, count) => {
    using server = registry(() => Response.json({ mime: [advisory(severity)] }));
    const finished = await audit(server.url);
    expect([finished.exitCode, finished.stdout]).toEqual([
      exitCode,
      `${severity}: mime <5.0.0: It\\u{1b}[31m burns (https://github.com/advisories/GHSA-1)\n` +
        `1 advisories, ${count} of them high or critical\n`,
    ]);
  });

  test("ends with 0 where there is none", async () => {
    using server = registry(() => Response.json({}));
    expect(await audit(server.url)).toMatchObject({ exitCode: 0 });
  });

  test.each([
    ["does not know advisories", () => registry(() => new Response("no", { status: 405 }))],
    ["cannot be reached", () => ({ url: nobody, [Symbol.dispose]() {} })],
    ["answers something else", () => registry(() => new Response("<html>"))],
  ])("says so, and ends with 3, where the registry %s", async (_, start) => {
    using server = start();
    const { exitCode, stdout } = await audit(server.url);
    expect(exitCode).toBe(3);
    expect(stdout).toStartWith("the registry could not be asked for advisories: ");
  });

  test("is a step of CI, which counts as neither passed nor failed where it could not ask", () => {
    const ci = fs.readFileSync(path.join(projectRoot, ".ci/run"), "utf8");
    expect(ci).toMatch(/npm run --silent audit\ncase \$\? in\n0\) ;;\n3\) undone=/);
  });
});
