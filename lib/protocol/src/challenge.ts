/**
 * A 402 answer as a list of offers. Every dialect ends in the same shape; an entry that cannot be read is no offer, so
 * a malformed 402 has none and its page stays untouched.
 */
import type { Address } from "viem";
import { ProtocolError } from "./error.ts";
import { type PlainHeaders, parsePlainHeaders } from "./plainHeaders.ts";
import { decodePaymentRequired, type Resource, requirementSchema } from "./x402.ts";

/** One way to pay for one request: frozen, so that what is shown, counted and signed is the same thing. */
export interface Offer {
  readonly x402Version: 2;
  readonly scheme: string;
  readonly network: string;
  /** Atomic units of `asset`: the full price, for metered schemes the ceiling. */
  readonly amount: bigint;
  readonly asset: Address;
  readonly payTo: Address;
  readonly maxTimeoutSeconds: number;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly resource: Resource;
  /** The entry as the server sent it: echoed verbatim as `accepted`. */
  readonly accepted: Readonly<Record<string, unknown>>;
}

export interface Challenge {
  readonly offers: readonly Offer[];
  /** The server's own word for why it asks, if it gave one. Text of a stranger. */
  readonly error?: string | undefined;
  readonly plain?: PlainHeaders | undefined;
}

/**
 * Reads the offers out of the headers of a 402. `get` looks a header up by lower-case name.
 * Throws ProtocolError (`malformed_header`, `header_too_long`) and nothing else; returns no offers for a 402 without
 * payment headers.
 */
export function parseChallenge(get: (name: string) => string | null | undefined): Challenge {
  const plain = parsePlainHeaders(get);
  const header = get("payment-required");
  if (!header) return { offers: [], plain };
  const required = decodePaymentRequired(header);
  const offers: Offer[] = [];
  for (const accepted of required.accepts) {
    const parsed = requirementSchema.safeParse(accepted);
    if (!parsed.success || parsed.data.amount === 0n) continue;
    const { scheme, network, amount, asset, payTo, maxTimeoutSeconds, extra } = parsed.data;
    offers.push(
      Object.freeze({
        x402Version: 2 as const,
        scheme,
        network,
        amount,
        asset,
        payTo,
        maxTimeoutSeconds,
        extra: deepFreeze(extra ?? {}),
        resource: deepFreeze(required.resource),
        accepted: deepFreeze(accepted),
      }),
    );
  }
  if (offers.length === 0)
    throw new ProtocolError("malformed_header", "PAYMENT-REQUIRED holds no offer that can be read");
  return { offers, error: required.error, plain };
}

/** Depth is bounded by MAX_NESTING of the header it came in. */
function deepFreeze<T extends object>(value: T): T {
  for (const item of Object.values(value)) {
    if (typeof item === "object" && item !== null && !Object.isFrozen(item)) deepFreeze(item);
  }
  return Object.freeze(value);
}
