/** A profile that was put back from an old backup: the shop knows more than the journal, and is not accused of it. */
import { type IncomingMessage, request } from "node:http";
import type { IDBFactory } from "fake-indexeddb";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { load } from "./testing/browser.ts";
import type { Answer } from "./testing/hostile.ts";
import { allow, openScene, type Scene } from "./testing/scene.ts";
import type { Disk, TestWallet } from "./testing/wallet.ts";

type Rows = Readonly<Record<string, readonly unknown[]>>;

const outcome = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function openJournal(factory: IDBFactory): Promise<IDBDatabase> {
  return outcome(factory.open("tollpass") as unknown as IDBOpenDBRequest);
}

/** Every row of the journal, as a copy of the profile's folder would hold it. */
async function backUp({ indexedDB }: Disk): Promise<Rows> {
  const database = await openJournal(indexedDB);
  const names = [...database.objectStoreNames];
  const stores = database.transaction(names, "readonly");
  const rows = await Promise.all(names.map(async (name) => [name, await outcome(stores.objectStore(name).getAll())]));
  database.close();
  return Object.fromEntries(rows);
}

async function putBack({ indexedDB }: Disk, rows: Rows): Promise<void> {
  const database = await openJournal(indexedDB);
  const stores = database.transaction([...database.objectStoreNames], "readwrite");
  for (const [name, kept] of Object.entries(rows)) {
    stores.objectStore(name).clear();
    for (const row of kept) stores.objectStore(name).put(row);
  }
  await new Promise((resolve) => {
    stores.oncomplete = resolve;
  });
  database.close();
}

let scene: Scene;
let wallet: TestWallet;

const buy = (name: string) => load(wallet.payments, `${scene.provider.origin}/news/${name}`);
const settled = () => expect.poll(() => wallet.ledger.unsettled(), { timeout: 10_000 }).toEqual([]);
const channels = () => wallet.ledger.listChannels();

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
afterEach(async () => {
  scene.provider.tricks = {};
  expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  wallet.kill();
});

/** A wallet whose journal has forgotten the last of what it bought. */
async function forgetful(forgotten: readonly string[]): Promise<void> {
  wallet = await scene.wallet();
  const allowed = allow(wallet);
  await buy("first");
  await allowed;
  await settled();
  await expect.poll(async () => (await channels())[0]?.acknowledged, { timeout: 10_000 }).toBe(20_000n);
  const rows = await backUp(wallet.disk);
  for (const name of forgotten) {
    expect(await buy(name)).toMatchObject({ status: 200, paid: true });
    await settled();
  }
  wallet.kill();
  await putBack(wallet.disk, rows);
  wallet = await scene.wallet({ disk: wallet.disk });
}

async function expectLeftAlone(): Promise<void> {
  const [old] = await channels();
  expect(old).toMatchObject({ status: "restored" });
  expect(old?.untrusted).toBeUndefined();
  const before = scene.provider.payments.length;
  expect(await buy("afterwards")).toMatchObject({ status: 200, paid: true });
  await expect.poll(async () => (await channels())[0]?.status).toBe("open");
  const [fresh, ...others] = await channels();
  expect(fresh?.id).not.toBe(old?.id);
  expect(others).toEqual([expect.objectContaining({ id: old?.id, status: "restored", nonce: old?.nonce })]);
  for (const { payment } of scene.provider.payments.slice(before)) {
    expect(Buffer.from(payment ?? "", "base64").toString()).not.toContain(old?.id);
  }
}

test("a shop that remembers payments which the journal forgot is not accused: the channel is out of date", async () => {
  await forgetful(["second", "third", "fourth"]);
  await buy("something-new");
  await expect.poll(async () => (await channels())[0]?.status, { timeout: 10_000 }).toBe("restored");
  await expectLeftAlone();
});

test("where the forgotten payment and the next one are signed alike, nobody is accused either", async () => {
  await forgetful(["second"]);
  await buy("something-else");
  await expect.poll(async () => (await channels())[0]?.status, { timeout: 10_000 }).toBe("restored");
  await expectLeftAlone();
});

test("also where the shop's answer was lost, what it sold under the number before is not taken for the delivery", async () => {
  await forgetful(["second"]);
  scene.provider.tricks.after = ({ payment }, { status }) =>
    payment !== undefined && status === 409 ? "cut" : undefined;
  await expect(buy("something-else")).rejects.toThrow();
  await wallet.payments.reconcile();
  await expect.poll(async () => (await channels())[0]?.status, { timeout: 10_000 }).toBe("restored");
  expect((await wallet.ledger.history({ limit: 1 })).payments).toMatchObject([{ state: "unknown" }]);
  expect(await channels()).toMatchObject([{ authorized: 40_000n, gross: 40_000n }]);
  await expectLeftAlone();
});

test("what was bought before the backup was taken is served again and charged once", async () => {
  await forgetful(["second"]);
  expect(await buy("second")).toMatchObject({ status: 200, body: "story second" });
  await settled();
  expect(await channels()).toMatchObject([{ status: "open", gross: 40_000n }]);
});

test("a payee that says of every payment that its number was used before is believed once", async () => {
  await forgetful(["second"]);
  await buy("something-else");
  await expect.poll(async () => (await channels())[0]?.status, { timeout: 10_000 }).toBe("restored");
  expect(await buy("fresh")).toMatchObject({ status: 200, paid: true });
  await expect.poll(() => wallet.ledger.unsettled().then((open) => open.length), { timeout: 10_000 }).toBe(1);

  const asked = scene.provider.payments.length;
  scene.provider.tricks.before = ({ path, payment }) =>
    path === "/news/next" && payment !== undefined ? servedElsewhere(payment) : undefined;
  await buy("next");
  await expect.poll(async () => (await channels())[0]?.untrusted, { timeout: 10_000 }).toBe("receipt_of_other_request");
  expect(scene.provider.payments.length).toBeGreaterThan(asked);
});

test("what was sent and not answered is not sent again once its channel is out of date", async () => {
  wallet = await scene.wallet();
  const allowed = allow(wallet);
  await buy("first");
  await allowed;
  await settled();
  scene.provider.tricks.before = ({ payment }) => (payment ? { status: 503, headers: {}, body: "" } : undefined);
  await buy("second");
  await expect.poll(() => wallet.ledger.unsettled()).toHaveLength(1);
  const [{ id } = { id: "0x" as const }] = await channels();
  await wallet.ledger.updateChannel(id, () => ({ status: "restored" }));
  const before = scene.provider.payments.length;
  scene.provider.tricks = {};
  const asked = wallet.asked();
  const loading = buy("second");
  const questionId = await Promise.race([asked, loading]);
  if (typeof questionId === "string") await wallet.payments.windowClosed(questionId);
  await loading;
  for (const { payment } of scene.provider.payments.slice(before)) {
    expect(Buffer.from(payment ?? "", "base64").toString()).not.toContain(id);
  }
});

/** The same payment handed to the shop for another story, so that its genuine receipt is about that one. */
async function servedElsewhere(payment: string): Promise<Answer> {
  const envelope = JSON.parse(Buffer.from(payment, "base64").toString());
  envelope.resource.url = `${scene.provider.origin}/news/elsewhere`;
  const header = Buffer.from(JSON.stringify(envelope)).toString("base64");
  const { host } = new URL(scene.provider.origin);
  const served = await new Promise<IncomingMessage>((resolve, reject) => {
    const path = new URL("/news/elsewhere", scene.shop.origin);
    request(path, { headers: { host, "payment-signature": header } }, resolve)
      .on("error", reject)
      .end();
  });
  served.resume();
  expect(served.statusCode).toBe(200);
  return { status: 409, headers: { "payment-response": String(served.headers["payment-response"]) }, body: "" };
}
