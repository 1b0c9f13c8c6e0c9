/**
 * The scripts of a run as callbacks.
 *
 * @module
 */
import path from "node:path";

import type { Place } from "../../config/place.ts";
import type { Config } from "../../config/shape.ts";
import type { Callbacks } from "../../core/callbacks.ts";
import { SyncError } from "../../core/errors.ts";
import { EventTables } from "./event-tables.ts";
import { listedTable, sourceTable, uploadOf, uploadTable } from "./object-tables.ts";
import type { ScriptKind, ScriptSetup } from "./protocol.ts";
import { LuaScript } from "./script.ts";
import type { Libraries } from "./vm.ts";

/**
 * Loads all scripts that a configuration names.
 *
 * @param onPrint hears what they print
 * @throws SyncError `usage` with the line of a script that cannot be loaded
 */
export async function loadScripts(
  config: Config,
  onPrint: (text: string) => void,
): Promise<readonly Callbacks[]> {
  const files: Readonly<Record<ScriptKind, string | undefined>> = {
    filter: config.filterCallbackLuaScript,
    preprocess: config.preprocessCallbackLuaScript,
    event: config.eventCallbackLuaScript,
  };
  const loaded: Callbacks[] = [];
  try {
    for (const kind of ["filter", "preprocess", "event"] as const) {
      const file = files[kind];
      if (file === undefined) continue;
      const script = await LuaScript.open(setupOf(config, kind, file), onPrint);
      loaded.push({ ...makers[kind](script, config), close: () => script.close() });
    }
    return loaded;
  } catch (error) {
    for (const each of loaded) await each.close?.();
    throw error;
  }
}

function setupOf(config: Config, kind: ScriptKind, file: string): ScriptSetup {
  const libraries: Libraries = config.allowLuaUnsafeVm
    ? "unsafe"
    : config.allowLuaOsLibrary
      ? "os"
      : "safe";
  const timeoutMs = config.luaCallbackTimeoutMilliseconds || Infinity;
  return { kind, file, libraries, limits: { memoryBytes: config.luaVmMemoryLimit, timeoutMs } };
}

const makers: Readonly<Record<ScriptKind, (script: LuaScript, config: Config) => Callbacks>> = {
  filter: (script) => ({
    filter: async (object) => {
      const [answer] = await script.call([listedTable(object)]);
      return answer !== false && answer !== undefined && answer !== null;
    },
  }),
  preprocess: (script, { preprocessCallbackLuaScript: file }) => ({
    preprocess: async (object, upload) => {
      const values = await script.call([sourceTable(object), uploadTable(upload)]);
      try {
        return uploadOf(values);
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        const text = `the preprocess script ${file} gave something wrong for ${JSON.stringify(object.key)}: ${what}`;
        throw new SyncError("callback", text, { operation: "preprocess", key: object.key });
      }
    },
  }),
  event: (script, config) => {
    const tables = new EventTables({
      sourceKey: fullKey(config.source),
      targetKey: fullKey(config.target),
      asUpstream: config.upstreamEventKeys,
    });
    return {
      onEvent: async (event) => {
        for (const table of tables.of(event)) await script.call([table]);
      },
    };
  },
};

function fullKey(place: Place): (key: string) => string {
  if (place.kind === "s3") return (key) => place.prefix + key;
  return place.kind === "local" ? (key) => path.join(place.path, key) : (key) => key;
}
