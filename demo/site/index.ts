/** The Toll Times: a newspaper that is sold by the request, with its owner's office and a partner next door. */
import { join } from "node:path";
import { type PaymentMiddleware, paymentMiddleware, sqliteStore } from "@tollpass/provider";
import express from "express";
import { type Address, createPublicClient, http } from "viem";
import { bytesToHex } from "viem/utils";
import { type LocalChain, localNetwork } from "#demo/chain/index.ts";
import { PRICES } from "#demo/prices.ts";
import { gate } from "./gate.ts";
import { paperHeaders } from "./headers.ts";
import { listen } from "./listen.ts";
import { ownerOffice } from "./owner.ts";
import { type PartnerDesk, startPartnerDesk } from "./partner.ts";
import { ASSETS, freePages, paidGoods } from "./routes.ts";
import { openTill, type Till } from "./till.ts";

export interface SiteOptions {
  readonly chain: LocalChain;
  /** Where the provider keeps its books. */
  readonly folder: string;
  /** 0 (the default) lets the operating system choose. */
  readonly port?: number;
}

export interface Site {
  /** `http://127.0.0.1:port`, without a slash at its end. */
  readonly url: string;
  readonly payTo: Address;
  readonly till: Till;
  readonly partner: PartnerDesk;
  close(): Promise<void>;
}

function paywall(chain: LocalChain, folder: string): PaymentMiddleware {
  const key = chain.accounts.relay.getHdKey().privateKey;
  if (!key) throw new Error("the relay account has no key");
  const routes = Object.entries(PRICES).map(([path, { price, description, perHit }]) => [
    `GET ${path}`,
    { price, description, ...(perHit === undefined ? {} : { metered: true as const }) },
  ]);
  return paymentMiddleware(chain.accounts.payee.address, Object.fromEntries(routes), {
    network: localNetwork(chain),
    relayKey: bytesToHex(key),
    store: sqliteStore(join(folder, "provider.sqlite")),
    // The owner of the demo presses the button.
    claim: false,
    log: { info() {}, warn: console.warn },
  });
}

/** Opens the paper and the partner desk on the loopback interface. */
export async function startSite({ chain, folder, port = 0 }: SiteOptions): Promise<Site> {
  const partner = await startPartnerDesk(chain, ASSETS);
  const sold = paywall(chain, folder);
  const client = createPublicClient({ chain: chain.viemChain, transport: http(chain.rpcUrl) });
  const till = openTill(sold, async (hash) => (await client.getTransactionReceipt({ hash })).gasUsed);

  const app = express();
  app.disable("x-powered-by");
  app.use(paperHeaders);
  app.use("/owner", ownerOffice(till));
  app.use(freePages(partner.url));
  app.use(gate, sold, paidGoods());
  const { url, close } = await listen(app, port);
  return {
    url,
    payTo: chain.accounts.payee.address,
    till,
    partner,
    async close() {
      await close();
      await sold.close();
      await partner.close();
    },
  };
}
