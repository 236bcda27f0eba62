/** The last lines of `npm test` name what failed, whichever runner says so. */
import { expect, test } from "vitest";
import { atLeastOneFailure, contractFigures, playwrightFigures, vitestFigures } from "./testFigures.ts";

// As Hardhat prints it: first the Solidity tests, then those of node:test.
const HARDHAT = `
  contracts/test/Claims.t.sol:ClaimsTest
    ✔ test_fine()
    1) test_fails()


  1 passing
  1 failing

  1) ClaimsTest#test_fails()
    Error: never
      at ClaimsTest.test_fails (contracts/test/Claims.t.sol:4)


Running node:test tests

  gas ceilings
    ✔ a refund
    1) the README's figures are among them
  2) a life


  14 passing (4615ms)
  2 failing

  1) gas ceilings
       the README's figures are among them:

   AssertionError: 22 is no figure of ours
   - Expected

       at TestContext.<anonymous> (contracts/test/gas.test.ts:38:42)

  2) a life:

   TypeError: cannot: read this

`;

test("failed contract tests are counted and named with why, of both kinds", () => {
  expect(contractFigures(HARDHAT)).toEqual({
    passed: 15,
    failed: 3,
    names: [
      "ClaimsTest#test_fails(): Error: never",
      "gas ceilings › the README's figures are among them: AssertionError: 22 is no figure of ours",
      "a life: TypeError: cannot: read this",
    ],
  });
});

test("contract tests that all pass have nothing to name", () => {
  expect(contractFigures("  205 passing (3 s)\n\n  51 passing\n")).toEqual({ passed: 256, failed: 0, names: [] });
});

test("a skipped contract test counts as failed", () => {
  expect(contractFigures("  2 passing\n  1 skipped\n")).toMatchObject({ passed: 2, failed: 1 });
});

test("unit tests are named by their file, and a file that does not load by itself", () => {
  const report = {
    numPassedTests: 1,
    numTotalTests: 3,
    testResults: [
      {
        name: "/home/me/tollpass/lib/a.test.ts",
        message: "",
        assertionResults: [
          { fullName: "fine", status: "passed", failureMessages: [] },
          { fullName: "adds", status: "failed", failureMessages: ["AssertionError: 3\n    at here"] },
          { fullName: "waits", status: "skipped", failureMessages: [] },
        ],
      },
      { name: "/home/me/tollpass/lib/b.test.ts", message: "SyntaxError: no\nmore", assertionResults: [] },
    ],
  };
  expect(vitestFigures(report, "/home/me/tollpass")).toEqual({
    passed: 1,
    failed: 2,
    names: ["lib/a.test.ts › adds: AssertionError: 3", "lib/a.test.ts › waits: ", "lib/b.test.ts: SyntaxError: no"],
  });
});

test("browser tests are named with their browser; flaky and skipped ones count as failed", () => {
  const spec = (title: string, status: string, message?: string) => ({
    file: "wallet/pay.spec.ts",
    title,
    tests: [{ projectName: "firefox", status, results: [message === undefined ? {} : { error: { message } }] }],
  });
  const report = {
    stats: { expected: 1, unexpected: 1, flaky: 0, skipped: 1 },
    suites: [
      {
        suites: [{ specs: [spec("pays", "expected"), spec("asks", "unexpected", "\u001b[31mno card\u001b[0m\nlog")] }],
      },
      { specs: [spec("locks", "skipped")] },
    ],
  };
  expect(playwrightFigures(report)).toEqual({
    passed: 1,
    failed: 2,
    names: ["[firefox] wallet/pay.spec.ts › asks: no card", "[firefox] wallet/pay.spec.ts › locks: skipped"],
  });
});

test("a run that ends badly, or that ran nothing, has at least one failure", () => {
  expect(atLeastOneFailure({ passed: 3, failed: 0 }, 1).failed).toBe(1);
  expect(atLeastOneFailure({ passed: 0, failed: 0 }, 0).failed).toBe(1);
  expect(atLeastOneFailure({ passed: 3, failed: 2 }, 1).failed).toBe(2);
  expect(atLeastOneFailure({ passed: 3, failed: 0 }, 0).failed).toBe(0);
});
