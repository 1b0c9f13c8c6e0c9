/**
 * Reads what `bun test` writes as JUnit XML. Not with an XML parser: Bun 1.4.5 writes control characters of
 * test names as they are, which is no XML.
 *
 * @module
 */

/** A test that did not run. */
export interface SkippedTest {
  readonly name: string;
  /** Names of the groups around it. */
  readonly group: string;
}

/** What came of a test run. */
export interface TestReport {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
}

/** Counts the test cases. */
export function readTestReport(xml: string): TestReport {
  const skipped: SkippedTest[] = [];
  let passed = 0;
  let failed = 0;
  for (const [, attributes = "", content = ""] of xml.matchAll(testCase)) {
    if (content.includes("<failure") || content.includes("<error")) failed += 1;
    else if (content.includes("<skipped")) {
      skipped.push({
        name: attribute(attributes, "name"),
        group: attribute(attributes, "classname"),
      });
    } else passed += 1;
  }
  return { passed, failed, skipped };
}

/** Values are escaped, so a quote ends one; `/>` can stand in a value. */
const testCase = /<testcase((?:\s+[a-z]+="[^"]*")*)\s*(?:\/>|>(.*?)<\/testcase>)/gs;

function attribute(attributes: string, name: string): string {
  const [, value = ""] = new RegExp(`\\s${name}="([^"]*)"`).exec(attributes) ?? [];
  return value.replace(/&(?:#(\d+)|(\w+));/g, (entity, code: string | undefined, word: string) =>
    code === undefined ? (entities[word] ?? entity) : String.fromCodePoint(Number(code)),
  );
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** The skipped tests as lines: a group that is skipped for one reason is one line. */
export function skippedLines(skipped: readonly SkippedTest[]): string[] {
  const lines = new Map<string, number>();
  for (const { name, group } of skipped) {
    const line = /\(needs /.test(group) ? group : [group, name].filter(Boolean).join(" > ");
    lines.set(line, (lines.get(line) ?? 0) + 1);
  }
  return [...lines].map(([line, count]) => (count === 1 ? line : `${line}: ${count} tests`));
}
