/** How long a request of a busy page waits for its turn: as long as money moves, and not for ever. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Got, load } from "./testing/browser.ts";
import { allow, openScene, type Scene } from "./testing/scene.ts";
import type { TestWallet } from "./testing/wallet.ts";

/** So many payments of one payee may be under way at once. */
const AT_ONCE = 8;
let scene: Scene;
let wallet: TestWallet;
let ahead: number;
let held: (() => void)[];

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(async () => {
  ahead = 0;
  held = [];
  wallet = await scene.wallet({ now: () => Date.now() + ahead });
  const allowed = allow(wallet);
  await load(wallet.payments, `${scene.provider.origin}/news/first`);
  await allowed;
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
});
afterEach(() => {
  letGo();
  wallet.kill();
});

/** Asks for so many pages at once, whose paid requests the server holds until they are let go one by one. */
async function page(count: number): Promise<Promise<Got>[]> {
  scene.provider.tricks.before = ({ payment, path }) => {
    if (payment === undefined || path.startsWith("/.well-known")) return undefined;
    return new Promise((resolve) => held.push(() => resolve(undefined)));
  };
  const pages = Array.from({ length: count }, (_, n) => load(wallet.payments, `${scene.provider.origin}/news/${n}`));
  await expect.poll(() => held.length).toBe(AT_ONCE);
  return pages;
}

/** The server holds nothing any more, neither what it has nor what is still on its way. */
function letGo(): void {
  scene.provider.tricks = {};
  for (const release of held) release();
}

test("a request waits for longer than a minute while the payments before it move", async () => {
  const pages = await page(AT_ONCE + 3);
  for (const _ of [1, 2, 3]) {
    ahead += 50_000;
    held.shift()?.();
    await expect.poll(() => held.length).toBe(AT_ONCE);
  }
  letGo();
  expect((await Promise.all(pages)).map(({ status }) => status)).toEqual(Array(AT_ONCE + 3).fill(200));
});

test("a request that waited for ten minutes is left to the page, and the person is told why", async () => {
  await wallet.vault.setAutoLock(null);
  const pages = await page(AT_ONCE + 2);
  ahead += 11 * 60_000;
  held.shift()?.();
  const left = await Promise.any(pages.map(async (got) => ((await got).paid ? Promise.reject() : got)));
  expect(left).toMatchObject({ status: 402, paid: false });
  expect(await wallet.payments.noticeOf(scene.provider.origin)).toMatchObject({ reason: "channel_busy" });
  letGo();
  await Promise.allSettled(pages);
});
