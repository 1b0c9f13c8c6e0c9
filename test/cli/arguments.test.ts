/**
 * How a command line is read.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { parseArguments, type TypedArguments } from "../../src/cli/arguments.ts";
import { optionNames, options } from "../../src/index.ts";

interface Told {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
}

function told({ positionals, values, problems }: TypedArguments): Told {
  const texts = [...values].map(([name, given]) => [name, given.join(" ")]);
  return { positionals, values: Object.fromEntries(texts) as Record<string, string>, problems };
}

function read(...argv: readonly string[]): Told {
  return told(parseArguments(argv));
}

const places = { positionals: ["a", "b"], problems: [] };

describe("an option with a value", () => {
  test("takes it after a blank or after =", () => {
    const values = { "worker-size": "8" };
    expect(read("--worker-size", "8", "a", "b")).toEqual({ ...places, values });
    expect(read("a", "--worker-size=8", "b")).toEqual({ ...places, values });
    expect(read("a", "b", "--worker-size", "8")).toEqual({ ...places, values });
  });

  test("takes everything after the first =, further ones and nothing included", () => {
    expect(read("--source-profile=a=b").values).toEqual({ "source-profile": "a=b" });
    expect(read("--source-profile=").values).toEqual({ "source-profile": "" });
  });

  test("may have a value that begins with a dash, if that is no option", () => {
    expect(read("--worker-size", "-5").values).toEqual({ "worker-size": "-5" });
    expect(read("--target-secret-access-key", "-x/+").values).toEqual({
      "target-secret-access-key": "-x/+",
    });
  });

  test("may have the name of one of JavaScript's own properties as its value", () => {
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      expect(read("--source-profile", name)).toEqual({
        positionals: [],
        values: { "source-profile": name },
        problems: [],
      });
    }
  });

  const forgotten = [
    "--dry-run",
    "--max-keys",
    "--max-keys=5",
    "--help",
    "--verbose",
    "-h",
    "-v",
    "-vv",
    "-q",
  ];
  test.each(forgotten)("misses it if %s follows, which is then read as what it is", (next) => {
    const typed = parseArguments(["--source-region", next, "5"]);
    expect(typed.problems).toEqual(["--source-region needs a value"]);
    const counted = typed.values.size + Number(typed.help) + Math.abs(typed.verbosity);
    expect(counted).toBeGreaterThan(0);
  });

  test("misses it at the end and before --", () => {
    expect(read("--source-region").problems).toEqual(["--source-region needs a value"]);
    expect(read("--source-region", "--", "a", "b")).toEqual({
      positionals: ["a", "b"],
      values: {},
      problems: ["--source-region needs a value"],
    });
  });

  test("is not to be given twice, even with the same value", () => {
    expect(read("--max-keys", "5", "--max-keys=5")).toEqual({
      positionals: [],
      values: { "max-keys": "5" },
      problems: ["--max-keys is given twice"],
    });
  });
});

describe("a flag", () => {
  test("takes no word after it for its value", () => {
    expect(read("--dry-run", "a", "b")).toEqual({ ...places, values: { "dry-run": "true" } });
    expect(read("--dry-run", "false", "b").positionals).toEqual(["false", "b"]);
  });

  test("takes a value after =", () => {
    expect(read("--delete=false").values).toEqual({ delete: "false" });
  });

  test("may be given twice", () => {
    expect(read("--dry-run", "--dry-run")).toEqual({
      positionals: [],
      values: { "dry-run": "true" },
      problems: [],
    });
  });

  test("whose own name begins with no- is that flag, not a denial", () => {
    expect(read("--no-guess-mime-type").values).toEqual({ "no-guess-mime-type": "true" });
  });
});

describe("verbosity", () => {
  test.each([
    [["-v"], 1],
    [["-vv"], 2],
    [["-vvv"], 3],
    [["-v", "-v", "--verbose"], 3],
    [["-q"], -1],
    [["-qq"], -2],
    [["--quiet", "-v"], 0],
    [["-vq"], 0],
    [[], 0],
  ] as const)("of %j is %d", (argv, verbosity) => {
    expect(parseArguments(argv)).toMatchObject({ verbosity, problems: [] });
  });
});

describe("help and version", () => {
  test.each(["-h", "--help", "-vh", "-hV"])("%s asks for help", (word) => {
    expect(parseArguments(["a", word])).toMatchObject({ help: true, problems: [] });
  });

  test.each(["-V", "--version", "-qV"])("%s asks for the version", (word) => {
    expect(parseArguments([word, "a"])).toMatchObject({ version: true, problems: [] });
  });
});

describe("an unknown option", () => {
  test.each([
    ["--worker-sise", "--worker-size"],
    ["--dryrun", "--dry-run"],
    ["--multipart-chunk-size", "--multipart-chunksize"],
    ["--hlep", "--help"],
    ["--verbos", "--verbose"],
    ["--source-acces-key", "--source-access-key"],
    ["--Delete", "--delete"],
    ["--DRY-RUN", "--dry-run"],
    ["--DRY_RUN", "--dry-run"],
    ["-dry-run", "--dry-run"],
    ["-help", "--help"],
    ["-n", "--dry-run"],
    ["--request-payer", "--source-request-payer or --target-request-payer"],
    ["--accelerate", "--source-accelerate or --target-accelerate"],
    ["--endpoit-url", "--endpoint-url"],
    ["--acces-key", "--access-key"],
    ["--no-sign-request", "--source-no-sign-request"],
  ])("%s may have meant %s", (typed, meant) => {
    expect(read(typed).problems).toEqual([`unknown option ${typed}; did you mean ${meant}?`]);
  });

  test.each(["-r", "-R", "--recursive"])("%s is not needed", (typed) => {
    expect(read(typed).problems).toEqual([
      `unknown option ${typed}; leave it out: s3sync is always recursive`,
    ]);
  });

  test.each(["--xyzzyxyzzy", "-x", "-N", "---", "--constructor", "--__proto__"])(
    "%s is like no other",
    (typed) => {
      const { problems, values } = read(typed);
      expect(problems).toEqual([`unknown option ${typed}`]);
      expect(values).toEqual({});
    },
  );

  test("is named without its value, which may be a secret", () => {
    expect(read("--source-secret-acces-key=abc").problems.join()).not.toContain("abc");
  });

  test("does not keep the others from being read, and all are told", () => {
    const { problems, positionals } = read("--xyzzyxyzzy", "a", "--plughplugh", "b");
    expect(problems).toHaveLength(2);
    expect(positionals).toEqual(["a", "b"]);
  });

  test.each(["--help", "--verbose", "--version", "-v", "-h", "-vv"])(
    "%s needs no value: one that is given is told",
    (typed) => {
      expect(read(`${typed}=foo`).problems).toEqual([`${typed} takes no value`]);
    },
  );
});

describe("arguments", () => {
  test("may be anywhere between options", () => {
    expect(read("a", "-v", "--max-keys", "5", "b").positionals).toEqual(["a", "b"]);
  });

  test("after -- are arguments, whatever they look like", () => {
    expect(read("--dry-run", "--", "--delete", "-v", "--")).toEqual({
      positionals: ["--delete", "-v", "--"],
      values: { "dry-run": "true" },
      problems: [],
    });
  });

  test("may be empty or a single dash", () => {
    expect(read("", "-")).toEqual({ positionals: ["", "-"], values: {}, problems: [] });
  });
});

describe("any command line", () => {
  const word = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      ...optionNames.map((name) => `--${name}`),
      "--",
      "-v",
      "-qq",
      "--help",
      "=",
      "-",
    ),
    fc
      .tuple(fc.constantFrom(...optionNames), fc.string())
      .map(([name, text]) => `--${name}=${text}`),
  );

  test("is read without a crash, and every problem is one line", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
        for (const problem of parseArguments(argv).problems) {
          expect(/^-[^ ]/.test(problem) || problem.startsWith("unknown option -")).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("of options that were written properly comes back as it was meant", () => {
    const pair = fc.tuple(
      fc.constantFrom(...optionNames),
      fc.stringMatching(/^[a-z0-9/=:. ]{1,10}$/),
      fc.boolean(),
    );
    const pairs = fc.uniqueArray(pair, { selector: ([name]) => name, maxLength: 6 });
    fc.assert(
      fc.property(pairs, fc.array(fc.stringMatching(/^[a-z/:]+$/)), (given, positionals) => {
        const argv = given.flatMap(([name, text, joined]) =>
          joined || options[name].kind.flag ? [`--${name}=${text}`] : [`--${name}`, text],
        );
        expect(read(...argv, ...positionals)).toEqual({
          positionals,
          values: Object.fromEntries(given.map(([name, text]) => [name, text])),
          problems: [],
        });
      }),
    );
  });
});
