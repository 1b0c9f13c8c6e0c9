/**
 * Jobs of one process do not hear of each other: AWS files are handed to the engine's libraries by variables of the
 * process.
 *
 * @module
 */

/** Does something, and then undoes what it has changed in the environment of the process. */
export async function withOwnEnvironment<T>(work: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  try {
    return await work();
  } finally {
    for (const name of Object.keys(process.env)) {
      if (before[name] === undefined) delete process.env[name];
    }
    for (const [name, value] of Object.entries(before)) {
      if (value !== undefined && process.env[name] !== value) process.env[name] = value;
    }
  }
}
