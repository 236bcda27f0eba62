import { IDBCursor, IDBIndex, IDBObjectStore } from "fake-indexeddb";
import { expect, test, vi } from "vitest";
import type { Ledger } from "./ledger.ts";
import { direct, directPlan, KEY, reopen, SITE, terms, testPorts } from "./testing/fixtures.ts";

async function walletWith(payments: number): Promise<Ledger> {
  const ledger = await reopen(testPorts());
  await ledger.createGrant({ key: KEY, terms: terms({ total: 1_000_000n }) });
  for (let n = 0; n < payments; n++) {
    const result = await ledger.reserve(direct(`r${n}`, { amount: 1n }), directPlan);
    if (result.kind !== "reserved") throw new Error("the payment is reserved");
    await ledger.markSent(result.payment.id, 1);
    await ledger.settle(result.payment.id, { kind: "delivered", charged: 1n });
  }
  return ledger;
}

/** How many rows of the database an action looks at. */
async function rowsRead(act: () => Promise<unknown>): Promise<number> {
  let rows = 0;
  const bulk: { readonly result: unknown[] }[] = [];
  for (const source of [IDBObjectStore.prototype, IDBIndex.prototype]) {
    const { getAll } = source;
    vi.spyOn(source, "getAll").mockImplementation(function spied(this: IDBObjectStore & IDBIndex, query, count) {
      const request = getAll.call(this, query, count);
      bulk.push(request);
      return request;
    });
  }
  const step = IDBCursor.prototype.continue;
  vi.spyOn(IDBCursor.prototype, "continue").mockImplementation(function spied(this: IDBCursor, key) {
    rows += 1;
    return step.call(this, key);
  });
  await act();
  vi.restoreAllMocks();
  return bulk.reduce((sum, { result }) => sum + result.length, rows);
}

test("what screens and a restart read does not grow with the number of payments", async () => {
  const [few, many] = [await walletWith(20), await walletWith(60)];
  const queries: ((ledger: Ledger) => Promise<unknown>)[] = [
    (ledger) => ledger.siteSummary(SITE, 5),
    (ledger) => ledger.recentPayments(SITE, 5),
    (ledger) => ledger.history({ limit: 10, cursor: 15 }),
    (ledger) => ledger.walletTotals(),
    (ledger) => ledger.unsettled(),
    (ledger) => ledger.awaitingBody(),
    (ledger) => ledger.sites(),
    (ledger) => ledger.reserve(direct("r3"), directPlan),
  ];
  for (const query of queries) {
    const [small, large] = [await rowsRead(() => query(few)), await rowsRead(() => query(many))];
    expect(large).toBe(small);
    expect(large).toBeLessThan(15);
  }
  expect(await rowsRead(() => many.audit())).toBeGreaterThanOrEqual(60);
});

test("nor with the number of one-time yeses that were used and of grants that were revoked", async () => {
  const walletAfter = async (yeses: number) => {
    const ports = testPorts();
    const ledger = await reopen(ports);
    for (let n = 0; n < yeses; n += 1) {
      const { requestId, offerId, amount } = direct(`r${n}`);
      const expiresAt = ports.clock + 60_000;
      await ledger.allowOnce({ key: KEY, approvalId: `a${n}`, requests: [{ requestId, offerId, amount }], expiresAt });
      const result = await ledger.reserve(direct(`r${n}`), directPlan);
      if (result.kind !== "reserved") throw new Error("the payment is reserved");
      await ledger.markSent(result.payment.id, 1);
      await ledger.settle(result.payment.id, { kind: "delivered", charged: 50n });
      const { id } = await ledger.createGrant({ key: KEY, terms: terms() });
      await ledger.revokeGrants({ grantId: id });
    }
    await ledger.createGrant({ key: KEY, terms: terms() });
    return ledger;
  };
  const [few, many] = [await walletAfter(2), await walletAfter(12)];
  for (const query of [
    (ledger: Ledger) => ledger.siteSummary(SITE, 2),
    (ledger: Ledger) => ledger.reserve(direct("r1"), directPlan),
  ]) {
    expect(await rowsRead(() => query(many))).toBe(await rowsRead(() => query(few)));
  }
});

test("a summary names what was spent today and this month, and an old day is not today", async () => {
  const ports = testPorts();
  const ledger = await reopen(ports);
  await ledger.createGrant({ key: KEY, terms: terms() });
  await ledger.reserve(direct("r1"), directPlan);
  expect((await ledger.siteSummary(SITE)).spent).toMatchObject([{ today: 50n, thisMonth: 50n, all: 50n, count: 1 }]);
  ports.clock += 86_400_000;
  expect((await ledger.siteSummary(SITE)).spent).toMatchObject([{ today: 0n, thisMonth: 0n, all: 50n }]);
  expect((await ledger.walletTotals()).dollarsToday).toBe(0n);
});

test("listeners hear of a change after it is written, and never of one that failed", async () => {
  const ledger = await reopen(testPorts());
  const heard: string[] = [];
  const stop = ledger.subscribe((topics) => heard.push(topics.join()));
  await ledger.createGrant({ key: KEY, terms: terms() });
  await expect(ledger.markSent("nobody", 1)).rejects.toMatchObject({ code: "not_found" });
  await Promise.resolve();
  expect(heard).toEqual(["grants,sites"]);
  stop();
  await ledger.dismiss(SITE);
  await Promise.resolve();
  expect(heard).toHaveLength(1);
});
