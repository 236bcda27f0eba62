/** Claims about rows that cannot be read, of a payment or of another channel: payee and reader come to their money. */
import { toHex } from "viem";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tamper } from "../ledger/testing/tamper.ts";
import { load } from "../payment/testing/browser.ts";
import { allow, openScene, PURSE, type Scene } from "../payment/testing/scene.ts";
import type { TestWallet } from "../payment/testing/wallet.ts";
import { acknowledge, acknowledgeAll, closeChannel, exportWatchBundle } from "./index.ts";

const PRICE = 20_000n;
let scene: Scene;
let wallet: TestWallet;

const channel = async () => {
  const [own] = await wallet.ledger.listChannels();
  if (!own) throw new RangeError("a channel was opened");
  return own;
};
const damage = () =>
  tamper(
    wallet.disk.indexedDB,
    "payments",
    (row) => {
      row.amount = "many";
    },
    false,
    ({ attention }) => attention === "settle",
  );

beforeEach(async () => {
  scene = await openScene();
  wallet = await scene.wallet();
  const allowed = allow(wallet);
  await load(wallet.payments, `${scene.provider.origin}/news/first`);
  await allowed;
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
  // The next one is served and charged, and its answer is lost.
  scene.provider.tricks.after = (_asked, { status }) => (status === 200 ? "cut" : undefined);
  await load(wallet.payments, `${scene.provider.origin}/news/second`).catch(() => undefined);
  await expect.poll(async () => (await wallet.ledger.unsettled()).length).toBe(1);
  scene.provider.tricks = {};
});
afterEach(async () => {
  wallet.kill();
  await scene.close();
});

test("what was received is acknowledged, and no more than that", async () => {
  const { id } = await channel();
  await damage();
  await expect(wallet.ledger.unsettled()).rejects.toMatchObject({ code: "inconsistent" });
  if ((await channel()).acknowledged === 0n) expect(await acknowledge(wallet.ports, id)).toBe(true);
  expect(await channel()).toMatchObject({ earned: PRICE, acknowledged: PRICE, signedEarned: PRICE });
});

test("the channel is closed with its site: what cannot be read counts as charged in full, the rest comes back", async () => {
  const { id } = await channel();
  await damage();
  await closeChannel(wallet.ports, id);
  expect(await channel()).toMatchObject({ status: "closed", settled: 2n * PRICE });
  expect(await scene.chain.balanceOf(wallet.address)).toBe(PURSE - 2n * PRICE);
});

test("while one that can be read is in flight, nothing is closed", async () => {
  const { id } = await channel();
  await expect(closeChannel(wallet.ports, id)).rejects.toMatchObject({ problem: "payments_pending" });
  expect(await channel()).toMatchObject({ status: "open" });
});

test("a channel that cannot be read keeps no other from being acknowledged or exported", async () => {
  const { id, terms, ...record } = await channel();
  const other = { ...record, id: toHex(1, { size: 32 }), terms, gross: 0n, earned: 0n, released: 0n };
  await wallet.ledger.putChannel({ ...other, signedEarned: 0n });
  await tamper(
    wallet.disk.indexedDB,
    "channels",
    (row) => {
      row.deposit = "many";
    },
    false,
    (row) => row.id === other.id,
  );
  await expect(wallet.ledger.listChannels()).rejects.toMatchObject({ code: "inconsistent" });
  await damage();
  await acknowledgeAll(wallet.ports);
  expect(await wallet.ledger.getChannel(id)).toMatchObject({ earned: PRICE, acknowledged: PRICE });
  expect(JSON.parse(await exportWatchBundle(wallet.ports))).toMatchObject({ channels: [{ channel: terms }] });
});
