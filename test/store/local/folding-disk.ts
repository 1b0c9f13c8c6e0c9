/**
 * A disk that takes names for one that differ in case or Unicode form only, and keeps the one that was first: a tmpfs
 * where the kernel has such, and what looks like one where it has not.
 *
 * @module
 */
import fs from "node:fs";

import { TempDir } from "../../support/temp-dir.ts";

/** A directory of such a disk. */
export interface FoldingDisk extends Disposable {
  readonly path: string;
}

/** Where the kernel has none, calls of this process see one. */
export function foldingDisk(): FoldingDisk {
  return canMountFolding ? new MountedDisk() : new PretendedDisk();
}

class MountedDisk implements FoldingDisk {
  private readonly dir = new TempDir();
  readonly path = this.dir.at("folds");

  constructor() {
    const options = ["-t", "tmpfs", "-o", "size=8m,casefold", "tmpfs", this.dir.path];
    if (!Bun.spawnSync(["mount", ...options]).success) throw new Error("no tmpfs that folds names");
    fs.mkdirSync(this.path);
    Bun.spawnSync(["chattr", "+F", this.path]);
  }

  [Symbol.dispose](): void {
    Bun.spawnSync(["umount", "--lazy", this.dir.path]);
    this.dir[Symbol.dispose]();
  }
}

const canMountFolding = ((): boolean => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    using disk = new MountedDisk();
    fs.writeFileSync(`${disk.path}/a`, "");
    return fs.existsSync(`${disk.path}/A`);
  } catch {
    return false;
  }
})();

const onePath = [
  "openSync",
  "open",
  "lstatSync",
  "statSync",
  "mkdirSync",
  "unlinkSync",
  "readdirSync",
] as const;
const twoPaths = ["renameSync", "rename"] as const;
type Patched = (typeof onePath)[number] | (typeof twoPaths)[number];
type Call = (...args: unknown[]) => unknown;

/** Finds the name that is there for each name that a call gives. */
class PretendedDisk implements FoldingDisk {
  private readonly dir = new TempDir();
  readonly path = this.dir.path;
  private readonly originals = new Map<Patched, Call>();
  private readonly list: (directory: string) => string[] = fs.readdirSync.bind(fs);

  constructor() {
    for (const name of onePath) this.patch(name, 1);
    for (const name of twoPaths) this.patch(name, 2);
  }

  private patch(name: Patched, paths: number): void {
    const target = fs as unknown as Record<Patched, Call>;
    const original = target[name];
    this.originals.set(name, original);
    target[name] = (...args) =>
      original.apply(
        fs,
        args.map((arg, index) =>
          index < paths && typeof arg === "string" ? this.found(arg) : arg,
        ),
      );
  }

  private found(file: string): string {
    const top = [/^\/proc\/self\/fd\/\d+/.exec(file)?.[0], this.path].find(
      (each) => each !== undefined && file.startsWith(`${each}/`),
    );
    if (top === undefined) return file;
    const names = file.slice(top.length + 1).split("/");
    return names.reduce((above, name) => `${above}/${this.nameIn(above, name)}`, top);
  }

  private nameIn(directory: string, name: string): string {
    try {
      return this.list(directory).find((each) => folded(each) === folded(name)) ?? name;
    } catch {
      return name;
    }
  }

  [Symbol.dispose](): void {
    const target = fs as unknown as Record<Patched, Call>;
    for (const [name, original] of this.originals) target[name] = original;
    this.dir[Symbol.dispose]();
  }
}

function folded(name: string): string {
  return name.normalize("NFC").toUpperCase().toLowerCase();
}
