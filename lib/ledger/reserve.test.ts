import { beforeEach, describe, expect, test } from "vitest";
import { RESUMABLE } from "./indexes.ts";
import type { Given, Intent, PlanInput, PlanResult } from "./intent.ts";
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
  type TestPorts,
  terms,
  testPorts,
} from "./testing/fixtures.ts";

let ports: TestPorts;
let ledger: Ledger;

beforeEach(async () => {
  ports = testPorts();
  ledger = await reopen(ports);
});

async function reserved(request: Intent, plan = directPlan as Parameters<Ledger["reserve"]>[1]) {
  const result = await ledger.reserve(request, plan);
  if (result.kind !== "reserved") throw new Error(`expected a reservation, got ${JSON.stringify(result)}`);
  return result;
}

const leaving =
  (plan: (input: PlanInput) => PlanResult) =>
  (input: PlanInput): PlanResult => {
    const planned = plan(input);
    return planned.kind === "ready" ? { ...planned, leaves: true } : planned;
  };

describe("reserve", () => {
  test("nothing is paid without a grant, and nothing is written", async () => {
    const result = await ledger.reserve(direct("r1"), directPlan);
    expect(result).toEqual({ kind: "ask", reason: { code: "no_grant" } });
    expect(await ledger.unsettled()).toEqual([]);
    expect(await ledger.audit()).toMatchObject({ ok: true, payments: 0 });
  });

  test("the same request id is charged once and returns the same payment", async () => {
    await ledger.createGrant({ key: KEY, terms: terms() });
    const [first, second] = await Promise.all([reserved(direct("r1")), reserved(direct("r1"))]);
    expect(second.payment.id).toBe(first.payment.id);
    expect([first.fresh, second.fresh].sort()).toEqual([false, true]);
    expect((await ledger.siteSummary(SITE)).grants[0]).toMatchObject({ spent: 50n, left: 950n });
    expect(await ledger.audit()).toMatchObject({ ok: true, payments: 1 });
  });

  test("500 parallel requests against a budget for 20 reserve exactly 20", async () => {
    await ledger.createGrant({ key: KEY, terms: terms({ total: 1_000n }) });
    const results = await Promise.all(
      Array.from({ length: 500 }, (_, index) => ledger.reserve(direct(`r${index}`), directPlan)),
    );
    expect(results.filter(({ kind }) => kind === "reserved")).toHaveLength(20);
    expect(results.filter(({ kind }) => kind === "ask")).toHaveLength(480);
    expect((await ledger.walletTotals()).spent).toMatchObject([{ today: 1_000n, count: 20 }]);
    expect(await ledger.audit()).toMatchObject({ ok: true, payments: 20 });
  });

  test("parallel payments of one channel take every nonce once, in order, and the first opens it", async () => {
    await ledger.createGrant({ key: KEY, terms: terms({ total: 10_000n }) });
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, index) => reserved(intent(`r${index}`), channelPlan(50n))),
    );
    expect(results.map(({ payment }) => payment.nonce).sort((a = 0n, b = 0n) => Number(a - b))).toEqual(
      Array.from({ length: 30 }, (_, index) => BigInt(index + 1)),
    );
    expect(await ledger.listChannels()).toMatchObject([{ nonce: 30n, gross: 1_500n, authorized: 1_500n }]);
    expect(await ledger.audit()).toMatchObject({ ok: true });
  });

  test("a plan that waits or refuses debits nothing", async () => {
    await ledger.createGrant({ key: KEY, terms: terms() });
    expect(await ledger.reserve(intent("r1"), () => ({ kind: "wait", reason: "opening" }))).toEqual({
      kind: "wait",
      reason: "opening",
    });
    expect(await ledger.reserve(intent("r1"), () => ({ kind: "refuse", reason: "poor" }))).toEqual({
      kind: "unpayable",
      reason: "poor",
    });
    expect((await ledger.grants())[0]?.spent).toBe(0n);
  });

  test.each([
    ["skips a nonce", { nonce: 2n, gross: 50n, authorized: 50n, earned: 0n }],
    ["repeats a nonce", { nonce: 0n, gross: 50n, authorized: 50n, earned: 0n }],
    ["forgets the price", { nonce: 1n, gross: 0n, authorized: 50n, earned: 0n }],
    ["authorizes less than it owes", { nonce: 1n, gross: 50n, authorized: 49n, earned: 0n }],
    ["acknowledges what was not earned", { nonce: 1n, gross: 50n, authorized: 50n, earned: 1n }],
  ])("a plan that %s is thrown out whole", async (_, step) => {
    await ledger.createGrant({ key: KEY, terms: terms() });
    await ledger.putChannel(channelRecord());
    const attempt = ledger.reserve(intent("r1"), () => ({
      kind: "ready",
      plan: {},
      channel: { kind: "step", ...step },
    }));
    await expect(attempt).rejects.toMatchObject({ code: "guard" });
    expect(await ledger.getChannel(hash(1))).toMatchObject({ nonce: 0n, authorized: 0n });
    expect((await ledger.grants())[0]?.spent).toBe(0n);
  });

  test("who pays is asked of the accounts as they are then; where it is another, nothing is written", async () => {
    await ledger.createGrant({ key: KEY, terms: terms() });
    const [own, wallet] = [KEY.payTo, KEY.asset];
    await ledger.setGlobal({ account: wallet });
    await ledger.setSitePolicy(SITE, { account: own });
    const given = (isPayer: Given["isPayer"]): Given => ({ isPayer, passed: new Set() });
    const asked: unknown[] = [];
    const no = given((chosen) => asked.push(chosen) === 0);
    expect(await ledger.reserve(direct("r1", { given: no }), directPlan)).toEqual({ kind: "look" });
    expect(asked).toEqual([{ own, wallet }]);
    expect((await ledger.grants())[0]?.spent).toBe(0n);
    await reserved(direct("r1", { given: given(() => true) }));
  });

  describe("of a resource that a payment was begun for", () => {
    const url = `${SITE}/articles/first`;
    const nothingPassed: Given = { isPayer: () => true, passed: new Set() };
    const again = (change: Partial<Intent> = {}) =>
      ledger.reserve(intent("r2", { url, given: nothingPassed, ...change }), channelPlan(50n));
    let begun: string;

    beforeEach(async () => {
      await ledger.createGrant({ key: KEY, terms: terms() });
      const { payment } = await reserved(intent("r1", { url }), leaving(channelPlan(50n)));
      begun = payment.id;
    });

    test.each(["sent", "unknown", "delivered, its body not ended"])(
      "and that is %s, it asks to look first",
      async (state) => {
        if (state === "unknown") await ledger.settle(begun, { kind: "unknown", reason: "lost_answer" });
        if (state.startsWith("delivered")) {
          await ledger.settle(begun, { kind: "delivered", charged: 50n, receipt: receipt(1n, 50n, 0n) }, 200);
        }
        expect(await again()).toEqual({ kind: "look" });
        expect((await ledger.grants())[0]?.spent).toBe(50n);
      },
    );

    test("and that was looked at and passed over, it does not ask", async () => {
      expect(await again({ given: { ...nothingPassed, passed: new Set([begun]) } })).toMatchObject({
        kind: "reserved",
      });
    });

    test("and whose answer is on its way now, it does not ask", async () => {
      expect(await again({ underWay: new Set([begun]) })).toMatchObject({ kind: "reserved" });
    });

    test("and that was begun long ago, it does not ask", async () => {
      ports.clock += RESUMABLE;
      expect(await again()).toMatchObject({ kind: "reserved" });
    });

    test.each<[string, Partial<Intent>]>([
      ["another address", { url: `${url}?page=2` }],
      ["another site", { site: "https://other.example" }],
      ["a private window", { incognito: true }],
      ["a method that may not be repeated", { method: "POST" }],
    ])("%s does not ask", async (_what, change) => {
      await ledger.createGrant({ key: { ...KEY, site: "https://other.example" }, terms: terms() });
      expect(await again(change)).toMatchObject({ kind: "reserved" });
    });

    test("and whose whole answer has come, it does not ask", async () => {
      await ledger.settle(begun, { kind: "delivered", charged: 50n, receipt: receipt(1n, 50n, 0n) }, 200);
      await ledger.bodyEnded(begun);
      expect(await again()).toMatchObject({ kind: "reserved" });
    });

    test("without anything given, it does not ask", async () => {
      expect(await again({ given: undefined })).toMatchObject({ kind: "reserved" });
    });
  });

  test("from a channel that is out of date nothing is sent, whatever was reserved before, and nothing is reserved", async () => {
    await ledger.createGrant({ key: KEY, terms: terms() });
    await ledger.putChannel(channelRecord());
    const { payment } = await reserved(intent("r1"), channelPlan(50n));
    await ledger.updateChannel(hash(1), () => ({ status: "restored" }));
    await expect(ledger.markSent(payment.id, 1)).rejects.toMatchObject({ code: "illegal_transition" });
    expect(await ledger.getPayment(payment.id)).toMatchObject({ state: "reserved", attempts: 0 });
    await ledger.settle(payment.id, { kind: "never_sent", reason: "channel_out_of_date" });
    expect((await ledger.grants())[0]?.spent).toBe(0n);

    const opening = channelRecord({ id: hash(2), status: "restored", nonce: 1n, authorized: 50n, gross: 50n });
    const attempt = ledger.reserve(intent("r2"), () => ({
      kind: "ready",
      plan: {},
      channel: { kind: "open", record: opening },
    }));
    await expect(attempt).rejects.toMatchObject({ code: "illegal_transition" });
    expect(await ledger.getChannel(hash(2))).toBeUndefined();
    expect(await ledger.audit()).toMatchObject({ ok: true });
  });

  test("beside an open channel that is out of date another is opened", async () => {
    await ledger.createGrant({ key: KEY, terms: terms() });
    await ledger.putChannel(channelRecord({ id: hash(2), outOfDate: true }));
    const { payment } = await reserved(intent("r1"), channelPlan(50n));
    expect(payment.channelId).toBe(hash(1));
    expect(await ledger.getChannel(hash(2))).toMatchObject({ nonce: 0n, authorized: 0n });
    expect(await ledger.audit()).toMatchObject({ ok: true });
  });

  test("a one-time yes pays the named offers once each and nothing else", async () => {
    const requests = ["r1", "r2"].map((requestId) => ({ requestId, offerId: `offer-${requestId}`, amount: 50n }));
    await ledger.allowOnce({ key: KEY, approvalId: "a1", requests, expiresAt: ports.clock + 60_000 });
    expect(await ledger.reserve(direct("r1", { offerId: "another" }), directPlan)).toMatchObject({ kind: "ask" });
    expect(await ledger.reserve(direct("r3"), directPlan)).toMatchObject({ kind: "ask" });
    await reserved(direct("r1"));
    await reserved(direct("r2"));
    expect((await reserved(direct("r1"))).fresh).toBe(false);
    expect(await ledger.audit()).toMatchObject({ ok: true, payments: 2 });
  });

  test("a second click on one approval makes no second grant", async () => {
    const grant = { key: KEY, terms: terms(), approvalId: "a1" };
    const [first, second] = await Promise.all([ledger.createGrant(grant), ledger.createGrant(grant)]);
    expect(second.id).toBe(first.id);
    expect(await ledger.grants()).toHaveLength(1);
  });

  test("a price rise asks and names both prices; a yes to the new price ends the question", async () => {
    const grant = await ledger.createGrant({ key: KEY, terms: terms() });
    await reserved(direct("r1", { amount: 20n }));
    expect(await ledger.reserve(direct("r2", { amount: 500n }), directPlan)).toEqual({
      kind: "ask",
      reason: { code: "price_rise", was: 20n, now: 500n },
    });
    await ledger.editGrant(grant.id, {}, [{ url: direct("r2").url, amount: 500n }]);
    await reserved(direct("r2", { amount: 500n }));
  });

  test("a revoked grant pays nothing from that moment on", async () => {
    await ledger.createGrant({ key: KEY, terms: terms() });
    await reserved(direct("r1"));
    expect(await ledger.revokeGrants({ site: SITE })).toBe(1);
    expect(await ledger.reserve(direct("r2"), directPlan)).toMatchObject({ kind: "ask" });
  });

  test("three dismissals quiet a site, and a new grant ends it", async () => {
    for (let n = 0; n < 3; n++) await ledger.dismiss(SITE);
    expect(await ledger.reserve(direct("r1"), directPlan)).toMatchObject({
      kind: "refuse",
      reason: { code: "site_quiet", wouldAsk: { code: "no_grant" } },
    });
    await ledger.createGrant({ key: KEY, terms: terms() });
    await reserved(direct("r1"));
    expect((await ledger.siteSummary(SITE)).policy.dismissals).toBe(0);
  });

  test("a payee that cheated is paid nothing more, on any of its channels", async () => {
    await ledger.createGrant({ key: KEY, terms: terms() });
    const { payment } = await reserved(intent("r1"), channelPlan(50n));
    await ledger.markSent(payment.id, 1);
    await ledger.settle(payment.id, { kind: "delivered", charged: 40n, receipt: receipt(1n, 40n, 9n) });
    expect(await ledger.reserve(intent("r2"), channelPlan(50n))).toMatchObject({
      kind: "refuse",
      reason: { code: "payee_untrusted", why: "receipt_uncredited" },
    });
    expect(await ledger.audit()).toMatchObject({ ok: true });
  });

  test("a payee that cheated in a channel is paid nothing without one either", async () => {
    await ledger.createGrant({ key: KEY, terms: terms() });
    await ledger.putChannel(channelRecord({ untrusted: "receipt_forged" }));
    expect(await ledger.reserve(direct("r1"), directPlan)).toMatchObject({
      kind: "refuse",
      reason: { code: "payee_untrusted", why: "receipt_forged" },
    });
    expect(await ledger.unsettled()).toEqual([]);
  });

  test("a body that broke off asks about a second purchase for ten minutes, and not for ever", async () => {
    await ledger.createGrant({ key: KEY, terms: terms() });
    const url = `${SITE}/film`;
    const { payment } = await reserved(direct("r1", { url }));
    await ledger.markSent(payment.id, 1);
    await ledger.settle(payment.id, { kind: "delivered", charged: 50n }, 200);
    await ledger.bodyLost(payment.id, true);
    expect(await ledger.reserve(direct("r2", { url }), directPlan)).toMatchObject({
      kind: "ask",
      reason: { code: "paid_before", paymentId: payment.id },
    });
    ports.clock += 600_000;
    await reserved(direct("r3", { url }));
  });

  test("bytes that leave with their reservation are marked as sent by the same commit, and recalled cost nothing", async () => {
    await ledger.createGrant({ key: KEY, terms: terms() });
    const { payment, channel } = await reserved(intent("r1"), leaving(channelPlan(50n)));
    expect(payment).toMatchObject({ state: "sent", attempts: 1, debited: 50n, nonce: 1n });
    expect(channel).toMatchObject({ nonce: 1n, authorized: 50n, gross: 50n });
    expect(await ledger.unsettled()).toMatchObject([{ id: payment.id, state: "sent" }]);
    await expect(ledger.settle(payment.id, { kind: "never_sent", reason: "locked" })).rejects.toMatchObject({
      code: "illegal_transition",
    });
    await ledger.settle(payment.id, { kind: "recalled", reason: "locked" });
    expect((await ledger.siteSummary(SITE)).grants[0]).toMatchObject({ spent: 0n });
    expect(await ledger.getChannel(hash(1))).toMatchObject({ nonce: 1n, authorized: 50n, gross: 0n });
    expect(await ledger.audit()).toMatchObject({ ok: true });
  });

  test("a private window leaves no url, title, site or offer in the journal", async () => {
    await ledger.createGrant({ key: KEY, terms: terms() });
    const { payment } = await reserved(direct("r1", { incognito: true }));
    const stored = await ledger.getPayment(payment.id);
    expect(JSON.stringify(stored, (_, value) => (typeof value === "bigint" ? value.toString() : value))).not.toMatch(
      /news\.example|First/,
    );
    expect((await ledger.siteSummary(SITE)).recent).toEqual([]);
    expect(await ledger.audit()).toMatchObject({ ok: true });
  });

  test("a one-time yes whose payment never left is good again for it, unless its site was revoked meanwhile", async () => {
    const once = (n: number, site: string) => {
      const requests = [{ requestId: `r${n}`, offerId: `offer-r${n}`, amount: 50n }];
      return ledger.allowOnce({
        key: { ...KEY, site },
        approvalId: `a${n}`,
        requests,
        expiresAt: ports.clock + 60_000,
      });
    };
    const [kept, revoked] = [SITE, "https://other.example"];
    await once(1, kept);
    await once(2, revoked);
    for (const [n, site] of [kept, revoked].entries()) {
      const { payment } = await reserved(direct(`r${n + 1}`, { site }));
      if (site === revoked) expect(await ledger.revokeGrants({ site })).toBe(1);
      await ledger.settle(payment.id, { kind: "never_sent", reason: "not_signed" });
    }
    await reserved(direct("r1", { site: kept }));
    expect(await ledger.reserve(direct("r2", { site: revoked }), directPlan)).toMatchObject({ kind: "ask" });
    expect(await ledger.audit()).toMatchObject({ ok: true, payments: 3 });
  });
});
