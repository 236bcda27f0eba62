/** Claims about an `exact` payment whose answer did not arrive: what may go out again, and what costs the person a yes. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Ledger } from "#ledger";
import type { LocalChain } from "../../demo/chain/index.ts";
import { channelRecord } from "../ledger/testing/fixtures.ts";
import { load } from "./testing/browser.ts";
import { type ExactScene, openExactScene } from "./testing/exactScene.ts";
import type { Asked, HostileProvider } from "./testing/hostile.ts";
import { Life } from "./testing/life.ts";
import { allow, PURSE, questionOf } from "./testing/scene.ts";
import type { TestWallet } from "./testing/wallet.ts";

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

const sold = () => new Set(provider.payments.map(({ payment }) => payment));
const question = () => wallet.payments.questionsOf(provider.origin)[0];

/** Pays within a budget of $1 and loses the answer: before the seller heard of it, or after it had settled. */
async function loseAnswer(when: "before" | "after", method = "GET"): Promise<void> {
  provider.tricks[when] = ({ payment }: Asked) => (payment === undefined ? undefined : "cut");
  const allowed = allow(wallet, "$1");
  await expect(load(wallet.payments, scene.url, { method })).rejects.toThrow();
  await allowed;
  provider.tricks = {};
  await expect.poll(async () => (await newest())?.state).toBe("unknown");
}

test("and that never reached the seller is sent again unchanged on a reload", async () => {
  await loseAnswer("before");
  expect(await load(wallet.payments, scene.url)).toMatchObject({ status: 200, paid: true });
  await expect.poll(newest).toMatchObject({ state: "delivered", attempts: 2 });
  expect(sold().size).toBe(1);
  expect(await spent()).toBe(scene.price);
  expect(await chain.balanceOf(wallet.address)).toBe(PURSE - scene.price);
  // What was delivered is no reason to hold up the next purchase.
  expect(await load(wallet.payments, scene.url)).toMatchObject({ status: 200, paid: true });
  expect(sold().size).toBe(2);
});

test("by a payee that broke the protocol since is not sent again, and nothing else is paid there", async () => {
  await loseAnswer("before");
  const { key } = channelRecord();
  const untrusted = "receipt_forged";
  await wallet.ledger.putChannel(channelRecord({ key: { ...key, payeeOrigin: provider.origin }, untrusted }));
  expect(await load(wallet.payments, scene.url)).toMatchObject({ status: 402, paid: false });
  expect(await load(wallet.payments, `${scene.url}?other`)).toMatchObject({ status: 402, paid: false });
  expect(sold().size).toBe(1);
  expect(provider.payments.filter(({ payment }) => payment !== undefined)).toHaveLength(1);
  expect(await spent()).toBe(scene.price);
});

test("is sent again unchanged also by the next background", async () => {
  await loseAnswer("before");
  wallet.kill();
  wallet = await scene.begin({ disk: wallet.disk });
  expect(await load(wallet.payments, scene.url)).toMatchObject({ status: 200, paid: true });
  expect(sold().size).toBe(1);
  expect(await spent()).toBe(scene.price);
});

test("and that the seller took is not paid twice without a yes", async () => {
  await loseAnswer("after");
  const asked = wallet.asked();
  const reloading = load(wallet.payments, scene.url);
  const questionId = await asked;
  expect(wallet.payments.question(questionId)?.reason).toMatchObject({ code: "paid_before" });
  await wallet.payments.windowClosed(questionId);
  expect(await reloading).toMatchObject({ status: 402, paid: false });
  expect(sold().size).toBe(1);
  expect(await spent()).toBe(scene.price);
  expect(await chain.balanceOf(wallet.address)).toBe(PURSE - scene.price);
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
  wallet = await scene.begin({ disk, wrap: (ports) => ({ ...ports, ledger: { ...ports.ledger, reserve } }) });
  const loaded = load(wallet.payments, scene.url);
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
  const reloading = load(wallet.payments, scene.url);
  const questionId = await asked;
  const revision = question()?.revision ?? 0;
  expect(await wallet.payments.choose({ questionId, revision, offer: 0, choice })).toBeUndefined();
  expect(await reloading).toMatchObject({ status: 200, paid: true });
  expect(sold().size).toBe(2);
  expect(await load(wallet.payments, scene.url)).toMatchObject({ status: 200, paid: true });
  expect(sold().size).toBe(3);
  expect(await chain.balanceOf(wallet.address)).toBe(PURSE - 3n * scene.price);
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
});

describe("once, and that two tabs ask for again:", () => {
  const repeated = async () =>
    (await wallet.ledger.history({ limit: 10 })).payments.filter(({ repeatedBy }) => repeatedBy !== undefined);

  /** Both tabs wait for one answer, and get it. Returns what the tabs become. */
  async function bothAsk(choice: Parameters<TestWallet["payments"]["choose"]>[0]["choice"]) {
    const asked = wallet.asked();
    const tabs = [load(wallet.payments, scene.url), load(wallet.payments, scene.url)];
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
    expect(await chain.balanceOf(wallet.address)).toBe(PURSE - 2n * scene.price);
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
    expect(await chain.balanceOf(wallet.address)).toBe(PURSE - 2n * scene.price);
  });
});

test("of a request that may not be repeated is not sent again by itself: the person is asked", async () => {
  const price = await fetch(scene.url);
  const refusal = { status: 402, headers: Object.fromEntries(price.headers), body: "" };
  provider.tricks.before = ({ payment }) => (payment === undefined ? refusal : "cut");
  const allowed = allow(wallet, "$1");
  await expect(load(wallet.payments, scene.url, { method: "POST" })).rejects.toThrow();
  await allowed;
  await expect.poll(async () => (await newest())?.state).toBe("unknown");
  const asked = wallet.asked();
  const again = load(wallet.payments, scene.url, { method: "POST" });
  const questionId = await asked;
  expect(wallet.payments.question(questionId)?.reason).toMatchObject({ code: "paid_before" });
  await wallet.payments.windowClosed(questionId);
  expect(await again).toMatchObject({ status: 402, paid: false });
  expect(sold().size).toBe(1);
});

test("in its body only is not paid twice without a yes either", async () => {
  provider.tricks.after = ({ payment }) => (payment === undefined ? undefined : "cut_in_body");
  const allowed = allow(wallet, "$1");
  await expect(load(wallet.payments, scene.url)).rejects.toThrow();
  await allowed;
  provider.tricks = {};
  await expect.poll(newest).toMatchObject({ state: "delivered", bodyLost: true });
  const asked = wallet.asked();
  const reloading = load(wallet.payments, scene.url);
  await wallet.payments.windowClosed(await asked);
  expect(await reloading).toMatchObject({ status: 402, paid: false });
  expect(sold().size).toBe(1);
});

test("in its body, by a background that died, is not paid twice without a yes either", async () => {
  const held = Promise.withResolvers<void>();
  const life = new Life();
  const mortal = await scene.begin({ disk: wallet.disk, wrap: life.wrap });
  const allowed = allow(mortal, "$1");
  const listening = {
    decide: mortal.payments.decide,
    replayed(...[paymentId, event]: Parameters<typeof mortal.payments.replayed>) {
      // The browser dies with the page while the body comes.
      if (event.kind !== "ended") mortal.payments.replayed(paymentId, event);
      else held.resolve();
    },
  };
  void load(listening, scene.url);
  await Promise.all([allowed, held.promise]);
  await expect.poll(newest).toMatchObject({ state: "delivered", bodyEnded: false });
  life.dead = true;
  mortal.kill();
  await wallet.payments.reconcile();
  const reloading = load(wallet.payments, scene.url);
  const { id, reason } = await questionOf(wallet, reloading);
  expect(reason).toMatchObject({ code: "paid_before" });
  await wallet.payments.windowClosed(id);
  expect(await reloading).toMatchObject({ status: 402, paid: false });
  expect(sold().size).toBe(1);
});

test("while its body still comes to one tab: another tab pays for itself without a question", async () => {
  const more = Promise.withResolvers<void>();
  const allowed = allow(wallet, "$1");
  const listening = {
    decide: wallet.payments.decide,
    replayed(...[paymentId, event]: Parameters<typeof wallet.payments.replayed>) {
      if (event.kind !== "ended") wallet.payments.replayed(paymentId, event);
      else void more.promise.then(() => wallet.payments.replayed(paymentId, event));
    },
  };
  await load(listening, scene.url);
  await allowed;
  await expect.poll(newest).toMatchObject({ state: "delivered", bodyEnded: false });
  expect(await load(wallet.payments, scene.url, { tabId: 2 })).toMatchObject({ status: 200, paid: true });
  more.resolve();
  expect(sold().size).toBe(2);
});

test.each([
  ["that the reader broke off in Firefox", 200, "NS_BINDING_ABORTED"],
  ["that the reader broke off in Chrome", 200, "net::ERR_ABORTED"],
  ["of a part of a film", 206, "net::ERR_CONNECTION_RESET"],
])("in a body %s is no loss: the next purchase is made without a question", async (_name, status, reason) => {
  const allowed = allow(wallet, "$1");
  await load(wallet.payments, scene.url, { answeredAs: status, brokenOff: reason });
  await allowed;
  await expect.poll(newest).toMatchObject({ state: "delivered", httpStatus: status });
  expect(await load(wallet.payments, scene.url)).toMatchObject({ status: 200, paid: true });
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
  wallet = await scene.begin({
    disk: wallet.disk,
    wrap: (ports) => ({ ...ports, ledger: { ...ports.ledger, reserve } }),
  });
  const allowed = allow(wallet, "$1");
  const first = load(wallet.payments, scene.url);
  await allowed;
  await reached.promise;
  looks = 0;
  const reloading = load(wallet.payments, scene.url);
  await expect.poll(() => looks).toBeGreaterThan(0);
  provider.tricks = {};
  held.resolve("cut");
  await expect(first).rejects.toThrow();
  expect(await reloading).toMatchObject({ status: 200, paid: true });
  expect(sold().size).toBe(1);
  expect(await spent()).toBe(scene.price);
});
