/** A payment whose answer was a refusal, and whose deposit ran out of time before its page was loaded again. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { load } from "./testing/browser.ts";
import { allow, openScene, type Scene } from "./testing/scene.ts";
import type { TestWallet } from "./testing/wallet.ts";

let scene: Scene;
let wallet: TestWallet;
/** How far the clocks of wallet and chain are ahead of this machine's, in seconds. */
let ahead: number;

beforeEach(async () => {
  ahead = 0;
  scene = await openScene();
  wallet = await scene.wallet({ now: () => Date.now() + ahead * 1000 });
});
afterEach(async () => {
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  await scene.close();
});

async function pass(seconds: number): Promise<void> {
  ahead += seconds;
  await scene.chain.advance(seconds);
}

const page = (name: string) => `${scene.provider.origin}/news/${name}`;
const refuse = () => {
  scene.provider.tricks.before = ({ payment }) =>
    payment === undefined ? undefined : { status: 402, headers: {}, body: "not now" };
};
/** Seconds until the deposit under way is void. */
async function untilVoid(): Promise<number> {
  const pending = (await wallet.ledger.listChannels()).map(({ pendingDeposit }) => pendingDeposit?.validBefore ?? 0n);
  return Math.max(...pending.map(Number)) - Math.floor(Date.now() / 1000) - ahead;
}

test("an opening: its page is paid anew once the chain has shown that the deposit never arrived", async () => {
  refuse();
  const allowed = allow(wallet);
  expect(await load(wallet.payments, page("harbour"))).toMatchObject({ status: 402, paid: true });
  await allowed;
  scene.provider.tricks = {};
  await pass((await untilVoid()) + 5);
  await wallet.payments.reconcile();
  expect((await wallet.ledger.listChannels()).map(({ status }) => status)).toEqual(["closed"]);
  expect(await load(wallet.payments, page("harbour"))).toMatchObject({ status: 200, paid: true });
});

test("a top-up: its page is paid anew too, from the same channel", async () => {
  const allowed = allow(wallet, "$2", "$1");
  const dear = `${scene.provider.origin}/dear`;
  await load(wallet.payments, page("first"));
  await allowed;
  await load(wallet.payments, dear);
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
  refuse();
  // More than the dollar that half of the budget put into the channel.
  expect(await load(wallet.payments, dear)).toMatchObject({ status: 402, paid: true });
  scene.provider.tricks = {};
  await pass((await untilVoid()) + 5);
  await wallet.payments.reconcile();
  const channels = await wallet.ledger.listChannels();
  expect(channels.map(({ status, pendingDeposit }) => [status, pendingDeposit])).toEqual([["open", undefined]]);
  expect(await load(wallet.payments, dear)).toMatchObject({ status: 200, paid: true });
  expect(await wallet.ledger.listChannels()).toHaveLength(1);
});
