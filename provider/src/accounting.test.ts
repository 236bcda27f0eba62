/** The accounting rules as a model: any order of arrival, losses, and a client that lies. */
import type { State } from "@tollpass/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  accept,
  acknowledge,
  adopt,
  type Book,
  creditNote,
  finish,
  type Limits,
  openBook,
  refundable,
} from "./accounting.ts";

const ID = `0x${"11".repeat(32)}` as const;
const limits: Limits = { deposit: 1_000_000n, maxUnacked: 16n, window: 1024n };
const state = (nonce: bigint, owed: bigint, earned = 0n, credited = 0n): State => ({
  channelId: ID,
  nonce,
  owed,
  earned,
  credited,
});

function accepted(book: Book, signed: State, price: bigint, within = limits): Book {
  const verdict = accept(book, signed, price, false, within);
  if (!verdict.accepted) throw new Error(verdict.refusal);
  return verdict.book;
}
const refusal = (book: Book, signed: State, price: bigint, within = limits, seen = false) => {
  const verdict = accept(book, signed, price, seen, within);
  return verdict.accepted ? "accepted" : verdict.refusal;
};
const solvent = (book: Book) => book.authorised - book.credited >= book.charged + book.reserved;

describe("one request", () => {
  test("a state that covers the price is accepted and reserves it", () => {
    const book = accepted(openBook(0n), state(1n, 10n), 10n);
    expect(book).toMatchObject({ authorised: 10n, reserved: 10n, charged: 0n, nonce: 1n });
  });
  test("a state one unit too low buys nothing", () => {
    expect(refusal(openBook(0n), state(1n, 9n), 10n)).toBe("totals_too_low");
  });
  test("a nonce that was seen, or lies below the window, buys nothing", () => {
    const book = accepted(openBook(0n), state(2000n, 10n), 10n);
    expect(refusal(book, state(2000n, 20n), 10n, limits, true)).toBe("nonce_conflict");
    expect(refusal(book, state(976n, 20n), 10n)).toBe("nonce_out_of_window");
    expect(refusal(book, state(977n, 20n), 10n)).toBe("accepted");
  });
  test("more than the deposit cannot be owed, more than was charged cannot be acknowledged", () => {
    expect(refusal(openBook(0n), state(1n, 1_000_001n), 10n)).toBe("deposit_unconfirmed");
    expect(refusal(openBook(0n), state(1n, 10n, 11n), 10n)).toBe("totals_invalid");
    expect(refusal(openBook(0n), state(1n, 10n, 1n), 10n)).toBe("receipt_required");
    expect(refusal(openBook(0n), state(1n, 10n, 0n, 1n), 10n)).toBe("receipt_required");
  });
  test("what a metered request did not cost is credited", () => {
    const book = finish(accepted(openBook(0n), state(1n, 10n), 10n), 10n, 3n);
    expect(book).toMatchObject({ reserved: 0n, charged: 3n, gross: 3n, credited: 7n });
  });
  test("a request never costs more than it reserved", () => {
    const book = accepted(openBook(0n), state(1n, 10n), 10n);
    expect(() => finish(book, 10n, 11n)).toThrow(RangeError);
  });
  test("seventeen unacknowledged requests in a row end in a request for an acknowledgement, which lifts it", () => {
    let book = openBook(0n);
    for (let n = 1n; n <= 16n; n++) book = finish(accepted(book, state(n, n * 10n), 10n), 10n, 10n);
    expect(refusal(book, state(17n, 170n), 10n)).toBe("ack_required");
    const acked = acknowledge(book, state(18n, 160n, 160n), false, limits);
    expect(acked.accepted && refusal(acked.book, state(19n, 170n, 160n), 10n)).toBe("accepted");
  });
  test("requests that are being served count like charges: what is in flight at once is bounded too", () => {
    let book = openBook(0n);
    for (let n = 1n; n <= 16n; n++) book = accepted(book, state(n, n * 10n), 10n);
    expect(refusal(book, state(17n, 170n), 10n)).toBe("ack_required");
    // One that ends for nothing makes room for one more.
    book = finish(book, 10n, 0n);
    expect(refusal(book, state(18n, 160n, 0n, 10n), 10n)).toBe("accepted");
  });
  test("a cheap request beside a dear one that is being served needs no acknowledgement first", () => {
    const book = accepted(openBook(0n), state(1n, 1_000n), 1_000n);
    expect(refusal(book, state(2n, 1_001n), 1n)).toBe("accepted");
  });
  test("a cheap request after a dear one needs no acknowledgement first", () => {
    const book = finish(accepted(openBook(0n), state(1n, 1_000n), 1_000n), 1_000n, 1_000n);
    expect(refusal(book, state(2n, 1_001n), 1n)).toBe("accepted");
  });
});

describe("giving back", () => {
  test("a credit note lowers what is due and what later purchases need", () => {
    let book = finish(accepted(openBook(0n), state(1n, 10n), 10n), 10n, 10n);
    book = creditNote(book, 4n);
    expect(book).toMatchObject({ charged: 6n, credited: 4n, gross: 10n });
    // Six due and ten more: sixteen owed, where without the note it would have been twenty.
    expect(refusal(book, state(2n, 16n, 0n, 4n), 10n)).toBe("accepted");
    expect(refusal(book, state(2n, 15n, 0n, 4n), 10n)).toBe("totals_too_low");
  });
  test("only what is neither promised nor taken can be refunded", () => {
    const book = accepted(openBook(0n), state(1n, 10n), 10n);
    expect(refundable(book, 100n, 0n)).toBe(90n);
    expect(refundable(book, 100n, 95n)).toBe(5n);
    expect(refundable(book, 5n, 0n)).toBe(0n);
  });
});

describe("a store restored from a backup", () => {
  test("adopts its own receipt and then charges on top of what the payer acknowledged", () => {
    const book = adopt(openBook(0n), { credited: 5n, earned: 30n });
    expect(refusal(book, state(9n, 40n, 30n, 5n), 10n)).toBe("accepted");
    expect(refusal(book, state(9n, 39n, 30n, 5n), 10n)).toBe("totals_too_low");
    expect(solvent(book)).toBe(true);
  });
});

/** The client of protocol section 3, as far as one channel goes. */
class HonestClient {
  nonce = 0n;
  credited = 0n;
  highest = 0n;
  readonly priceOf = new Map<bigint, bigint>();
  readonly chargedFor = new Map<bigint, bigint>();
  readonly abandoned = new Set<bigint>();

  sum(values: Iterable<bigint>): bigint {
    let total = 0n;
    for (const value of values) total += value;
    return total;
  }
  sign(price: bigint): State {
    const open = [...this.priceOf].filter(([nonce]) => !this.abandoned.has(nonce) || this.chargedFor.has(nonce));
    const needed = this.sum(open.map(([, value]) => value)) + price;
    if (needed > this.highest) this.highest = needed;
    this.nonce += 1n;
    this.priceOf.set(this.nonce, price);
    return state(this.nonce, this.highest - this.credited, this.sum(this.chargedFor.values()), this.credited);
  }
  receive(nonce: bigint, charged: bigint, credited: bigint): void {
    this.chargedFor.set(nonce, charged);
    if (credited > this.credited) this.credited = credited;
  }
  get exposure(): bigint {
    return this.highest - this.credited - this.sum(this.chargedFor.values());
  }
}

type Step = { kind: "buy" | "arrive" | "finish" | "receipt" | "abandon"; pick: number; amount: number };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom("buy", "arrive", "arrive", "finish", "finish", "receipt", "receipt", "abandon"),
    pick: fc.nat(1_000),
    amount: fc.integer({ min: 0, max: 50 }),
  }) as fc.Arbitrary<Step>,
  { maxLength: 120 },
);

function take<T>(items: T[], pick: number): T | undefined {
  return items.splice(pick % Math.max(items.length, 1), 1)[0];
}

test("an honest client is served in any order of arrival, and both sides end with equal sums", () => {
  fc.assert(
    fc.property(steps, (script) => {
      const client = new HonestClient();
      let book = openBook(0n);
      const onTheWay: State[] = [];
      const serving: { nonce: bigint; price: bigint }[] = [];
      const receipts: { nonce: bigint; charged: bigint; credited: bigint }[] = [];
      let delivered = 0n;
      for (const step of script) {
        switch (step.kind) {
          case "buy":
            // The tail cap of the wallet: eight requests at the highest price.
            if (client.exposure <= 350n) onTheWay.push(client.sign(BigInt(step.amount) + 1n));
            break;
          case "arrive": {
            const signed = take(onTheWay, step.pick);
            if (!signed) break;
            const price = client.priceOf.get(signed.nonce) ?? 0n;
            const verdict = accept(book, signed, price, false, { ...limits, maxUnacked: 1_000n });
            // Given up and late: it may find its room used by another request, which is then a 402 and no loss.
            const late = client.abandoned.size > 0;
            if (!verdict.accepted) {
              expect(late && verdict.refusal === "totals_too_low").toBe(true);
              break;
            }
            book = verdict.book;
            serving.push({ nonce: signed.nonce, price });
            break;
          }
          case "finish": {
            const done = take(serving, step.pick);
            if (!done) break;
            const cost = (done.price * BigInt(step.amount)) / 50n;
            book = finish(book, done.price, cost);
            delivered += cost;
            receipts.push({ nonce: done.nonce, charged: cost, credited: book.credited });
            break;
          }
          case "receipt": {
            const receipt = take(receipts, step.pick);
            if (receipt) client.receive(receipt.nonce, receipt.charged, receipt.credited);
            break;
          }
          case "abandon": {
            const open = [...client.priceOf.keys()].filter((nonce) => !client.chargedFor.has(nonce));
            const nonce = take(open, step.pick);
            if (nonce !== undefined) client.abandoned.add(nonce);
            break;
          }
        }
        expect(solvent(book)).toBe(true);
        expect(book.charged).toBe(delivered);
      }
      for (const receipt of receipts) client.receive(receipt.nonce, receipt.charged, receipt.credited);
      // What the client acknowledges with all receipts in hand is what the provider charged, unless requests are open.
      if (serving.length === 0) expect(client.sum(client.chargedFor.values())).toBe(book.gross);
    }),
    { numRuns: 400 },
  );
});

test("whatever a client signs, the provider serves nothing that is not covered and can never be slashed", () => {
  const anyState = fc.record({
    nonce: fc.bigInt(0n, 60n),
    owed: fc.bigInt(0n, 600n),
    // Mostly nothing: other totals are refused before they reach the rules on room.
    earned: fc.oneof({ weight: 4, arbitrary: fc.constant(0n) }, fc.bigInt(0n, 600n)),
    credited: fc.oneof({ weight: 4, arbitrary: fc.constant(0n) }, fc.bigInt(0n, 300n)),
    price: fc.bigInt(1n, 40n),
    cost: fc.bigInt(0n, 40n),
    act: fc.constantFrom("pay", "pay", "pay", "ack", "finish", "credit"),
  });
  fc.assert(
    fc.property(fc.array(anyState, { maxLength: 150 }), fc.constantFrom(1n, 4n, 16n), (script, maxUnacked) => {
      const within: Limits = { deposit: 500n, maxUnacked, window: 8n };
      let book = openBook(0n);
      let top: State | undefined;
      let best = 0n;
      let dearest = 0n;
      const seen = new Set<bigint>();
      const serving: bigint[] = [];
      const keep = (signed: State) => {
        seen.add(signed.nonce);
        if (!top || signed.owed + signed.credited > top.owed + top.credited) top = signed;
        if (signed.earned > best) best = signed.earned;
      };
      for (const { act, price, cost, ...totals } of script) {
        const signed = { channelId: ID, ...totals } as State;
        if (act === "pay" || act === "ack") {
          const verdict =
            act === "pay"
              ? accept(book, signed, price, seen.has(signed.nonce), within)
              : acknowledge(book, signed, seen.has(signed.nonce), within);
          if (verdict.accepted) {
            book = verdict.book;
            keep(signed);
            if (act === "pay") {
              serving.push(price);
              if (price > dearest) dearest = price;
            }
          }
        } else if (act === "finish") {
          const reserved = serving.shift();
          if (reserved !== undefined) book = finish(book, reserved, cost < reserved ? cost : reserved);
        } else if (act === "credit" && cost > 0n && cost <= book.charged) {
          book = creditNote(book, cost);
        }
        expect(solvent(book)).toBe(true);
        expect(best).toBeLessThanOrEqual(book.gross);
        // Delivered or being delivered without an acknowledgement: never more than so many of the dearest.
        expect(book.charged + book.reserved - best).toBeLessThanOrEqual(within.maxUnacked * dearest);
        // A close at `charged` with the highest state leaves this headroom; a receipt beyond it would be a slash.
        const headroom = top ? top.owed - book.charged + top.credited : 0n;
        expect(headroom).toBeGreaterThanOrEqual(top ? book.credited : 0n);
        // Also when everything that is being served costs nothing after the close was started.
        expect(headroom).toBeGreaterThanOrEqual(top ? book.credited + book.reserved : 0n);
        expect(book.charged + book.reserved).toBeLessThanOrEqual(within.deposit);
      }
    }),
    { numRuns: 400 },
  );
});
