/** A payee that never answers costs nobody but itself: the chain is watched, and other payees are seen to. */
import { stateChannelsAbi } from "@tollpass/protocol";
import { createPublicClient, createWalletClient, http } from "viem";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sign } from "#channels";
import { decodePlan, stateSigning } from "#schemes";
import { load } from "./testing/browser.ts";
import { type Asked, type HostileProvider, standBefore } from "./testing/hostile.ts";
import { allow, openScene, type Scene } from "./testing/scene.ts";
import { type TestWallet, withoutTime } from "./testing/wallet.ts";

const PRICE = 20_000n;
let scene: Scene;
let wallet: TestWallet;
let other: HostileProvider;
/** Lets go of what was held back. */
let release: () => void;
let held: Asked[];
/** Milliseconds by which the wallet's clock is ahead. */
let ahead: number;

const channelOf = async ({ origin }: HostileProvider) => {
  const [own] = await wallet.ledger.listChannels({ payeeOrigin: origin });
  if (!own) throw new RangeError("a channel was opened");
  return own;
};
const openOf = async ({ origin }: HostileProvider) =>
  (await wallet.ledger.unsettled()).filter(({ payeeOrigin }) => payeeOrigin === origin);

async function firstPage(payee: HostileProvider): Promise<void> {
  const allowed = allow(wallet);
  await load(wallet.payments, `${payee.origin}/news/first`);
  await allowed;
  await expect.poll(async () => (await channelOf(payee)).earned).toBe(PRICE);
}

/** Pays for a page whose answer is lost on its way. */
async function loseAnswer(payee: HostileProvider, path: string): Promise<void> {
  payee.tricks.after = ({ payment, path: asked }) => (payment !== undefined && asked === path ? "cut" : undefined);
  await expect(load(wallet.payments, `${payee.origin}${path}`)).rejects.toThrow();
  await expect.poll(async () => (await openOf(payee)).map(({ state }) => state)).toEqual(["unknown"]);
}

/** From now on nothing comes of what is asked by this method at the payee's channel endpoints. */
function holdBack(payee: HostileProvider, method: "GET" | "POST"): void {
  const { promise, resolve } = Promise.withResolvers<"cut">();
  release = () => resolve("cut");
  payee.tricks.before = (asked) => {
    if (asked.method !== method || !asked.path.startsWith("/.well-known/")) return undefined;
    held.push(asked);
    return promise;
  };
}

beforeEach(async () => {
  held = [];
  ahead = 0;
  release = () => undefined;
  scene = await openScene({ minDeposit: "$0.10" });
  other = await standBefore(scene.shop.origin);
  // What is seen here was done by the look at everything, and by no timer.
  wallet = await scene.wallet({ now: () => Date.now() + ahead, wrap: withoutTime });
});
afterEach(async () => {
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  wallet.kill();
  await other.close();
  await scene.close();
});

test("a false close is seen and answered although its payee holds a receipt back", async () => {
  const payee = scene.provider;
  await firstPage(payee);
  expect(await load(wallet.payments, `${payee.origin}/fails`)).toMatchObject({ status: 500, paid: true });
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
  const [failed] = (await wallet.ledger.history({ limit: 1 })).payments;
  const plan = decodePlan(String(failed?.plan));
  if (plan.scheme !== "state-channel") throw new RangeError("a channel paid");
  holdBack(payee, "GET");
  await loseAnswer(payee, "/news/lost");

  const { rpcUrl, viemChain, accounts, stateChannels } = scene.chain;
  await scene.chain.setGas(wallet.address, 10n ** 18n);
  const hash = await createWalletClient({
    account: accounts.payee,
    chain: viemChain,
    transport: http(rpcUrl),
  }).writeContract({
    address: stateChannels,
    abi: stateChannelsAbi,
    functionName: "startClose",
    args: [
      plan.channel,
      plan.state,
      plan.state.owed,
      await sign(wallet.vault, stateSigning(plan.contract, plan.channel, plan.state)),
    ],
  });
  await createPublicClient({ transport: http(rpcUrl) }).waitForTransactionReceipt({ hash });

  // The first look sees and answers it, the second one finds the answer on chain: neither has heard of the receipt.
  const first = wallet.payments.reconcile();
  await expect.poll(async () => (await channelOf(payee)).challenge?.raw).toBeDefined();
  await expect.poll(() => held.length).toBe(1);
  await wallet.payments.watch();
  const second = wallet.payments.reconcile();
  await expect.poll(async () => (await channelOf(payee)).status).toBe("closed");
  expect(await channelOf(payee)).toMatchObject({ settled: 0n });
  expect(await openOf(payee)).toHaveLength(1);
  expect(held).toHaveLength(1);
  release();
  await Promise.all([first, second]);
});

test.each([
  ["a receipt", "GET"],
  ["the answer to an acknowledgement", "POST"],
] as const)("a payee that holds %s back keeps nothing from another payee", async (_what, method) => {
  const silent = scene.provider;
  await firstPage(other);
  await firstPage(silent);
  if (method === "GET") await loseAnswer(silent, "/news/lost");
  holdBack(silent, method);
  await loseAnswer(other, "/news/lost");

  const looks = [wallet.payments.reconcile()];
  await expect.poll(async () => (await channelOf(other)).acknowledged).toBe(PRICE);
  expect(await openOf(other)).toEqual([]);
  await expect.poll(() => held.length).toBe(1);

  // Also what comes later, while the first look still waits for the silent one: a body whose end nobody saw counts.
  await loseAnswer(other, "/news/later");
  ahead = 61_000;
  looks.push(wallet.payments.reconcile());
  await expect.poll(async () => (await channelOf(other)).acknowledged).toBe(2n * PRICE);
  expect(await openOf(other)).toEqual([]);
  expect(held).toHaveLength(1);
  expect(await channelOf(silent)).toMatchObject({ acknowledged: 0n });
  expect(await openOf(silent)).toHaveLength(method === "GET" ? 1 : 0);
  release();
  await Promise.all(looks);
});
