/** What a paid handler sees of its payment: `request.payment`. */
import { parsePrice } from "@tollpass/protocol";
import type { Address, Hex } from "viem";
import type { Route } from "./routes.ts";
import type { PaymentRecord } from "./store.ts";

/** One payment as its handler sees it. Amounts in atomic units of the route's token. */
export interface Sale {
  readonly channelId: Hex;
  readonly nonce: bigint;
  readonly payer: Address;
  /** The price, or the ceiling of a metered route. */
  readonly price: bigint;
  /** What was charged so far: the price of an ordinary route, the sum of `charge` of a metered one. */
  readonly charged: bigint;
  /** What can still be charged on a metered route. */
  readonly remaining: bigint;
  /** The same request was paid before and is served again for free: nothing more can be charged. */
  readonly repeated: boolean;
  /**
   * Metered routes: adds to the cost, in atomic units or as a price such as "$0.001". False, and nothing is charged, if
   * it no longer fits under the ceiling: then the handler should end its answer. Throws on a route that is not metered.
   */
  charge(amount: bigint | string): boolean;
}

declare global {
  namespace Express {
    interface Request {
      /** Set on requests to paid routes, once they are paid. */
      payment?: Sale;
    }
  }
}

export function createSale(route: Route, payment: PaymentRecord, payer: Address, repeated: boolean): Sale {
  const { channelId, nonce, price } = payment;
  let spent = repeated || !route.metered ? price : 0n;
  let charged = repeated ? payment.charged : route.metered ? 0n : price;
  return {
    channelId,
    nonce,
    payer,
    price,
    repeated,
    get charged() {
      return charged;
    },
    get remaining() {
      return price - spent;
    },
    charge(amount) {
      if (!route.metered)
        throw new TypeError(`${route.key} has a fixed price: give it metered: true to charge by use.`);
      const units = typeof amount === "string" ? parsePrice(amount, route.token.decimals) : amount;
      if (units < 0n) throw new RangeError("a charge is not negative");
      if (units > price - spent) return false;
      spent += units;
      charged += units;
      return true;
    },
  };
}
