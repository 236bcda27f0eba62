/** One receipt that is looked up by two at once: the second finds the books as the first one left them. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Ledger } from "#ledger";
import { load } from "./testing/browser.ts";
import { allow, openScene, type Scene } from "./testing/scene.ts";
import type { TestWallet } from "./testing/wallet.ts";

let scene: Scene;
let wallet: TestWallet;
/** What waits for a while after an answer was lost: a second look at what became of the payment. */
let timers: (() => void)[];
/** Receipts that the provider has handed out and that have not arrived. */
let onTheirWay: (() => void)[];
let settled: number;

beforeAll(async () => {
  scene = await openScene({ minDeposit: "$0.01" });
});
afterAll(() => scene.close());
beforeEach(async () => {
  timers = [];
  onTheirWay = [];
  settled = 0;
  wallet = await scene.wallet({
    wrap: (ports) => {
      const settle: Ledger["settle"] = async (...given) => {
        const payment = await ports.ledger.settle(...given);
        settled += 1;
        return payment;
      };
      const fetch: typeof ports.fetch = async (...given) => {
        const response = await ports.fetch(...given);
        if (given[1]?.method !== "POST") await new Promise<void>((arrive) => onTheirWay.push(arrive));
        return response;
      };
      const later: typeof ports.later = (_milliseconds, work) => void timers.push(work);
      return { ...ports, fetch, later, ledger: { ...ports.ledger, settle } };
    },
  });
});
afterEach(async () => {
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  wallet.kill();
});

test.each([
  ["charged", "/news/harbour", { state: "delivered", charged: 20_000n }],
  ["did not charge", "/fails", { state: "refused", charged: 0n }],
])("a payee that says twice that it %s is not taken for a liar", async (_what, path, known) => {
  const allowed = allow(wallet);
  await load(wallet.payments, `${scene.provider.origin}/news/first`);
  await allowed;
  await expect.poll(() => settled).toBe(1);
  timers = [];
  scene.provider.tricks.after = ({ payment }) => (payment === undefined ? undefined : "cut");
  await expect(load(wallet.payments, `${scene.provider.origin}${path}`)).rejects.toThrow();
  scene.provider.tricks = {};
  await expect.poll(() => settled).toBe(2);

  for (const work of timers) work();
  await expect.poll(() => onTheirWay.length).toBe(1);
  const reconciled = wallet.payments.reconcile();
  await expect.poll(() => onTheirWay.length).toBe(2);
  for (const [index, arrive] of onTheirWay.entries()) {
    arrive();
    await expect.poll(() => settled).toBe(3 + index);
  }
  await reconciled;
  expect((await wallet.ledger.history({ limit: 1 })).payments).toMatchObject([known]);
  expect((await wallet.ledger.listChannels()).map(({ untrusted }) => untrusted)).toEqual([undefined]);
});
