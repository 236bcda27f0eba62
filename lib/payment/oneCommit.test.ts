/** Claims about how often the disk is waited for: what is known of one payment at one time is one commit. */
import { IDBObjectStore } from "fake-indexeddb";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { load } from "./testing/browser.ts";
import { allow, openScene, type Scene } from "./testing/scene.ts";
import type { TestWallet } from "./testing/wallet.ts";

let scene: Scene;
let wallet: TestWallet;
/** Holds every answer back from the journal until it is let go. */
let hold: Promise<void> | undefined;
const page = (name: string) => `${scene.provider.origin}/${name}`;

beforeAll(async () => {
  scene = await openScene({ minDeposit: "$0.01" });
});
afterAll(() => scene.close());
beforeEach(async () => {
  hold = undefined;
  wallet = await scene.wallet({
    wrap: (ports) => ({
      ...ports,
      ledger: {
        ...ports.ledger,
        async paymentAndChannel(id) {
          await hold;
          return ports.ledger.paymentAndChannel(id);
        },
      },
    }),
  });
  const allowed = allow(wallet);
  expect(await load(wallet.payments, page("news/first"))).toMatchObject({ status: 200, paid: true });
  await allowed;
  await expect.poll(() => wallet.ledger.awaitingBody()).toEqual([]);
  await expect.poll(async () => (await wallet.ledger.listChannels())[0]?.pendingDeposit).toBeUndefined();
});
afterEach(async () => {
  vi.restoreAllMocks();
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  wallet.kill();
});

/** The transactions that put a payment from now on. */
function commits(): Set<unknown> {
  const seen = new Set<unknown>();
  const original = IDBObjectStore.prototype.put;
  vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function put(this: IDBObjectStore, value, key) {
    if (this.name === "payments") seen.add(this.transaction);
    return original.call(this, value, key);
  });
  return seen;
}

const newest = async () => (await wallet.ledger.history({ limit: 1 })).payments[0];

test.each([
  ["charged for", "news/harbour", { state: "delivered", charged: 20_000n, bodyEnded: true, inEarned: 20_000n }],
  ["not charged for", "fails", { state: "refused", charged: 0n, bodyEnded: true, inEarned: 0n }],
])("a short answer that is %s is journalled in one commit, receipt and end of its body", async (_what, path, known) => {
  const held = Promise.withResolvers<void>();
  hold = held.promise;
  expect(await load(wallet.payments, page(path))).toMatchObject({ paid: true });
  expect(await newest()).toMatchObject({ state: "sent", bodyEnded: false });
  const seen = commits();
  held.resolve();
  await expect.poll(newest).toMatchObject(known);
  expect(seen.size).toBe(1);
});

test("an end that the disk has no room for does not undo the answer, and the next page is paid for", async () => {
  const held = Promise.withResolvers<void>();
  hold = held.promise;
  await load(wallet.payments, page("news/harbour"));
  const original = IDBObjectStore.prototype.put;
  vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function put(this: IDBObjectStore, value, key) {
    if (value.bodyEnded === true) throw new DOMException("the disk is full", "QuotaExceededError");
    return original.call(this, value, key);
  });
  held.resolve();
  await expect.poll(newest).toMatchObject({ state: "delivered", charged: 20_000n, bodyEnded: false });
  expect(await wallet.ledger.awaitingBody()).toHaveLength(1);
  vi.restoreAllMocks();
  expect(await load(wallet.payments, page("news/market"))).toMatchObject({ status: 200, paid: true });
  await expect.poll(newest).toMatchObject({ state: "delivered", bodyEnded: true });
});
