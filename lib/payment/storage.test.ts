/** Where the journal cannot be written, nothing is signed: a full disk and a blocked database. */
import { IDBFactory, IDBKeyRange, IDBObjectStore } from "fake-indexeddb";
import { mnemonicToAccount } from "viem/accounts";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { AnswerPorts } from "#answers";
import { openLedger } from "#ledger";
import { channelAnswers } from "../answers/channels.ts";
import { perform } from "../chain/testing.ts";
import { load } from "./testing/browser.ts";
import { allow, openScene, PURSE, type Scene } from "./testing/scene.ts";
import { PASSWORD } from "./testing/wallet.ts";

let scene: Scene;
const { put, add } = IDBObjectStore.prototype;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
afterEach(() => {
  Object.assign(IDBObjectStore.prototype, { put, add });
});

/** From now on every write fails as on a full disk. */
function fillDisk(): void {
  const full = () => {
    throw new DOMException("The disk is full.", "QuotaExceededError");
  };
  Object.assign(IDBObjectStore.prototype, { put: full, add: full });
}

/** Makes the first payment one that waits and cannot be read. */
function spoilPayment(indexedDB: IDBFactory): Promise<void> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("tollpass");
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("payments", "readwrite");
      const cursor = transaction.objectStore("payments").openCursor();
      cursor.onsuccess = () => cursor.result?.update({ ...cursor.result.value, attention: "settle", amount: "-5" });
      transaction.onabort = () => reject(transaction.error);
      transaction.oncomplete = () => {
        opening.result.close();
        resolve();
      };
    };
  });
}

test("a payment that cannot be read stops neither the watch over channels nor the way to them", async () => {
  const wallet = await scene.wallet();
  const allowed = allow(wallet);
  expect(await load(wallet.payments, `${scene.provider.origin}/news/a`)).toMatchObject({ status: 200 });
  await allowed;
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
  const [channel] = await wallet.ledger.listChannels();
  if (!channel) throw new RangeError("a channel was opened");
  await spoilPayment(wallet.disk.indexedDB);
  await expect(wallet.ledger.unsettled()).rejects.toThrow();

  await scene.chain.setGas(wallet.address, 10n ** 18n);
  const account = mnemonicToAccount(await wallet.vault.revealPhrase(PASSWORD));
  await perform(wallet.ports.chainOf(scene.network), { kind: "requestExit", channel: channel.terms }, account);
  await wallet.payments.reconcile();
  expect(wallet.reports).toMatchObject([{ what: "The open payments could not be read" }]);
  const { ledger } = wallet;
  const ports = { ledger, channels: wallet.ports, networks: () => [scene.network] };
  expect(await channelAnswers(ports as Partial<AnswerPorts> as AnswerPorts)["channels.list"]({})).toMatchObject([
    { id: channel.id, status: "exiting" },
  ]);
  wallet.kill();
});

test("a full disk pays nothing, says so, and pays again once there is room", async () => {
  const wallet = await scene.wallet();
  const page = (name: string) => load(wallet.payments, `${scene.provider.origin}/news/${name}`);
  const allowed = allow(wallet);
  expect(await page("a")).toMatchObject({ status: 200 });
  await allowed;
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
  const seen = scene.provider.payments.length;
  fillDisk();
  expect(await page("b")).toMatchObject({ status: 402, paid: false });
  expect((await wallet.payments.noticeOf(scene.provider.origin))?.reason).toBe("ledger_full");
  expect(wallet.ledger.isFull()).toBe(true);
  expect(scene.provider.payments.filter(({ path }) => path === "/news/b")).toEqual([]);
  expect(scene.provider.payments.length).toBe(seen);
  Object.assign(IDBObjectStore.prototype, { put, add });
  expect(await page("b")).toMatchObject({ status: 200, paid: true });
  expect(wallet.ledger.isFull()).toBe(false);
  expect((await wallet.ledger.grants())[0]?.spent).toBe(40_000n);
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
});

test("a database that the browser blocks makes no journal, and a closed one pays nothing", async () => {
  const blocked = new IDBFactory();
  blocked.open = () => {
    throw new DOMException("Blocked.", "SecurityError");
  };
  const ports = { indexedDB: blocked, IDBKeyRange, now: () => Date.now(), randomId: () => crypto.randomUUID() };
  await expect(openLedger(ports)).rejects.toMatchObject({ code: "unavailable" });

  const wallet = await scene.wallet();
  const { open } = wallet.disk.indexedDB;
  wallet.disk.indexedDB.open = blocked.open;
  wallet.ledger.close();
  expect(await load(wallet.payments, `${scene.provider.origin}/news/c`)).toMatchObject({ status: 402, paid: false });
  expect((await wallet.payments.noticeOf(scene.provider.origin))?.reason).toBe("ledger_unavailable");
  expect(await scene.chain.balanceOf(wallet.address)).toBe(PURSE);
  wallet.disk.indexedDB.open = open;
});
