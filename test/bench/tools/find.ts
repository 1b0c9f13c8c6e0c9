/**
 * Finds the peers of this machine: in the cache, then in `PATH`.
 *
 * @module
 */
import fs from "node:fs";

import type { Missing, Tool } from "../tool.ts";
import { cachedProgram } from "./install.ts";
import { aws, find, mc, rclone, s5cmd } from "./peers.ts";
import { outputOf, rustTools } from "./s3sync.ts";

/** One peer: its program, how it tells its version, and its tools. */
interface Peer {
  readonly program: string;
  readonly versionWords: readonly string[];
  /** The version in what it says; no match means that it is another program of the same name. */
  readonly pattern: RegExp;
  tools(program: string, version: string): readonly Tool[];
}

const peers: Readonly<Record<string, Peer>> = {
  rust: {
    program: "s3sync",
    versionWords: ["--version"],
    // Ours has the same name. Only the Rust one tells its compiler.
    pattern: /^s3sync ([\d.]+).*rustc/,
    tools: rustTools,
  },
  s5cmd: {
    program: "s5cmd",
    versionWords: ["version"],
    pattern: /v?([\d.]+)/,
    tools: (program, version) => [s5cmd(program, version)],
  },
  rclone: {
    program: "rclone",
    versionWords: ["version"],
    pattern: /^rclone v?(\S+)/,
    tools: rclone,
  },
  mc: {
    program: "mc",
    versionWords: ["--version"],
    // Midnight Commander has the same name.
    pattern: /^mc version (\S+)/,
    tools: (program, version) => [mc(program, version)],
  },
  find: {
    program: "find",
    versionWords: ["--version"],
    pattern: /^find \(GNU findutils\) ([\d.]+)/,
    tools: (program, version) => [find(program, version)],
  },
  aws: {
    program: "aws",
    versionWords: ["--version"],
    pattern: /^aws-cli\/(\S+)/,
    tools: (program, version) => [aws(program, version)],
  },
};

/** The names that `--peers` takes. */
export const peerNames = Object.keys(peers);

/** Finds peers by name. Those that are not there are returned, too. */
export async function findPeers(
  names: readonly string[],
): Promise<{ tools: Tool[]; missing: Missing[] }> {
  const tools: Tool[] = [];
  const missing: Missing[] = [];
  for (const name of names) {
    const peer = peers[name];
    if (peer === undefined) throw new Error(`no peer ${name}: there are ${peerNames.join(", ")}`);
    const found = await toolsOf(peer);
    if (found.length > 0) tools.push(...found.map((tool) => ({ ...tool, isPeer: true })));
    else
      missing.push({
        label: name,
        why: `${peer.program} is neither in the cache nor in PATH (see --install-peers)`,
      });
  }
  return { tools, missing };
}

async function toolsOf(peer: Peer): Promise<readonly Tool[]> {
  const places = [cachedProgram(peer.program), Bun.which(peer.program) ?? ""];
  for (const program of places.filter((place) => place !== "" && fs.existsSync(place))) {
    const version = peer.pattern.exec(await outputOf([program, ...peer.versionWords]))?.[1];
    if (version !== undefined) return peer.tools(program, version);
  }
  return [];
}
