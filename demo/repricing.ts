/** Other prices for one run, without editing the list: `TOLL_TIMES_PRICES` is a factor such as 1.337, or a JSON file. */
import { readFileSync } from "node:fs";
import { formatUnits, parsePrice } from "@tollpass/protocol";
import { z } from "zod";
import type { Good } from "./prices.ts";

const DECIMALS = 6;
const FACTOR = /^\d{1,6}(?:\.\d{1,6})?$/;

const changesSchema = z.record(z.string(), z.strictObject({ price: z.string(), perHit: z.string().optional() }));

type PriceList = Readonly<Record<string, Good>>;

/** Millionths, rounded up, so that nothing becomes free by being multiplied. */
function times(price: string, factor: bigint): string {
  const one = 10n ** BigInt(DECIMALS);
  return `$${formatUnits((parsePrice(price, DECIMALS) * factor + one - 1n) / one, DECIMALS)}`;
}

function multiplied(list: PriceList, factor: bigint): PriceList {
  return Object.fromEntries(
    Object.entries(list).map(([path, good]) => [
      path,
      {
        ...good,
        price: times(good.price, factor),
        ...(good.perHit !== undefined && { perHit: times(good.perHit, factor) }),
      },
    ]),
  );
}

/**
 * The list with the prices of this run. `how`: nothing, a factor above 0, or the path of a JSON file that names a `price`
 * (and for a metered good a `perHit`) in dollars per path; paths that it does not name keep theirs. Throws if the file
 * cannot be read or a price cannot be expressed in six decimals.
 */
export function repriced(list: PriceList, how = process.env.TOLL_TIMES_PRICES): PriceList {
  if (!how) return list;
  if (FACTOR.test(how)) {
    const factor = parsePrice(how, DECIMALS);
    if (factor === 0n) throw new Error("The factor for the prices is zero.");
    return multiplied(list, factor);
  }
  const changes = changesSchema.parse(JSON.parse(readFileSync(how, "utf8")));
  return Object.fromEntries(
    Object.entries(list).map(([path, good]) => {
      const change = changes[path];
      if (!change) return [path, good];
      const perHit = change.perHit ?? good.perHit;
      return [path, { ...good, price: change.price, ...(perHit !== undefined && { perHit }) }];
    }),
  );
}
