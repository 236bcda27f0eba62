/**
 * Amounts of money. In memory an amount is a bigint of atomic units (1 USDC = 1_000_000n); at rest and on the wire it
 * is a string of decimal digits. The channel contract keeps amounts in uint96, so nothing larger is ever an amount.
 */
import { z } from "zod";
import { ProtocolError } from "./error.ts";

/** 2^96 − 1, the largest amount that a channel can hold (protocol section 2). */
export const MAX_AMOUNT = (1n << 96n) - 1n;

const DIGITS = /^(0|[1-9][0-9]{0,28})$/;

/** Parses a string of decimal digits (no sign, point, exponent or leading zero), 0 to 2^96 − 1, in atomic units. */
export function parseAmount(text: unknown): bigint {
  if (typeof text !== "string" || !DIGITS.test(text)) {
    throw new ProtocolError("malformed_amount", "an amount must be a string of decimal digits");
  }
  const value = BigInt(text);
  if (value > MAX_AMOUNT) throw new ProtocolError("malformed_amount", "an amount must be below 2^96");
  return value;
}

/** Schema of an amount at rest or on the wire: digits in, bigint of atomic units out. */
export const amountSchema = z
  .string()
  .regex(DIGITS)
  .transform((text, context) => {
    const value = BigInt(text);
    if (value > MAX_AMOUNT) {
      context.addIssue({ code: "custom", message: "an amount must be below 2^96" });
      return z.NEVER;
    }
    return value;
  });

/** Schema of a uint64 nonce on the wire: digits in, bigint out. */
export const nonceSchema = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,19})$/)
  .transform((text, context) => {
    const value = BigInt(text);
    if (value >= 1n << 64n) {
      context.addIssue({ code: "custom", message: "a nonce must be below 2^64" });
      return z.NEVER;
    }
    return value;
  });

/**
 * Atomic units of a price that a person wrote: "0.01", "$0.01", "1". Throws `malformed_amount` on anything else, on a
 * price finer than the token's decimals can say, and on zero.
 */
export function parsePrice(text: string, decimals: number): bigint {
  const match = /^\$?([0-9]{1,20})(?:\.([0-9]{1,40}))?$/.exec(text.trim());
  if (!match) throw new ProtocolError("malformed_amount", `"${text.slice(0, 60)}" is not a price such as "$0.01"`);
  const [, whole = "0", digits = ""] = match;
  const fraction = digits.replace(/0+$/, "");
  if (fraction.length > decimals) {
    throw new ProtocolError("malformed_amount", `"${text}" is finer than the token's ${decimals} decimals`);
  }
  const value = BigInt(whole) * 10n ** BigInt(decimals) + BigInt(fraction.padEnd(decimals, "0") || "0");
  if (value === 0n || value > MAX_AMOUNT) throw new ProtocolError("malformed_amount", `"${text}" is out of range`);
  return value;
}

/** The exact decimal of an amount, without trailing zeros: `formatUnits(20_000n, 6)` is "0.02". */
export function formatUnits(atomic: bigint, decimals: number): string {
  const sign = atomic < 0n ? "-" : "";
  const digits = (atomic < 0n ? -atomic : atomic).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? "" : digits.slice(digits.length - decimals).replace(/0+$/, "");
  return `${sign}${whole}${fraction ? `.${fraction}` : ""}`;
}

/**
 * An amount of a US-dollar token as a person reads it, exact and never rounded to zero: "$12.40", "2 ¢", "0.04 ¢".
 * From one dollar on it is in dollars with at least two decimals, below in cents, which no line break parts from their
 * sign (U+00A0).
 */
export function formatDollars(atomic: bigint, decimals: number): string {
  const negative = atomic < 0n;
  const size = negative ? -atomic : atomic;
  const sign = negative ? "−" : "";
  const dollar = 10n ** BigInt(decimals);
  if (size === 0n) return "$0.00";
  if (size >= dollar || decimals < 2) {
    const [whole = "0", fraction = ""] = formatUnits(size, decimals).split(".");
    return `${sign}$${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${fraction.padEnd(2, "0")}`;
  }
  return `${sign}${formatUnits(size, decimals - 2)}\u00a0¢`;
}
