import { expect, test } from "vitest";
import type { Ledger } from "./ledger.ts";
import {
  channelPlan,
  channelRecord,
  direct,
  directPlan,
  hash,
  intent,
  KEY,
  receipt,
  reopen,
  SITE,
  terms,
  testPorts,
} from "./testing/fixtures.ts";
import { type DeathTime, dieAt, live, onDisk } from "./testing/killPoint.ts";

/** One payment of the channel, brought as far as its name says. */
async function reserved(ledger: Ledger): Promise<string> {
  await ledger.createGrant({ key: KEY, terms: terms() });
  const result = await ledger.reserve(intent("r1"), channelPlan(50n));
  if (result.kind !== "reserved") throw new Error("the payment is reserved");
  return result.payment.id;
}

async function sent(ledger: Ledger): Promise<string> {
  const id = await reserved(ledger);
  await ledger.markSent(id, 1);
  return id;
}

async function delivered(ledger: Ledger): Promise<string> {
  const id = await sent(ledger);
  await ledger.settle(id, { kind: "delivered", charged: 20n, receipt: receipt(1n, 20n, 30n) });
  return id;
}

interface Operation {
  readonly name: string;
  readonly prepare: (ledger: Ledger) => Promise<string>;
  readonly act: (ledger: Ledger, paymentId: string) => Promise<unknown>;
}

const nothing = async () => "";
const granted = async (ledger: Ledger) => (await ledger.createGrant({ key: KEY, terms: terms() })).id;

const OPERATIONS: readonly Operation[] = [
  { name: "createGrant", prepare: nothing, act: (l) => l.createGrant({ key: KEY, terms: terms(), approvalId: "a" }) },
  {
    name: "allowOnce",
    prepare: nothing,
    act: (l) =>
      l.allowOnce({
        key: KEY,
        approvalId: "a",
        requests: [{ requestId: "r1", offerId: "o", amount: 5n }],
        expiresAt: 9e12,
      }),
  },
  { name: "editGrant", prepare: granted, act: (l, id) => l.editGrant(id, { total: 7n }, [{ url: SITE, amount: 1n }]) },
  { name: "revokeGrants", prepare: granted, act: (l) => l.revokeGrants("all") },
  { name: "setSitePolicy", prepare: nothing, act: (l) => l.setSitePolicy(SITE, { paused: true }) },
  { name: "dismiss", prepare: nothing, act: (l) => l.dismiss(SITE) },
  { name: "setGlobal", prepare: nothing, act: (l) => l.setGlobal({ dailyCeiling: 5n }) },
  { name: "reserve, opening a channel", prepare: granted, act: (l) => l.reserve(intent("r1"), channelPlan(50n)) },
  { name: "reserve on an open channel", prepare: reserved, act: (l) => l.reserve(intent("r2"), channelPlan(50n)) },
  { name: "reserve without a channel", prepare: granted, act: (l) => l.reserve(direct("r1"), directPlan) },
  { name: "markSent", prepare: reserved, act: (l, id) => l.markSent(id, 1) },
  { name: "release", prepare: reserved, act: (l, id) => l.settle(id, { kind: "never_sent", reason: "locked" }) },
  {
    name: "settle as delivered",
    prepare: sent,
    act: (l, id) => l.settle(id, { kind: "delivered", charged: 20n, receipt: receipt(1n, 20n, 30n) }),
  },
  {
    name: "settle as not charged",
    prepare: sent,
    act: (l, id) => l.settle(id, { kind: "not_charged", receipt: receipt(1n, 0n, 50n) }),
  },
  { name: "settle as unknown", prepare: sent, act: (l, id) => l.settle(id, { kind: "unknown", reason: "lost" }) },
  { name: "settle as cheated", prepare: sent, act: (l, id) => l.settle(id, { kind: "cheated", reason: "forged" }) },
  { name: "bodyEnded", prepare: delivered, act: (l, id) => l.bodyEnded(id) },
  { name: "bodyPresumed", prepare: delivered, act: (l, id) => l.bodyPresumed(id) },
  { name: "abandon", prepare: sent, act: (l, id) => l.abandon(id, "gave_up") },
  {
    name: "reconcile",
    prepare: async (l) => {
      const id = await sent(l);
      await l.abandon(id, "gave_up");
      return id;
    },
    act: (l, id) => l.reconcile(id, { kind: "delivered", charged: 20n, receipt: receipt(1n, 20n, 30n) }),
  },
  { name: "putChannel", prepare: nothing, act: (l) => l.putChannel(channelRecord()) },
  {
    name: "updateChannel",
    prepare: sent,
    act: (l) => l.updateChannel(hash(1), () => ({ status: "open", deposit: 5n, pendingDeposit: undefined })),
  },
  { name: "deleteHistory", prepare: delivered, act: (l) => l.deleteHistory() },
];

/** Runs the operation in a life that dies at its n-th call. Tells whether it died, and what was on disk around it. */
async function lifeAndDeath(operation: Operation, deadline: number, when: DeathTime) {
  const ports = testPorts();
  const ledger = await reopen(ports);
  const paymentId = await operation.prepare(ledger);
  const before = await onDisk(ports.indexedDB);
  dieAt(deadline, when);
  const failure = await operation.act(ledger, paymentId).then(
    () => undefined,
    (error: unknown) => error,
  );
  ledger.close();
  const died = live();
  return { ports, paymentId, before, died, failure, after: await onDisk(ports.indexedDB) };
}

test.each(OPERATIONS)(
  "dying at any call of $name leaves what was before, sound, and it can be done again",
  async (operation) => {
    for (const when of ["before", "after"] as const) {
      let deaths = 0;
      for (let deadline = 1; ; deadline++) {
        const { ports, paymentId, before, died, failure, after } = await lifeAndDeath(operation, deadline, when);
        if (!died) {
          expect(failure).toBeUndefined();
          expect(after).not.toEqual(before);
          break;
        }
        deaths += 1;
        expect(failure).toMatchObject({ name: "LedgerError", code: "unavailable" });
        expect(after).toEqual(before);
        const reborn = await reopen(ports);
        expect(await reborn.audit()).toMatchObject({ ok: true });
        await operation.act(reborn, paymentId);
        expect(await reborn.audit()).toMatchObject({ ok: true });
        reborn.close();
      }
      expect(deaths).toBeGreaterThanOrEqual(2);
    }
  },
);
