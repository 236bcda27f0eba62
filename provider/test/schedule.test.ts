/** Claims that nobody asks for: once a schedule's time has come, and only when there is enough to be worth the gas. */
import { createPublicClient, http } from "viem";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type LocalChain, startChain } from "../../demo/chain/index.ts";
import type { ClaimSchedule } from "../src/options.ts";
import { newPayer, openShop, type Shop } from "./shop.ts";

const PRICE = 10_000n;
let chain: LocalChain;
let shop: Shop;

/** A shop whose schedules follow the test's clock; everything else in it, the chain too, runs by the real one. */
async function open(claim: ClaimSchedule | false): Promise<void> {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const goods = { "/premium": "$0.01" };
  shop = await openShop(chain, goods, (app) => app.get("/premium", (_q, r) => void r.send("goods")), {
    claim,
    watchSeconds: 3_600,
  });
  await shop.payment.ready();
}

/** Lets so many minutes pass and waits until what became due has been done: looking takes its turn after it. */
async function pass(minutes: number): Promise<void> {
  vi.advanceTimersByTime(minutes * 60_000);
  await shop.payment.look();
}

const taken = () => chain.balanceOf(chain.accounts.payee.address);
const sent = () =>
  createPublicClient({ chain: chain.viemChain, transport: http(chain.rpcUrl) }).getTransactionCount({
    address: chain.accounts.relay.address,
  });

beforeEach(async () => {
  chain = await startChain();
});
afterEach(async () => {
  await shop.close();
  vi.useRealTimers();
  await chain.close();
});

/** A payer that has bought and acknowledged so many times. */
async function customer(count: number) {
  const payer = await newPayer(chain);
  const url = `${shop.origin}/premium`;
  await payer.open(url, 1_000_000n);
  for (let bought = 1; bought < count; bought++) await payer.buy(url);
  expect((await payer.ack(await payer.ask(url))).status).toBe(200);
  return {
    async buyOneMore() {
      await payer.buy(url);
      expect((await payer.ack(await payer.ask(url))).status).toBe(200);
    },
  };
}

test("below the threshold nothing is claimed; at it, everything in exactly one transaction, and once", async () => {
  await open({ everyMinutes: 2, thresholdAmount: "$0.05" });
  await customer(3);
  const second = await customer(1);
  const [before, nonce] = await Promise.all([taken(), sent()]);
  const claims: bigint[] = [];
  shop.payment.events.on("claim", ({ paid }) => claims.push(paid));

  await pass(2);
  expect([await taken(), await sent(), claims]).toEqual([before, nonce, []]);

  await second.buyOneMore();
  await pass(1);
  expect([await taken(), await sent()], "not before its time").toEqual([before, nonce]);
  await pass(1);
  expect([await taken(), await sent(), claims]).toEqual([before + 5n * PRICE, nonce + 1, [5n * PRICE]]);

  await pass(2);
  expect([await taken(), await sent()]).toEqual([before + 5n * PRICE, nonce + 1]);
});

test("a provider that switched its schedule off is left to claim by itself", async () => {
  await open(false);
  await customer(2);
  const before = await taken();
  await pass(7 * 24 * 60);
  expect(await taken()).toBe(before);
  expect((await shop.payment.claim()).paid).toBe(2n * PRICE);
});

test("a claim that did not go through is said and tried again", async () => {
  await open({ everyMinutes: 1, thresholdAmount: "$0.01" });
  await customer(2);
  const before = await taken();
  const warnings: string[] = [];
  shop.payment.events.on("warning", ({ code }) => warnings.push(code));
  await chain.setGas(chain.accounts.relay.address, 0n);
  await pass(1);
  expect([await taken(), warnings]).toEqual([before, ["claim_failed"]]);
  await chain.setGas(chain.accounts.relay.address, 10n ** 18n);
  await pass(1);
  expect(await taken()).toBe(before + 2n * PRICE);
});
