/** The connection to the database may be closed at any time, by the browser or by another window of the extension. */
import { forceCloseDatabase, IDBFactory, IDBKeyRange, IDBObjectStore } from "fake-indexeddb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Database } from "./database.ts";
import type { Ledger } from "./ledger.ts";
import { MIGRATIONS } from "./migrations.ts";
import { direct, directPlan, KEY, reopen, type TestPorts, terms, testPorts } from "./testing/fixtures.ts";
import { onDisk } from "./testing/killPoint.ts";

let ports: TestPorts;
let ledger: Ledger;
/** Connections that the ledger opened, oldest first. */
let connections: IDBDatabase[];

beforeEach(async () => {
  ports = testPorts();
  connections = [];
  const { open } = IDBFactory.prototype;
  vi.spyOn(ports.indexedDB, "open").mockImplementation((name, version) => {
    const opening = open.call(ports.indexedDB, name, version);
    opening.addEventListener("success", () => connections.push(opening.result));
    return opening;
  });
  // Dexie tells the console of every connection that is taken from it.
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  ledger = await reopen(ports);
  await ledger.createGrant({ key: KEY, terms: terms() });
});
afterEach(() => {
  vi.restoreAllMocks();
  ledger.close();
});

const forceClose = () => {
  for (const connection of connections) forceCloseDatabase(connection as never);
};

test("closed by force, as the browser does when its storage fails: the next payment opens it again", async () => {
  await ledger.reserve(direct("r1"), directPlan);
  forceClose();
  expect(await ledger.reserve(direct("r2"), directPlan)).toMatchObject({ kind: "reserved", payment: { seq: 2 } });
  expect(connections).toHaveLength(2);
});

test("closed by its own life: what that life still wants to write is not written", async () => {
  ledger.close();
  await expect(ledger.reserve(direct("r1"), directPlan)).rejects.toMatchObject({ code: "unavailable" });
  ledger = await reopen(ports);
  expect(await ledger.unsettled()).toEqual([]);
});

test("closed by force under many payments: each is written whole or failed whole, and those after them go on", async () => {
  const { add } = IDBObjectStore.prototype;
  let adds = 0;
  vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(function closing(this: IDBObjectStore, value, key) {
    const request = add.call(this, value, key);
    adds += 1;
    if (adds === 3) forceClose();
    return request;
  });
  const results = await Promise.allSettled(
    Array.from({ length: 6 }, (_, n) => ledger.reserve(direct(`r${n}`), directPlan)),
  );
  for (const result of results) {
    if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "unavailable" });
  }
  const written = results.filter(({ status }) => status === "fulfilled").length;
  expect(await ledger.audit()).toMatchObject({ ok: true, findings: [], payments: written });
  expect(await ledger.reserve(direct("after"), directPlan)).toMatchObject({ kind: "reserved" });
});

test("another window brings the database to a newer version: the ledger lets go of it, and pays nothing from then on", async () => {
  const newest = MIGRATIONS.length;
  const rest = { indexedDB: ports.indexedDB, IDBKeyRange, now: () => 0, randomId: () => "id" };
  const newer = new Database(rest, [...MIGRATIONS, { version: newest + 1, stores: {} }]);
  await newer.open();
  newer.close();
  await expect(ledger.reserve(direct("r1"), directPlan)).rejects.toMatchObject({ code: "newer" });
});

test("a journal that was deleted under the wallet is not begun anew in its life", async () => {
  await ledger.reserve(direct("r1"), directPlan);
  await new Promise((resolve) => {
    ports.indexedDB.deleteDatabase("tollpass").onsuccess = resolve;
  });
  await expect(ledger.reserve(direct("r2"), directPlan)).rejects.toMatchObject({ code: "unavailable" });
  await expect(ledger.grants()).rejects.toMatchObject({ code: "unavailable" });
  expect(await ports.indexedDB.databases()).toEqual([]);
  ledger = await reopen(ports);
  expect(await ledger.audit()).toMatchObject({ ok: true, payments: 0 });
});

test("erasing is done although answers are journalled meanwhile: they find nothing", async () => {
  const late = async () => {
    // One after the other, so that some come at every moment of the deletion.
    for (let n = 0; n < 50; n += 1) {
      const problem = await ledger.markSent("r1", 1).catch((error: unknown) => error);
      expect(problem).toMatchObject({ name: "LedgerError" });
    }
  };
  const [erased] = await Promise.all([ledger.erase().then(() => "erased"), late()]);
  expect(erased).toBe("erased");
  expect(await ledger.grants()).toEqual([]);
  await ledger.createGrant({ key: KEY, terms: terms() });
  expect(await ledger.grants()).toHaveLength(1);
});

test("deleted by the person, it begins anew at once", async () => {
  await ledger.reserve(direct("r1"), directPlan);
  await ledger.erase();
  expect(await ledger.reserve(direct("r2"), directPlan)).toEqual({ kind: "ask", reason: { code: "no_grant" } });
});

test("a full disk is known until something could be written again, and screens are told of both", async () => {
  const told = vi.fn();
  ledger.subscribe(told);
  const before = await onDisk(ports.indexedDB);
  vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  await expect(ledger.reserve(direct("r1"), directPlan)).rejects.toMatchObject({ code: "full" });
  expect(ledger.isFull()).toBe(true);
  expect(told).toHaveBeenCalledWith(["wallet"]);
  expect(await onDisk(ports.indexedDB)).toEqual(before);
  vi.mocked(IDBObjectStore.prototype.add).mockRestore();
  told.mockClear();
  await ledger.reserve(direct("r1"), directPlan);
  expect(ledger.isFull()).toBe(false);
  expect(told).toHaveBeenCalledWith(["wallet"]);
});
