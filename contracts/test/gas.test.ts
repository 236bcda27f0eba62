// No operation costs more than it may. Gas is deterministic, so these are plain tests; `npm run gas` prints the figures.
import assert from "node:assert/strict";
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
});
