import { IDBFactory, IDBKeyRange, IDBObjectStore } from "fake-indexeddb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Ledger, openLedger } from "./ledger.ts";
import { direct, directPlan, intent, KEY, reopen, type TestPorts, terms, testPorts } from "./testing/fixtures.ts";
import { onDisk } from "./testing/killPoint.ts";
import { tamper } from "./testing/tamper.ts";

let ports: TestPorts;
let ledger: Ledger;

beforeEach(async () => {
  ports = testPorts();
  ledger = await reopen(ports);
  await ledger.createGrant({ key: KEY, terms: terms() });
  await ledger.reserve(direct("r1"), directPlan);
});

afterEach(() => {
  vi.restoreAllMocks();
  ledger.close();
});

test.each([
  ["a payment was lost", "payments", () => {}, true],
  ["a grant was lost", "grants", () => {}, true],
  [
    "a payment is debited less than its grant says",
    "payments",
    (row: Record<string, unknown>) => (row.debited = "1"),
    false,
  ],
  [
    "a grant's spending was set back",
    "grants",
    (row: Record<string, unknown>) => (row.window = { index: 0, start: 0, spent: "0" }),
    false,
  ],
  ["the site's totals were set back", "sites", (row: Record<string, unknown>) => (row.totals = []), false],
  ["the last number was set back", "wallet", (row: Record<string, unknown>) => (row.seq = 0), false],
  ["an amount is not a number", "payments", (row: Record<string, unknown>) => (row.amount = "-5"), false],
  ["a state is unheard of", "payments", (row: Record<string, unknown>) => (row.state = "paid"), false],
])("an audit notices that %s, and nothing is paid from then on", async (_, store, change, remove) => {
  await tamper(ports.indexedDB, store, change, remove);
  const result = await ledger.audit();
  expect(result.ok).toBe(false);
  expect(result.findings.length).toBeGreaterThan(0);
  ledger.close();
  ledger = await reopen(ports);
  expect(await ledger.reserve(direct("r2"), directPlan)).toMatchObject({
    kind: "refuse",
    reason: { code: "ledger_inconsistent" },
  });
  expect((await ledger.walletTotals()).halted?.findings).toEqual(result.findings);
});

test("a wallet that is whole again pays again after an audit", async () => {
  let debited: unknown;
  await tamper(ports.indexedDB, "payments", (row) => {
    debited = row.debited;
    row.debited = "1";
  });
  expect((await ledger.audit()).ok).toBe(false);
  await tamper(ports.indexedDB, "payments", (row) => {
    row.debited = debited;
  });
  expect((await ledger.audit()).ok).toBe(true);
  expect(await ledger.reserve(direct("r2"), directPlan)).toMatchObject({ kind: "reserved" });
});

test("a wallet row that cannot be read stops every payment", async () => {
  await tamper(ports.indexedDB, "wallet", (row) => {
    row.seq = "many";
  });
  await expect(ledger.reserve(direct("r2"), directPlan)).rejects.toMatchObject({ code: "inconsistent" });
  expect((await ledger.audit()).ok).toBe(false);
});

test("a full disk is told apart, and nothing of the payment is written", async () => {
  const before = await onDisk(ports.indexedDB);
  vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  await expect(ledger.reserve(direct("r2"), directPlan)).rejects.toMatchObject({ name: "LedgerError", code: "full" });
  vi.restoreAllMocks();
  expect(await onDisk(ports.indexedDB)).toEqual(before);
});

test("without IndexedDB, or where it refuses to open, the ledger says that it is unavailable", async () => {
  const rest = { IDBKeyRange, now: () => 0, randomId: () => "id" };
  await expect(openLedger(rest)).rejects.toMatchObject({ name: "LedgerError", code: "unavailable" });
  const blocked = new IDBFactory();
  vi.spyOn(blocked, "open").mockImplementation(() => {
    throw new DOMException("not in this window", "SecurityError");
  });
  await expect(openLedger({ ...rest, indexedDB: blocked })).rejects.toMatchObject({ code: "unavailable" });
});

test("every write of money is made with strict durability", async () => {
  const seen = new Set<unknown>();
  const { put } = IDBObjectStore.prototype;
  vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function spied(this: IDBObjectStore, value, key) {
    seen.add(Reflect.get(this.transaction, "durability"));
    return put.call(this, value, key);
  });
  const reserved = await ledger.reserve(direct("r2"), directPlan);
  if (reserved.kind === "reserved") await ledger.markSent(reserved.payment.id, 1);
  expect([...seen]).toEqual(["strict"]);
});

test.each([0n, -1n, 1n << 96n])("a price of %s is no price", async (amount) => {
  await expect(ledger.reserve(intent("r2", { amount }), directPlan)).rejects.toMatchObject({ code: "guard" });
});

test("an audit beside payments sees each of them whole or not at all, and keeps none of them waiting", async () => {
  await ledger.createGrant({ key: KEY, terms: terms({ total: 1_000_000n }) });
  const order: string[] = [];
  const audits = Array.from({ length: 5 }, (_, n) =>
    Promise.all([
      ledger.audit().finally(() => order.push(`audit ${n}`)),
      ...Array.from({ length: 20 }, (_, m) =>
        ledger.reserve(direct(`beside ${n} ${m}`), directPlan).finally(() => order.push(`payment ${n} ${m}`)),
      ),
    ]),
  );
  for (const [result] of await Promise.all(audits)) expect(result).toMatchObject({ ok: true, findings: [] });
  // Asked for before all payments, and answered after them.
  expect(order.findIndex((what) => what.startsWith("audit"))).toBeGreaterThanOrEqual(100);
  expect(await ledger.audit()).toMatchObject({ ok: true, payments: 101 });
});
