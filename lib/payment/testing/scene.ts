/** One stage for many tests: a chain, a real shop with a hostile server before it, and wallets that come and go. */
import type { Network } from "@tollpass/protocol";
import { type LocalChain, localNetwork, startChain } from "../../../demo/chain/index.ts";
import { openShop, type Shop } from "../../../provider/test/shop.ts";
import type { Question } from "../questions.ts";
import { type HostileProvider, standBefore } from "./hostile.ts";
import { startWallet, type TestWallet, type WalletOptions } from "./wallet.ts";

/** What every wallet here starts with, in atomic units: $20. */
export const PURSE = 20_000_000n;

export interface Scene {
  readonly chain: LocalChain;
  readonly network: Network;
  readonly shop: Shop;
  /** Origin of the hostile server: where the pages are asked for. */
  readonly provider: HostileProvider;
  wallet(
    options?: WalletOptions & { readonly networks?: readonly Network[]; readonly purse?: bigint },
  ): Promise<TestWallet>;
  close(): Promise<void>;
}

/** Sells /news/* for 2 cents, /dear for 50 and /fails, which fails, for 2. */
export async function openScene(options: Parameters<typeof openShop>[3] = {}): Promise<Scene> {
  const chain = await startChain();
  const network = localNetwork(chain);
  const shop = await openShop(
    chain,
    { "/news/*": "$0.02", "/dear": "$0.50", "/fails": "$0.02" },
    (app) => {
      app.get("/news/:story", (request, response) => void response.send(`story ${request.params.story}`));
      app.get("/dear", (_request, response) => void response.send("dear"));
      app.get("/fails", (_request, response) => void response.status(500).send("broken"));
    },
    options,
  );
  const provider = await standBefore(shop.origin);
  const alive = new Set<TestWallet>();
  return {
    chain,
    network,
    shop,
    provider,
    async wallet({ networks = [network], purse = PURSE, ...rest } = {}) {
      const made = await startWallet(networks, rest);
      if (!rest.disk && purse > 0n) await chain.mint(made.address, purse);
      alive.add(made);
      return made;
    },
    async close() {
      for (const wallet of alive) wallet.kill();
      await provider.close();
      await shop.close();
      await chain.close();
    },
  };
}

/** The question that a request which has just been made leads to. Throws if the request is over without one. */
export async function questionOf(wallet: TestWallet, loading: Promise<unknown>): Promise<Question> {
  const over = loading.then(() => {
    throw new RangeError("it was over without a question");
  });
  const question = wallet.payments.question(await Promise.race([wallet.asked(), over]));
  over.catch(() => undefined);
  if (!question) throw new RangeError("a question that is shown waits");
  return question;
}

/** Answers the next question of a wallet with a budget. */
export async function allow(wallet: TestWallet, cap = "$1", perRequest = cap): Promise<void> {
  const questionId = await wallet.asked();
  const revision = wallet.payments.question(questionId)?.revision ?? -1;
  const choice = { kind: "budget", cap, period: "month", perRequest, renews: true } as const;
  const problem = await wallet.payments.choose({ questionId, revision, offer: 0, choice });
  if (problem) throw new Error(`the budget was not taken: ${problem}`);
}
