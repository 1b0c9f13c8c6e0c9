/**
 * What a configuration is refused for.
 *
 * @module
 */
import { resolveConfig } from "../../src/config/config.ts";
import type { ConfigInput } from "../../src/config/shape.ts";
import { SyncError } from "../../src/core/errors.ts";

/** What is wrong with a configuration, one line each. */
export function problemsOf(input: ConfigInput): string[] {
  try {
    resolveConfig(input);
    return [];
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== "usage") throw error;
    return error.message.split("\n");
  }
}
