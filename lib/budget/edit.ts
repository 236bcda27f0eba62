/** Changing and ending a grant. An edit keeps what was spent; a revoked grant never pays again. */
import type { GlobalPolicy, Grant, GrantTerms } from "./grant.ts";
import { windowAt } from "./period.ts";

/** The grant under new terms. What was spent in its period stays spent; a new period length is counted from now. */
export function withTerms(grant: Grant, terms: Partial<GrantTerms>, now: number): Grant {
  const window = windowAt(grant, now);
  const next: Grant = { ...grant, window, terms: { ...grant.terms, ...terms } };
  const rhythm = next.terms.period !== grant.terms.period || next.terms.renews !== grant.terms.renews;
  if (!rhythm) return next;
  const anchor = Math.max(now, window.start);
  return { ...next, anchor, window: { ...window, start: anchor } };
}

/** The grant after a debit of its period number `index` turned out `amount` too high. Never gives more than was taken. */
export function credit(grant: Grant, amount: bigint, index: number): Grant {
  const back = (from: bigint) => (amount > from ? 0n : from - amount);
  const window = grant.window.index === index ? { ...grant.window, spent: back(grant.window.spent) } : grant.window;
  return { ...grant, window, spentEver: back(grant.spentEver) };
}

/** The global policy after a debit of the UTC day `day` turned out `dollars` (millionths) too high. */
export function creditDay(global: GlobalPolicy, dollars: bigint, day: number): GlobalPolicy {
  if (global.day.start !== day) return global;
  const spent = dollars > global.day.spent ? 0n : global.day.spent - dollars;
  return { ...global, day: { start: day, spent } };
}
