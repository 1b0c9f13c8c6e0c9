/**
 * The names of users and groups, as the system's own files tell them. Who is known only to a directory service has none.
 *
 * @module
 */
import fs from "node:fs";

/** Users or groups, both ways. */
export interface Names {
  nameOf(id: number): string | undefined;
  idOf(name: string): number | undefined;
}

/** The users of this machine. */
export function userNames(): Names {
  return readNames("/etc/passwd");
}

/** The groups of this machine. */
export function groupNames(): Names {
  return readNames("/etc/group");
}

/** Lines such as `name:password:number:…`. The first line about a name or a number counts. */
function readNames(file: string): Names {
  const byId = new Map<number, string>();
  const byName = new Map<string, number>();
  for (const line of linesOf(file)) {
    const [name = "", , number = ""] = line.split(":");
    if (name === "" || !/^\d+$/.test(number)) continue;
    const id = Number(number);
    if (!byId.has(id)) byId.set(id, name);
    if (!byName.has(name)) byName.set(name, id);
  }
  return { nameOf: (id) => byId.get(id), idOf: (name) => byName.get(name) };
}

/** Not every system has such files. */
function linesOf(file: string): string[] {
  try {
    return fs.readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
}
