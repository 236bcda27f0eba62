/** The table that decides whether the demo's sums are right. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { agrees, table, WITNESSES } from "./figures.ts";

const amount = fc.bigInt({ min: 0n, max: 1n << 96n });
const witness = fc.constantFrom(...WITNESSES);

test("figures that differ by one unit do not agree", () => {
  fc.assert(
    fc.property(amount, witness, (value, odd) => {
      const same = Object.fromEntries(WITNESSES.map((name) => [name, value]));
      expect(agrees({ name: "x", said: same })).toBe(true);
      expect(agrees({ name: "x", said: { ...same, [odd]: value + 1n } })).toBe(false);
    }),
  );
});

test("one witness alone proves nothing", () => {
  fc.assert(fc.property(amount, witness, (value, only) => !agrees({ name: "x", said: { [only]: value } })));
  expect(agrees({ name: "x", said: {} })).toBe(false);
});

test("the table shows every unit and says which line is wrong", () => {
  const text = table([
    { name: "good", said: { wallet: 20_001n, chain: 20_001n } },
    { name: "bad", said: { wallet: 1n, provider: 2n } },
    { name: "times", said: { wallet: 2n, provider: 2n }, unit: "count" },
  ]);
  expect(text).toContain("0.020001");
  const [, good, bad, times] = text.split("\n");
  expect(good).toMatch(/agree$/);
  expect(bad).toMatch(/0\.000001 +0\.000002 .*DO NOT AGREE$/);
  expect(times).toMatch(/\b2 +2 +– +agree$/);
});
