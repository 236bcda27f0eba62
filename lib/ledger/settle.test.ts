import { beforeEach, describe, expect, test } from "vitest";
import type { Ledger } from "./ledger.ts";
import type { PaymentRecord } from "./rows.ts";
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

async function paid(requestId: string, price = 50n): Promise<PaymentRecord> {
  const result = await ledger.reserve(intent(requestId, { amount: price }), channelPlan(price));
  if (result.kind !== "reserved") throw new Error(`expected a reservation, got ${result.kind}`);
  return result.payment;
}

async function sent(requestId: string, price = 50n): Promise<PaymentRecord> {
  const { id } = await paid(requestId, price);
  return ledger.markSent(id, 1);
}

const channel = () => ledger.getChannel(hash(1));
const left = async () => (await ledger.grants())[0]?.left;
const sound = async () => expect(await ledger.audit()).toMatchObject({ ok: true, findings: [] });

describe("settle", () => {
  test("a verified receipt over the full price delivers, and counts as earned once the body has ended", async () => {
    const { id } = await sent("r1");
    await ledger.settle(id, { kind: "delivered", charged: 50n, receipt: receipt(1n, 50n, 0n) }, 200);
    expect(await channel()).toMatchObject({ earned: 0n, gross: 50n });
    expect((await ledger.awaitingBody()).map((payment) => payment.id)).toEqual([id]);
    await ledger.bodyEnded(id);
    expect(await channel()).toMatchObject({ earned: 50n });
    expect(await ledger.awaitingBody()).toEqual([]);
    expect(await left()).toBe(950n);
    await sound();
  });

  test("what a receipt proves was not charged goes back to the budget; what a server merely says does not", async () => {
    const metered = await sent("r1");
    await ledger.settle(metered.id, { kind: "delivered", charged: 20n, receipt: receipt(1n, 20n, 30n) });
    expect(await left()).toBe(980n);
    const said = await sent("r2");
    await ledger.settle(said.id, { kind: "delivered", charged: 20n });
    expect(await left()).toBe(930n);
    await sound();
  });

  test("a receipt of zero gives all of it back and the room in the channel comes from its credit", async () => {
    const { id } = await sent("r1");
    await ledger.settle(id, { kind: "not_charged", receipt: receipt(1n, 0n, 50n) }, 500);
    expect(await ledger.getPayment(id)).toMatchObject({ state: "refused", outcome: "not_charged", debited: 0n });
    expect(await channel()).toMatchObject({ gross: 50n, credited: 50n, released: 50n, authorized: 50n });
    expect(await left()).toBe(1_000n);
    await sound();
  });

  test("settling twice with the same receipt changes nothing", async () => {
    const { id } = await sent("r1");
    const outcome = { kind: "delivered", charged: 20n, receipt: receipt(1n, 20n, 30n) } as const;
    await ledger.settle(id, outcome);
    const before = await channel();
    await ledger.settle(id, outcome);
    expect(await channel()).toEqual(before);
    expect(await left()).toBe(980n);
    await sound();
  });

  test("a credit note lowers what was charged and what is not yet acknowledged", async () => {
    const { id } = await sent("r1");
    await ledger.settle(id, { kind: "delivered", charged: 50n, receipt: receipt(1n, 50n, 0n) });
    await ledger.bodyEnded(id);
    await ledger.settle(id, { kind: "delivered", charged: 10n, receipt: receipt(1n, 10n, 40n) });
    expect(await channel()).toMatchObject({ earned: 10n, credited: 40n, released: 40n });
    expect(await left()).toBe(990n);
    await sound();
  });

  test("two credit notes on one payment count once each", async () => {
    const { id } = await sent("r1");
    await ledger.settle(id, { kind: "delivered", charged: 40n, receipt: receipt(1n, 40n, 10n) });
    await ledger.settle(id, { kind: "delivered", charged: 15n, receipt: receipt(1n, 15n, 35n) });
    expect(await channel()).toMatchObject({ credited: 35n, released: 35n });
    expect((await channel())?.untrusted).toBeUndefined();
    expect(await left()).toBe(985n);
    await sound();
  });

  test("a receipt proves that the payee holds what its state acknowledged", async () => {
    const first = await sent("r1");
    await ledger.settle(first.id, { kind: "delivered", charged: 50n, receipt: receipt(1n, 50n, 0n) });
    await ledger.bodyEnded(first.id);
    const second = await sent("r2");
    expect(await channel()).toMatchObject({ earned: 50n, signedEarned: 50n, acknowledged: 0n });
    await ledger.settle(second.id, { kind: "delivered", charged: 50n, receipt: receipt(2n, 50n, 0n) });
    expect(await channel()).toMatchObject({ acknowledged: 50n });
  });

  test("an answer that nobody watches counts as earned once, and waits on for its page without a new time", async () => {
    const { id } = await sent("r1");
    const { updatedAt } = await ledger.settle(id, {
      kind: "delivered",
      charged: 50n,
      receipt: receipt(1n, 50n, 0n),
    });
    ports.clock += 1_000;
    expect(await ledger.bodyPresumed(id)).toMatchObject({ bodyEnded: false, inEarned: 50n, updatedAt });
    expect(await channel()).toMatchObject({ earned: 50n });
    expect((await ledger.awaitingBody()).map((payment) => payment.id)).toEqual([id]);
    await ledger.bodyEnded(id);
    expect(await channel()).toMatchObject({ earned: 50n });
    expect(await ledger.awaitingBody()).toEqual([]);
    await sound();
  });

  test("a payment without a receipt is not presumed to have been received", async () => {
    const { id } = await sent("r1");
    await expect(ledger.bodyPresumed(id)).rejects.toMatchObject({ code: "illegal_transition" });
    await ledger.settle(id, { kind: "unknown", reason: "lost_answer" });
    await expect(ledger.bodyPresumed(id)).rejects.toMatchObject({ code: "illegal_transition" });
    expect(await channel()).toMatchObject({ earned: 0n });
    await sound();
  });

  test("a credit note never takes back what was signed as earned", async () => {
    const { id } = await sent("r1");
    await ledger.settle(id, { kind: "delivered", charged: 50n, receipt: receipt(1n, 50n, 0n) });
    await ledger.bodyEnded(id);
    await ledger.updateChannel(hash(1), (now) => ({ nonce: now.nonce + 1n, signedEarned: now.earned }));
    await ledger.settle(id, { kind: "delivered", charged: 10n, receipt: receipt(1n, 10n, 40n) });
    expect(await channel()).toMatchObject({ earned: 50n, credited: 40n });
    await sound();
  });

  test("a receipt above the price marks the payee, and the payment stays debited and unknown", async () => {
    const { id } = await sent("r1");
    await ledger.settle(id, { kind: "delivered", charged: 51n, receipt: receipt(1n, 51n, 0n) });
    expect(await ledger.getPayment(id)).toMatchObject({ state: "unknown", reason: "receipt_overcharged" });
    expect(await channel()).toMatchObject({ untrusted: "receipt_overcharged", earned: 0n });
    expect(await left()).toBe(950n);
    await sound();
  });

  test("parallel receipts in any order are accepted as long as the highest credit covers them all", async () => {
    const payments = [await sent("r1"), await sent("r2"), await sent("r3")];
    const given = [receipt(1n, 40n, 10n), receipt(2n, 30n, 30n), receipt(3n, 50n, 30n)];
    for (const n of [2, 1, 0]) {
      const proof = given[n];
      const { id } = payments[n] ?? { id: "" };
      if (proof) await ledger.settle(id, { kind: "delivered", charged: proof.charged, receipt: proof });
    }
    const after = await channel();
    expect(after).toMatchObject({ credited: 30n, released: 30n });
    expect(after?.untrusted).toBeUndefined();
    await sound();
  });

  test("what never left is released, and everything but the nonce comes back", async () => {
    const first = await paid("r1");
    await ledger.settle(first.id, { kind: "never_sent", reason: "locked" });
    expect(await left()).toBe(1_000n);
    expect(await channel()).toMatchObject({ nonce: 1n, gross: 0n, authorized: 50n });
    expect((await channel())?.pendingDeposit).toBeUndefined();
    const again = await paid("r1");
    expect(again).toMatchObject({ nonce: 2n, state: "reserved" });
    await ledger.markSent(again.id, 1);
    await ledger.settle(again.id, { kind: "recalled", reason: "aborted" });
    expect(await left()).toBe(1_000n);
    expect(await channel()).toMatchObject({ nonce: 2n, gross: 0n, authorized: 50n });
    await sound();
  });

  test("what may have reached the payee once is never released", async () => {
    const { id } = await sent("r1");
    const unmarked = ledger.settle(id, { kind: "never_sent", reason: "interrupted" });
    await expect(unmarked).rejects.toMatchObject({ code: "illegal_transition" });
    await ledger.markSent(id, 2);
    const resent = ledger.settle(id, { kind: "recalled", reason: "aborted" });
    await expect(resent).rejects.toMatchObject({ code: "illegal_transition" });
    await ledger.settle(id, { kind: "unknown", reason: "lost_answer" });
    const lost = ledger.settle(id, { kind: "recalled", reason: "aborted" });
    await expect(lost).rejects.toMatchObject({ code: "illegal_transition" });
    expect(await left()).toBe(950n);
    await sound();
  });

  test("an unknown payment keeps its debit; abandoning it reuses its room but never lowers what was authorized", async () => {
    const { id } = await sent("r1");
    await ledger.settle(id, { kind: "unknown", reason: "lost_answer" });
    await ledger.markSent(id, 2);
    await ledger.settle(id, { kind: "unknown", reason: "lost_answer" });
    await ledger.abandon(id, "gave_up");
    expect(await channel()).toMatchObject({ gross: 0n, authorized: 50n });
    expect(await left()).toBe(950n);
    expect(await paid("r2")).toMatchObject({ nonce: 2n });
    expect(await channel()).toMatchObject({ gross: 50n, authorized: 50n });
    await sound();
  });

  test("a receipt for an abandoned payment still counts", async () => {
    const { id } = await sent("r1");
    await ledger.abandon(id, "gave_up");
    await ledger.reconcile(id, { kind: "delivered", charged: 30n, receipt: receipt(1n, 30n, 20n) });
    expect(await ledger.getPayment(id)).toMatchObject({ state: "reconciled", outcome: "delivered", charged: 30n });
    expect(await channel()).toMatchObject({ gross: 50n, credited: 20n, released: 20n });
    expect(await left()).toBe(970n);
    await sound();
  });

  test("what is learned late of a payment that counts as on its way is refused: it is no answer", async () => {
    const result = await ledger.reserve(direct("r1"), directPlan);
    if (result.kind !== "reserved") throw new Error("a direct payment is reserved");
    const { payment } = result;
    await ledger.markSent(payment.id, 1);
    await expect(ledger.reconcile(payment.id, { kind: "delivered", charged: 50n })).rejects.toMatchObject({
      code: "illegal_transition",
    });
    expect(await ledger.getPayment(payment.id)).toMatchObject({ state: "sent", debited: 50n });
    await ledger.settle(payment.id, { kind: "unknown", reason: "lost_answer" });
    expect(await ledger.reconcile(payment.id, { kind: "delivered", charged: 50n })).toMatchObject({
      state: "reconciled",
    });
  });

  test("an authorization that provably expired gives its debit back; a signed channel state never expires", async () => {
    const result = await ledger.reserve(direct("r1"), directPlan);
    if (result.kind !== "reserved") throw new Error("a direct payment is reserved");
    await ledger.markSent(result.payment.id, 1);
    await ledger.settle(result.payment.id, { kind: "unknown", reason: "lost_answer" });
    await ledger.reconcile(result.payment.id, { kind: "expired", proof: "block 12" });
    expect(await left()).toBe(1_000n);

    await ledger.createGrant({ key: KEY, terms: terms() });
    const state = await sent("r2");
    await ledger.settle(state.id, { kind: "unknown", reason: "lost_answer" });
    const expiry = ledger.reconcile(state.id, { kind: "expired", proof: "block 12" });
    await expect(expiry).rejects.toMatchObject({ code: "illegal_transition" });
    await sound();
  });

  test("attempts follow each other, and one attempt is journalled once", async () => {
    const { id } = await paid("r1");
    await expect(ledger.markSent(id, 2)).rejects.toMatchObject({ code: "illegal_transition" });
    await ledger.markSent(id, 1);
    await ledger.markSent(id, 1);
    expect(await ledger.getPayment(id)).toMatchObject({ state: "sent", attempts: 1 });
  });

  test("a credit that arrives in a later period does not widen that period", async () => {
    const { id } = await sent("r1");
    ports.clock += 40 * 86_400_000;
    await sent("r2");
    await ledger.settle(id, { kind: "not_charged", receipt: receipt(1n, 0n, 50n) });
    expect(await left()).toBe(950n);
    await sound();
  });
});

describe("channels", () => {
  test.each(["nonce", "authorized", "credited", "signedEarned", "acknowledged"] as const)(
    "the %s of a channel never falls",
    async (field) => {
      const totals = { nonce: 5n, authorized: 5n, credited: 5n, acknowledged: 5n, signedEarned: 5n };
      await ledger.putChannel(channelRecord(totals));
      await expect(ledger.updateChannel(hash(1), () => ({ [field]: 4n }))).rejects.toMatchObject({ code: "guard" });
      expect(await channel()).toMatchObject(totals);
    },
  );

  test("a closed channel pays nothing, and opens again only by a new reading of the chain", async () => {
    await ledger.putChannel(channelRecord({ status: "closed" }));
    await expect(ledger.updateChannel(hash(1), () => ({ status: "open" }))).rejects.toMatchObject({ code: "guard" });
    expect(await ledger.getChannelFor(channelRecord().key)).toBeUndefined();
    await ledger.updateChannel(hash(1), () => ({ status: "open", readAt: 1 }));
    expect(await ledger.getChannelFor(channelRecord().key)).toMatchObject({ status: "open" });
  });

  test("what only the journal may change is not changed by hand", async () => {
    await ledger.putChannel(channelRecord());
    const forged = { gross: 1n } as never;
    await expect(ledger.updateChannel(hash(1), () => forged)).rejects.toMatchObject({ code: "guard" });
  });

  test("a confirmed deposit opens the channel, and the wallet's total in channels follows", async () => {
    const { id } = await sent("r1");
    expect((await ledger.walletTotals()).channels).toMatchObject([{ deposit: 0n, pending: 100_000n, owed: 50n }]);
    await ledger.settle(id, { kind: "delivered", charged: 50n, receipt: receipt(1n, 50n, 0n) });
    await ledger.updateChannel(hash(1), () => ({
      status: "open",
      deposit: 100_000n,
      depositBlock: 7n,
      pendingDeposit: undefined,
    }));
    expect((await ledger.walletTotals()).channels).toMatchObject([{ deposit: 100_000n, pending: 0n, count: 1 }]);
  });
});

describe("history", () => {
  test("deleting it redacts url, title, site and offer, and keeps totals, nonces and budgets", async () => {
    const done = await sent("r1");
    await ledger.settle(done.id, { kind: "delivered", charged: 50n, receipt: receipt(1n, 50n, 0n) });
    const open = await sent("r2");
    await ledger.deleteHistory(SITE);
    expect(await ledger.recentPayments(SITE, 5)).toEqual([]);
    expect((await ledger.siteSummary(SITE)).spent).toEqual([]);
    expect(await ledger.getPayment(done.id)).toMatchObject({
      url: null,
      title: null,
      site: "",
      offer: null,
      plan: null,
    });
    expect(await ledger.getPayment(open.id)).toMatchObject({ url: null, plan: { nonce: "2" }, nonce: 2n });
    expect(await left()).toBe(900n);
    await sound();
    await ledger.settle(open.id, { kind: "not_charged", receipt: receipt(2n, 0n, 50n) });
    expect(await ledger.getPayment(open.id)).toMatchObject({ plan: null, debited: 0n });
    await sound();
  });

  test("pages follow each other without gap or overlap, newest first, whatever the clock did", async () => {
    for (let n = 0; n < 7; n++) {
      ports.clock += n % 2 === 0 ? 1_000 : -5_000;
      await sent(`r${n}`);
    }
    const seen: number[] = [];
    let cursor: number | undefined;
    do {
      const page = await ledger.history({ cursor, limit: 3, site: SITE });
      seen.push(...page.payments.map(({ seq }) => seq));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });
});
