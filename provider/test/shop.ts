/** A real Express server with the middleware on it, on the real local chain, for the integration tests. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type PaymentMiddleware, type PaymentOptions, paymentMiddleware, type RouteTable } from "@tollpass/provider";
import express, { type Express } from "express";
import { toHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { type LocalChain, localNetwork } from "../../demo/chain/index.ts";
import { memoryStore } from "../src/memoryStore.ts";
import { Payer } from "./payer.ts";

export const QUIET = { info: () => undefined, warn: () => undefined };

export const relayKeyOf = (chain: Pick<LocalChain, "accounts">) =>
  toHex(chain.accounts.relay.getHdKey().privateKey ?? new Uint8Array());

export interface Shop {
  readonly origin: string;
  readonly payment: PaymentMiddleware;
  close(): Promise<void>;
}

export async function listen(app: Express): Promise<{ origin: string; server: Server }> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** `goods` adds the handlers; everything else has the defaults of a provider with a relay key. */
export async function openShop(
  chain: LocalChain,
  table: RouteTable,
  goods: (app: Express) => void,
  options: PaymentOptions = {},
): Promise<Shop> {
  const payment = paymentMiddleware(chain.accounts.payee.address, table, {
    network: localNetwork(chain),
    relayKey: relayKeyOf(chain),
    store: memoryStore(),
    relayLimits: { perPayer: 1_000, total: 1_000 },
    log: QUIET,
    ...options,
  });
  const app = express();
  app.use(payment);
  goods(app);
  const { origin, server } = await listen(app);
  return {
    origin,
    payment,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await payment.close();
    },
  };
}

/** A new payer with some test dollars and no gas. */
export async function newPayer(chain: LocalChain, dollars = 100_000_000n): Promise<Payer> {
  const payer = new Payer(privateKeyToAccount(generatePrivateKey()), {
    chainId: chain.chainId,
    address: chain.stateChannels,
  });
  await chain.mint(payer.account.address, dollars);
  return payer;
}
