/** Amounts in words: the person's currency first, exact, never rounded to zero. And back: what a person typed. */

import { formatDollars, formatUnits, parsePrice } from "@tollpass/protocol";
import type { Money, Period } from "#messages";

/** "$12.40", "0.04 ¢", or "0.5 WETH" for a token that is no dollar. */
export function say(money: Money): string {
  const atomic = BigInt(money.atomic);
  return money.dollar
    ? formatDollars(atomic, money.decimals)
    : `${formatUnits(atomic, money.decimals)} ${money.symbol}`;
}

/** Whether it is known and more than nothing. */
export const isSome = (money: Money | undefined): money is Money => money !== undefined && BigInt(money.atomic) > 0n;

/** The token amount, exact: "0.02 USDC". */
export function sayToken(money: Money): string {
  return `${formatUnits(BigInt(money.atomic), money.decimals)} ${money.symbol}`;
}

/** Exact digits for a field, with at least two decimals for dollars: "1.00", "0.004". */
export function toTyped(money: Money): string {
  const text = formatUnits(BigInt(money.atomic), money.decimals);
  if (!money.dollar) return text;
  const [whole = "0", fraction = ""] = text.split(".");
  return `${whole}.${fraction.padEnd(2, "0")}`;
}

/**
 * Dollars in the form that the background reads ("0.05"), from what people write: "$1", "0,05", "5 ¢", "5c".
 * A comma with three digits behind it could be thousands or thousandths, so it stays and is then refused.
 */
export function normalizeTyped(text: string): string {
  let plain = text.trim().replace(/^\$\s*/, "");
  if (/^[0-9]*,[0-9]{1,2}$/.test(plain) || /^0?,[0-9]+$/.test(plain)) plain = plain.replace(",", ".");
  const cents = /^([0-9]*)(?:[.,]([0-9]+))?\s*(?:¢|c|ct|cents?)$/i.exec(plain);
  if (cents) {
    const [, whole = "", fraction = ""] = cents;
    const digits = whole.padStart(3, "0");
    plain = `${digits.slice(0, -2)}.${digits.slice(-2)}${fraction}`;
  }
  return plain.startsWith(".") ? `0${plain}` : plain;
}

/** Atomic units of what was typed, or undefined if it is no amount of that token. */
export function readTyped(text: string, decimals: number): bigint | undefined {
  try {
    return parsePrice(normalizeTyped(text), decimals);
  } catch {
    return undefined;
  }
}

/** The smaller of two typed amounts, in the form that the background reads: a ceiling above its cap means the cap. */
export function smallerTyped(ceiling: string, cap: string, decimals: number): string {
  const [one, other] = [readTyped(ceiling, decimals), readTyped(cap, decimals)];
  return normalizeTyped(one !== undefined && other !== undefined && one > other ? cap : ceiling);
}

/** The same token, another amount. */
export function withAtomic(money: Money, atomic: bigint): Money {
  return { ...money, atomic: atomic.toString() };
}

/** How much of `whole` is `part`, 0 to 1, for the width of a bar only. */
export function shareOf(part: Money, whole: Money): number {
  const total = BigInt(whole.atomic);
  if (total === 0n) return 0;
  return Number((BigInt(part.atomic) * 10_000n) / total) / 10_000;
}

export const PERIODS: readonly { readonly id: Period; readonly name: string }[] = [
  { id: "day", name: "a day" },
  { id: "week", name: "a week" },
  { id: "month", name: "a month" },
  { id: "once", name: "in all" },
];

/** How often a budget comes back; one without a period never does. */
export const EACH = { once: "", day: "each day", week: "each week", month: "each month" } satisfies Record<
  Period,
  string
>;

/** "for a month", "each month" where it comes back, "in all". */
export function sayPeriod(period: Period, renews: boolean): string {
  if (period === "once") return "in all";
  return renews ? EACH[period] : `for a ${period}`;
}
