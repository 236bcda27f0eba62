// The provider of a life: the real middleware on a real store, in a server whose handlers end when the life says so and
// whose process can die and start again.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { paymentMiddleware, type Sale, type Store } from "@tollpass/provider";
import express, { type Response as Served } from "express";
import type { Hex } from "viem";
import { type LocalChain, localNetwork } from "../../../demo/chain/index.ts";
import { QUIET, relayKeyOf } from "../../../provider/test/shop.ts";
import { type Death, mortal } from "./mortal.ts";

export const ORIGIN = "https://shop.example";

/** Prices in atomic units: odd ones, so that sums tell what they are made of. A metered one is a ceiling. */
const ROUTES = {
  "/page": { price: 10n, metered: false },
  "/note": { price: 3n, metered: false },
  "/search": { price: 16n, metered: true },
  "/film": { price: 21n, metered: true },
} as const;
export type RouteName = keyof typeof ROUTES;
export const ROUTE_NAMES = Object.keys(ROUTES) as RouteName[];

const TABLE = Object.fromEntries(
  ROUTE_NAMES.map((name) => {
    const { price, metered } = ROUTES[name];
    const text = `$${(Number(price) / 1e6).toFixed(6)}`;
    return [`${name}/*`, metered ? { price: text, metered } : text];
  }),
);

/** How a handler ends what it serves. */
export type Ending = "served" | "failed" | "dropped";

/** A paid request in its handler. */
export interface Visit {
  readonly sale: Sale;
  /** Ends it; `cost` counts where the route is metered. */
  end(ending: Ending, cost: bigint): void;
}

function visitOf(route: RouteName, sale: Sale, response: Served): Visit {
  return {
    sale,
    end(ending, cost) {
      if (ending === "dropped") return void response.destroy();
      if (ending === "failed") return void response.status(500).send("failed");
      if (ROUTES[route].metered) sale.charge(cost);
      // A film flows: its headers leave before its cost is known.
      if (route === "/film") response.write("reel");
      response.end("goods");
    },
  };
}

/** Starts the shop's process on what the one before it has left on the disk. */
export async function openShop(chain: LocalChain, disk: Store, receiptKey: Hex, maxUnacked: number) {
  const process = mortal(disk);
  const payment = paymentMiddleware(chain.accounts.payee.address, TABLE, {
    network: localNetwork(chain),
    relayKey: relayKeyOf(chain),
    receiptKey,
    store: process.store,
    publicUrl: ORIGIN,
    minDeposit: "$0.000001",
    maxUnacked,
    relayLimits: { perPayer: 1_000, total: 1_000 },
    claim: false,
    watchSeconds: 3_600,
    log: QUIET,
  });
  // What the last process was serving is finished before anything is asked of this one.
  await payment.ready();
  const app = express();
  // Express prints what a dead process could not answer otherwise.
  app.set("env", "test");
  app.use(payment);
  /** Whoever waits for the request of this path to reach its handler. */
  const awaited = new Map<string, (visit: Visit) => void>();
  for (const route of ROUTE_NAMES) {
    app.get(`${route}/:number`, (request, response) => {
      if (!request.payment) throw new Error("a handler was reached without a payment");
      const visit = visitOf(route, request.payment, response);
      // What is served again for free ends by itself.
      if (request.payment.repeated) return visit.end("served", 0n);
      const meet = awaited.get(request.path);
      if (!meet) throw new Error(`nobody sent the request for ${request.path}`);
      meet(visit);
    });
  }
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const local = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function shut(): Promise<void> {
    const shut = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await shut;
  }

  return {
    payment,
    died: process.died,
    isDead: process.isDead,
    dieAt: (death: Death | undefined) => process.dieAt(death),
    /** Asks this server. Rejects if its process dies first. */
    fetch: (url: string, init?: RequestInit) => fetch(url.replace(ORIGIN, local), init),
    /** Resolves when the request for this path is in its handler, paid. */
    visit(path: string): Promise<Visit> {
      const { promise, resolve } = Promise.withResolvers<Visit>();
      awaited.set(path, resolve);
      return promise;
    },
    /** The machine stops, with whatever it was doing. */
    async kill(): Promise<void> {
      await process.bury();
      await shut();
      await payment.close();
    },
  };
}
export type FuzzedShop = Awaited<ReturnType<typeof openShop>>;
export const priceOf = (route: RouteName): bigint => ROUTES[route].price;
