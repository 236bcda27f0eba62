/** What one server of the chain says is believed until the next reading, and never costs the wallet what it knows. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Chain, OnChainChannel } from "#chain";
import { load } from "../payment/testing/browser.ts";
import { allow, openScene, type Scene } from "../payment/testing/scene.ts";
import type { TestWallet } from "../payment/testing/wallet.ts";
import { refreshChannels } from "./index.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let scene: Scene;
let wallet: TestWallet;
let ahead: number;
/** What the server between wallet and chain makes of a true answer. */
let twist: { channel?: Partial<OnChainChannel>; block?: (number: bigint) => bigint; used?: { blocks: bigint } };

const buy = (name: string) => load(wallet.payments, `${scene.provider.origin}/news/${name}`);
const channel = async () => {
  const [own] = await wallet.ledger.listChannels();
  if (!own) throw new RangeError("a channel was opened");
  return own;
};
const settled = () => expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
const read = () => refreshChannels(wallet.ports);

const twisted = (chain: Chain): Chain => ({
  ...chain,
  async channelStates(ids) {
    const { block, channels } = await chain.channelStates(ids);
    const number = twist.block?.(block.number) ?? block.number;
    return { block: { ...block, number }, channels: channels.map((seen) => ({ ...seen, ...twist.channel })) };
  },
  async authorizationUsed(...given) {
    const { used, block } = await chain.authorizationUsed(...given);
    if (!twist.used) return { used, block };
    return { used: true, block: { ...block, number: block.number + twist.used.blocks } };
  },
});

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(async () => {
  twist = {};
  ahead = 0;
  wallet = await scene.wallet({
    now: () => Date.now() + ahead,
    wrap: (ports) => ({ ...ports, chainOf: (network) => twisted(ports.chainOf(network)) }),
  });
  const allowed = allow(wallet);
  await buy("first");
  await allowed;
  await settled();
  await read();
});
afterEach(async () => {
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  wallet.kill();
});

const LIES: readonly [OnChainChannel["status"], Partial<OnChainChannel>][] = [
  ["closed", { status: "closed", deposit: 0n, settled: 0n }],
  ["closing", { status: "closing" }],
  ["exiting", { status: "exiting", exitAt: 4_000_000_000 }],
];

describe("a server that falsely says that a channel is", () => {
  test.each(LIES)("%s is believed until the next reading: then the channel is what it was", async (status, lie) => {
    const before = await channel();
    twist = { channel: lie };
    await read();
    expect(await channel()).toMatchObject({ status });
    twist = {};
    await read();
    expect(await channel()).toMatchObject({ status: "open", deposit: before.deposit, settled: 0n, exitAt: 0 });
    expect(await buy("second")).toMatchObject({ status: 200, paid: true });
    await settled();
    expect(await channel()).toMatchObject({ id: before.id, nonce: before.nonce + 1n });
  });

  test.each(LIES)("%s makes nobody forget a deposit that is signed and may still arrive", async (_status, lie) => {
    const pendingDeposit = {
      paymentId: null,
      amount: 5_000n,
      validAfter: 0n,
      validBefore: BigInt(Math.floor(Date.now() / 1000) + 600),
      salt: `0x${"77".repeat(32)}` as const,
    };
    await wallet.ledger.updateChannel((await channel()).id, () => ({ pendingDeposit }));
    twist = { channel: lie };
    await read();
    expect(await channel()).toMatchObject({ pendingDeposit });
  });

  test("open again makes a channel that was found to be out of date payable", async () => {
    const { id } = await channel();
    await wallet.ledger.updateChannel(id, () => ({ status: "restored" }));
    for (const [status, lie] of LIES) {
      twist = { channel: lie };
      await read();
      expect(await channel()).toMatchObject({ status });
      twist = {};
      await read();
      expect(await channel()).toMatchObject({ status: "restored" });
    }
  });

  test("closed is asked again for days", async () => {
    twist = { channel: { status: "closed" } };
    await read();
    ahead = 6 * DAY;
    twist = {};
    await read();
    expect(await channel()).toMatchObject({ status: "open" });
  });
});

describe("a block number", () => {
  test("far beyond the last one is not believed, whatever it comes with", async () => {
    const before = await channel();
    twist = { block: (number) => number + 10n ** 15n, channel: { deposit: 1n } };
    await read();
    expect(await channel()).toEqual(before);
    twist = {};
    await read();
    expect(await channel()).toMatchObject({ deposit: before.deposit });
  });

  test("that was too high silences later readings for an hour at most", async () => {
    const { id, deposit } = await channel();
    await wallet.ledger.updateChannel(id, () => ({ depositBlock: 10n ** 15n, deposit: 1n }));
    await read();
    expect(await channel()).toMatchObject({ deposit: 1n });
    ahead = HOUR + 60_000;
    await read();
    expect(await channel()).toMatchObject({ deposit });
    expect((await channel()).depositBlock).toBeLessThan(10n ** 15n);
  });

  test("of a server that lags behind takes no deposit out of the books before it is in them", async () => {
    const pendingDeposit = {
      paymentId: null,
      amount: 5_000n,
      validAfter: 0n,
      validBefore: BigInt(Math.floor(Date.now() / 1000) + 600),
      salt: `0x${"78".repeat(32)}` as const,
    };
    await wallet.ledger.updateChannel((await channel()).id, () => ({ pendingDeposit }));
    twist = { used: { blocks: 3n } };
    await read();
    expect(await channel()).toMatchObject({ pendingDeposit });
    twist = { used: { blocks: 0n } };
    await read();
    expect((await channel()).pendingDeposit).toBeUndefined();
  });
});
