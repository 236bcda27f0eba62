/** What wallet, provider and chain each say about the same money, and the claim that they agree to the unit. */
import { expect } from "@playwright/test";
import type { LocalChain } from "#demo/chain/index.ts";
import { transferred } from "#demo/check/transfers.ts";
import { allPayments, sum } from "#demo/check/walletFigures.ts";
import { poll } from "../driver/launch.ts";
import type { Funded } from "./fixtures.ts";
import type { Shop } from "./shop.ts";

/** Seconds where the end of a body was seen; where it was missed, a minute and the next tick of the wallet's alarm. */
const ACKNOWLEDGED_WITHIN = 150_000;

/** Everything that was charged is acknowledged: nothing is in flight any more on either side. */
export async function acknowledged(shop: Shop): Promise<void> {
  await poll(
    "every charge to be acknowledged",
    async () => {
      const { channels } = await shop.books();
      return channels.every(({ charged, acknowledged, reserved }) => reserved === 0n && charged === acknowledged);
    },
    ACKNOWLEDGED_WITHIN,
  );
}

/**
 * Waits for the acknowledgement, claims, and holds wallet, provider and chain against what the page got: `count`
 * requests for `total` atomic units in all.
 */
export async function sumsAgree(
  { chain, shop, wallet, address }: { chain: LocalChain; shop: Shop } & Pick<Funded, "wallet" | "address">,
  { count, total }: { count: number; total: bigint },
): Promise<void> {
  await acknowledged(shop);
  await shop.claim();
  const books = await shop.books();
  const sold = books.payments.filter(({ phase, charged }) => phase === "done" && charged > 0n);
  expect(sold.length).toBe(count);
  expect(new Set(sold.map(({ nonce }) => nonce)).size).toBe(count);
  const [payments, channels, sites] = await Promise.all([
    allPayments(wallet),
    wallet.ask("channels.list", {}),
    wallet.ask("sites.list", {}),
  ]);
  const paid = payments.filter(({ state, charged }) => state === "delivered" && BigInt(charged?.atomic ?? 0) > 0n);
  expect(paid.length).toBe(count);
  expect({
    history: sum(paid),
    channels: channels.reduce((all, { paid }) => all + BigInt(paid.atomic), 0n),
    inFlight: channels.reduce((all, { inFlight }) => all + BigInt(inFlight.atomic), 0n),
    budgets: sites.flatMap(({ grants }) => grants).reduce((all, { spent }) => all + BigInt(spent.atomic), 0n),
    charged: books.channels.reduce((all, { charged }) => all + charged, 0n),
    claimed: books.channels.reduce((all, { settled }) => all + settled, 0n),
    received: await transferred(chain, chain.stateChannels, chain.accounts.payee.address),
    escrow: (await transferred(chain, address, chain.stateChannels)) - (await chain.balanceOf(chain.stateChannels)),
  }).toEqual({
    history: total,
    channels: total,
    inFlight: 0n,
    budgets: total,
    charged: total,
    claimed: total,
    received: total,
    escrow: total,
  });
}
