// No operation costs more than it may. Gas is deterministic, so these are plain tests; `npm run gas` prints the figures.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { measure, OPERATIONS, type Operation, SCENARIOS } from "./gas.ts";

describe("gas ceilings", () => {
  const measured = new Set<Operation>();
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    test(name, async () => {
      for (const [operation, gas] of await measure(scenario)) {
        measured.add(operation);
        const { ceiling } = OPERATIONS[operation];
        assert.ok(gas <= ceiling, `${operation}: ${gas} gas, ceiling ${ceiling}`);
      }
    });
  }

  test("every operation that has a ceiling is measured", () => {
    assert.deepEqual([...measured].sort(), Object.keys(OPERATIONS).sort());
  });

  test("the page about the contract shows them", () => {
    const page = readFileSync("docs/contracts.md", "utf8");
    for (const [operation, { ceiling }] of Object.entries(OPERATIONS)) {
      const digits = String(ceiling).replace(/\B(?=(\d{3})+$)/g, ",");
      assert.ok(page.includes(`| ${operation} | ${digits} `), `${operation}: ${digits}`);
    }
  });
});
