/**
 * A disk that is full soon: a tmpfs of its own. Only root may mount one.
 *
 * @module
 */
import { TempDir } from "../../support/temp-dir.ts";

/** A file system of a given size, gone with its test. */
export class SmallDisk implements Disposable {
  private readonly dir = new TempDir();
  readonly path = this.dir.path;

  constructor(size: string) {
    const { success, stderr } = mount(this.path, size);
    if (success) return;
    this.dir[Symbol.dispose]();
    throw new Error(`no tmpfs could be mounted: ${stderr.toString()}`);
  }

  [Symbol.dispose](): void {
    Bun.spawnSync(["umount", "--lazy", this.path]);
    this.dir[Symbol.dispose]();
  }
}

function mount(directory: string, size: string): Bun.SyncSubprocess<"pipe", "pipe"> {
  return Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${size},mode=777`, "tmpfs", directory]);
}

/** Whether this process may mount one. */
export const canMount = ((): boolean => {
  if (process.platform !== "linux" || Bun.which("mount") === null) return false;
  try {
    using _disk = new SmallDisk("64k");
    return true;
  } catch {
    return false;
  }
})();

/** What a skipped test says. */
export const mountNeeds = "needs root, to mount a tmpfs";
