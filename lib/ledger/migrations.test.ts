import { IDBKeyRange } from "fake-indexeddb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Database } from "./database.ts";
import { BACKUPS, MIGRATIONS, type Migration, type Row } from "./migrations.ts";
import { direct, directPlan, KEY, reopen, SITE, type TestPorts, testPorts } from "./testing/fixtures.ts";
import { type DeathTime, dieAt, live, onDisk } from "./testing/killPoint.ts";

const NEWEST = MIGRATIONS.length;
let ports: TestPorts;

beforeEach(() => {
  live();
  ports = testPorts();
  // Dexie tells the console of every death and every window that holds the database.
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const URL = `${SITE}/articles/lost`;

/** What version 1 wrote of a wallet with one budget and one `exact` payment whose answer was lost. */
function rowsOfVersion1(now: number): Record<string, Row[]> {
  const totals = [
    {
      network: KEY.network,
      asset: KEY.asset,
      all: "50",
      day: { start: now - 43_200_000, spent: "50" },
      month: { start: Date.UTC(2026, 0, 1), spent: "50" },
      count: 1,
    },
  ];
  const grant = {
    id: "g1",
    key: KEY,
    pins: { scheme: "exact" },
    terms: {
      total: "1000",
      period: "month",
      renews: true,
      perRequest: null,
      perMinute: null,
      paths: [],
      expiresAt: null,
    },
    anchor: now,
    window: { index: 0, start: now, spent: "50" },
    spentEver: "50",
    recent: [],
    createdAt: now,
    revokedAt: null,
    site: SITE,
    payeeOrigin: SITE,
  };
  const payment = {
    id: "p1",
    seq: 1,
    requestId: "r1",
    offerId: "o1",
    state: "unknown",
    reason: "lost_answer",
    createdAt: now,
    updatedAt: now,
    site: SITE,
    payeeOrigin: SITE,
    frameOrigins: [SITE],
    url: URL,
    title: "Lost",
    method: "GET",
    resourceType: "xmlhttprequest",
    incognito: false,
    redacted: false,
    scheme: "exact",
    network: KEY.network,
    asset: KEY.asset,
    payTo: KEY.payTo,
    amount: "50",
    dollarDecimals: 6,
    offer: { amount: "50" },
    plan: { authorization: "0x01" },
    grantId: "g1",
    window: 0,
    day: now - 43_200_000,
    debited: "50",
    attempts: 1,
    bodyEnded: false,
    inGross: false,
    inEarned: "0",
    attention: "settle",
  };
  const policy = {
    paused: false,
    dailyCeiling: "25000000",
    day: { start: now - 43_200_000, spent: "50" },
    tolerancePercent: 10,
  };
  return {
    grants: [grant],
    sites: [{ site: SITE, policy: { paused: false, never: false, dismissals: 0 }, totals }],
    payments: [payment],
    channels: [],
    prices: [],
    wallet: [{ id: "wallet", policy, totals, seq: 1 }],
  };
}

/** Makes the database as version 1 made it: stores and indexes by hand, at the number that the browser saw. */
function writeVersion1(rows: Record<string, Row[]>): Promise<void> {
  const opening = ports.indexedDB.open("tollpass", 10);
  opening.onupgradeneeded = () => {
    const db = opening.result;
    const grants = db.createObjectStore("grants", { keyPath: "id" });
    grants.createIndex("[site+payeeOrigin]", ["site", "payeeOrigin"]);
    grants.createIndex("site", "site");
    grants.createIndex("approvalId", "approvalId");
    db.createObjectStore("sites", { keyPath: "site" });
    const payments = db.createObjectStore("payments", { keyPath: "id" });
    payments.createIndex("requestId", "requestId", { unique: true });
    payments.createIndex("seq", "seq", { unique: true });
    payments.createIndex("[site+seq]", ["site", "seq"]);
    payments.createIndex("attention", "attention");
    payments.createIndex("[channelId+nonce]", ["channelId", "nonce"], { unique: true });
    payments.createIndex("grantId", "grantId");
    const channels = db.createObjectStore("channels", { keyPath: "id" });
    channels.createIndex("payeeOrigin", "payeeOrigin");
    const keyOfPrice = ["site", "payeeOrigin", "network", "asset", "pattern"];
    const prices = db.createObjectStore("prices", { keyPath: keyOfPrice });
    prices.createIndex("site", "site");
    db.createObjectStore("wallet", { keyPath: "id" });
    for (const [store, list] of Object.entries(rows)) {
      for (const row of list) opening.transaction?.objectStore(store).put(row);
    }
  };
  return new Promise((resolve, reject) => {
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      opening.result.close();
      resolve();
    };
  });
}

/** The number of the version that is on the disk. */
async function versionOnDisk(): Promise<number> {
  const [database] = await ports.indexedDB.databases();
  return (database?.version ?? 0) / 10;
}

const databasePorts = () => ({
  indexedDB: ports.indexedDB,
  IDBKeyRange,
  now: () => ports.clock,
  randomId: () => `id-${++ports.ids}`,
});

test("a database of version 1 is brought up to date: its lost payment is found and not made again without a yes", async () => {
  const rows = rowsOfVersion1(ports.clock);
  await writeVersion1(rows);
  const ledger = await reopen(ports);
  expect(await versionOnDisk()).toBe(NEWEST);
  expect(await ledger.reserve(direct("r2", { url: URL }), directPlan)).toMatchObject({
    kind: "ask",
    reason: { code: "paid_before", paymentId: "p1" },
  });
  expect(await ledger.reserve(direct("r3"), directPlan)).toMatchObject({ kind: "reserved", payment: { seq: 2 } });
  ledger.close();
});

test("rows are kept as they were until an audit has found the changed ones in order", async () => {
  const rows = rowsOfVersion1(ports.clock);
  await writeVersion1(rows);
  const ledger = await reopen(ports);
  expect((await onDisk(ports.indexedDB))[BACKUPS]).toEqual([
    { table: "payments", version: 3, row: rows.payments?.[0] },
  ]);
  expect(await ledger.audit()).toMatchObject({ ok: true, findings: [] });
  expect((await onDisk(ports.indexedDB))[BACKUPS]).toEqual([]);
  ledger.close();
});

test("a deleted history is not kept in a backup either", async () => {
  await writeVersion1(rowsOfVersion1(ports.clock));
  const ledger = await reopen(ports);
  await ledger.deleteHistory();
  ledger.close();
  expect(JSON.stringify(await onDisk(ports.indexedDB))).not.toContain("articles/lost");
});

test.each(["before", "after"] as const)(
  "dying %s any call of a migration leaves the old version and its rows, and the next start does it whole",
  async (when: DeathTime) => {
    let deaths = 0;
    for (let deadline = 1; ; deadline++) {
      ports = testPorts();
      const rows = rowsOfVersion1(ports.clock);
      await writeVersion1(rows);
      dieAt(deadline, when);
      const opened = await reopen(ports).catch(() => undefined);
      opened?.close();
      if (!live()) break;
      deaths += 1;
      expect(opened).toBeUndefined();
      expect(await versionOnDisk()).toBe(1);
      expect(await onDisk(ports.indexedDB)).toEqual(rows);
      const reborn = await reopen(ports);
      expect(await versionOnDisk()).toBe(NEWEST);
      expect(await reborn.audit()).toMatchObject({ ok: true, payments: 1 });
      reborn.close();
    }
    expect(deaths).toBeGreaterThanOrEqual(3);
  },
);

/** A version that is not written yet. */
const NEXT: Migration = {
  version: NEWEST + 1,
  stores: { payments: "id, &requestId, &seq, [site+seq], attention, &[channelId+nonce], grantId, unserved, payTo" },
  rows: { sites: (row) => ({ ...row, seen: true }) },
};

test("versions are gone through in their order, each on the rows of the one before", async () => {
  await writeVersion1(rowsOfVersion1(ports.clock));
  const database = new Database(databasePorts(), [...MIGRATIONS, NEXT]);
  await database.open();
  expect(await versionOnDisk()).toBe(NEWEST + 1);
  const { payments, sites, [BACKUPS]: backups } = await onDisk(ports.indexedDB);
  expect(payments).toMatchObject([{ unserved: `${SITE} GET ${URL}` }]);
  expect(sites).toMatchObject([{ site: SITE, seen: true }]);
  expect(backups).toMatchObject([{ table: "sites", version: NEWEST + 1 }]);
  database.close();
});

test("a database of a newer version is refused, and nothing of it is touched", async () => {
  const newer = new Database(databasePorts(), [...MIGRATIONS, NEXT]);
  await newer.open();
  newer.close();
  const before = await onDisk(ports.indexedDB);
  await expect(reopen(ports)).rejects.toMatchObject({ name: "LedgerError", code: "newer" });
  expect(await versionOnDisk()).toBe(NEWEST + 1);
  expect(await onDisk(ports.indexedDB)).toEqual(before);
});

test("an older window that does not let go keeps the journal closed, and it opens once the window is gone", async () => {
  await writeVersion1(rowsOfVersion1(ports.clock));
  const holding = ports.indexedDB.open("tollpass");
  await new Promise((resolve) => {
    holding.onsuccess = resolve;
  });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const asked = expect(reopen(ports)).rejects.toMatchObject({ code: "unavailable" });
  await vi.waitUntil(() => vi.getTimerCount() > 0 && vi.advanceTimersByTime(5_000));
  await asked;
  vi.useRealTimers();
  holding.result.close();
  const ledger = await reopen(ports);
  expect(await ledger.audit()).toMatchObject({ ok: true, payments: 1 });
  ledger.close();
});
