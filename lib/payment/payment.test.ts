/** The walk of a payment over real parts: a provider's server, a chain, the ledger and the vault. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type LocalChain, localNetwork, startChain } from "../../demo/chain/index.ts";
import { openShop, type Shop } from "../../provider/test/shop.ts";
import { load } from "./testing/browser.ts";
import { startWallet, type TestWallet } from "./testing/wallet.ts";

let chain: LocalChain;
let shop: Shop;
let wallet: TestWallet;

beforeAll(async () => {
  chain = await startChain();
  shop = await openShop(chain, { "/news/*": "$0.02", "/dear": "$0.50" }, (app) => {
    app.get("/news/:story", (request, response) => void response.send(`story ${request.params.story}`));
    app.get("/dear", (_request, response) => void response.send("dear"));
  });
});
afterAll(async () => {
  await shop.close();
  await chain.close();
});
beforeEach(async () => {
  wallet = await startWallet([localNetwork(chain)]);
  await chain.mint(wallet.address, 20_000_000n);
  return () => wallet.kill();
});

/** Answers the next question with a budget. */
async function allow(cap: string, perRequest = cap): Promise<string> {
  const questionId = await wallet.asked();
  const revision = wallet.payments.question(questionId)?.revision ?? -1;
  const choice = { kind: "budget", cap, period: "month", perRequest, renews: false } as const;
  const problem = await wallet.payments.choose({ questionId, revision, offer: 0, choice });
  expect(problem).toBeUndefined();
  return questionId;
}

test("the first page asks once, the next ones are paid from the same channel without a question", async () => {
  const allowed = allow("$1");
  const first = await load(wallet.payments, `${shop.origin}/news/harbour`);
  await allowed;
  expect(first).toMatchObject({ status: 200, body: "story harbour", paid: true });
  for (const story of ["bridge", "toll", "sea"]) {
    expect(await load(wallet.payments, `${shop.origin}/news/${story}`)).toMatchObject({ status: 200, paid: true });
  }
  expect(wallet.shown).toHaveLength(1);
  await expect.poll(async () => (await wallet.ledger.unsettled()).length).toBe(0);
  const [channel, ...others] = await wallet.ledger.listChannels();
  expect(others).toEqual([]);
  expect(channel).toMatchObject({ status: "open", nonce: 4n, authorized: 80_000n });
  expect(channel?.untrusted).toBeUndefined();
});

test("a budget comes with a limit that nobody has to set: a thousand payments a minute", async () => {
  const allowed = allow("$1");
  await load(wallet.payments, `${shop.origin}/news/harbour`);
  await allowed;
  expect((await wallet.ledger.grants()).map(({ terms }) => terms.perMinute)).toEqual([1_000]);
});

test("a dismissed question signs nothing and leaves the page its 402", async () => {
  const asked = wallet.asked();
  const loading = load(wallet.payments, `${shop.origin}/news/harbour`);
  const questionId = await asked;
  await wallet.payments.windowClosed(questionId);
  expect(await loading).toMatchObject({ status: 402, paid: false });
  expect(await wallet.ledger.history({ limit: 10 })).toMatchObject({ payments: [] });
});

test("what was bought is acknowledged within seconds, so that the provider can claim it", async () => {
  const allowed = allow("$1");
  await load(wallet.payments, `${shop.origin}/news/harbour`);
  await allowed;
  await expect
    .poll(async () => (await wallet.ledger.listChannels())[0]?.acknowledged, { timeout: 10_000 })
    .toBe(20_000n);
  const before = await chain.balanceOf(chain.accounts.payee.address);
  await shop.payment.claim();
  expect((await chain.balanceOf(chain.accounts.payee.address)) - before).toBeGreaterThanOrEqual(20_000n);
});

test("200 pages asked for at once are all paid, and no unit more than the budget has", async () => {
  const allowed = allow("$4", "$0.02");
  const pages = Array.from({ length: 200 }, (_, page) => load(wallet.payments, `${shop.origin}/news/${page}`));
  await allowed;
  const got = await Promise.all(pages);
  expect(got.filter(({ status, paid }) => status === 200 && paid)).toHaveLength(200);
  await expect.poll(async () => (await wallet.ledger.unsettled()).length).toBe(0);
  const [grant] = await wallet.ledger.grants();
  expect(grant?.spent).toBe(4_000_000n);
  const mine = await wallet.ledger.listChannels();
  const theirs = (await shop.payment.channels()).find(({ id }) => id === mine[0]?.id);
  expect(theirs?.book.charged).toBe(4_000_000n);
}, 60_000);
