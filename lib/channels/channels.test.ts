/** The ways out of a channel, over a real provider and chain: nothing is signed twice, and nothing is locked for long. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { load } from "../payment/testing/browser.ts";
import { allow, openScene, PURSE, type Scene } from "../payment/testing/scene.ts";
import { PASSWORD, type TestWallet } from "../payment/testing/wallet.ts";
import { acknowledge, closeChannel, exitChannel, finishExit, refreshChannels, refundChannel } from "./index.ts";

let scene: Scene;
let wallet: TestWallet;
const buy = (name: string) => load(wallet.payments, `${scene.provider.origin}/news/${name}`);
const channel = async () => {
  const [own] = await wallet.ledger.listChannels();
  if (!own) throw new RangeError("a channel was opened");
  return own;
};
const settled = () => expect.poll(() => wallet.ledger.unsettled()).toEqual([]);

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(async () => {
  wallet = await scene.wallet();
  const allowed = allow(wallet);
  await buy("first");
  await allowed;
  await settled();
});
afterEach(async () => {
  scene.provider.tricks = {};
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  wallet.kill();
});

describe("closing", () => {
  test("pays what was received and gives the rest back in one go", async () => {
    const { id } = await channel();
    await closeChannel(wallet.ports, id);
    expect((await channel()).status).toBe("closed");
    expect(await scene.chain.balanceOf(wallet.address)).toBe(PURSE - 20_000n);
    await expect(closeChannel(wallet.ports, id)).rejects.toMatchObject({ problem: "channel_unusable" });
  });

  test("without an answer keeps the channel from paying, because the signed close is out; a retry says the same", async () => {
    const { id } = await channel();
    scene.provider.tricks.after = ({ path }) => (path.startsWith("/.well-known") ? "cut" : undefined);
    const calls = scene.provider.payments.length;
    // The provider closes, but its answer is lost: the chain tells.
    expect(await closeChannel(wallet.ports, id)).toEqual({});
    expect(scene.provider.payments.length).toBe(calls + 1);

    wallet.kill();
    wallet = await scene.wallet();
    const allowed = allow(wallet);
    await buy("first");
    await allowed;
    await settled();
    const next = await channel();
    const sent = scene.provider.payments.length;
    scene.provider.tricks = { before: ({ path }) => (path.startsWith("/.well-known") ? "cut" : undefined) };
    await expect(closeChannel(wallet.ports, next.id)).rejects.toMatchObject({ problem: "provider_unreachable" });
    expect((await channel()).status).toBe("closing");
    await expect(closeChannel(wallet.ports, next.id)).rejects.toMatchObject({ problem: "provider_unreachable" });
    const closes = scene.provider.payments.slice(sent).map(({ payment }) => payment);
    expect(new Set(closes).size).toBe(1);
    scene.provider.tricks = {};
    await closeChannel(wallet.ports, next.id);
    expect((await channel()).status).toBe("closed");
  });

  test("that cannot be signed reopens neither a close by the payee nor a channel that is out of date", async () => {
    const { disk } = wallet;
    wallet.kill();
    // With no chain in reach: a reading would say what this channel is.
    const cut = { rpcUrls: ["http://127.0.0.1:9"] };
    wallet = await scene.wallet({
      disk,
      wrap: (ports) => ({ ...ports, chainOf: (network) => ports.chainOf({ ...network, ...cut }) }),
    });
    const { id } = await channel();
    const payeeClose = { amount: 20_000n, headroom: 0n, deadline: 4_000_000_000 };
    await wallet.ledger.updateChannel(id, () => ({ status: "closing", payeeClose, outOfDate: true }));
    await wallet.vault.lock();
    await expect(closeChannel(wallet.ports, id)).rejects.toMatchObject({ code: "locked" });
    expect(await channel()).toMatchObject({ status: "closing", payeeClose, outOfDate: true });
    await wallet.ledger.updateChannel(id, () => ({ payeeClose: undefined }));
    await expect(closeChannel(wallet.ports, id)).rejects.toMatchObject({ code: "locked" });
    expect((await channel()).status).toBe("restored");
  });

  test("that the provider refuses leaves the channel open and usable", async () => {
    const { id } = await channel();
    scene.provider.tricks.before = ({ path }) =>
      path.startsWith("/.well-known") ? { status: 409, headers: {}, body: '{"code":"unavailable"}' } : undefined;
    await expect(closeChannel(wallet.ports, id)).rejects.toMatchObject({ problem: "provider_refused" });
    scene.provider.tricks = {};
    expect((await channel()).status).toBe("open");
    expect(await buy("second")).toMatchObject({ status: 200, paid: true });
    await settled();
  });

  test("with a locked wallet changes nothing", async () => {
    const { id } = await channel();
    await wallet.vault.lock();
    await expect(closeChannel(wallet.ports, id)).rejects.toMatchObject({ code: "locked" });
    expect(await channel()).toMatchObject({ status: "open" });
    expect((await channel()).closeDeadline).toBeUndefined();
  });
});

test("a refund brings back all that is neither owed nor promised, and the channel goes on", async () => {
  await expect.poll(async () => (await channel()).pendingDeposit).toBeUndefined();
  const { id, deposit } = await channel();
  await refundChannel(wallet.ports, id);
  expect(await channel()).toMatchObject({ status: "open", deposit: 20_000n, refundNonce: 1 });
  expect(await scene.chain.balanceOf(wallet.address)).toBe(PURSE - deposit + (deposit - 20_000n));
  expect(await buy("second")).toMatchObject({ status: 200, paid: true });
  await settled();
});

test("an acknowledgement whose answer was lost is sent again under another nonce", async () => {
  const { id } = await channel();
  await expect.poll(async () => (await channel()).acknowledged, { timeout: 10_000 }).toBe(20_000n);
  await buy("second");
  await settled();
  scene.provider.tricks.after = ({ path }) => (path.startsWith("/.well-known") ? "cut" : undefined);
  const before = (await channel()).nonce;
  await acknowledge(wallet.ports, id).catch(() => undefined);
  scene.provider.tricks = {};
  await acknowledge(wallet.ports, id);
  expect(await channel()).toMatchObject({ acknowledged: 40_000n, authorized: 40_000n });
  expect((await channel()).nonce).toBeGreaterThan(before + 1n);
});

describe("once the clock has moved on", () => {
  let later: Scene;
  let ahead = 0;
  const now = () => Date.now() + ahead * 1_000;
  const travel = async (seconds: number) => {
    ahead += seconds;
    await later.chain.advance(seconds);
  };
  const get = (name: string) => load(wallet.payments, `${later.provider.origin}/news/${name}`);
  beforeEach(async ({ onTestFinished }) => {
    later = await openScene({ minDeposit: "$0.01" });
    // After the journal was added up: the scene ends its wallets.
    onTestFinished(() => later.close());
    ahead = 0;
    wallet.kill();
    wallet = await later.wallet({ now });
  });

  /** One payment by a yes to this request alone: its channel holds no more than its price. */
  async function once(): Promise<void> {
    const asked = wallet.asked();
    const loading = get("first");
    const questionId = await asked;
    const revision = wallet.payments.question(questionId)?.revision ?? 0;
    await wallet.payments.choose({ questionId, revision, offer: 0, choice: { kind: "once" } });
    expect(await loading).toMatchObject({ status: 200, paid: true });
    await settled();
  }

  test("an exit is finished with own gas, and nothing is called done because a provider says so", async () => {
    await once();
    const { id } = await channel();
    await expect(finishExit(wallet.ports, id, { ownGas: false })).rejects.toMatchObject({ problem: "exit_not_due" });
    await exitChannel(wallet.ports, id, { ownGas: false });
    expect((await channel()).status).toBe("exiting");
    await travel(8 * 86_400);
    await wallet.vault.unlock(PASSWORD);
    later.provider.tricks.before = ({ path }) =>
      path.startsWith("/.well-known")
        ? { status: 200, headers: {}, body: JSON.stringify({ channelId: id, transaction: id }) }
        : undefined;
    const relayed = finishExit(wallet.ports, id, { ownGas: false });
    await expect(relayed).rejects.toMatchObject({ problem: "no_relayer" });
    await expect(finishExit(wallet.ports, id, { ownGas: true })).rejects.toMatchObject({ code: "short_of_gas" });
    await later.chain.setGas(wallet.address, 10n ** 18n);
    await finishExit(wallet.ports, id, { ownGas: true });
    expect((await channel()).status).toBe("closed");
  });

  test("a top-up that was never made makes way for another one, and not before it has expired on chain", async () => {
    await once();
    later.provider.tricks.before = ({ payment, path }) =>
      payment !== undefined && path === "/news/second" ? { status: 402, headers: {}, body: "" } : undefined;
    const allowed = allow(wallet);
    expect(await get("second")).toMatchObject({ status: 402, paid: true });
    await allowed;
    const first = (await channel()).pendingDeposit;
    expect(first?.amount).toBeGreaterThan(0n);
    await wallet.payments.reconcile();
    expect((await channel()).pendingDeposit).toEqual(first);
    await travel(660);
    await wallet.payments.reconcile();
    expect(await channel()).toMatchObject({ status: "open", deposit: 20_000n });
    expect((await channel()).pendingDeposit).toBeUndefined();
    expect(await get("third")).toMatchObject({ status: 200, paid: true });
    await expect.poll(async () => (await channel()).pendingDeposit).toBeUndefined();
    expect(await later.chain.balanceOf(wallet.address)).toBe(PURSE - (await channel()).deposit);
  });

  test("a close that nobody relayed frees its channel again when it has expired on chain", async () => {
    await once();
    const { id } = await channel();
    later.provider.tricks.before = ({ path }) => (path.startsWith("/.well-known") ? "cut" : undefined);
    await expect(closeChannel(wallet.ports, id)).rejects.toMatchObject({ problem: "provider_unreachable" });
    await refreshChannels(wallet.ports, [id]);
    expect((await channel()).status).toBe("closing");
    await travel(660);
    await refreshChannels(wallet.ports, [id]);
    expect((await channel()).status).toBe("open");
    expect((await channel()).closeDeadline).toBeUndefined();
  });
});
