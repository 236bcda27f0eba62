/**
 * Claims about a request whose number was used before, by an older life of its page or of the background: what was
 * chosen or begun for one offer is good for no other.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { load } from "./testing/browser.ts";
import { openScene, type Scene } from "./testing/scene.ts";
import type { TestWallet } from "./testing/wallet.ts";

const NUMBER = "D7:1";
let scene: Scene;
let wallet: TestWallet;

beforeAll(async () => {
  scene = await openScene({ minDeposit: "$0.01" });
});
afterAll(() => scene.close());
afterEach(() => wallet.kill());

const ask = (path: string) => load(wallet.payments, `${scene.provider.origin}${path}`, { id: NUMBER });
const choose = (questionId: string, revision: number) =>
  wallet.payments.choose({ questionId, revision, offer: 0, choice: { kind: "once" } });

test("the answer of a window from before a restart approves no other offer that has the number of the first", async () => {
  wallet = await scene.wallet();
  let asked = wallet.asked();
  void ask("/news/harbour").catch(() => undefined);
  const old = await asked;
  const drawn = wallet.payments.question(old)?.revision ?? -1;
  wallet.kill();

  wallet = await scene.wallet({ disk: wallet.disk });
  asked = wallet.asked();
  const loading = ask("/dear");
  const questionId = await asked;
  expect(await choose(old, drawn)).toBe("stale");
  // Its window finds the question under its old address, and what it draws now is the dear offer.
  expect([...(wallet.payments.question(questionId)?.items.values() ?? [])]).toMatchObject([
    { requestId: NUMBER, offers: [{ offer: { amount: 500_000n } }] },
  ]);
  await wallet.payments.windowClosed(questionId);
  expect(await loading).toMatchObject({ status: 402, paid: false });
  expect((await wallet.ledger.history({ limit: 1 })).payments).toEqual([]);
});

test("a yes to one request alone pays no other request that takes its number", async () => {
  wallet = await scene.wallet();
  let asked = wallet.asked();
  const loading = ask("/news/harbour");
  const first = await asked;
  expect(await choose(first, wallet.payments.question(first)?.revision ?? -1)).toBeUndefined();
  expect(await loading).toMatchObject({ status: 200, paid: true });
  asked = wallet.asked();
  const second = await Promise.race([ask("/dear"), asked]);
  if (typeof second === "string") await wallet.payments.windowClosed(second);
  else expect(second).toMatchObject({ status: 402, paid: false });
  expect((await wallet.ledger.history({ limit: 5 })).payments).toHaveLength(1);
});

test("the bytes of a payment that was lost go out for its own address alone, whatever number asks", async () => {
  wallet = await scene.wallet();
  const asked = wallet.asked();
  scene.provider.tricks.after = (_asked, { status }) => (status === 200 ? "cut" : undefined);
  const loading = ask("/news/harbour").catch(() => undefined);
  const first = await asked;
  await choose(first, wallet.payments.question(first)?.revision ?? -1);
  await loading;
  scene.provider.tricks = {};
  await expect.poll(async () => (await wallet.ledger.unsettled()).length).toBe(1);
  const before = scene.provider.payments.length;
  expect(await ask("/dear")).toMatchObject({ status: 402, paid: false });
  expect(scene.provider.payments.length).toBe(before);
});
