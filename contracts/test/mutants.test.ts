// Which changes the mutation run makes of a source, and that it leaves alone what is no code.
import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, mutantsOf } from "../mutation/mutants.ts";

const SOURCE = `// a == b
contract Toll {
    error TooMuch(uint256 paid);
    function pay(uint256 paid) external nonReentrant {
        if (paid > 1 days) revert TooMuch(paid);
        emit Paid("a < b", paid);
    }
}
`;
const changed = mutantsOf(SOURCE).map((mutant) => apply(SOURCE, mutant));

test("a comparison loses its bound and turns round, a check and an event go, a guard is taken off", () => {
  for (const part of ["paid >= 1 days", "paid <= 1 days", "paid > 2 days", "paid > 1 hours", "external  {"]) {
    assert.equal(changed.filter((source) => source.includes(part)).length, 1, part);
  }
  assert.equal(changed.filter((source) => !source.includes("revert TooMuch")).length, 1);
  assert.equal(changed.filter((source) => !source.includes("emit Paid")).length, 1);
});

test("comments, texts and declarations stay as they are, and no two changes are the same", () => {
  for (const source of changed) {
    assert.ok(source.startsWith("// a == b\ncontract Toll {\n    error TooMuch(uint256 paid);\n"));
    assert.ok(source.includes('"a < b"') || !source.includes("emit"));
  }
  assert.equal(new Set(changed).size, changed.length);
});

test("a mutant names its line", () => {
  assert.deepEqual([...new Set(mutantsOf(SOURCE).map(({ line }) => line))], [4, 5, 6]);
});
