/**
 * A fresh project of somebody else, to which the packed package was added.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import manifest from "../../package.json" with { type: "json" };
import { type Finished, packageCopy, projectRoot, run } from "./build.ts";
import { TempDir } from "./temp-dir.ts";

/** The strictest rules that there are. */
const compilerOptions = {
  ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
  ...{ noPropertyAccessFromIndexSignature: true, noImplicitOverride: true },
  ...{ noUnusedLocals: true, noUnusedParameters: true, skipLibCheck: false },
  ...{ target: "esnext", module: "nodenext", lib: ["esnext"], types: ["bun-types"] },
  ...{ noEmit: true, allowImportingTsExtensions: true },
};

/** What `bun-types` are made of, as users have them. */
const typePackages = ["bun-types", "@types", "undici-types", "csstype"];

/** A project with the package. */
export class SampleProject implements Disposable {
  private constructor(private readonly dir: TempDir) {}

  /** Packs and adds the package. What this project has installed is in the cache: no network is needed. */
  static async create(): Promise<SampleProject> {
    const dir = new TempDir();
    const project = new SampleProject(dir);
    const copy = packageCopy(dir.at("copy"));
    const pack = [process.execPath, "pm", "pack", "--destination", dir.path];
    requireFine(await run(pack, { cwd: copy }));
    project.write("package.json", JSON.stringify({ name: "sample", type: "module" }));
    const add = [process.execPath, "add", "--prefer-offline", project.tarball];
    requireFine(await run(add, { cwd: project.path }));
    for (const name of typePackages) {
      const from = path.join(projectRoot, "node_modules", name);
      const to = path.join(project.path, "node_modules", name);
      if (fs.existsSync(from) && !fs.existsSync(to)) fs.symlinkSync(from, to);
    }
    return project;
  }

  get path(): string {
    return this.dir.at("project");
  }

  get tarball(): string {
    return this.dir.at(`s3sync-${manifest.version}.tgz`);
  }

  write(name: string, content: string): string {
    return this.dir.write(`project/${name}`, content);
  }

  /** Writes files and has TypeScript check them. */
  async check(files: Readonly<Record<string, string>>): Promise<Finished> {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    const config = { compilerOptions, files: Object.keys(files) };
    this.write("tsconfig.json", JSON.stringify(config));
    const tsc = path.join(projectRoot, "node_modules", ".bin", "tsc");
    return run([tsc, "-p", "."], { cwd: this.path });
  }

  [Symbol.dispose](): void {
    this.dir[Symbol.dispose]();
  }
}

function requireFine({ exitCode, stdout, stderr }: Finished): void {
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}:\n${stdout}${stderr}`);
}
