/** What the finished runs of `npm test` say: how many tests passed and failed, and which failed with what. */
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

export interface Figures {
  readonly passed: number;
  /** Failed, skipped and flaky ones: whatever did not plainly pass. */
  readonly failed: number;
  /** What failed, by name and first line of why, as far as the runner tells. */
  readonly names?: readonly string[];
}

const firstLine = (text = "") => text.split("\n", 1)[0];

/** A run that ends badly without naming a failed test counts as one failure, a run of no test too. */
export function atLeastOneFailure(figures: Figures, status: number): Figures {
  if ((status !== 0 && figures.failed === 0) || figures.passed + figures.failed === 0) {
    return { ...figures, failed: figures.failed + 1 };
  }
  return figures;
}

const sum = (output: string, word: RegExp): number =>
  [...output.matchAll(word)].reduce((total, match) => total + Number(match[1]), 0);

/** From what `hardhat test` prints: one part for each kind of test, its failures told below its counts. */
export function contractFigures(output: string): Figures {
  return {
    passed: sum(output, /^\s*(\d+) passing/gm),
    failed: sum(output, /^\s*(\d+) (?:failing|pending|skipped)/gm),
    names: output
      .split(/^\s*\d+ failing$/m)
      .slice(1)
      .flatMap(toldFailures),
  };
}

/** "  1) suite", its inner suites and its test ending in a colon, an empty line, why: or "  1) test" and why at once. */
function toldFailures(part: string): string[] {
  const [told = ""] = part.split(/^Running /m);
  return told
    .split(/^ {2}\d+\) /m)
    .slice(1)
    .map((failure) => {
      const lines = failure.split("\n").map((line) => line.trim());
      const end = lines.findIndex((line, at) => at > 0 && line.endsWith(":"));
      const named = end > 0 && lines[end + 1] === "" ? end + 1 : 1;
      const why = lines.slice(named).find((line) => line !== "");
      return `${lines.slice(0, named).join(" › ").replace(/:$/, "")}: ${why}`;
    });
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** From the JSON report of Vitest; files are named from `root`. */
export function vitestFigures(report: VitestReport, root: string): Figures {
  const { numPassedTests: passed, numTotalTests, testResults } = report;
  const names: string[] = [];
  for (const { name: file, message, assertionResults } of testResults) {
    if (message) names.push(`${relative(root, file)}: ${firstLine(message)}`);
    for (const { fullName, status, failureMessages } of assertionResults) {
      if (status !== "passed") names.push(`${relative(root, file)} › ${fullName}: ${firstLine(failureMessages[0])}`);
    }
  }
  return { passed, failed: numTotalTests - passed, names };
}

interface PlaywrightSuite {
  readonly suites?: readonly PlaywrightSuite[];
  readonly specs?: readonly {
    readonly file: string;
    readonly title: string;
    readonly tests: readonly {
      readonly projectName: string;
      readonly status: string;
      readonly results: readonly { readonly error?: { readonly message?: string } }[];
    }[];
  }[];
}

interface PlaywrightReport extends PlaywrightSuite {
  readonly stats: Readonly<Record<"expected" | "unexpected" | "flaky" | "skipped", number>>;
}

/** From the JSON report of Playwright. */
export function playwrightFigures(report: PlaywrightReport): Figures {
  const { expected, unexpected, flaky, skipped } = report.stats;
  return { passed: expected, failed: unexpected + flaky + skipped, names: playwrightNames(report) };
}

function playwrightNames({ suites = [], specs = [] }: PlaywrightSuite): string[] {
  const here = specs.flatMap(({ file, title, tests }) =>
    tests
      .filter(({ status }) => status !== "expected")
      .map(
        ({ projectName, status, results }) =>
          `[${projectName}] ${file} › ${title}: ${firstLine(stripVTControlCharacters(results[0]?.error?.message ?? status))}`,
      ),
  );
  return [...here, ...suites.flatMap(playwrightNames)];
}
