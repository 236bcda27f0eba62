/** Paid answers that the background did not live to see: they stop no other page, and are not paid for twice. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { load } from "./testing/browser.ts";
import { allow, openScene, type Scene } from "./testing/scene.ts";
import type { TestWallet, WalletOptions } from "./testing/wallet.ts";

/** So many requests' worth may be without an acknowledgement, and what one costs. */
const TAIL = 8;
const PRICE = 20_000n;
let scene: Scene;
let wallet: TestWallet;
let ahead: number;
const at = (page: string) => `${scene.provider.origin}/news/${page}`;
const sold = (page: string) =>
  scene.provider.payments.filter(({ path }) => path === `/news/${page}`).map(({ payment }) => payment);
const channel = async () => (await wallet.ledger.listChannels())[0];
/** Timers run twenty times as fast. */
const options: WalletOptions = {
  now: () => Date.now() + ahead,
  wrap: (ports) => ({ ...ports, later: (milliseconds, work) => ports.later(milliseconds / 20, work) }),
};

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(async () => {
  ahead = 0;
  wallet = await scene.wallet(options);
  await wallet.vault.setAutoLock(null);
  const allowed = allow(wallet);
  await load(wallet.payments, at("first"));
  await allowed;
  await expect.poll(async () => (await channel())?.earned).toBe(PRICE);
});
afterEach(async () => {
  scene.provider.tricks = {};
  scene.provider.payments.length = 0;
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  wallet.kill();
});

/** Loads pages whose answers no wallet hears of, and starts the wallet again on its disk. */
async function unseen(...pages: string[]): Promise<void> {
  const { payments } = wallet;
  const deaf = { decide: payments.decide, replayed: () => undefined };
  await Promise.allSettled(pages.map((page) => load(deaf, at(page))));
  wallet.kill();
  wallet = await scene.wallet({ ...options, disk: wallet.disk });
}

const numbered = (what: string, count: number) => Array.from({ length: count }, (_, n) => `${what}-${n}`);

test("other pages come at once although a channel is full of answers that nobody saw", async () => {
  await unseen(...numbered("unseen", TAIL));
  const got = await Promise.all(numbered("next", 2 * TAIL).map((page) => load(wallet.payments, at(page))));
  expect(got.map(({ status }) => status)).toEqual(Array(2 * TAIL).fill(200));
});

test("one page more makes no more room than it needs, from the oldest", async () => {
  await unseen(...numbered("unseen", TAIL));
  // All receipts are there: else the oldest would be that of the first one to come.
  await wallet.payments.reconcile();
  expect(await wallet.ledger.awaitingBody()).toHaveLength(TAIL);
  expect(await load(wallet.payments, at("next"))).toMatchObject({ status: 200 });
  const { payments } = await wallet.ledger.history({ limit: 20 });
  const counted = payments.filter(({ inEarned, url }) => inEarned > 0n && url?.includes("unseen"));
  expect(counted.map(({ nonce }) => nonce)).toEqual([2n]);
});

test("a page whose answer was not seen is served again with the same bytes after its room was given away", async () => {
  const pages = numbered("unseen", TAIL);
  await unseen(...pages);
  await Promise.all(numbered("next", TAIL).map((page) => load(wallet.payments, at(page))));
  ahead += 5 * 60_000;
  await wallet.payments.reconcile();
  const again = await Promise.all(pages.map((page) => load(wallet.payments, at(page))));
  expect(again.map(({ status }) => status)).toEqual(Array(TAIL).fill(200));
  for (const page of pages) expect({ page, ways: new Set(sold(page)).size }).toEqual({ page, ways: 1 });
  const [grant] = await wallet.ledger.grants();
  expect(grant?.spent).toBe(PRICE * BigInt(1 + 2 * TAIL));
  await expect.poll(async () => (await channel())?.earned).toBe(grant?.spent);
});

test("what nobody asks for again is acknowledged a minute later", async () => {
  await unseen(...numbered("unseen", 3));
  await wallet.payments.reconcile();
  expect((await channel())?.acknowledged).toBe(PRICE);
  ahead += 61_000;
  await wallet.payments.reconcile();
  expect((await channel())?.acknowledged).toBe(4n * PRICE);
});

test("a payment without a receipt makes no room: it may still be taken", async () => {
  scene.provider.tricks.before = ({ payment }) => (payment === undefined ? undefined : "cut");
  await unseen(...numbered("lost", TAIL));
  let lookedUp = 0;
  scene.provider.tricks.before = ({ path }) => {
    if (path.startsWith("/.well-known")) lookedUp += 1;
    return undefined;
  };
  const next = load(wallet.payments, at("next"));
  await expect.poll(() => lookedUp).toBeGreaterThanOrEqual(TAIL);
  // A minute later it is out of patience.
  ahead += 61_000;
  expect(await next).toMatchObject({ status: 402, paid: false });
  expect(sold("next")).toEqual([]);
  expect((await channel())?.earned).toBe(PRICE);
});
