/**
 * Parses a page in a process of its own: a parser that does not come to an end must not take the tests along.
 *
 *     bun parse-apart.ts < page.xml
 *
 * @module
 */
import { isError } from "../../../../src/core/errors.ts";
import { parseListPage } from "../../../../src/store/s3/wire/list-parser.ts";

/** What became of a page. */
export type Outcome =
  { readonly keys: readonly string[] } | { readonly thrown: string } | { readonly endless: true };

/** Longer than any parsing takes, and short enough for the memory that an endless one eats. */
const limitMs = 1000;

/** Parses a page elsewhere. */
export async function parseApart(page: string): Promise<Outcome> {
  const child = Bun.spawn([process.execPath, import.meta.path], {
    stdin: new Blob([page]),
    stdout: "pipe",
    stderr: "inherit",
    timeout: limitMs,
    killSignal: "SIGKILL",
  });
  const answer = await new Response(child.stdout).text();
  await child.exited;
  return child.signalCode === null ? (JSON.parse(answer) as Outcome) : { endless: true };
}

function outcomeOf(page: string): Outcome {
  try {
    return { keys: parseListPage(page).objects.map(({ key }) => key) };
  } catch (error) {
    return { thrown: isError(error, "protocol") ? "protocol" : String(error) };
  }
}

if (import.meta.main) process.stdout.write(JSON.stringify(outcomeOf(await Bun.stdin.text())));
