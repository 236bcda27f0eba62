/** Dollar tokens of any number of decimals, brought to millionths of a dollar, so that one daily ceiling covers them all. */

const DECIMALS = 6;

/**
 * Millionths of a dollar of an amount, rounded up so that a ceiling is never passed by a fraction. `decimals` null:
 * not a dollar token, and no ceiling in dollars applies to it.
 */
export function microDollars(amount: bigint, decimals: number | null): bigint {
  if (decimals === null) return 0n;
  if (decimals <= DECIMALS) return amount * 10n ** BigInt(DECIMALS - decimals);
  const unit = 10n ** BigInt(decimals - DECIMALS);
  return (amount + unit - 1n) / unit;
}
