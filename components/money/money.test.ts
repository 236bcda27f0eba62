/** Claims about amounts: exact on the screen, never zero when they are not, and read back as they were meant. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Money } from "#messages";
import { between, stepBetween } from "./Amount.tsx";
import { normalizeTyped, readTyped, say, shareOf, smallerTyped, toTyped } from "./money.ts";

const usd = (atomic: bigint): Money => ({ atomic: atomic.toString(), decimals: 6, symbol: "USDC", dollar: true });
const amount = fc.bigInt({ min: 1n, max: (1n << 96n) - 1n });

describe("amounts on the screen", () => {
  test("a ten-thousandth of a dollar is said in cents, not rounded away", () => {
    expect(say(usd(400n))).toBe("0.04\u00a0¢");
  });

  test("money is never shown as zero, whatever the token", () => {
    fc.assert(
      fc.property(amount, fc.integer({ min: 0, max: 36 }), fc.boolean(), (atomic, decimals, dollar) => {
        const text = say({ atomic: atomic.toString(), decimals, symbol: "T", dollar });
        expect(text).toMatch(/[1-9]/);
      }),
    );
  });

  test("what a field shows is read back as the same amount", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 20n - 1n }), fc.integer({ min: 0, max: 18 }), (atomic, decimals) => {
        const money = { atomic: atomic.toString(), decimals, symbol: "T", dollar: decimals >= 2 };
        expect(readTyped(toTyped(money), decimals)).toBe(atomic);
      }),
    );
  });
});

describe("amounts as people type them", () => {
  test.each([
    ["1", "1"],
    ["$2.50", "2.50"],
    ["0,05", "0.05"],
    ["5 ¢", "0.05"],
    ["5c", "0.05"],
    ["0.2 ¢", "0.002"],
    ["150 cents", "1.50"],
    [".5", "0.5"],
  ])("%s is read as %s dollars", (typed, dollars) => {
    expect(normalizeTyped(typed)).toBe(dollars);
  });

  test("a comma that could mean thousands or thousandths is refused", () => {
    expect(readTyped("1,000", 6)).toBeUndefined();
  });

  test("nothing that is typed becomes an amount by accident", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const read = readTyped(text, 6);
        if (read !== undefined) {
          expect(read > 0n).toBe(true);
          expect(text).toMatch(/[1-9]/);
        }
      }),
    );
  });

  test("a ceiling for one request above the whole budget is sent as the budget", () => {
    expect(smallerTyped("0.05", "0.03", 6)).toBe("0.03");
    expect(smallerTyped("0.05", "1.00", 6)).toBe("0.05");
  });
});

describe("amounts that change", () => {
  test("counting stays between the old and the new amount and ends exactly on the new one", () => {
    fc.assert(
      fc.property(amount, amount, fc.double({ min: 0, max: 1, noNaN: true }), (from, to, share) => {
        const shown = between(from, to, share);
        const [low, high] = from < to ? [from, to] : [to, from];
        expect(shown >= low && shown <= high).toBe(true);
        expect(between(from, to, 1)).toBe(to);
      }),
    );
  });

  test("no digit flickers that neither amount has", () => {
    expect(stepBetween(20_000n, 40_000n)).toBe(10_000n);
    expect(between(20_000n, 90_000n, 0.5) % 10_000n).toBe(0n);
  });

  test("a bar is as long as the share that is spent", () => {
    expect(shareOf(usd(360_000n), usd(1_000_000n))).toBe(0.36);
    expect(shareOf(usd(1n), usd(0n))).toBe(0);
  });
});
