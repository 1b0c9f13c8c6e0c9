/**
 * Kinds of option values: what is accepted, what is refused.
 *
 * @module
 */
import { describe, expect, setSystemTime, test } from "bun:test";

import fc from "fast-check";

import {
  deleteLimit,
  duration,
  flag,
  formatDuration,
  formatSize,
  integer,
  type Kind,
  milliseconds,
  moment,
  oneOf,
  sampleSize,
  secret,
  size,
  text,
  url,
} from "../../src/config/kinds.ts";
import { tags } from "../../src/config/object-kinds.ts";
import { GiB, KiB, MiB, TiB } from "../../src/core/bytes.ts";

/** Parses, and gives the message where that is refused. */
function outcome<T>(kind: Kind<T>, given: string): T | string {
  try {
    return kind.parse(given);
  } catch (error) {
    return `refused: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Any text, also what a shell or a person might really give. */
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.stringMatching(/^[-+. 0-9a-zA-Z:/%]{0,12}$/),
);

describe("a flag", () => {
  test.each(["1", "true", "TRUE", "yes", "Yes", "on"])("%j is on", (given) => {
    expect(outcome(flag, given)).toBe(true);
  });

  test.each(["0", "false", "False", "no", "off"])("%j is off", (given) => {
    expect(outcome(flag, given)).toBe(false);
  });

  test.each(["", "2", "maybe", " true", "ja", "-1"])("%j is refused", (given) => {
    expect(outcome(flag, given)).toBe("refused: true or false is allowed");
  });

  test("needs no value", () => {
    expect(flag.flag).toBe(true);
    expect(
      [text("X"), integer(0, 1), size(0, 1), url, secret("X")].map((kind) => kind.flag),
    ).toEqual([false, false, false, false, false]);
  });
});

describe("a text", () => {
  const kind = text("NAME");
  test("may be anything but empty, blanks included", () => {
    expect(outcome(kind, " a ")).toBe(" a ");
    expect(outcome(kind, "")).toBe("refused: it must not be empty");
    expect(kind.check("")).toBe("it must not be empty");
    expect(kind.check("a")).toBeUndefined();
  });
});

describe("a duration", () => {
  test.each([
    ["0", 0],
    ["30s", 30_000],
    ["10m", 600_000],
    ["12h", 43_200_000],
    ["7d", 604_800_000],
    ["2w", 1_209_600_000],
  ])("%j is so many milliseconds, and is written like that again", (given, ms) => {
    expect(outcome(duration, given)).toBe(ms);
    expect(outcome(duration, formatDuration(ms))).toBe(ms);
  });

  test.each(["", "7", "1.5h", "-1d", "3M", "1h30m", " 1d", "999999999w"])(
    "%j is refused",
    (given) => {
      expect(outcome(duration, given)).toBe(
        "refused: a duration such as 30s, 10m, 12h, 7d or 2w, or 0, is allowed",
      );
    },
  );

  test("is written in the largest unit that fits", () => {
    expect([604_800_000, 90_000, 86_400_000, 1500].map(formatDuration)).toEqual([
      ...["1w", "90s", "1d", "2s"],
    ]);
  });
});

describe("a whole number", () => {
  const kind = integer(1, 65_535);

  test.each([
    ["1", 1],
    ["65535", 65_535],
    ["007", 7],
  ])("%j is %d", (given, wanted) => {
    expect(outcome(kind, given)).toBe(wanted);
  });

  const refused = [
    "0",
    "65536",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "0x10",
    "",
    " 1",
    "1 ",
    "1_000",
    "٣",
    "NaN",
  ];
  test.each(refused)("%j is refused", (given) => {
    expect(outcome(kind, given)).toBe("refused: a whole number from 1 to 65535 is allowed");
  });

  test("that is given as a number is checked as well", () => {
    expect(kind.check(1)).toBeUndefined();
    for (const bad of [0, 65_536, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(kind.check(bad)).toBe("a whole number from 1 to 65535 is allowed");
    }
  });

  test("too long to be exact is refused, not rounded", () => {
    expect(outcome(integer(0, Number.MAX_SAFE_INTEGER), "9007199254740993")).toStartWith("refused");
  });

  test("of milliseconds may be 0 and no more than a timer can wait", () => {
    expect(outcome(milliseconds, "0")).toBe(0);
    expect(outcome(milliseconds, "2147483647")).toBe(2_147_483_647);
    expect(outcome(milliseconds, "2147483648")).toStartWith("refused");
  });
});

describe("a size", () => {
  const kind = size(0, 8 * TiB);

  test.each([
    ["0", 0],
    ["8388608", 8 * MiB],
    ["8MiB", 8 * MiB],
    ["8mib", 8 * MiB],
    ["8 MiB", 8 * MiB],
    [" 8MiB ", 8 * MiB],
    ["8MB", 8_000_000],
    ["1.5KiB", 1.5 * KiB],
    ["1KB", 1000],
    ["5GiB", 5 * GiB],
    ["5GB", 5_000_000_000],
    ["1TiB", TiB],
    ["1TB", 1e12],
    ["12B", 12],
  ])("%j is %d bytes", (given, wanted) => {
    expect(outcome(kind, given)).toBe(wanted);
  });

  test.each([
    "",
    "MiB",
    "8M",
    "8Mi",
    "8 apples",
    "-1",
    "1e6",
    "1,5MiB",
    ".5MiB",
    "8MiB8",
    "0x8",
    "∞",
  ])("%j is refused, with an example", (given) => {
    expect(outcome(kind, given)).toContain("a size such as 8MiB is allowed");
  });

  test("names of JavaScript's own are no units", () => {
    for (const given of ["1constructor", "1toString", "1__proto__"]) {
      expect(outcome(kind, given)).toStartWith("refused");
    }
  });

  test("outside its bounds is refused, and the bounds are named", () => {
    const part = size(5 * MiB, 5 * GiB);
    const message = "refused: a size from 5MiB to 5GiB is allowed";
    expect(outcome(part, "5MiB")).toBe(5 * MiB);
    expect(outcome(part, "5GiB")).toBe(5 * GiB);
    expect(outcome(part, "4.99MiB")).toBe(message);
    expect(outcome(part, "5.01GiB")).toBe(message);
    expect(outcome(part, "99999999999999999999")).toBe(message);
  });

  test("is written in the largest unit that divides it", () => {
    expect([0, 1, 1023, KiB, 1500, 8 * MiB, 5 * GiB, TiB].map(formatSize)).toEqual([
      "0",
      "1",
      "1023",
      "1KiB",
      "1500",
      "8MiB",
      "5GiB",
      "1TiB",
    ]);
  });

  test("that is written can be read again", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 8 * TiB }),
        fc.integer({ min: 0, max: 40 }),
        (n, shift) => {
          const bytes = Math.min(8 * TiB, n - (n % 2 ** shift));
          expect(kind.parse(kind.format(bytes))).toBe(bytes);
        },
      ),
    );
  });
});

describe("a URL", () => {
  test.each([
    "http://127.0.0.1:9000",
    "https://s3.example.com",
    "HTTPS://host/base/",
    "http://[::1]:9",
  ])("%j is taken as it is", (given) => {
    expect(outcome(url, given)).toBe(given);
  });

  test.each([
    "",
    "127.0.0.1:9000",
    "s3://bucket",
    "ftp://host",
    "http://",
    "https://host/?x=1",
    "file:///etc",
  ])("%j is refused", (given) => {
    expect(outcome(url, given)).toContain("an http or https URL is allowed");
  });

  test.each(["http://user:word@host", "http://word@host"])(
    "%j is refused, and not shown",
    (given) => {
      const said = outcome(url, given);
      expect(said).toContain("a URL without user and password is allowed");
      expect(said).not.toContain("word@");
    },
  );
});

describe("one of several words", () => {
  const kind = oneOf(["CRC32", "SHA1", "SHA256"], "ALGORITHM");
  test("is read in any case, and kept as it is meant", () => {
    expect(outcome(kind, "sha256")).toBe("SHA256");
  });

  test.each(["", "MD5", "SHA", "CRC32 "])("%j is refused", (given) => {
    expect(outcome(kind, given)).toBe("refused: CRC32, SHA1 or SHA256 is allowed");
  });
});

describe("tags", () => {
  test.each(["a=1", "a=", "a=1&b=2", "two%20words=x%2By"])("%j are fine", (given) => {
    expect(outcome(tags, given)).toBe(given);
  });

  test.each([
    ["", "tags such as a=1&b=2 are allowed"],
    ["a", "tags such as a=1&b=2 are allowed"],
    ["=1", "tags such as a=1&b=2 are allowed"],
    ["a=1&", "tags such as a=1&b=2 are allowed"],
    ["a=1=2", "tags such as a=1&b=2 are allowed"],
    ["a=%zz", '"a=%zz" is not URL-encoded'],
    ["a=1&%61=2", 'the tag "a" is there twice'],
  ])("%j is refused: %s", (given, why) => {
    expect(outcome(tags, given)).toBe(`refused: ${why}`);
  });
});

describe("a limit of deletions", () => {
  test.each([
    ["1", { kind: "objects", most: 1 }],
    ["1000", { kind: "objects", most: 1000 }],
    ["0%", { kind: "percent", most: 0 }],
    ["2.5%", { kind: "percent", most: 2.5 }],
    ["100%", { kind: "percent", most: 100 }],
  ] as const)("%s is read", (given, limit) => {
    expect(outcome(deleteLimit, given)).toEqual(limit);
    expect(deleteLimit.format(limit)).toBe(given);
  });

  test.each(["", "0", "-1", "1.5", "101%", "x", "10 %", "%"])("%j is refused", (given) => {
    expect(outcome(deleteLimit, given)).toBe(
      "refused: a whole number from 1, or a percentage such as 10%, is allowed",
    );
  });
});

describe("every kind", () => {
  const kinds: Readonly<Record<string, Kind<unknown>>> = {
    flag,
    text: text("X"),
    integer: integer(0, 1000),
    milliseconds,
    size: size(0, 100 * MiB),
    url,
    secret: secret("X"),
    oneOf: oneOf(["a", "B"], "X"),
    tags,
    deleteLimit,
    sampleSize,
  };
  test.each(Object.keys(kinds))(
    "%s: whatever is written is read, or refused in one line",
    (name) => {
      const kind = kinds[name];
      fc.assert(
        fc.property(anyText, (given) => {
          try {
            const value = kind?.parse(given);
            expect(kind?.check(value)).toBeUndefined();
          } catch (error) {
            if (!(error instanceof Error)) throw error;
            expect(error.constructor).toBe(Error);
            expect(error.message).toMatch(/^[^\n]+$/);
          }
        }),
        { numRuns: 500 },
      );
    },
  );
});

describe("a moment in the past", () => {
  const now = Date.UTC(2026, 10, 27, 12, 30);
  const read = (written: string): string => {
    setSystemTime(now);
    try {
      return moment.parse(written).toISOString();
    } finally {
      setSystemTime();
    }
  };

  test.each([
    ["2025-07-16T12:00:00Z", "2025-07-16T12:00:00.000Z"],
    ["2025-07-16T12:00:00+02:00", "2025-07-16T10:00:00.000Z"],
    ["2025-07-16", "2025-07-16T00:00:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
    ["2025-07-16 12:00", "2025-07-16T12:00:00.000Z"],
    ["2025-07-16 12:00:30", "2025-07-16T12:00:30.000Z"],
    ["2025-07-16T12:00", "2025-07-16T12:00:00.000Z"],
    ["2025-07-16 12:00+02:00", "2025-07-16T10:00:00.000Z"],
    ["2025-07-16 12:00:30.5Z", "2025-07-16T12:00:30.500Z"],
    ["now", "2026-11-27T12:30:00.000Z"],
    ["NOW", "2026-11-27T12:30:00.000Z"],
    ["90m", "2026-11-27T11:00:00.000Z"],
    ["12h", "2026-11-27T00:30:00.000Z"],
    ["3d", "2026-11-24T12:30:00.000Z"],
    ["2w", "2026-11-13T12:30:00.000Z"],
    ["0d", "2026-11-27T12:30:00.000Z"],
  ])("is %s: %s", (written, wanted) => {
    expect(read(written)).toBe(wanted);
  });

  test.each([
    "",
    "3",
    "d",
    "-3d",
    "3y",
    "3.5d",
    "yesterday",
    "2025-13-01",
    "2025-02-30",
    "2025-07-16 12",
    "2025-02-30T12:00:00Z",
    "2025-02-29",
  ])("is not %j", (written) => {
    expect(() => moment.parse(written)).toThrow(
      /^now, a time such as .* 2030-02-19 12:00, a day such as .*, or an age such as .* is allowed$/,
    );
  });
});
