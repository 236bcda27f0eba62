/** `exact` paid to the unmodified @x402/express with an @x402/evm facilitator: journal and chain agree, also after a kill. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type LocalChain, localNetwork, startChain } from "../../demo/chain/index.ts";
import { PARTNER_PRICES } from "../../demo/prices.ts";
import { requireGood } from "../../demo/site/goods.ts";
import { type PartnerDesk, startPartnerDesk, TIDES } from "../../demo/site/partner.ts";
import { ASSETS } from "../../demo/site/routes.ts";
import { load } from "./testing/browser.ts";
import { type HostileProvider, standBefore } from "./testing/hostile.ts";
import { Life } from "./testing/life.ts";
import { allow, PURSE } from "./testing/scene.ts";
import { startWallet, type TestWallet, type WalletOptions } from "./testing/wallet.ts";

let chain: LocalChain;
let desk: PartnerDesk;
let provider: HostileProvider;
let wallet: TestWallet;
const PRICE = requireGood(TIDES, PARTNER_PRICES).price;
const url = () => `${provider.origin}${TIDES}`;
const begin = (options: WalletOptions = {}) => startWallet([localNetwork(chain)], options);
const newest = async () => (await wallet.ledger.history({ limit: 1 })).payments[0];
const spent = async () => (await wallet.ledger.grants())[0]?.spent;

beforeAll(async () => {
  chain = await startChain();
  desk = await startPartnerDesk(chain, ASSETS);
  provider = await standBefore(desk.url);
});
afterAll(async () => {
  await provider.close();
  await desk.close();
  await chain.close();
});
beforeEach(async () => {
  wallet = await begin();
  await chain.mint(wallet.address, PURSE);
});
afterEach(() => {
  wallet.kill();
  provider.tricks = {};
  provider.payments.length = 0;
});

test("is paid once, journalled with its transaction, and the seller has the price", async () => {
  const before = await chain.balanceOf(desk.payTo);
  const allowed = allow(wallet, "$1");
  expect(await load(wallet.payments, url())).toMatchObject({ status: 200, paid: true });
  await allowed;
  await expect.poll(newest).toMatchObject({ state: "delivered", charged: PRICE });
  expect((await newest())?.transaction).toMatch(/^0x[0-9a-f]{64}$/);
  expect((await chain.balanceOf(desk.payTo)) - before).toBe(PRICE);
  expect(await chain.balanceOf(wallet.address)).toBe(PURSE - PRICE);
  expect(await spent()).toBe(PRICE);
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
});

test("whose answer the background did not live to see is known from the chain, and not paid again by itself", async () => {
  const life = new Life();
  const mortal = await begin({ disk: wallet.disk, wrap: life.wrap });
  const allowed = allow(mortal, "$1");
  provider.tricks.after = (asked) => {
    // The header is out: from here on this background is no more.
    if (asked.payment !== undefined) life.dead = true;
    return undefined;
  };
  expect(await load(mortal.payments, url())).toMatchObject({ status: 200 });
  await allowed;
  mortal.kill();
  expect(await newest()).toMatchObject({ state: "sent" });
  await wallet.payments.reconcile();
  expect(await newest()).toMatchObject({ charged: PRICE, outcome: "delivered" });
  expect(await spent()).toBe(PRICE);
  expect(await chain.balanceOf(wallet.address)).toBe(PURSE - PRICE);
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
});

// Last: from here on the chain's clock runs ahead.
test("that never reached the seller is credited once its authorization has provably expired, and not before", async () => {
  const life = new Life();
  const mortal = await begin({ disk: wallet.disk, wrap: life.wrap });
  const allowed = allow(mortal, "$1");
  provider.tricks.before = ({ payment }) => {
    if (payment === undefined) return undefined;
    life.dead = true;
    return "cut";
  };
  await expect(load(mortal.payments, url())).rejects.toThrow();
  await allowed;
  mortal.kill();
  await wallet.payments.reconcile();
  expect(await newest()).toMatchObject({ state: "sent" });
  expect(await spent()).toBe(PRICE);
  await chain.advance(601);
  await wallet.payments.reconcile();
  // The chain's clock alone is its server's word.
  expect(await newest()).toMatchObject({ state: "sent" });
  const later = await begin({ disk: wallet.disk, now: () => Date.now() + 601_000 });
  await later.payments.reconcile();
  expect(await newest()).toMatchObject({ state: "reconciled", charged: 0n });
  expect(await spent()).toBe(0n);
  expect(await chain.balanceOf(wallet.address)).toBe(PURSE);
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
});
