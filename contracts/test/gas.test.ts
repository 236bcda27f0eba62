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
        // Less is a new ceiling, for the pages that show it too.
        assert.equal(gas, ceiling, `${operation}: ${gas} gas, ceiling ${ceiling}`);
      }
    });
  }

  test("every operation that has a ceiling is measured", () => {
    assert.deepEqual([...measured].sort(), Object.keys(OPERATIONS).sort());
  });

  const inThousands = (gas: bigint) => String(gas).replace(/\B(?=(\d{3})+$)/g, ",");

  test("the page about the contract shows them", () => {
    const page = readFileSync("docs/contracts.md", "utf8");
    for (const [operation, { ceiling }] of Object.entries(OPERATIONS)) {
      assert.ok(page.includes(`| ${operation} | ${inThousands(ceiling)} `), `${operation}: ${inThousands(ceiling)}`);
    }
  });

  test("the README's figures are among them", () => {
    // The README has other tables too: this one ends at the first empty line.
    const [, table = ""] = /^\| \| Gas \|\n\|---\|---:\|\n((?:\|.*\n)+)/m.exec(readFileSync("README.md", "utf8")) ?? [];
    const figures = table.match(/\d[\d,]*(?= \+| \|$)/gm) ?? [];
    const ceilings = new Set(Object.values(OPERATIONS).map(({ ceiling }) => inThousands(ceiling)));
    assert.ok(figures.length >= 7, "the README shows gas");
    for (const figure of figures) assert.ok(ceilings.has(figure), `${figure} is no figure of ours`);
  });
});
