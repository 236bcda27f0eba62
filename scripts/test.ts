/** `npm test`: every check of the project, one after another, with one line of figures at the end. */
import { type SpawnSyncReturns, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { atLeastOneFailure, contractFigures, type Figures, playwrightFigures, vitestFigures } from "./testFigures.ts";

interface Suite {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Record<string, string>;
  /** Reads the figures from a finished run; a suite that only passes or fails counts as one test. */
  readonly count?: (run: { output: string; status: number }) => Figures;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tollpass-test-"));
const report = (name: string) => join(folder, `${name}.json`);
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const bin = (path: string) => join(root, "node_modules", path);

const SUITES: readonly Suite[] = [
  { name: "lint", command: ["scripts/run.mjs", "lint"] },
  { name: "types", command: ["scripts/run.mjs", "typecheck"] },
  {
    name: "contracts",
    command: [bin("hardhat/dist/src/cli.js"), "test"],
    count: ({ output }) => contractFigures(output),
  },
  {
    name: "unit",
    command: [
      bin("vitest/vitest.mjs"),
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile=${report("unit")}`,
    ],
    count: () => vitestFigures(JSON.parse(readFileSync(report("unit"), "utf8")), root),
  },
  { name: "build", command: ["scripts/run.mjs", "zip"] },
  {
    name: "firefox add-on rules",
    // What is handed in: the zip, not the folder it is made of.
    command: [bin("web-ext/bin/web-ext.js"), "lint", "--source-dir", `.output/tollpass-${version}-firefox.zip`],
  },
  {
    name: "end to end",
    command: [bin("@playwright/test/cli.js"), "test", "-c", "e2e/playwright.config.ts", "--reporter=list,json"],
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: report("e2e") },
    count: () => playwrightFigures(JSON.parse(readFileSync(report("e2e"), "utf8"))),
  },
  { name: "demo in Chromium", command: ["demo/launch.ts", "--check"] },
  {
    name: "demo in Firefox",
    command: ["demo/launch.ts", "--check", "--firefox"],
    // Other prices than the list has: the sums come from what was bought, not from what was once right.
    env: { TOLL_TIMES_PRICES: "1.337" },
  },
];

function run(suite: Suite): Promise<{ output: string; status: number }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, suite.command, {
      cwd: root,
      env: { ...process.env, ...suite.env, FORCE_COLOR: "0" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        process.stdout.write(chunk);
      });
    }
    child.on("close", (status: SpawnSyncReturns<string>["status"]) => resolve({ output, status: status ?? 1 }));
  });
}

const only = process.argv.slice(2);
const total = { passed: 0, failed: 0 };
const summary: string[] = [];
for (const suite of SUITES) {
  if (only.length > 0 && !only.includes(suite.name)) continue;
  process.stdout.write(`\n── ${suite.name}\n`);
  const started = performance.now();
  const result = await run(suite);
  let figures: Figures = result.status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  if (suite.count) {
    try {
      figures = atLeastOneFailure(suite.count(result), result.status);
    } catch {
      figures = { passed: 0, failed: 1 };
    }
  }
  total.passed += figures.passed;
  total.failed += figures.failed;
  const seconds = Math.round((performance.now() - started) / 1000);
  summary.push(`${suite.name}: ${figures.passed} passed, ${figures.failed} failed in ${seconds} s`);
  for (const name of figures.names ?? []) summary.push(`  failed: ${name}`);
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`\n${summary.join("\n")}\n${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
