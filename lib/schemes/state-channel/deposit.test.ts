/** Claims about the size of a deposit: the wallet's decision, within budget, balance and cap. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseDeposit } from "./index.ts";

describe("the size of a deposit", () => {
  const money = fc.bigInt({ min: 0n, max: 10_000_000n });
  test("is never above the budget, the balance or the cap, and covers the request", () => {
    fc.assert(
      fc.property(
        fc.record({ price: fc.bigInt({ min: 1n, max: 1_000_000n }), leftInBudget: money, balance: money }),
        fc.record({ minDeposit: money, cap: money, once: fc.boolean() }, { requiredKeys: [] }),
        (must, may) => {
          const { price, leftInBudget, balance, minDeposit = 0n, once = false } = { ...must, ...may };
          // What one yes sets aside is bounded by what the server insists on, not by a budget.
          const cap = may.cap ?? (once ? 10n ** 12n : leftInBudget);
          const choice = chooseDeposit({ ...must, ...may });
          const least = price > minDeposit ? price : minDeposit;
          const possible =
            price <= leftInBudget &&
            least <= balance &&
            least <= cap &&
            (once ? minDeposit <= 25n * price : least <= leftInBudget);
          expect(choice.kind).toBe(possible ? "deposit" : "refuse");
          if (choice.kind === "refuse") {
            expect(choice.need).toBeGreaterThan(choice.have);
            return;
          }
          const { amount } = choice;
          expect(amount >= least && amount <= balance && amount <= cap).toBe(true);
          if (once) expect(amount).toBe(least);
          else expect(amount <= leftInBudget).toBe(true);
        },
      ),
    );
  });

  test("is half of the budget, or 25 requests' worth where the budget has them", () => {
    const amount = (price: bigint, leftInBudget: bigint, more = {}) => {
      const choice = chooseDeposit({ price, leftInBudget, balance: 10n ** 12n, ...more });
      return choice.kind === "deposit" ? choice.amount : choice.reason;
    };
    expect(amount(20_000n, 1_000_000n)).toBe(500_000n);
    expect(amount(30_000n, 1_000_000n)).toBe(750_000n);
    expect(amount(50_000n, 1_000_000n)).toBe(1_000_000n);
    expect(amount(50_000n, 60_000n)).toBe(60_000n);
    expect(amount(20_000n, 1_000_000n, { minDeposit: 600_000n })).toBe(600_000n);
    expect(amount(20_000n, 1_000_000n, { minDeposit: 1_000_001n })).toBe("min_deposit");
    expect(amount(20_000n, 1_000_000n, { once: true })).toBe(20_000n);
    expect(amount(20_000n, 1_000_000n, { once: true, minDeposit: 500_000n })).toBe(500_000n);
    expect(amount(20_000n, 20_000n, { once: true, minDeposit: 500_000n })).toBe(500_000n);
    expect(amount(20_000n, 1_000_000n, { once: true, minDeposit: 500_001n })).toBe("min_deposit");
    expect(amount(20_000n, 1_000_000n, { cap: 100_000n })).toBe(100_000n);
    expect(amount(20_000n, 19_999n)).toBe("over_budget");
  });
});
