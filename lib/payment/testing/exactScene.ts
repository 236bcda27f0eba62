/** The stage for payments by `exact`: a chain, the unmodified @x402/express as the seller, a hostile server before it. */
import { type LocalChain, localNetwork, startChain } from "../../../demo/chain/index.ts";
import { PARTNER_PRICES } from "../../../demo/prices.ts";
import { requireGood } from "../../../demo/site/goods.ts";
import { type PartnerDesk, startPartnerDesk, TIDES } from "../../../demo/site/partner.ts";
import { ASSETS } from "../../../demo/site/routes.ts";
import { type HostileProvider, standBefore } from "./hostile.ts";
import { PURSE } from "./scene.ts";
import { startWallet, type TestWallet, type WalletOptions } from "./wallet.ts";

export interface ExactScene {
  readonly chain: LocalChain;
  readonly desk: PartnerDesk;
  /** Where the page is asked for. */
  readonly provider: HostileProvider;
  /** What the page costs, in atomic units. */
  readonly price: bigint;
  readonly url: string;
  /** A background over a disk of its own, or over that of an earlier one. */
  begin(options?: WalletOptions): Promise<TestWallet>;
  /** One with `PURSE` in it, and a provider that plays no tricks and has seen no payment. */
  wallet(): Promise<TestWallet>;
  close(): Promise<void>;
}

export async function openExactScene(): Promise<ExactScene> {
  const chain = await startChain();
  const desk = await startPartnerDesk(chain, ASSETS);
  const provider = await standBefore(desk.url);
  const begin = (options: WalletOptions = {}) => startWallet([localNetwork(chain)], options);
  return {
    chain,
    desk,
    provider,
    price: requireGood(TIDES, PARTNER_PRICES).price,
    url: `${provider.origin}${TIDES}`,
    begin,
    async wallet() {
      provider.tricks = {};
      provider.payments.length = 0;
      const made = await begin();
      await chain.mint(made.address, PURSE);
      return made;
    },
    async close() {
      await provider.close();
      await desk.close();
      await chain.close();
    },
  };
}
