/** Claims about what is said of channels: whatever their state, the parts make up the deposit. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PaymentRecord } from "#ledger";
import { channelViewSchema } from "#messages";
import { channelRecord, hash } from "../ledger/fixtures.ts";
import { CHANNEL_STATUSES } from "../ledger/rows.ts";
import { channelView } from "./channels.ts";

type Parts = Parameters<typeof channelView>[2];
const payment = (amount: bigint, inGross = true, channelId = hash(1)) =>
  ({ amount, inGross, channelId }) as Pick<PaymentRecord, "amount" | "inGross" | "channelId"> as PaymentRecord;

function sumsOf(record: Parameters<typeof channelView>[1], unsettled: Parts = []) {
  const view = channelView([], record, unsettled, unsettled.length);
  channelViewSchema.parse(view);
  const { deposit, paid, inFlight, unused } = view;
  return [deposit, paid, inFlight, unused].map(({ atomic }) => BigInt(atomic));
}

const amount = fc.bigInt(0n, 10n ** 12n);

test("paid, in flight and unused are never negative and make up the deposit, in every state", () => {
  const pending = fc.option(amount, { nil: undefined });
  const flights = fc.array(fc.record({ price: amount, inGross: fc.boolean(), own: fc.boolean() }), { maxLength: 5 });
  fc.assert(
    fc.property(
      fc.constantFrom(...CHANNEL_STATUSES),
      fc.record({ deposit: amount, credited: amount, signed: amount, settled: amount, pending, flights }),
      (status, { deposit, credited, signed, settled, pending, flights }) => {
        const record = channelRecord({
          status,
          deposit,
          credited,
          authorized: credited + signed,
          settled,
          ...(pending === undefined
            ? {}
            : {
                pendingDeposit: { paymentId: null, amount: pending, validAfter: 0n, validBefore: 9n, salt: hash(9) },
              }),
        });
        const unsettled = flights.map(({ price, inGross, own }) => payment(price, inGross, hash(own ? 1 : 2)));
        const [total = 0n, ...parts] = sumsOf(record, unsettled);
        expect(parts.every((part) => part >= 0n)).toBe(true);
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(total);
      },
    ),
    { numRuns: 1_000 },
  );
});

describe("of a channel with 100,000 in it", () => {
  const record = channelRecord({ deposit: 100_000n, credited: 5_000n, authorized: 65_000n });

  test("what receipts prove is paid, what waits for one is in flight, the rest is unused", () => {
    expect(sumsOf(record)).toEqual([100_000n, 60_000n, 0n, 40_000n]);
    expect(sumsOf(record, [payment(20_000n)])).toEqual([100_000n, 40_000n, 20_000n, 40_000n]);
  });

  test("payments of other channels, and ones that were given up, are not in flight", () => {
    expect(sumsOf(record, [payment(20_000n, true, hash(2)), payment(20_000n, false)])[2]).toBe(0n);
  });

  test("a deposit under way counts as set aside", () => {
    const pendingDeposit = { paymentId: null, amount: 50_000n, validAfter: 0n, validBefore: 9n, salt: hash(9) };
    expect(sumsOf({ ...record, pendingDeposit })).toEqual([150_000n, 60_000n, 0n, 90_000n]);
  });

  test("a top-up that never arrived is not shown as paid", () => {
    expect(sumsOf({ ...record, deposit: 30_000n })).toEqual([30_000n, 30_000n, 0n, 0n]);
  });

  test("once it is closed only what the payee took is left", () => {
    expect(sumsOf({ ...record, status: "closed", settled: 60_000n }, [payment(1n)])).toEqual([
      60_000n,
      60_000n,
      0n,
      0n,
    ]);
    expect(sumsOf({ ...record, status: "closed", settled: 0n })).toEqual([0n, 0n, 0n, 0n]);
  });
});
