import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Grant } from "./grant.ts";
import { PERIODS } from "./grant.ts";
import { DAY, periodIndex, periodStart, windowAt, windowEnd } from "./period.ts";

const at = (text: string) => Date.parse(text);
const iso = (instant: number) => new Date(instant).toISOString();
const instants = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2100, 0, 1) });

const grant = (anchor: number, period: Grant["terms"]["period"], renews = true) => ({
  anchor,
  window: { index: 0, start: anchor, spent: 7n },
  terms: { total: 10n, period, renews, perRequest: null, perMinute: null, paths: [], expiresAt: null },
});

describe("periods", () => {
  test("a month that began on the 31st ends on the last day of a short month and comes back to the 31st", () => {
    const anchor = at("2026-01-31T12:00:00Z");
    expect([1, 2, 3].map((index) => iso(periodStart(anchor, "month", index)))).toEqual([
      "2026-02-28T12:00:00.000Z",
      "2026-03-31T12:00:00.000Z",
      "2026-04-30T12:00:00.000Z",
    ]);
  });

  test("a leap day is the end of the month that began on the 30th of January", () => {
    expect(iso(periodStart(at("2028-01-30T00:00:00Z"), "month", 1))).toBe("2028-02-29T00:00:00.000Z");
  });

  test("every instant lies in exactly the period of its index", () => {
    fc.assert(
      fc.property(instants, fc.nat(400 * DAY), fc.constantFrom("day", "week", "month"), (anchor, later, period) => {
        const now = anchor + later;
        const index = periodIndex(anchor, period, now);
        expect(periodStart(anchor, period, index)).toBeLessThanOrEqual(now);
        expect(periodStart(anchor, period, index + 1)).toBeGreaterThan(now);
      }),
    );
  });

  test("spending is forgotten at the first instant of the next period and not before", () => {
    const month = grant(at("2026-01-31T12:00:00Z"), "month");
    expect(windowAt(month, at("2026-02-28T11:59:59.999Z")).spent).toBe(7n);
    expect(windowAt(month, at("2026-02-28T12:00:00Z"))).toEqual({
      index: 1,
      start: at("2026-02-28T12:00:00Z"),
      spent: 0n,
    });
  });

  test("setting the clock back never renews and never gives an earlier period back", () => {
    fc.assert(
      fc.property(
        instants,
        fc.constantFrom(...PERIODS),
        fc.array(instants, { maxLength: 20 }),
        (anchor, period, clock) => {
          let own = grant(anchor, period);
          for (const now of clock) {
            const next = windowAt(own, now);
            expect(next.start).toBeGreaterThanOrEqual(own.window.start);
            if (now < own.window.start) expect(next).toEqual(own.window);
            own = { ...own, window: { ...next, spent: 7n } };
          }
        },
      ),
    );
  });

  test("without renewal a grant keeps its first period for ever, and its end is known", () => {
    const anchor = at("2026-05-05T00:00:00Z");
    expect(windowAt(grant(anchor, "week", false), anchor + 100 * DAY).spent).toBe(7n);
    expect(windowEnd(grant(anchor, "week", false), anchor + 100 * DAY)).toBe(anchor + 7 * DAY);
    expect(windowEnd(grant(anchor, "once"), anchor)).toBeNull();
  });
});
