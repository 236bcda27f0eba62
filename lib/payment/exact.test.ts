/** `exact` paid to the unmodified @x402/express with an @x402/evm facilitator: journal and chain agree, also after a kill. */
import { encodePaymentResponse } from "@tollpass/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Ledger } from "#ledger";
import { type LocalChain, localNetwork, startChain } from "../../demo/chain/index.ts";
import { PARTNER_PRICES } from "../../demo/prices.ts";
import { requireGood } from "../../demo/site/goods.ts";
import { type PartnerDesk, startPartnerDesk, TIDES } from "../../demo/site/partner.ts";
import { ASSETS } from "../../demo/site/routes.ts";
import { channelRecord } from "../ledger/testing/fixtures.ts";
import { freeBalance } from "./index.ts";
import { load } from "./testing/browser.ts";
import { type Answer, type Asked, type HostileProvider, standBefore } from "./testing/hostile.ts";
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
    expect(await load(wallet.payments, url())).toMatchObject({ status: 200, paid: true });
    await allowed;
    await expect.poll(newest).toMatchObject({ state: "delivered", charged: PRICE });
    expect(await free()).toBe(PURSE - PRICE);
    await wallet.payments.reconcile();
    expect(await free()).toBe(PURSE - PRICE);
  });

  test("is looked up after the channels, several at once and never very many", async () => {
    provider.tricks.before = sayTransferred;
    const allowed = allow(wallet, "$1");
    await load(wallet.payments, url());
    await allowed;
    for (let n = 0; n < 9; n += 1) await load(wallet.payments, `${url()}?${n}`);
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
    wallet = await begin({ disk: wallet.disk, wrap });
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
    await load(wallet.payments, url());
    await allowed;
    await expect.poll(async () => (await wallet.ledger.awaitingChain()).length).toBe(1);
    wallet.kill();
    wallet = await startWallet([], { disk: wallet.disk });
    await wallet.payments.reconcile();
    expect(await wallet.ledger.awaitingChain()).toEqual([]);
    expect(await newest()).toMatchObject({ state: "delivered", charged: PRICE, onChain: "unknowable" });
  });

  test("and that the chain shows is not counted a second time", async () => {
    const allowed = allow(wallet, "$1");
    expect(await load(wallet.payments, url())).toMatchObject({ status: 200, paid: true });
    await allowed;
    await expect.poll(newest).toMatchObject({ state: "delivered" });
    await wallet.payments.reconcile();
    expect(await free()).toBe(PURSE - PRICE);
    expect(await newest()).toMatchObject({ onChain: "taken" });
  });
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

describe("whose answer was lost", () => {
  const sold = () => new Set(provider.payments.map(({ payment }) => payment));
  const question = () => wallet.payments.questionsOf(provider.origin)[0];

  /** Pays within a budget of $1 and loses the answer: before the seller heard of it, or after it had settled. */
  async function loseAnswer(when: "before" | "after", method = "GET"): Promise<void> {
    provider.tricks[when] = ({ payment }: Asked) => (payment === undefined ? undefined : "cut");
    const allowed = allow(wallet, "$1");
    await expect(load(wallet.payments, url(), { method })).rejects.toThrow();
    await allowed;
    provider.tricks = {};
    await expect.poll(async () => (await newest())?.state).toBe("unknown");
  }

  test("and that never reached the seller is sent again unchanged on a reload", async () => {
    await loseAnswer("before");
    expect(await load(wallet.payments, url())).toMatchObject({ status: 200, paid: true });
    await expect.poll(newest).toMatchObject({ state: "delivered", attempts: 2 });
    expect(sold().size).toBe(1);
    expect(await spent()).toBe(PRICE);
    expect(await chain.balanceOf(wallet.address)).toBe(PURSE - PRICE);
    // What was delivered is no reason to hold up the next purchase.
    expect(await load(wallet.payments, url())).toMatchObject({ status: 200, paid: true });
    expect(sold().size).toBe(2);
  });

  test("by a payee that broke the protocol since is not sent again, and nothing else is paid there", async () => {
    await loseAnswer("before");
    const { key } = channelRecord();
    const untrusted = "receipt_forged";
    await wallet.ledger.putChannel(channelRecord({ key: { ...key, payeeOrigin: provider.origin }, untrusted }));
    expect(await load(wallet.payments, url())).toMatchObject({ status: 402, paid: false });
    expect(await load(wallet.payments, `${url()}?other`)).toMatchObject({ status: 402, paid: false });
    expect(sold().size).toBe(1);
    expect(provider.payments.filter(({ payment }) => payment !== undefined)).toHaveLength(1);
    expect(await spent()).toBe(PRICE);
  });

  test("is sent again unchanged also by the next background", async () => {
    await loseAnswer("before");
    wallet.kill();
    wallet = await begin({ disk: wallet.disk });
    expect(await load(wallet.payments, url())).toMatchObject({ status: 200, paid: true });
    expect(sold().size).toBe(1);
    expect(await spent()).toBe(PRICE);
  });

  test("and that the seller took is not paid twice without a yes", async () => {
    await loseAnswer("after");
    const asked = wallet.asked();
    const reloading = load(wallet.payments, url());
    const questionId = await asked;
    expect(wallet.payments.question(questionId)?.reason).toMatchObject({ code: "paid_before" });
    await wallet.payments.windowClosed(questionId);
    expect(await reloading).toMatchObject({ status: 402, paid: false });
    expect(sold().size).toBe(1);
    expect(await spent()).toBe(PRICE);
    expect(await chain.balanceOf(wallet.address)).toBe(PURSE - PRICE);
  });

  test("and that the seller took opens no question about what was answered while it was being looked at", async () => {
    await loseAnswer("after");
    wallet.kill();
    const { disk } = wallet;
    let answered = false;
    const reserve: Ledger["reserve"] = async (...given) => {
      const result = await wallet.ledger.reserve(...given);
      if (result.kind === "ask" && !answered) {
        answered = true;
        await wallet.ledger.setSitePolicy(provider.origin, { never: true });
        wallet.payments.lookAgain();
      }
      return result;
    };
    wallet = await begin({ disk, wrap: (ports) => ({ ...ports, ledger: { ...ports.ledger, reserve } }) });
    const loaded = load(wallet.payments, url());
    expect(await Promise.race([loaded, wallet.asked()])).toMatchObject({ status: 402, paid: false });
    expect(answered).toBe(true);
    expect(wallet.shown).toEqual([]);
  });

  test.each([
    ["once", { kind: "once" }],
    ["with a budget", { kind: "budget", cap: "$1", period: "month", perRequest: "$1", renews: false }],
  ] as const)("is paid anew after a yes %s, and after that without a question", async (_name, choice) => {
    await loseAnswer("after");
    const asked = wallet.asked();
    const reloading = load(wallet.payments, url());
    const questionId = await asked;
    const revision = question()?.revision ?? 0;
    expect(await wallet.payments.choose({ questionId, revision, offer: 0, choice })).toBeUndefined();
    expect(await reloading).toMatchObject({ status: 200, paid: true });
    expect(sold().size).toBe(2);
    expect(await load(wallet.payments, url())).toMatchObject({ status: 200, paid: true });
    expect(sold().size).toBe(3);
    expect(await chain.balanceOf(wallet.address)).toBe(PURSE - 3n * PRICE);
    expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  });

  describe("once, and that two tabs ask for again:", () => {
    const repeated = async () =>
      (await wallet.ledger.history({ limit: 10 })).payments.filter(({ repeatedBy }) => repeatedBy !== undefined);

    /** Both tabs wait for one answer, and get it. Returns what the tabs become. */
    async function bothAsk(choice: Parameters<TestWallet["payments"]["choose"]>[0]["choice"]) {
      const asked = wallet.asked();
      const tabs = [load(wallet.payments, url()), load(wallet.payments, url())];
      const questionId = await asked;
      await expect.poll(() => question()?.items.size).toBe(2);
      const revision = question()?.revision ?? 0;
      expect(await wallet.payments.choose({ questionId, revision, offer: 0, choice })).toBeUndefined();
      return tabs;
    }

    test("a yes to paying again repeats it once; the other tab waits, and asks for itself", async () => {
      await loseAnswer("after");
      await wallet.ledger.revokeGrants("all");
      const tabs = await bothAsk({ kind: "once" });
      expect(await Promise.race(tabs)).toMatchObject({ status: 200, paid: true });
      await expect.poll(() => wallet.shown.length).toBe(3);
      const other = wallet.shown.at(-1) ?? "";
      expect(wallet.payments.question(other)?.reason.code).not.toBe("paid_before");
      await wallet.payments.windowClosed(other);
      expect((await Promise.all(tabs)).map(({ status }) => status).sort()).toEqual([200, 402]);
      expect(sold().size).toBe(2);
      expect(await repeated()).toHaveLength(1);
      expect(await chain.balanceOf(wallet.address)).toBe(PURSE - 2n * PRICE);
    });

    test("the repetition that is lost too is taken up by the other tab with the same bytes", async () => {
      await loseAnswer("after");
      let cuts = 0;
      provider.tricks.before = ({ payment }) => (payment !== undefined && cuts++ === 0 ? "cut" : undefined);
      const budget = { kind: "budget", cap: "$1", period: "month", perRequest: "$1", renews: false } as const;
      const ends = await Promise.allSettled(await bothAsk(budget));
      expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      expect(sold().size).toBe(2);
      expect(await repeated()).toHaveLength(1);
      expect(await chain.balanceOf(wallet.address)).toBe(PURSE - 2n * PRICE);
    });
  });

  test("of a request that may not be repeated is not sent again by itself: the person is asked", async () => {
    const price = await fetch(url());
    const refusal = { status: 402, headers: Object.fromEntries(price.headers), body: "" };
    provider.tricks.before = ({ payment }) => (payment === undefined ? refusal : "cut");
    const allowed = allow(wallet, "$1");
    await expect(load(wallet.payments, url(), { method: "POST" })).rejects.toThrow();
    await allowed;
    await expect.poll(async () => (await newest())?.state).toBe("unknown");
    const asked = wallet.asked();
    const again = load(wallet.payments, url(), { method: "POST" });
    const questionId = await asked;
    expect(wallet.payments.question(questionId)?.reason).toMatchObject({ code: "paid_before" });
    await wallet.payments.windowClosed(questionId);
    expect(await again).toMatchObject({ status: 402, paid: false });
    expect(sold().size).toBe(1);
  });

  test("in its body only is not paid twice without a yes either", async () => {
    provider.tricks.after = ({ payment }) => (payment === undefined ? undefined : "cut_in_body");
    const allowed = allow(wallet, "$1");
    await expect(load(wallet.payments, url())).rejects.toThrow();
    await allowed;
    provider.tricks = {};
    await expect.poll(newest).toMatchObject({ state: "delivered", bodyLost: true });
    const asked = wallet.asked();
    const reloading = load(wallet.payments, url());
    await wallet.payments.windowClosed(await asked);
    expect(await reloading).toMatchObject({ status: 402, paid: false });
    expect(sold().size).toBe(1);
  });

  test.each([
    ["that the reader broke off in Firefox", 200, "NS_BINDING_ABORTED"],
    ["that the reader broke off in Chrome", 200, "net::ERR_ABORTED"],
    ["of a part of a film", 206, "net::ERR_CONNECTION_RESET"],
  ])("in a body %s is no loss: the next purchase is made without a question", async (_name, status, reason) => {
    const allowed = allow(wallet, "$1");
    await load(wallet.payments, url(), { answeredAs: status, brokenOff: reason });
    await allowed;
    await expect.poll(newest).toMatchObject({ state: "delivered", httpStatus: status });
    expect(await load(wallet.payments, url())).toMatchObject({ status: 200, paid: true });
    expect((await wallet.ledger.history({ limit: 5 })).payments.some(({ bodyLost }) => bodyLost)).toBe(false);
  });

  test("while a reload already asks again: that one waits for the end of the first and sends its bytes", async () => {
    const held = Promise.withResolvers<"cut">();
    const reached = Promise.withResolvers<void>();
    provider.tricks.before = ({ payment }) => {
      if (payment === undefined) return undefined;
      reached.resolve();
      return held.promise;
    };
    wallet.kill();
    let looks = 0;
    const reserve: Ledger["reserve"] = async (...given) => {
      const result = await wallet.ledger.reserve(...given);
      looks += 1;
      return result;
    };
    wallet = await begin({ disk: wallet.disk, wrap: (ports) => ({ ...ports, ledger: { ...ports.ledger, reserve } }) });
    const allowed = allow(wallet, "$1");
    const first = load(wallet.payments, url());
    await allowed;
    await reached.promise;
    looks = 0;
    const reloading = load(wallet.payments, url());
    await expect.poll(() => looks).toBeGreaterThan(0);
    provider.tricks = {};
    held.resolve("cut");
    await expect(first).rejects.toThrow();
    expect(await reloading).toMatchObject({ status: 200, paid: true });
    expect(sold().size).toBe(1);
    expect(await spent()).toBe(PRICE);
  });
});

// Last: from here on the chain's clock runs ahead.
test("that a server only says was transferred is free again once its authorization has lapsed by both clocks", async () => {
  provider.tricks.before = sayTransferred;
  const allowed = allow(wallet, "$1");
  expect(await load(wallet.payments, url())).toMatchObject({ status: 200, paid: true });
  await allowed;
  await expect.poll(newest).toMatchObject({ state: "delivered" });
  await chain.advance(601);
  await wallet.payments.reconcile();
  expect((await newest())?.onChain).toBeUndefined();
  wallet.kill();
  wallet = await begin({ disk: wallet.disk, now: () => Date.now() + 601_000 });
  await wallet.payments.reconcile();
  expect(await newest()).toMatchObject({ state: "delivered", onChain: "lapsed" });
});

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
