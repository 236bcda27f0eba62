/** Several requests for the same thing at once, after an answer was lost: each has bytes of its own. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Ledger } from "#ledger";
import type { Vault } from "#vault";
import { load } from "./testing/browser.ts";
import { allow, openScene, type Scene } from "./testing/scene.ts";
import type { TestWallet } from "./testing/wallet.ts";

let scene: Scene;
let wallet: TestWallet;
const page = () => `${scene.provider.origin}/news/harbour`;
const sent = () => scene.provider.payments.filter(({ path }) => path === "/news/harbour").map(({ payment }) => payment);

beforeAll(async () => {
  scene = await openScene({ minDeposit: "$0.01" });
});
afterAll(() => scene.close());
beforeEach(async () => {
  wallet = await scene.wallet();
  const allowed = allow(wallet);
  await load(wallet.payments, `${scene.provider.origin}/news/first`);
  await allowed;
});
afterEach(async () => {
  scene.provider.tricks = {};
  scene.provider.payments.length = 0;
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  wallet.kill();
});

/** Loses the answer to so many payments for the same page, which are all under way before the first one is lost. */
async function lose(times: number): Promise<void> {
  let arrived = 0;
  const all = Promise.withResolvers<"cut">();
  scene.provider.tricks.before = ({ payment }) => {
    if (payment === undefined) return undefined;
    arrived += 1;
    if (arrived === times) all.resolve("cut");
    return all.promise;
  };
  const pages = Array.from({ length: times }, () => load(wallet.payments, page()));
  await Promise.allSettled(pages);
  scene.provider.tricks = {};
  const unknown = async () => (await wallet.ledger.unsettled()).filter(({ state }) => state === "unknown").length;
  await expect.poll(unknown).toBe(times);
}

test.each([
  [1, 3],
  [2, 3],
  [3, 3],
])("%i lost answers are asked for again by as many of %i requests, and never by two of them", async (lost, asked) => {
  await lose(lost);
  const before = new Set(sent());
  expect(before.size).toBe(lost);
  scene.provider.payments.length = 0;
  const got = await Promise.all(Array.from({ length: asked }, () => load(wallet.payments, page())));
  expect(got.map(({ status }) => status)).toEqual(Array(asked).fill(200));
  expect(sent()).toHaveLength(asked);
  expect(new Set(sent()).size).toBe(asked);
  expect(sent().filter((payment) => before.has(payment))).toHaveLength(lost);
  const [grant] = await wallet.ledger.grants();
  expect(grant?.spent).toBe(20_000n * BigInt(1 + asked));
});

test("a request whose payment another one took up waits for that one without looking all the time", async () => {
  scene.provider.tricks.before = ({ payment }) => (payment === undefined ? undefined : "cut");
  await expect(load(wallet.payments, page(), { id: "mine" })).rejects.toThrow();
  wallet.kill();
  let looks = 0;
  const reserve: Ledger["reserve"] = (...given) => {
    looks += 1;
    return wallet.ledger.reserve(...given);
  };
  wallet = await scene.wallet({
    disk: wallet.disk,
    wrap: (ports) => ({ ...ports, ledger: { ...ports.ledger, reserve } }),
  });
  const reached = Promise.withResolvers<void>();
  const held = Promise.withResolvers<undefined>();
  scene.provider.tricks.before = ({ payment }) => {
    if (payment === undefined) return undefined;
    reached.resolve();
    return held.promise;
  };
  const taking = load(wallet.payments, page(), { id: "another" });
  await reached.promise;
  looks = 0;
  const asking = load(wallet.payments, page(), { id: "mine" });
  await expect.poll(() => looks).toBe(1);
  // As much work as would have made a loop look again many times.
  for (let n = 0; n < 50; n += 1) await wallet.ledger.walletTotals();
  expect(looks).toBe(1);
  held.resolve(undefined);
  expect(await taking).toMatchObject({ status: 200 });
  await asking;
  expect(new Set(sent()).size).toBe(1);
});

test("an answer that is lost while another request for it is being decided is asked for again, not paid anew", async () => {
  const deciding = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let held = false;
  const reserve: Ledger["reserve"] = async (intent, plan) => {
    if (intent.requestId === "later" && !held) {
      held = true;
      deciding.resolve();
      await gate.promise;
    }
    return wallet.ledger.reserve(intent, plan);
  };
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
  wallet.kill();
  wallet = await scene.wallet({
    disk: wallet.disk,
    wrap: (ports) => ({ ...ports, ledger: { ...ports.ledger, reserve } }),
  });
  const asking = load(wallet.payments, page(), { id: "later" });
  await deciding.promise;
  scene.provider.tricks.after = ({ payment }) => (payment === undefined ? undefined : "cut");
  await expect(load(wallet.payments, page())).rejects.toThrow();
  scene.provider.tricks = {};
  await expect.poll(async () => (await wallet.ledger.unsettled()).map(({ state }) => state)).toEqual(["unknown"]);
  gate.resolve();
  expect(await asking).toMatchObject({ status: 200, paid: true });
  expect(new Set(sent()).size).toBe(1);
  const [grant] = await wallet.ledger.grants();
  expect(grant?.spent).toBe(40_000n);
});

test("a page that is asked for again while its loss is being written down is paid with the same bytes", async () => {
  const gate = Promise.withResolvers<void>();
  let looks = 0;
  const losing = Promise.withResolvers<void>();
  const slow = await scene.wallet({
    wrap: (ports) => {
      const settle: Ledger["settle"] = async (paymentId, outcome, status) => {
        if (outcome.kind === "unknown") {
          losing.resolve();
          await gate.promise;
        }
        return ports.ledger.settle(paymentId, outcome, status);
      };
      const look: Vault["look"] = () => {
        looks += 1;
        return ports.vault.look();
      };
      return { ...ports, ledger: { ...ports.ledger, settle }, vault: { ...ports.vault, look } };
    },
  });
  const allowed = allow(slow);
  await load(slow.payments, `${scene.provider.origin}/news/first`);
  await allowed;
  // The shop has worked and charged; its answer never arrives.
  scene.provider.tricks.after = ({ payment }) => (payment === undefined ? undefined : "cut");
  await expect(load(slow.payments, page())).rejects.toThrow();
  scene.provider.tricks = {};
  await losing.promise;
  const before = looks;
  const again = load(slow.payments, page());
  // It is being decided, and would be through by the time that the loss is on the disk.
  await expect.poll(() => looks).toBeGreaterThan(before);
  for (let turn = 0; turn < 200; turn += 1) await nextTurn();
  gate.resolve();
  expect(await again).toMatchObject({ status: 200, paid: true });
  expect(sent()).toHaveLength(2);
  expect(new Set(sent()).size).toBe(1);
  const [grant] = await slow.ledger.grants();
  expect(grant?.spent).toBe(40_000n);
});
