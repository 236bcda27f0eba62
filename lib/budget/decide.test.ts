import type { Address } from "viem";
import { describe, expect, test } from "vitest";
import { type DecideInput, decide } from "./decide.ts";
import { DEFAULT_GLOBAL_POLICY, DEFAULT_SITE_POLICY, type Grant, type GrantTerms } from "./grant.ts";

const NOW = Date.UTC(2026, 5, 1, 12);
const a = (digit: string) => `0x${digit.repeat(40)}` as Address;
const SITE = "https://a.example";
const KEY = { site: SITE, payeeOrigin: SITE, payTo: a("2"), network: "eip155:1", asset: a("3") };

const grant = (terms: Partial<GrantTerms> = {}, change: Partial<Grant> = {}): Grant => ({
  id: "g1",
  key: KEY,
  pins: {},
  terms: {
    total: 100n,
    period: "day",
    renews: true,
    perRequest: null,
    perMinute: null,
    paths: [],
    expiresAt: null,
    ...terms,
  },
  anchor: NOW,
  window: { index: 0, start: NOW, spent: 0n },
  spentEver: 0n,
  recent: [],
  createdAt: NOW,
  revokedAt: null,
  ...change,
});

const input = (
  change: Partial<Omit<DecideInput, "request">> & { request?: Partial<DecideInput["request"]> } = {},
): DecideInput => ({
  grants: [grant()],
  site: DEFAULT_SITE_POLICY,
  global: DEFAULT_GLOBAL_POLICY,
  now: NOW,
  ...change,
  request: {
    ...KEY,
    scheme: "state-channel",
    requestId: "r",
    offerId: "o",
    path: "/x",
    amount: 10n,
    dollarDecimals: 6,
    ...change.request,
  },
});

const reason = (given: DecideInput) => {
  const decision = decide(given);
  return decision.kind === "allow" ? decision.kind : decision.reason;
};

describe("decide", () => {
  test("a resource whose payment lost its answer is not paid again within a budget, only by a yes to this request", () => {
    const paidBefore = "p1";
    expect(reason(input({ paidBefore }))).toEqual({ code: "paid_before", paymentId: "p1" });
    const once = grant({ period: "once", renews: false }, { boundTo: [{ requestId: "r", offerId: "o" }] });
    expect(reason(input({ paidBefore, grants: [grant(), { ...once, id: "g2" }] }))).toBe("allow");
    expect(reason(input({ paidBefore, site: { ...DEFAULT_SITE_POLICY, dismissals: 3 } }))).toMatchObject({
      code: "site_quiet",
    });
  });

  test("a budget for one scheme pays by no other, and is pinned to the one that it first pays by", () => {
    const grants = [grant({}, { pins: { scheme: "state-channel" } })];
    expect(reason(input({ grants }))).toBe("allow");
    expect(reason(input({ grants, request: { scheme: "exact" } }))).toEqual({
      code: "payee_changed",
      changes: [{ field: "scheme", was: "state-channel", now: "exact" }],
    });
    expect(decide(input())).toMatchObject({ grant: { pins: { scheme: "state-channel" } } });
  });

  test("an allowed request is debited from grant and day in the rows that come back", () => {
    expect(decide(input())).toMatchObject({
      kind: "allow",
      grantId: "g1",
      grant: { window: { spent: 10n }, spentEver: 10n },
      global: { day: { spent: 10n } },
      price: { accepted: 10n, last: 10n },
    });
  });

  test("pausing everything, pausing the site and never paying here refuse without a question", () => {
    const global = { ...DEFAULT_GLOBAL_POLICY, paused: true };
    expect(reason(input({ global }))).toEqual({ code: "everything_paused" });
    expect(reason(input({ site: { ...DEFAULT_SITE_POLICY, paused: true } }))).toEqual({ code: "site_paused" });
    expect(reason(input({ site: { ...DEFAULT_SITE_POLICY, never: true } }))).toEqual({ code: "never_here" });
  });

  test.each([
    ["payTo", { payTo: a("9") }, a("2"), a("9")],
    ["network", { network: "eip155:10" }, "eip155:1", "eip155:10"],
    ["asset", { asset: a("8") }, a("3"), a("8")],
  ])("another %s asks again and names both", (field, request, was, now) => {
    expect(reason(input({ request }))).toEqual({ code: "payee_changed", changes: [{ field, was, now }] });
  });

  test("another contract or receipt key asks again, pinned by the grant or by its first payment", () => {
    const first = decide(input({ request: { contract: a("5"), payeeSigner: a("6") } }));
    if (first.kind !== "allow") throw new Error("the first payment is allowed");
    expect(reason(input({ grants: [first.grant], request: { contract: a("5"), payeeSigner: a("7") } }))).toEqual({
      code: "payee_changed",
      changes: [{ field: "payeeSigner", was: a("6"), now: a("7") }],
    });
  });

  test("the ceiling per request holds to the unit, and without one the total is the ceiling", () => {
    expect(reason(input({ grants: [grant({ perRequest: 10n })] }))).toBe("allow");
    expect(reason(input({ grants: [grant({ perRequest: 9n })] }))).toEqual({
      code: "over_request_ceiling",
      ceiling: 9n,
      price: 10n,
    });
    expect(reason(input({ request: { amount: 101n } }))).toMatchObject({ code: "over_request_ceiling", ceiling: 100n });
  });

  test("a spent budget says what is left and when it renews", () => {
    const spent = grant({}, { window: { index: 0, start: NOW, spent: 91n } });
    expect(reason(input({ grants: [spent] }))).toEqual({
      code: "budget_spent",
      total: 100n,
      spent: 91n,
      left: 9n,
      price: 10n,
      renewsAt: NOW + 86_400_000,
    });
    expect(reason(input({ grants: [spent], now: NOW + 86_400_000 }))).toBe("allow");
  });

  test("a period without renewal, an expired grant and a foreign path each say so", () => {
    const later = NOW + 86_400_000;
    expect(reason(input({ grants: [grant({ renews: false })], now: later }))).toEqual({
      code: "period_over",
      endedAt: later,
    });
    expect(reason(input({ grants: [grant({ expiresAt: NOW })] }))).toEqual({ code: "grant_expired", expiredAt: NOW });
    const paths = [{ kind: "prefix", pattern: "/news" } as const];
    expect(reason(input({ grants: [grant({ paths })] }))).toEqual({ code: "path_not_covered", path: "/x" });
  });

  test("payments per minute are counted over any 60 seconds; a clock set back blocks for a minute at most", () => {
    const busy = grant({ perMinute: 2 }, { recent: [NOW - 30_000, NOW - 10_000] });
    expect(reason(input({ grants: [busy] }))).toEqual({ code: "too_fast", perMinute: 2, freeAt: NOW + 30_000 });
    expect(reason(input({ grants: [busy], now: NOW + 30_000 }))).toBe("allow");
    const ahead = grant({ perMinute: 1 }, { recent: [NOW + 9e9] });
    expect(reason(input({ grants: [ahead] }))).toMatchObject({ code: "too_fast", freeAt: NOW + 60_000 });
  });

  test("a rise beyond the tolerance asks, and small rises do not add up", () => {
    const price = { accepted: 10n, last: 11n };
    expect(reason(input({ price, request: { amount: 11n } }))).toBe("allow");
    expect(reason(input({ price, request: { amount: 12n } }))).toEqual({ code: "price_rise", was: 10n, now: 12n });
  });

  test("the daily ceiling covers dollar tokens of any decimals and no other asset", () => {
    const global = { ...DEFAULT_GLOBAL_POLICY, dailyCeiling: 10n };
    expect(reason(input({ global }))).toBe("allow");
    expect(reason(input({ global, request: { amount: 11n } }))).toMatchObject({ code: "daily_ceiling", price: 11n });
    const fine = { amount: 10n ** 13n, dollarDecimals: 18 };
    const large = [grant({ total: 10n ** 20n })];
    expect(reason(input({ global, grants: large, request: fine }))).toBe("allow");
    expect(reason(input({ global, grants: large, request: { ...fine, amount: 10n ** 13n + 1n } }))).toMatchObject({
      code: "daily_ceiling",
      price: 11n,
    });
    expect(reason(input({ global, request: { amount: 99n, dollarDecimals: null } }))).toBe("allow");
  });

  test("of several grants the first that can pays, and the closest one gives the reason", () => {
    const news = grant({ paths: [{ kind: "prefix", pattern: "/news" }] }, { id: "g2" });
    const small = grant({ perRequest: 1n }, { id: "g3" });
    expect(decide(input({ grants: [news, small, grant()] }))).toMatchObject({ kind: "allow", grantId: "g1" });
    expect(reason(input({ grants: [news, small] }))).toMatchObject({ code: "over_request_ceiling" });
  });

  test("a quiet site is refused with the question it would have asked; what is granted is still paid", () => {
    const site = { ...DEFAULT_SITE_POLICY, dismissals: 3 };
    expect(reason(input({ site, grants: [] }))).toEqual({
      code: "site_quiet",
      dismissals: 3,
      wouldAsk: { code: "no_grant" },
    });
    expect(reason(input({ site }))).toBe("allow");
  });

  test("a grant of another site is never taken", () => {
    const foreign = grant({}, { key: { ...KEY, site: "https://b.example" } });
    expect(() => decide(input({ grants: [foreign] }))).toThrow(RangeError);
  });
});
