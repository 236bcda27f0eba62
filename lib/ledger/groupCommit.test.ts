import { IDBObjectStore } from "fake-indexeddb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Ledger } from "./ledger.ts";
import {
  channelPlan,
  direct,
  directPlan,
  hash,
  intent,
  KEY,
  reopen,
  type TestPorts,
  terms,
  testPorts,
} from "./testing/fixtures.ts";

let ports: TestPorts;
let ledger: Ledger;

beforeEach(async () => {
  ports = testPorts();
  ledger = await reopen(ports);
  await ledger.createGrant({ key: KEY, terms: terms() });
});

afterEach(() => vi.restoreAllMocks());

/** Counts transactions that write, and lets the n-th `put` of a payment fail. */
function watch(failing?: (row: { requestId?: string }) => boolean): { readonly transactions: Set<unknown> } {
  const transactions = new Set<unknown>();
  for (const name of ["put", "add"] as const) {
    const original = IDBObjectStore.prototype[name];
    vi.spyOn(IDBObjectStore.prototype, name).mockImplementation(function spied(this: IDBObjectStore, value, key) {
      transactions.add(this.transaction);
      if (failing?.(value)) throw new DOMException("the disk said no", "UnknownError");
      return original.call(this, value, key);
    });
  }
  return { transactions };
}

test("writes that are asked for in one turn are one transaction", async () => {
  const { transactions } = watch();
  const results = await Promise.all(Array.from({ length: 20 }, (_, n) => ledger.reserve(direct(`r${n}`), directPlan)));
  expect(results.every(({ kind }) => kind === "reserved")).toBe(true);
  expect(transactions.size).toBe(1);
});

test("writes that come while one is on its way to the disk share the next transaction", async () => {
  const { transactions } = watch();
  const first = ledger.reserve(direct("r0"), directPlan);
  await expect.poll(() => transactions.size, { interval: 0 }).toBe(1);
  const others = Array.from({ length: 19 }, (_, n) => ledger.reserve(direct(`r${n + 1}`), directPlan));
  const results = await Promise.all([first, ...others]);
  expect(results.every(({ kind }) => kind === "reserved")).toBe(true);
  expect(transactions.size).toBe(2);
});

test("one that is refused in a group does not disturb its neighbours", async () => {
  const [first, second, third, grants] = await Promise.allSettled([
    ledger.reserve(intent("r1"), channelPlan(50n)),
    ledger.markSent("nobody", 1),
    ledger.reserve(intent("r2"), channelPlan(50n)),
    ledger.grants(),
  ]);
  expect(first).toMatchObject({ status: "fulfilled", value: { payment: { nonce: 1n } } });
  expect(second).toMatchObject({ status: "rejected", reason: { code: "not_found" } });
  expect(third).toMatchObject({ status: "fulfilled", value: { payment: { nonce: 2n } } });
  expect(grants.status).toBe("fulfilled");
  expect(await ledger.audit()).toMatchObject({ ok: true, payments: 2 });
});

test("one that fails half-way is lost alone and whole", async () => {
  watch((row) => row.requestId === "r3");
  const results = await Promise.allSettled(
    Array.from({ length: 6 }, (_, n) => ledger.reserve(intent(`r${n}`), channelPlan(50n))),
  );
  vi.restoreAllMocks();
  expect(results.map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
  ]);
  expect(await ledger.getChannel(hash(1))).toMatchObject({ nonce: 5n, gross: 250n });
  expect(await ledger.audit()).toMatchObject({ ok: true, payments: 5 });
});

test("nobody is told of a write before its transaction is committed", async () => {
  const results = await Promise.all(
    Array.from({ length: 5 }, async (_, n) => {
      await ledger.reserve(direct(`r${n}`), directPlan);
      const other = await reopen(ports);
      const seen = await other.getPaymentByRequest(`r${n}`);
      other.close();
      return seen?.state;
    }),
  );
  expect(results).toEqual(Array.from({ length: 5 }, () => "reserved"));
});
