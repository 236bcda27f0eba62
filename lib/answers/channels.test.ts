/** Claims about what is said of channels: whatever their state, the parts make up the deposit. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PaymentRecord } from "#ledger";
import { channelViewSchema } from "#messages";
import { CHANNEL_STATUSES } from "../ledger/rows.ts";
import { channelRecord, hash } from "../ledger/testing/fixtures.ts";
import { badgeOf } from "./badge.ts";
import { channelAnswers, channelView, disputesOf } from "./channels.ts";
import type { AnswerPorts } from "./ports.ts";

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

test("of a channel that was found on chain what the payee took is shown as paid, and who it is as far as is known", () => {
  const base = channelRecord({ deposit: 100_000n, settled: 30_000n });
  const record = { ...base, status: "restored" as const, key: { ...base.key, payeeOrigin: "" }, receiptsUrl: "" };
  expect(sumsOf(record)).toEqual([100_000n, 30_000n, 0n, 70_000n]);
  expect(channelView([], record, [], 0)).toMatchObject({
    found: true,
    siteKnown: false,
    host: `${record.key.payTo.slice(0, 6)}…${record.key.payTo.slice(-4)}`,
  });
  const answered = { ...record, receiptsUrl: "https://toll.example/.well-known/x402/channels" };
  expect(channelView([], answered, [], 0)).toMatchObject({ host: "toll.example", siteKnown: true });
});

describe("a close by a payee", () => {
  const NOW = 1_700_000_000_000;
  const payeeClose = { amount: 90_000n, headroom: 0n, deadline: NOW / 1000 + 3_600 };
  const closing = (change: object) => channelRecord({ status: "closing", deposit: 100_000n, payeeClose, ...change });

  test("is money at risk while a receipt speaks against it and there is time, the nearest deadline first", () => {
    const later = { ...payeeClose, deadline: payeeClose.deadline + 60 };
    const disputes = disputesOf(
      [],
      [
        closing({ payeeClose: later, challenge: { problem: "short_of_gas", against: later } }),
        closing({ challenge: { problem: "locked", against: payeeClose } }),
        closing({}),
        closing({ challenge: { problem: "refused", against: payeeClose } }),
        closing({ challenge: { problem: "locked", against: { ...payeeClose, deadline: 7 } } }),
        channelRecord({ status: "open", challenge: { problem: "locked", against: payeeClose } }),
      ],
      NOW,
    );
    expect(disputes.map(({ challenge }) => challenge)).toEqual(["locked", "short_of_gas"]);
    const locked = closing({ challenge: { problem: "locked", against: payeeClose } });
    expect(disputesOf([], [locked], payeeClose.deadline * 1000)).toEqual([]);
  });

  test("that waits for the person is on the badge of every page, before all else", async () => {
    const badge = (challenge: object) =>
      badgeOf(
        {
          ledger: { readableChannels: async () => [closing({ challenge })] },
          networks: () => [],
          now: () => NOW,
        } as unknown as AnswerPorts,
        undefined,
      );
    const locked = await badge({ problem: "locked", against: payeeClose });
    expect(locked).toMatchObject({ text: "!", tone: "refused" });
    expect(locked.title).toMatch(/^Tollpass: unlock to object to a false close by \S+ until /);
    expect(await badge({ raw: "0x00", signedAt: NOW, against: payeeClose })).toMatchObject({ text: "", tone: "quiet" });
  });
});

test("how far a search came is a share of all networks that have channels", async () => {
  const place = { network: "a", fromBlock: 100, toBlock: 199, searchedTo: 149, found: 2, unlisted: 1 };
  let state: object | undefined;
  const pinned = [{ stateChannels: {} }, { stateChannels: {} }, {}];
  const ports = { search: { state: async () => state }, networks: () => pinned } as unknown as AnswerPorts;
  const view = () => channelAnswers(ports)["channelSearch.get"]({});
  expect(await view()).toBeNull();
  state = { wantedAt: 1, places: [] };
  expect(await view()).toMatchObject({ share: 0, found: 0 });
  state = { wantedAt: 1, places: [place] };
  expect(await view()).toEqual({ share: 0.25, found: 2, unlisted: 1 });
  state = {
    wantedAt: 1,
    places: [
      { ...place, finishedAt: 2 },
      { ...place, found: 1 },
    ],
    problem: "refused",
  };
  expect(await view()).toEqual({ share: 0.75, found: 3, unlisted: 2, problem: "refused" });
  state = { wantedAt: 1, places: [place], finishedAt: 9 };
  expect(await view()).toMatchObject({ share: 1, finishedAt: 9 });
});
