/** `exact` paid to the unmodified @x402/express with an @x402/evm facilitator: journal and chain agree, also after a kill. */
import { encodePaymentResponse } from "@tollpass/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type LocalChain, localNetwork } from "../../demo/chain/index.ts";
import { channelRecord } from "../ledger/testing/fixtures.ts";
import { freeBalance } from "./index.ts";
import { load } from "./testing/browser.ts";
import { type ExactScene, openExactScene } from "./testing/exactScene.ts";
import type { Answer, Asked, HostileProvider } from "./testing/hostile.ts";
import { Life } from "./testing/life.ts";
import { allow, PURSE, questionOf } from "./testing/scene.ts";
import { startWallet, type TestWallet, type WalletOptions } from "./testing/wallet.ts";

let scene: ExactScene;
let chain: LocalChain;
let provider: HostileProvider;
let wallet: TestWallet;
const newest = async () => (await wallet.ledger.history({ limit: 1 })).payments[0];
const spent = async () => (await wallet.ledger.grants())[0]?.spent;

beforeAll(async () => {
  scene = await openExactScene();
  ({ chain, provider } = scene);
});
afterAll(() => scene.close());
beforeEach(async () => {
  wallet = await scene.wallet();
});
afterEach(() => wallet.kill());

test("is paid once, journalled with its transaction, and the seller has the price", async () => {
  const before = await chain.balanceOf(scene.desk.payTo);
  const allowed = allow(wallet, "$1");
  expect(await load(wallet.payments, scene.url)).toMatchObject({ status: 200, paid: true });
  await allowed;
  await expect.poll(newest).toMatchObject({ state: "delivered", charged: scene.price });
  expect((await newest())?.transaction).toMatch(/^0x[0-9a-f]{64}$/);
  expect((await chain.balanceOf(scene.desk.payTo)) - before).toBe(scene.price);
  expect(await chain.balanceOf(wallet.address)).toBe(PURSE - scene.price);
  expect(await spent()).toBe(scene.price);
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
});

/** Answers a payment without having done anything with it. */
function sayTransferred({ payment }: Asked): Answer | undefined {
  if (payment === undefined) return undefined;
  const network = localNetwork(chain).id;
  const response = encodePaymentResponse({ success: true, network, transaction: `0x${"12".repeat(32)}` });
  return { status: 200, headers: { "payment-response": response }, body: "tides" };
}

describe("that a server says was transferred", () => {
  const free = async () => {
    const network = localNetwork(chain);
    const [token] = network.tokens;
    if (!token) throw new RangeError("the network has a token");
    return freeBalance(wallet.ports, network, token, wallet.address);
  };

  test("keeps its amount out of what is free until the chain shows it, also where the answer was a lie", async () => {
    provider.tricks.before = sayTransferred;
    const allowed = allow(wallet, "$1");
    expect(await load(wallet.payments, scene.url)).toMatchObject({ status: 200, paid: true });
    await allowed;
    await expect.poll(newest).toMatchObject({ state: "delivered", charged: scene.price });
    expect(await free()).toBe(PURSE - scene.price);
    await wallet.payments.reconcile();
    expect(await free()).toBe(PURSE - scene.price);
  });

  test("is looked up after the channels, several at once and never very many", async () => {
    provider.tricks.before = sayTransferred;
    const allowed = allow(wallet, "$1");
    await load(wallet.payments, scene.url);
    await allowed;
    for (let n = 0; n < 9; n += 1) await load(wallet.payments, `${scene.url}?${n}`);
    await expect.poll(async () => (await wallet.ledger.awaitingChain()).length).toBe(10);
    const { key } = channelRecord();
    const network = localNetwork(chain).id;
    await wallet.ledger.putChannel(channelRecord({ key: { ...key, network, asset: chain.dollar } }));
    wallet.kill();
    const order: string[] = [];
    let running = 0;
    let most = 0;
    const held = Promise.withResolvers<void>();
    const wrap: WalletOptions["wrap"] = (ports) => ({
      ...ports,
      chainOf(place) {
        const real = ports.chainOf(place);
        return {
          ...real,
          channelStates(ids) {
            order.push("channels");
            return real.channelStates(ids);
          },
          async authorizationUsed(...given) {
            order.push("payment");
            running += 1;
            most = Math.max(most, running);
            await held.promise;
            running -= 1;
            return real.authorizationUsed(...given);
          },
        };
      },
    });
    wallet = await scene.begin({ disk: wallet.disk, wrap });
    const reconciling = wallet.payments.reconcile();
    await expect.poll(() => running).toBe(4);
    expect(order[0]).toBe("channels");
    held.resolve();
    await reconciling;
    expect(most).toBe(4);
    expect(order.filter((what) => what === "payment")).toHaveLength(10);
  });

  test("on a network that the wallet no longer knows is not looked up for ever", async () => {
    provider.tricks.before = sayTransferred;
    const allowed = allow(wallet, "$1");
    await load(wallet.payments, scene.url);
    await allowed;
    await expect.poll(async () => (await wallet.ledger.awaitingChain()).length).toBe(1);
    wallet.kill();
    wallet = await startWallet([], { disk: wallet.disk });
    await wallet.payments.reconcile();
    expect(await wallet.ledger.awaitingChain()).toEqual([]);
    expect(await newest()).toMatchObject({ state: "delivered", charged: scene.price, onChain: "unknowable" });
  });

  test("and that the chain shows is not counted a second time", async () => {
    const allowed = allow(wallet, "$1");
    expect(await load(wallet.payments, scene.url)).toMatchObject({ status: 200, paid: true });
    await allowed;
    await expect.poll(newest).toMatchObject({ state: "delivered" });
    await wallet.payments.reconcile();
    expect(await free()).toBe(PURSE - scene.price);
    expect(await newest()).toMatchObject({ onChain: "taken" });
  });
});

test("whose answer the background did not live to see is known from the chain, and not paid again by itself", async () => {
  const life = new Life();
  const mortal = await scene.begin({ disk: wallet.disk, wrap: life.wrap });
  const allowed = allow(mortal, "$1");
  provider.tricks.after = (asked) => {
    // The header is out: from here on this background is no more.
    if (asked.payment !== undefined) life.dead = true;
    return undefined;
  };
  expect(await load(mortal.payments, scene.url)).toMatchObject({ status: 200 });
  await allowed;
  mortal.kill();
  expect(await newest()).toMatchObject({ state: "sent" });
  await wallet.payments.reconcile();
  expect(await newest()).toMatchObject({ charged: scene.price, outcome: "delivered" });
  expect(await spent()).toBe(scene.price);
  const reloading = load(wallet.payments, scene.url);
  const { id, reason } = await questionOf(wallet, reloading);
  expect(reason).toMatchObject({ code: "paid_before" });
  await wallet.payments.windowClosed(id);
  expect(await reloading).toMatchObject({ status: 402, paid: false });
  expect(await spent()).toBe(scene.price);
  expect(await chain.balanceOf(wallet.address)).toBe(PURSE - scene.price);
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
});

// Last: from here on the chain's clock runs ahead.
test("that a server only says was transferred is free again once its authorization has lapsed by both clocks", async () => {
  provider.tricks.before = sayTransferred;
  const allowed = allow(wallet, "$1");
  expect(await load(wallet.payments, scene.url)).toMatchObject({ status: 200, paid: true });
  await allowed;
  await expect.poll(newest).toMatchObject({ state: "delivered" });
  await chain.advance(601);
  await wallet.payments.reconcile();
  expect((await newest())?.onChain).toBeUndefined();
  wallet.kill();
  wallet = await scene.begin({ disk: wallet.disk, now: () => Date.now() + 601_000 });
  await wallet.payments.reconcile();
  expect(await newest()).toMatchObject({ state: "delivered", onChain: "lapsed" });
});

test("that never reached the seller is credited once its authorization has provably expired, and not before", async () => {
  const life = new Life();
  const mortal = await scene.begin({ disk: wallet.disk, wrap: life.wrap });
  const allowed = allow(mortal, "$1");
  provider.tricks.before = ({ payment }) => {
    if (payment === undefined) return undefined;
    life.dead = true;
    return "cut";
  };
  await expect(load(mortal.payments, scene.url)).rejects.toThrow();
  await allowed;
  mortal.kill();
  await wallet.payments.reconcile();
  expect(await newest()).toMatchObject({ state: "sent" });
  expect(await spent()).toBe(scene.price);
  await chain.advance(601);
  await wallet.payments.reconcile();
  // The chain's clock alone is its server's word.
  expect(await newest()).toMatchObject({ state: "sent" });
  const later = await scene.begin({ disk: wallet.disk, now: () => Date.now() + 601_000 });
  await later.payments.reconcile();
  expect(await newest()).toMatchObject({ state: "reconciled", charged: 0n });
  expect(await spent()).toBe(0n);
  expect(await chain.balanceOf(wallet.address)).toBe(PURSE);
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
});
