/**
 * Periods of a budget. They are counted in UTC from the instant at which the grant was made: a day is 24 hours, a week
 * seven of them, a month ends at the same day and time of the next calendar month (its last day where it has no such
 * day). UTC, so that neither travel nor daylight saving makes a period shorter.
 */
import type { Grant, Period } from "./grant.ts";

export const DAY = 86_400_000;

/** `start` plus `count` calendar months in UTC. Counted from the first start, so the 31st is not lost after February. */
function addMonths(start: number, count: number): number {
  const from = new Date(start);
  const month = from.getUTCMonth() + count;
  const days = new Date(Date.UTC(from.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const timeOfDay = ((start % DAY) + DAY) % DAY;
  return Date.UTC(from.getUTCFullYear(), month, Math.min(from.getUTCDate(), days)) + timeOfDay;
}

/** Start of the `index`-th period after `anchor` (0 is the first); Infinity where a period has no end. */
export function periodStart(anchor: number, period: Period, index: number): number {
  switch (period) {
    case "once":
      return index <= 0 ? anchor : Number.POSITIVE_INFINITY;
    case "day":
      return anchor + index * DAY;
    case "week":
      return anchor + index * 7 * DAY;
    case "month":
      return addMonths(anchor, index);
  }
}

/** Index of the period that contains `now`; 0 for any instant before the anchor. */
export function periodIndex(anchor: number, period: Period, now: number): number {
  if (now <= anchor || period === "once") return 0;
  if (period === "day") return Math.floor((now - anchor) / DAY);
  if (period === "week") return Math.floor((now - anchor) / (7 * DAY));
  const [from, to] = [new Date(anchor), new Date(now)];
  const months = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
  return periodStart(anchor, period, months) <= now ? months : months - 1;
}

/** First instant of the UTC day that contains `now`. */
export const dayStart = (now: number): number => Math.floor(now / DAY) * DAY;

/** First instant of the UTC calendar month that contains `now`. */
export function monthStart(now: number): number {
  const at = new Date(now);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1);
}

/**
 * The period that a grant is in. It only ever moves forward: with the clock set back the grant stays in the period
 * that it had reached, with what was spent in it.
 */
export function windowAt(grant: Pick<Grant, "anchor" | "terms" | "window">, now: number): Grant["window"] {
  const { terms, anchor, window } = grant;
  if (!terms.renews) return window;
  const start = periodStart(anchor, terms.period, periodIndex(anchor, terms.period, now));
  return start > window.start ? { index: window.index + 1, start, spent: 0n } : window;
}

/** When the period of `windowAt` ends, or null for a grant that has no end. */
export function windowEnd(grant: Pick<Grant, "anchor" | "terms" | "window">, now: number): number | null {
  const { terms, anchor } = grant;
  if (terms.period === "once") return null;
  const { start } = windowAt(grant, now);
  return periodStart(anchor, terms.period, periodIndex(anchor, terms.period, start) + 1);
}
