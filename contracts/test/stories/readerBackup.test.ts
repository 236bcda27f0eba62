// A reader loses its profile and goes on with an old backup of it: the real wallet, on a disk that has forgotten.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import Dexie from "dexie";
import { IDBKeyRange } from "fake-indexeddb";
import { acknowledgeAll, exitChannel } from "#channels";
import type { ChannelRecord } from "#ledger";
import { localNetwork } from "../../../demo/chain/index.ts";
import { load } from "../../../lib/payment/testing/browser.ts";
import { type Disk, newDisk, startWallet, type TestWallet } from "../../../lib/payment/testing/wallet.ts";
import { openStage, PRICE, PURSE, type Stage } from "./stage.ts";

let stage: Stage;
const alive = new Set<TestWallet>();
beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  for (const wallet of alive) wallet.kill();
  await stage.close();
});

async function start(disk: Disk): Promise<TestWallet> {
  const wallet = await startWallet([localNetwork(stage.chain)], { disk });
  alive.add(wallet);
  return wallet;
}

/** A copy of everything that a profile keeps. */
async function backup(disk: Disk): Promise<Disk> {
  const copy = newDisk();
  await copy.local.set(await disk.local.get(null));
  await copy.session.set(await disk.session.get(null));
  for (const { name = "" } of await disk.indexedDB.databases()) {
    const from = await new Dexie(name, { indexedDB: disk.indexedDB, IDBKeyRange }).open();
    const to = new Dexie(name, { indexedDB: copy.indexedDB, IDBKeyRange });
    const stores = from.tables.map(({ name: table, schema }) => [
      table,
      [schema.primKey, ...schema.indexes].map(({ src }) => src).join(),
    ]);
    to.version(from.verno).stores(Object.fromEntries(stores));
    await to.open();
    for (const table of from.tables) await to.table(table.name).bulkAdd(await table.toArray());
    from.close();
    to.close();
  }
  return copy;
}

/** Gives the budget that the wallet asks for. */
async function allow(wallet: TestWallet): Promise<void> {
  const questionId = await wallet.asked();
  const revision = wallet.payments.question(questionId)?.revision ?? -1;
  const choice = { kind: "budget", cap: "$1", period: "month", perRequest: "$0.01", renews: false } as const;
  assert.equal(await wallet.payments.choose({ questionId, revision, offer: 0, choice }), undefined);
}

/** Resolves when the journal says that so much was received for good. */
async function received(wallet: TestWallet, earned: bigint): Promise<void> {
  while ((await wallet.ledger.listChannels())[0]?.earned !== earned) await nextTurn();
}

/** What was put into a channel: until the chain was read, it stands as pending. */
const putIn = ({ deposit, pendingDeposit }: ChannelRecord) => deposit + (pendingDeposit?.amount ?? 0n);

/** Resolves when the wallet has taken its oldest channel as out of date. */
async function outOfDate(wallet: TestWallet): Promise<void> {
  while (!(await wallet.ledger.listChannels()).some(({ status }) => status === "restored")) await nextTurn();
}

test("an old backup of the reader's wallet is restored: no page is paid twice, and the exit brings back every unit unspent", async () => {
  const shop = await stage.shop();
  const page = (wallet: TestWallet, number: number) => load(wallet.payments, `${shop.origin}/page/${number}`);
  const statuses = async (wallet: TestWallet, numbers: number[]) => {
    const got: number[] = [];
    for (const number of numbers) got.push((await page(wallet, number)).status);
    return got;
  };
  const disk = newDisk();
  const wallet = await start(disk);
  await stage.chain.mint(wallet.address, PURSE);
  const allowed = allow(wallet);
  assert.deepEqual(await statuses(wallet, [1, 2]), [200, 200]);
  await allowed;
  await received(wallet, 2n * PRICE);
  const saved = await backup(disk);
  assert.deepEqual(await statuses(wallet, [3, 4]), [200, 200]);
  await received(wallet, 4n * PRICE);
  await acknowledgeAll(wallet.ports);
  wallet.kill();

  const restored = await start(saved);
  const [channel] = await restored.ledger.listChannels();
  assert.ok(channel);
  const record = async () => (await shop.payment.channels()).find(({ id }) => id === channel.id);
  const before = await record();
  assert.deepEqual([before?.book.charged, before?.claimable, channel.authorized], [4n * PRICE, 4n * PRICE, 2n * PRICE]);
  // What it signs now has been signed before, for another page: the shop serves nothing and charges nothing for it.
  assert.deepEqual(await statuses(restored, [5]), [409]);
  await outOfDate(restored);
  assert.deepEqual((await record())?.book, before?.book);
  // From then on the old channel is left alone: a new one pays.
  assert.deepEqual(await statuses(restored, [6]), [200]);
  assert.deepEqual((await record())?.book, before?.book);
  const fresh = (await restored.ledger.listChannels()).find(({ id }) => id !== channel.id);
  assert.ok(fresh);
  while ((await restored.ledger.getChannel(fresh.id))?.earned !== PRICE) await nextTurn();
  await acknowledgeAll(restored.ports);

  await exitChannel(restored.ports, channel.id, { ownGas: false });
  await shop.payment.look();
  await shop.payment.claim();
  const spent = 5n * PRICE;
  const added = putIn(fresh);
  const aside = putIn(channel) + added;
  await stage.expectBalances(restored.address, { reader: PURSE - aside, payee: spent, escrow: aside - spent });
  await stage.chain.advance(channel.terms.exitDelay);
  await stage.as(stage.stranger).write.exit([channel.terms]);
  await stage.expectBalances(restored.address, {
    reader: PURSE - 4n * PRICE - added,
    payee: spent,
    escrow: added - PRICE,
  });
});
