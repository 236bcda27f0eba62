import fc from "fast-check";
import type { Address } from "viem";
import { expect, test } from "vitest";
import { decide } from "./decide.ts";
import { credit, creditDay, withTerms } from "./edit.ts";
import {
  DEFAULT_GLOBAL_POLICY,
  DEFAULT_SITE_POLICY,
  type Grant,
  type GrantTerms,
  type PathRule,
  type PriceMemory,
} from "./grant.ts";
import { DAY, dayStart, periodIndex } from "./period.ts";

/**
 * Any life of a few grants: payments, new grants, edits of every term, credits, revocations, a clock that jumps either
 * way, and decisions that a death or another request keeps from being stored. What was taken is counted apart from the
 * code under test, by its own list of debits.
 */
const START = Date.UTC(2026, 0, 31, 8);
const payTo = `0x${"2".repeat(40)}` as Address;
const KEY = { site: "https://a.example", payeeOrigin: "https://a.example", network: "eip155:1", asset: payTo, payTo };

const amount = fc.bigInt({ min: 1n, max: 40n });
const step = fc.oneof(
  {
    weight: 8,
    // Requests that come together are decided in turn, each on the rows that the one before has stored, if it has.
    arbitrary: fc.record({
      do: fc.constant("pay" as const),
      requests: fc.array(fc.record({ amount, path: fc.constantFrom("/", "/news/1", "/film"), stored: fc.boolean() }), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("grant" as const), amount: fc.bigInt(0n, 100n) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("terms" as const),
      which: fc.nat(2),
      terms: fc.oneof(
        fc.record({ period: fc.constantFrom("once" as const, "day" as const, "week" as const, "month" as const) }),
        fc.record({ renews: fc.boolean() }),
        fc.record({ perMinute: fc.option(fc.integer({ min: 1, max: 4 })) }),
        fc.record({ expiresAt: fc.option(fc.integer({ min: START, max: START + 60 * DAY })) }),
        fc.record({ paths: fc.constantFrom<PathRule[]>([], [{ kind: "prefix", pattern: "/news" }]) }),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("total" as const), which: fc.nat(2), amount: fc.bigInt(0n, 120n) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("ceiling" as const), amount: fc.bigInt(0n, 200n) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("perRequest" as const), which: fc.nat(2), amount }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("revoke" as const), which: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("credit" as const), which: fc.nat(50), amount }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("clock" as const),
      by: fc.oneof(fc.integer({ min: -40 * DAY, max: 70 * DAY }), fc.integer({ min: -90_000, max: 90_000 })),
    }),
  },
);

const grants = fc.array(
  fc.record({
    total: fc.bigInt(0n, 100n),
    period: fc.constantFrom("once" as const, "day" as const, "week" as const, "month" as const),
    renews: fc.boolean(),
    perRequest: fc.option(amount),
    perMinute: fc.option(fc.integer({ min: 1, max: 4 })),
  }),
  { minLength: 1, maxLength: 3 },
);

const made = (terms: Partial<GrantTerms>, n: number, now: number): Grant => ({
  id: `g${n}`,
  key: KEY,
  pins: {},
  terms: {
    total: 0n,
    period: "day",
    renews: true,
    perRequest: null,
    perMinute: null,
    paths: [],
    expiresAt: null,
    ...terms,
  },
  anchor: now,
  window: { index: 0, start: now, spent: 0n },
  spentEver: 0n,
  recent: [],
  createdAt: now,
  revokedAt: null,
});

interface Debit {
  grant: string;
  index: number;
  amount: bigint;
  day: number;
}

test("no sequence of payments, edits, credits, revocations and clock jumps passes any cap by a unit", () => {
  fc.assert(
    fc.property(grants, fc.array(step, { maxLength: 120, size: "max" }), (given, steps) => {
      let [now, latest] = [START, START];
      let global = { ...DEFAULT_GLOBAL_POLICY, dailyCeiling: 150n as bigint | null, tolerancePercent: 1_000 };
      let price: PriceMemory | undefined;
      const held: Grant[] = given.map((terms, n) => made(terms, n, START));
      /** Grants whose periods are not counted from their beginning any more. */
      const rhythm = new Set<string>();
      const debits: Debit[] = [];
      const taken = (of: (debit: Debit) => boolean) => debits.filter(of).reduce((sum, debit) => sum + debit.amount, 0n);

      for (const [n, act] of steps.entries()) {
        const at = "which" in act ? act.which % held.length : 0;
        const grant = held[at];
        if (!grant) throw new Error("there is a grant");
        switch (act.do) {
          case "clock":
            now += act.by;
            latest = Math.max(latest, now);
            break;
          case "total":
          case "perRequest": {
            const change = act.do === "total" ? { total: act.amount } : { perRequest: act.amount };
            const edited = withTerms(grant, change, now);
            if (edited.window.index === grant.window.index) expect(edited.window.spent).toBe(grant.window.spent);
            expect(edited.spentEver).toBe(grant.spentEver);
            held[at] = edited;
            break;
          }
          case "terms": {
            const edited = withTerms(grant, act.terms, now);
            if (edited.window.index === grant.window.index) expect(edited.window.spent).toBe(grant.window.spent);
            held[at] = edited;
            rhythm.add(grant.id);
            break;
          }
          case "grant":
            held.push({ ...made({ total: act.amount }, held.length, now) });
            break;
          case "ceiling":
            global = { ...global, dailyCeiling: act.amount };
            break;
          case "revoke":
            held[at] = { ...grant, revokedAt: now };
            break;
          case "credit": {
            const debit = debits[act.which % Math.max(debits.length, 1)];
            const owner = held.findIndex(({ id }) => id === debit?.grant);
            const own = held[owner];
            if (!debit || !own) break;
            const back = act.amount < debit.amount ? act.amount : debit.amount;
            held[owner] = credit(own, back, debit.index);
            global = { ...global, ...creditDay(global, back, debit.day) };
            debit.amount -= back;
            break;
          }
          case "pay":
            for (const [m, { amount, path, stored }] of act.requests.entries()) {
              const request = {
                ...KEY,
                requestId: `${n} ${m}`,
                offerId: "o",
                path,
                scheme: "exact",
                amount,
                dollarDecimals: 6,
              };
              const dayBefore = global.day.start;
              const given = { request, grants: held, site: DEFAULT_SITE_POLICY, global, price, now };
              const decision = decide(given);
              expect(decide(given)).toEqual(decision);
              // What was decided and not stored was never paid.
              if (decision.kind !== "allow" || !stored) continue;
              const index = held.findIndex(({ id }) => id === decision.grantId);
              const before = held[index];
              expect(before?.revokedAt).toBeNull();
              held[index] = decision.grant;
              global = { ...global, ...decision.global };
              price = decision.price;
              debits.push({
                grant: decision.grantId,
                index: decision.grant.window.index,
                amount,
                day: global.day.start,
              });
              const { terms, window, anchor, createdAt } = decision.grant;
              expect(window.spent).toBeLessThanOrEqual(terms.total);
              expect(amount).toBeLessThanOrEqual(terms.perRequest ?? terms.total);
              expect(now).toBeLessThan(terms.expiresAt ?? Number.POSITIVE_INFINITY);
              expect(terms.paths.length === 0 || path.startsWith("/news")).toBe(true);
              expect(taken((debit) => debit.day === global.day.start)).toBe(global.day.spent);
              expect(global.day.spent).toBeLessThanOrEqual(global.dailyCeiling ?? 0n);
              // No more periods than the latest time ever shown by the clock accounts for.
              if (!rhythm.has(decision.grantId)) {
                expect(anchor).toBe(createdAt);
                const periods = terms.renews ? periodIndex(anchor, terms.period, latest) : 0;
                expect(window.index).toBeLessThanOrEqual(periods);
              }
              expect(global.day.start).toBeLessThanOrEqual(dayStart(latest));
              expect(global.day.start).toBeGreaterThanOrEqual(dayBefore);
            }
        }
        for (const { id, spentEver, window } of held) {
          expect(taken((debit) => debit.grant === id)).toBe(spentEver);
          expect(taken((debit) => debit.grant === id && debit.index === window.index)).toBe(window.spent);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("in no 60 seconds of a running clock are there more payments than the grant allows", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 60 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 5 }), (waits, perMinute) => {
      let now = START;
      let grant: Grant = {
        id: "g",
        key: KEY,
        pins: {},
        terms: {
          total: 10_000n,
          period: "once",
          renews: false,
          perRequest: null,
          perMinute,
          paths: [],
          expiresAt: null,
        },
        anchor: START,
        window: { index: 0, start: START, spent: 0n },
        spentEver: 0n,
        recent: [],
        createdAt: START,
        revokedAt: null,
      };
      const paid: number[] = [];
      for (const [n, wait] of waits.entries()) {
        now += wait;
        const request = {
          ...KEY,
          requestId: `${n}`,
          offerId: "o",
          path: "/",
          scheme: "exact",
          amount: 1n,
          dollarDecimals: 6,
        };
        const decision = decide({
          request,
          grants: [grant],
          site: DEFAULT_SITE_POLICY,
          global: DEFAULT_GLOBAL_POLICY,
          now,
        });
        const within = paid.filter((at) => at > now - 60_000).length;
        expect(decision.kind).toBe(within < perMinute ? "allow" : "ask");
        if (decision.kind !== "allow") continue;
        grant = decision.grant;
        paid.push(now);
      }
    }),
  );
});
