/** What cannot or must not be paid: each has its own outcome for the person, and nothing is signed, debited or moved. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { between, deadUrl } from "../chain/testing.ts";
import { load } from "./testing/browser.ts";
import { type Answer, editOffer, editOffers } from "./testing/hostile.ts";
import { allow, openScene, PURSE, type Scene } from "./testing/scene.ts";
import { expectUntouched } from "./testing/untouched.ts";
import type { TestWallet } from "./testing/wallet.ts";

let scene: Scene;
let wallet: TestWallet;
const page = () => `${scene.provider.origin}/news/harbour`;
const site = () => scene.provider.origin;
const reason = async (of = wallet) => (await of.payments.noticeOf(site()))?.reason;

beforeAll(async () => {
  scene = await openScene({ minDeposit: "$0.01" });
});
afterAll(() => scene.close());
beforeEach(async () => {
  wallet = await scene.wallet();
});
afterEach(() => {
  wallet.kill();
  scene.provider.tricks = {};
  scene.provider.payments.length = 0;
});

const untouched = (of = wallet, purse = PURSE) => expectUntouched(scene, of, purse);

const twist402 = (change: (answer: Answer) => void) => {
  scene.provider.tricks.after = (_asked, answer) => {
    if (answer.status === 402) change(answer);
    return undefined;
  };
};

describe("an offer that cannot be paid leaves the page its 402", () => {
  const OTHER = "0x00000000000000000000000000000000000000aa";
  const cases: [name: string, reason: string, change: (answer: Answer) => void][] = [
    ["a malformed 402", "malformed_402", (a) => void Object.assign(a.headers, { "payment-required": "e30=oops" })],
    ["an unknown scheme", "unknown_scheme", (a) => editOffer(a, { scheme: "upto" })],
    ["an unknown chain", "unknown_network", (a) => editOffer(a, { network: "eip155:5" })],
    ["a token that is not in the registry", "unknown_asset", (a) => editOffer(a, { asset: OTHER })],
    [
      "an 18-decimal token that calls itself USDC",
      "unknown_asset",
      (a) =>
        editOffer(a, { asset: OTHER, amount: "20000000000000000" }, { name: "USD Coin", symbol: "USDC", decimals: 6 }),
    ],
    ["another token's name on a known one", "asset_mismatch", (a) => editOffer(a, {}, { name: "Fool's Gold" })],
    ["another contract", "unknown_contract", (a) => editOffer(a, {}, { contract: OTHER })],
    ["receipts on another origin", "receipts_origin", (a) => editOffer(a, {}, { receipts: "https://evil.example/c" })],
    [
      "a resource of another path",
      "resource_mismatch",
      (a) => editOffers(a, (r) => ({ ...r, resource: { ...r.resource, url: `${site()}/news/bridge` } })),
    ],
    [
      "a resource of another host",
      "resource_mismatch",
      (a) => editOffers(a, (r) => ({ ...r, resource: { ...r.resource, url: "https://other.example/news/harbour" } })),
    ],
  ];
  test.each(cases)("%s", async (_name, expected, change) => {
    twist402(change);
    expect(await load(wallet.payments, page())).toMatchObject({ status: 402, paid: false });
    expect(await reason()).toBe(expected);
    expect(wallet.shown).toEqual([]);
    await untouched();
  });

  test("a header of a megabyte", async () => {
    const header = "A".repeat(1 << 20);
    const verdict = await wallet.payments.decide({
      id: "huge",
      url: page(),
      method: "GET",
      type: "xmlhttprequest",
      tabId: 1,
      frameId: 0,
      site: site(),
      frameOrigins: [site()],
      incognito: false,
      header: (name) => (name === "payment-required" ? header : undefined),
      signal: new AbortController().signal,
    });
    expect(verdict).toEqual({ kind: "leave" });
    expect(await reason()).toBe("malformed_402");
    await untouched();
  });

  test("a 402 over http from a host that is not this machine", async () => {
    const answer = await fetch(page());
    const header = (name: string) => answer.headers.get(name) ?? undefined;
    const url = "http://news.example/news/harbour";
    const request = { id: "plain", url, method: "GET", type: "main_frame", tabId: 1, frameId: 0 } as const;
    const signal = new AbortController().signal;
    const site = "http://news.example";
    const verdict = await wallet.payments.decide({
      ...request,
      site,
      frameOrigins: [site],
      incognito: false,
      header,
      signal,
    });
    expect(verdict).toEqual({ kind: "leave" });
    expect((await wallet.payments.noticeOf(site))?.reason).toBe("insecure_origin");
    await untouched();
  });
});

describe("a budget", () => {
  test("of less than what a huge minimum deposit wants is not taken, and what it would mean says so", async () => {
    twist402((answer) => editOffer(answer, {}, { minDeposit: "15000000" }));
    const asked = wallet.asked();
    const loading = load(wallet.payments, page());
    const questionId = await asked;
    const question = wallet.payments.question(questionId);
    if (!question) throw new RangeError("a question waits");
    const { revision } = question;
    const choice = { kind: "budget", cap: "$1", period: "month", perRequest: "$1", renews: false } as const;
    expect(await wallet.payments.preview(question, 0, "$1")).toMatchObject({ problem: "below_minimum_deposit" });
    expect(await wallet.payments.choose({ questionId, revision, offer: 0, choice })).toBe("below_minimum_deposit");
    expect(await wallet.ledger.grants()).toEqual([]);
    const enough = { ...choice, cap: "$16" };
    expect(await wallet.payments.choose({ questionId, revision, offer: 0, choice: enough })).toBeUndefined();
    expect(await loading).toMatchObject({ paid: true });
    expect((await wallet.ledger.listChannels())[0]?.pendingDeposit?.amount).toBeGreaterThanOrEqual(15_000_000n);
  });

  test("that is lowered later below what a huge minimum deposit wants pays nothing and says what is needed", async () => {
    const allowed = allow(wallet, "$1");
    await load(wallet.payments, page());
    await allowed;
    const [channel] = await wallet.ledger.listChannels();
    if (!channel) throw new RangeError("a channel was opened");
    await wallet.ledger.updateChannel(channel.id, () => ({ status: "restored" }));
    twist402((answer) => editOffer(answer, {}, { minDeposit: "15000000" }));
    expect(await load(wallet.payments, `${site()}/news/bridge`)).toMatchObject({ status: 402, paid: false });
    expect(await wallet.payments.noticeOf(site())).toMatchObject({
      reason: "min_deposit",
      need: "15000000",
      have: "980000",
    });
  });

  test("without the money for it pays nothing and says what is needed", async () => {
    const poor = await scene.wallet({ purse: 5_000n });
    const allowed = allow(poor, "$1");
    expect(await load(poor.payments, page())).toMatchObject({ status: 402, paid: false });
    await allowed;
    expect(await poor.payments.noticeOf(site())).toMatchObject({ reason: "insufficient_balance", have: "5000" });
    await untouched(poor, 5_000n);
    poor.kill();
  });

  test("does not cover a price above its ceiling per request: the person is asked, and a dismissal signs nothing", async () => {
    const allowed = allow(wallet, "$1", "$0.02");
    await load(wallet.payments, page());
    await allowed;
    const before = scene.provider.payments.length;
    const asked = wallet.asked();
    const loading = load(wallet.payments, `${site()}/dear`);
    const id = await asked;
    expect(wallet.payments.question(id)?.reason).toMatchObject({
      code: "over_request_ceiling",
      ceiling: 20_000n,
      price: 500_000n,
    });
    await wallet.payments.windowClosed(id);
    expect(await loading).toMatchObject({ status: 402, paid: false });
    expect(scene.provider.payments.slice(before).filter(({ path }) => path === "/dear")).toEqual([]);
    expect((await wallet.ledger.grants())[0]?.spent).toBe(20_000n);
  });

  test("is asked about again when the price rises, or the payee, its signer or its way of being paid changes", async () => {
    const allowed = allow(wallet, "$1", "$0.10");
    await load(wallet.payments, page());
    await allowed;
    const other = scene.chain.accounts.bob.address;
    const changes: [string, (answer: Answer) => void][] = [
      ["price_rise", (answer) => editOffer(answer, { amount: "50000" })],
      ["payee_changed", (answer) => editOffer(answer, { payTo: other })],
      ["payee_changed", (answer) => editOffer(answer, {}, { payeeSigner: other })],
      [
        "payee_changed",
        (answer) => editOffer(answer, { scheme: "exact" }, { name: "USD Coin", version: "2", receipts: undefined }),
      ],
    ];
    for (const [code, change] of changes) {
      twist402(change);
      wallet.payments.navigated(1);
      const asked = wallet.asked();
      const loading = load(wallet.payments, page());
      const id = await asked;
      expect(wallet.payments.question(id)?.reason).toMatchObject({ code });
      await wallet.payments.windowClosed(id);
      expect(await loading).toMatchObject({ status: 402, paid: false });
      await wallet.ledger.setSitePolicy(site(), { dismissals: 0 });
    }
    expect((await wallet.ledger.grants())[0]?.spent).toBe(20_000n);
    expect((await wallet.ledger.history({ limit: 9 })).payments).toHaveLength(1);
  });

  test("that is spent asks again and is never passed by a unit", async () => {
    const allowed = allow(wallet, "$0.05", "$0.02");
    await load(wallet.payments, page());
    await allowed;
    await load(wallet.payments, `${site()}/news/bridge`);
    const asked = wallet.asked();
    const loading = load(wallet.payments, `${site()}/news/toll`);
    const id = await asked;
    expect(wallet.payments.question(id)?.reason).toMatchObject({ code: "budget_spent", left: 10_000n });
    await wallet.payments.windowClosed(id);
    expect(await loading).toMatchObject({ status: 402, paid: false });
    const [channel] = await wallet.ledger.listChannels();
    expect(channel?.authorized).toBe(40_000n);
    expect(await scene.chain.balanceOf(wallet.address)).toBe(PURSE - 50_000n);
  });

  test("of one site pays nothing on another that embeds the same resource", async () => {
    const allowed = allow(wallet, "$1");
    await load(wallet.payments, page(), { site: "https://one.example" });
    await allowed;
    const asked = wallet.asked();
    const loading = load(wallet.payments, page(), { site: "https://two.example" });
    const id = await asked;
    expect(wallet.payments.question(id)?.reason).toMatchObject({ code: "no_grant" });
    await wallet.payments.windowClosed(id);
    expect(await loading).toMatchObject({ status: 402, paid: false });
    expect((await wallet.ledger.grants("https://two.example")).length).toBe(0);
  });
});

describe("the chain's server", () => {
  test("does not answer while a channel is opened: nothing is signed, and the person is told", async () => {
    const dead = { ...scene.network, rpcUrls: [await deadUrl()] };
    const offline = await scene.wallet({ networks: [dead] });
    const allowed = allow(offline);
    expect(await load(offline.payments, page())).toMatchObject({ status: 402, paid: false });
    await allowed;
    expect(await reason(offline)).toBe("rpc_unreachable");
    await untouched(offline);
    offline.kill();
  });

  test("dies once the channel is open: payments go on", async () => {
    const allowed = allow(wallet);
    await load(wallet.payments, page());
    await allowed;
    wallet.kill();
    const dead = { ...scene.network, rpcUrls: [await deadUrl()] };
    const next = await scene.wallet({ disk: wallet.disk, networks: [dead] });
    expect(await load(next.payments, `${site()}/news/bridge`)).toMatchObject({ status: 200, paid: true });
    next.kill();
  });

  test.each([
    ["another chain", "wrong_chain", "eth_chainId", "0x1"],
    ["another contract", "wrong_contract", "eth_getCode", "0x6001"],
  ])("speaks for %s: nothing is signed", async (_name, expected, method, result) => {
    const liar = await between(scene.chain, {
      answer: (request) => (request.method === method ? { result } : undefined),
    });
    const misled = await scene.wallet({ networks: [{ ...scene.network, rpcUrls: [liar.url] }] });
    const allowed = allow(misled);
    expect(await load(misled.payments, page())).toMatchObject({ status: 402, paid: false });
    await allowed;
    expect(await reason(misled)).toBe(expected);
    await untouched(misled);
    misled.kill();
    await liar.close();
  });
});
