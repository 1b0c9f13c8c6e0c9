/**
 * The command line of the soak.
 *
 * @module
 */
import { parseArgs } from "node:util";

/** How much is moved, and how much goes wrong. */
export interface Settings {
  readonly smallObjects: number;
  readonly largeObjects: number;
  readonly largeMiB: number;
  /** Faults among a thousand requests. */
  readonly faultsPerThousand: number;
  readonly seed: number;
}

/** Said with `--help`. */
export const usage = `bun run soak [OPTIONS]

  --short        what fits into two minutes: 12,000 small and 4 large objects of 24 MiB
  --small N      small objects, of 1 to 8 KiB; 200000 by default
  --large N      large objects; 20 by default
  --large-mib N  MiB of a large one; 64 by default
  --faults N     faults among 1,000 requests; 20 by default
  --seed N       another course of events; 1 by default
`;

const short = { small: "12000", large: "4", "large-mib": "24" };
const full = { small: "200000", large: "20", "large-mib": "64" };

/**
 * Reads the command line.
 *
 * @returns `undefined` if help was asked for
 * @throws Error when a word makes no sense
 */
export function readSettings(args: readonly string[]): Settings | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: "boolean", default: false },
      small: { type: "string" },
      large: { type: "string" },
      "large-mib": { type: "string" },
      faults: { type: "string", default: "20" },
      seed: { type: "string", default: "1" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const usual = values.short ? short : full;
  const number = (name: keyof typeof usual): number =>
    wholeNumber(name, values[name] ?? usual[name]);
  return {
    smallObjects: number("small"),
    largeObjects: number("large"),
    largeMiB: number("large-mib"),
    faultsPerThousand: wholeNumber("faults", values.faults),
    seed: wholeNumber("seed", values.seed),
  };
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new Error(`--${name} ${text}: must be a whole number`);
  }
  return number;
}
