/**
 * The demo, clicked through without a person: everything on sale is bought in a real browser, the owner cashes in, the
 * reader takes the rest back, and what wallet, provider and chain say is compared to the unit.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatUnits } from "@tollpass/protocol";
import type { Address } from "viem";
import { localNetwork } from "#demo/chain/index.ts";
import { PARTNER_PRICES, PRICES } from "#demo/prices.ts";
import { requireGood } from "#demo/site/goods.ts";
import type { Stage } from "#demo/stage.ts";
import { type DrivenWallet, openWallet } from "#demo/wallet.ts";
import { type Driver, type DriverPage, poll } from "#e2e/driver/launch.ts";
import { agrees, type Figure, table } from "./figures.ts";
import { type Bought, newspaperPurchases, type Purchase, partnerPurchase } from "./purchases.ts";
import { type Allowance, allowAsked, getBack, onboard, spentInPopup } from "./screens.ts";
import { transferred } from "./transfers.ts";
import { allPayments, paymentsOf, sum } from "./walletFigures.ts";

const PASSWORD = "two goats, three toll bridges";
const DECIMALS = 6;
const DOLLAR = 10n ** BigInt(DECIMALS);
/** The wallet acknowledges what it received within seconds of the last page. */
const ACKNOWLEDGED_WITHIN = 20_000;
/** From the welcome screen of an empty wallet to the first story, paid for and on the screen. */
const FIRST_STORY_WITHIN = 60_000;

const typed = (atomic: bigint): string => formatUnits(atomic, DECIMALS);

/** A budget generous enough for everything on the list, whatever it costs: the check is about sums, not about limits. */
function budget(): { cap: bigint; allowance: Allowance } {
  const prices = [
    ...Object.keys(PRICES).map((path) => requireGood(path).price),
    ...Object.keys(PARTNER_PRICES).map((path) => requireGood(path, PARTNER_PRICES).price),
  ];
  const dearest = prices.reduce((most, price) => (price > most ? price : most));
  const ample = prices.reduce((total, price) => total + price) * 4n;
  const cap = ample > DOLLAR ? ample : DOLLAR;
  return { cap, allowance: { cap: typed(cap), perRequest: typed(dearest) } };
}

/** From an empty profile to a wallet that can afford the budget. Resolves to its address. */
async function prepareWallet({ chain }: Stage, wallet: DrivenWallet, cap: bigint): Promise<Address> {
  await onboard(wallet.page, PASSWORD);
  const reader = (await wallet.ask("wallet.get", {})).address as Address;
  const short = cap * 3n - (await chain.balanceOf(reader));
  if (short > 0n) await chain.mint(reader, short);
  const settings = await wallet.ask("settings.get", {});
  await wallet.ask("settings.set", { ...settings, dailyCeiling: typed(cap * 2n) });
  return reader;
}

/** Buys one thing at which the wallet has to ask; the answer is a budget. */
async function buyAsked(driver: Driver, page: DriverPage, purchase: Purchase, allowance: Allowance): Promise<Bought> {
  const [bought] = await Promise.all([purchase.buy(page), allowAsked(driver, allowance)]);
  return bought;
}

/** Says how long a newcomer needed. Throws if that was too long. */
function timeFirstStory(took: number, say: (text: string) => void): void {
  const seconds = (took / 1_000).toFixed(1);
  say(`the first story was there ${seconds} s after the welcome screen`);
  if (took > FIRST_STORY_WITHIN) throw new Error(`A newcomer waited ${seconds} s for the first story.`);
}

async function cashIn(page: DriverPage, url: string): Promise<void> {
  await page.goto(`${url}/owner`);
  await page.click("[data-cash-in]");
  await page.until(() => document.querySelector("[data-cashed] code") !== null, undefined, 30_000);
}

/** Prints what happens and the table. Resolves to whether all figures agree. A failure leaves pictures of the pages. */
export async function runCheck(stage: Stage, driver: Driver, say: (text: string) => void): Promise<boolean> {
  const wallet = await openWallet(driver, localNetwork(stage.chain));
  const page = await driver.newPage();
  try {
    return await walkThrough(stage, driver, wallet, page, say);
  } catch (error) {
    const folder = mkdtempSync(join(tmpdir(), "tollpass-check-"));
    for (const [name, shown] of [["page", page] as const, ["wallet", wallet.page] as const]) {
      await shown.screenshot(join(folder, `${name}.png`)).catch(() => undefined);
    }
    say(`what was on the screens: ${folder}`);
    throw error;
  }
}

async function walkThrough(
  stage: Stage,
  driver: Driver,
  wallet: DrivenWallet,
  page: DriverPage,
  say: (text: string) => void,
): Promise<boolean> {
  const { chain, site } = stage;
  const { cap, allowance } = budget();

  say("creating a wallet on its own screens");
  const began = performance.now();
  const reader = await prepareWallet(stage, wallet, cap);
  const funded = await chain.balanceOf(reader);

  const bought: Bought[] = [];
  for (const [index, purchase] of newspaperPurchases(site.url).entries()) {
    say(`buying: ${purchase.name}`);
    bought.push(index === 0 ? await buyAsked(driver, page, purchase, allowance) : await purchase.buy(page));
    if (index === 0) timeFirstStory(performance.now() - began, say);
  }
  const cost = bought.reduce((total, each) => total + each.cost, 0n);
  const requests = bought.reduce((total, each) => total + each.requests, 0);

  const partnerPage = partnerPurchase(site.partner.url);
  say(`buying: ${partnerPage.name}`);
  const partner = await buyAsked(driver, page, partnerPage, allowance);

  say("waiting for the wallet to acknowledge what it received");
  await poll(
    "every charge to be acknowledged",
    async () => (await site.till.totals()).ready === cost,
    ACKNOWLEDGED_WITHIN,
  )
    // The table will show what is missing.
    .catch(() => say("not every charge was acknowledged in time"));
  say("the owner cashes in");
  await cashIn(page, site.url);

  say("looking at the popup");
  const shown = await spentInPopup(driver, wallet.page, site.url);

  const sent = (from: Address, to: Address) => transferred(chain, from, to);
  const payments = await allPayments(wallet);
  const channels = await wallet.ask("channels.list", {});
  const inChannels = (part: "deposit" | "paid") =>
    channels.reduce((total, channel) => total + BigInt(channel[part].atomic), 0n);
  const books = await site.till.totals();
  const figures: Figure[] = [
    {
      name: "requests sold by the paper",
      unit: "count",
      said: {
        "price list": BigInt(requests),
        wallet: BigInt(paymentsOf(payments, "state-channel").length),
        provider: BigInt(books.requests),
      },
    },
    {
      name: "sold by the paper",
      said: { "price list": cost, wallet: sum(paymentsOf(payments, "state-channel")), provider: books.charged },
    },
    {
      name: "spent, as the popup shows it",
      said: { "price list": cost, wallet: shown, provider: books.charged },
    },
    {
      name: "sold by the partner desk",
      said: {
        "price list": partner.cost,
        wallet: sum(paymentsOf(payments, "exact")),
        chain: await sent(reader, site.partner.payTo),
      },
    },
    {
      name: "set aside in the channel",
      said: { wallet: inChannels("deposit"), provider: books.deposit, chain: await sent(reader, chain.stateChannels) },
    },
    {
      name: "cashed in",
      said: {
        "price list": cost,
        wallet: inChannels("paid"),
        provider: books.claimed,
        chain: await sent(chain.stateChannels, site.payTo),
      },
    },
  ];

  say("the reader takes the rest back");
  await getBack(wallet.page);
  const { balance } = await wallet.ask("wallet.get", {});
  figures.push(
    {
      name: "given back to the reader",
      said: { "price list": books.deposit - cost, chain: await sent(chain.stateChannels, reader) },
    },
    {
      name: "taken by the paper in all",
      said: { "price list": cost, chain: await sent(chain.stateChannels, site.payTo) },
    },
    {
      name: "left in the contract",
      said: { "price list": 0n, chain: await chain.balanceOf(chain.stateChannels) },
    },
    {
      name: "left in the wallet",
      said: {
        "price list": funded - cost - partner.cost,
        chain: await chain.balanceOf(reader),
        ...(balance && { wallet: BigInt(balance.atomic) }),
      },
    },
  );
  const right = figures.every(agrees);
  const verdict = right ? "All figures agree to the unit." : "The figures do not agree.";
  process.stdout.write(`\nIn dollars:\n\n${table(figures)}\n\n${verdict}\n`);
  return right;
}
