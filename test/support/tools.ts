/**
 * Programs that some tests need and that Debian has. A CI machine gets them; nobody else's machine is
 * touched, there the tests are skipped by name.
 *
 * @module
 */
import fs from "node:fs";

/** A package, and a file that is there when it is installed. */
const packages: Readonly<Record<string, string>> = {
  strace: "/usr/bin/strace",
  rsync: "/usr/bin/rsync",
  dbus: "/usr/bin/dbus-run-session",
  "gnome-keyring": "/usr/bin/gnome-keyring-daemon",
  "libsecret-1-0": `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/libsecret-1.so.0`,
  chromium: "/usr/bin/chromium",
  zsh: "/usr/bin/zsh",
  fish: "/usr/bin/fish",
  elvish: "/usr/bin/elvish",
  "lua5.4": "/usr/bin/lua5.4",
  "qemu-user-static": "/usr/bin/qemu-aarch64-static",
  "libc6-arm64-cross": "/usr/aarch64-linux-gnu/lib/libc.so.6",
};

/** Installs what is missing, where that is allowed and possible. What cannot be had stays missing. */
export async function installTools(say: (text: string) => void): Promise<void> {
  const missing = Object.keys(packages).filter((name) => !fs.existsSync(packages[name] ?? ""));
  const isOurs = (process.env["CI"] ?? "") !== "" && process.getuid?.() === 0;
  if (missing.length === 0 || !isOurs || Bun.which("apt-get") === null) return;
  say(`installing ${missing.join(", ")}`);
  const apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=60"];
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...missing]]) {
    const child = Bun.spawn([...apt, ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
      timeout: 180_000,
    });
    if ((await child.exited) !== 0) {
      say(`${missing.join(", ")} could not be installed; the tests that need them are skipped`);
      return;
    }
  }
}
