/** Running totals of spending per asset, kept beside what they sum up so that no screen has to add payments. */
import { dayStart, monthStart } from "#budget";
import type { PaymentRecord, SpendTotals } from "./rows.ts";

interface Bucket {
  readonly start: number;
  readonly spent: bigint;
}

/** A day or month only moves forward: with the clock set back, spending goes on counting in the latest one. */
const add = (bucket: Bucket, start: number, amount: bigint): Bucket =>
  start > bucket.start ? { start, spent: amount } : { start: bucket.start, spent: bucket.spent + amount };

const take = (bucket: Bucket, start: number, amount: bigint): Bucket =>
  start === bucket.start && amount <= bucket.spent ? { start, spent: bucket.spent - amount } : bucket;

type Spend = Pick<PaymentRecord, "network" | "asset" | "createdAt">;

/** The totals with one more payment of `amount`. */
export function withPayment(totals: readonly SpendTotals[], payment: Spend, amount: bigint): SpendTotals[] {
  const { network, asset, createdAt } = payment;
  const empty = { start: 0, spent: 0n };
  const before = totals.find((entry) => entry.network === network && entry.asset === asset);
  const from = before ?? { network, asset, all: 0n, day: empty, month: empty, count: 0 };
  const after: SpendTotals = {
    ...from,
    all: from.all + amount,
    day: add(from.day, dayStart(createdAt), amount),
    month: add(from.month, monthStart(createdAt), amount),
    count: from.count + 1,
  };
  return [...totals.filter((entry) => entry !== before), after];
}

/** The totals after it turned out that only `kept` of what a payment is debited was taken; nothing: it counts no more. */
export function withCredit(
  totals: readonly SpendTotals[],
  payment: Spend & Pick<PaymentRecord, "debited">,
  kept: bigint,
): SpendTotals[] {
  const amount = payment.debited - kept;
  return totals.map((entry) =>
    entry.network === payment.network && entry.asset === payment.asset
      ? {
          ...entry,
          all: entry.all - amount,
          day: take(entry.day, dayStart(payment.createdAt), amount),
          month: take(entry.month, monthStart(payment.createdAt), amount),
          count: kept === 0n ? entry.count - 1 : entry.count,
        }
      : entry,
  );
}

/** Two lists of totals as one. */
export function merged(into: readonly SpendTotals[], from: readonly SpendTotals[]): SpendTotals[] {
  const later = (a: Bucket, b: Bucket): Bucket =>
    a.start === b.start ? { start: a.start, spent: a.spent + b.spent } : a.start > b.start ? a : b;
  const joined = [...into];
  for (const entry of from) {
    const at = joined.findIndex((other) => other.network === entry.network && other.asset === entry.asset);
    const other = joined[at];
    if (!other) joined.push(entry);
    else {
      joined[at] = {
        ...other,
        all: other.all + entry.all,
        day: later(other.day, entry.day),
        month: later(other.month, entry.month),
        count: other.count + entry.count,
      };
    }
  }
  return joined;
}
