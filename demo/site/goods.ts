/** The price list, read: which good a path is, and what its price is in atomic units and as people read it. */
import { formatDollars, parsePrice } from "@tollpass/protocol";
import { type Good, PRICES } from "#demo/prices.ts";

/** The test dollar has six decimals, as USDC has. */
const DECIMALS = 6;

export interface PricedGood {
  readonly description: string;
  /** Atomic units for one request; the most it can cost where `perHit` is set. */
  readonly price: bigint;
  /** Atomic units for each result. */
  readonly perHit?: bigint;
}

/** An amount of test dollars as people read it: "2 ¢". */
export const inDollars = (atomic: bigint): string => formatDollars(atomic, DECIMALS);

/** The good that a path is sold as, or undefined for what is free. */
export function goodAt(path: string, prices: Readonly<Record<string, Good>> = PRICES): PricedGood | undefined {
  const pattern = Object.keys(prices).find((candidate) =>
    candidate.endsWith("*") ? path.startsWith(candidate.slice(0, -1)) : path === candidate,
  );
  const good = pattern === undefined ? undefined : prices[pattern];
  if (!good) return undefined;
  return {
    description: good.description,
    price: parsePrice(good.price, DECIMALS),
    ...(good.perHit === undefined ? {} : { perHit: parsePrice(good.perHit, DECIMALS) }),
  };
}

/** The good at a path that has to be for sale. Throws when the price list has no entry for it. */
export function requireGood(path: string, prices: Readonly<Record<string, Good>> = PRICES): PricedGood {
  const good = goodAt(path, prices);
  if (!good) throw new Error(`The price list has no entry for ${path}`);
  return good;
}

/** What a search costs that found so many results: so much for each, never more than its price. Atomic units. */
export function searchCost(good: PricedGood, hits: number): bigint {
  const cost = (good.perHit ?? good.price) * BigInt(hits);
  return cost < good.price ? cost : good.price;
}
