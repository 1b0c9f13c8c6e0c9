/**
 * The JSON Schema of configuration files as it is published with the package. Run this file to write it anew:
 *
 *     bun test/support/schema-file.ts
 *     bun fmt
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { schemaText } from "../../src/cli/jobs/schema.ts";

export const schemaFile = path.join(import.meta.dir, "../../src/config/s3sync.schema.json");

if (import.meta.main) fs.writeFileSync(schemaFile, schemaText());
