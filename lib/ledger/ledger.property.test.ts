import fc from "fast-check";
import { expect, test } from "vitest";
import type { ReserveResult } from "./intent.ts";
import type { Ledger } from "./ledger.ts";
import type { ChannelRecord, PaymentRecord } from "./rows.ts";
import { channelPlan, hash, intent, KEY, receipt, reopen, terms, testPorts } from "./testing/fixtures.ts";
import { dieAt, live } from "./testing/killPoint.ts";

/**
 * Random lives of a wallet against a server that follows the accounting rules (protocol section 3): payments that
 * run in parallel, answers that are lost or late or arrive in another order, grants that come and go, edits, clock
 * jumps, and deaths at any call to the database. The server's books and the caps are kept here, apart from the code
 * under test.
 */
const DAY = 86_400_000;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("pay" as const),
      prices: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("answer" as const),
      which: fc.nat(9),
      percent: fc.nat(100),
      twice: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("lose" as const), which: fc.nat(9), served: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("abandon" as const), which: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("late" as const), which: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("body" as const), which: fc.nat(9), seen: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("edit" as const), total: fc.integer({ min: 0, max: 900 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("grant" as const), total: fc.integer({ min: 0, max: 300 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("revoke" as const), which: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("clock" as const), by: fc.integer({ min: -40 * DAY, max: 40 * DAY }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("die" as const),
      call: fc.integer({ min: 1, max: 16 }),
      after: fc.boolean(),
    }),
  },
);

/** The server's books for one channel. */
class Server {
  readonly charged = new Map<bigint, { price: bigint; charged: bigint; credited: bigint }>();
  #highest = 0n;
  #credited = 0n;
  #net = 0n;

  /** Serves a payment at a cost, or refuses it as protocol section 3 says. */
  serve(payment: PaymentRecord, state: { authorized: bigint; credited: bigint }, cost: bigint): boolean {
    const { nonce = 0n, amount } = payment;
    const known = this.charged.get(nonce);
    if (known) return true;
    const reach = state.authorized > this.#highest ? state.authorized : this.#highest;
    if (state.credited > this.#credited || reach - this.#credited < this.#net + amount) return false;
    this.#highest = reach;
    this.#net += cost;
    this.#credited += amount - cost;
    this.charged.set(nonce, { price: amount, charged: cost, credited: this.#credited });
    return true;
  }

  get taken(): bigint {
    return this.#net;
  }
}

interface InFlight {
  payment: PaymentRecord;
  /** What was signed for it. */
  state: { authorized: bigint; credited: bigint };
}

class Life {
  readonly ports = testPorts();
  readonly server = new Server();
  readonly inFlight: InFlight[] = [];
  readonly given: InFlight[] = [];
  ledger!: Ledger;
  abandoned = 0;
  requests = 0;
  /** Grants that were ever given, and the cap of each as it stands; a revoked one has none. */
  readonly caps = new Map<string, bigint | undefined>();
  #rebirth: Promise<void> | undefined;
  #last: ChannelRecord | undefined;
  /** Grants that paid since the last look: only they have to be within their caps, which may have been lowered. */
  readonly #paidBy = new Set<string>();
  readonly #nonces = new Map<bigint, string>();

  async begin(): Promise<void> {
    this.ledger = await reopen(this.ports);
    await this.ledger.setGlobal({ dailyCeiling: 1_000n, tolerancePercent: 1_000 });
    await this.grant(600n);
  }

  async grant(total: bigint): Promise<void> {
    const approvalId = `approval ${this.caps.size}`;
    const { id } = await this.survive(() =>
      this.ledger.createGrant({ key: KEY, terms: terms({ total, period: "week" }), approvalId }),
    );
    this.caps.set(id, total);
  }

  grantAt(which: number): string {
    return [...this.caps.keys()][which % this.caps.size] ?? "";
  }

  /** Tries something that a death may cut short; then the wallet starts again, once for all, and does it once more. */
  async survive<T>(act: () => Promise<T>): Promise<T> {
    const { ledger } = this;
    try {
      return await act();
    } catch (error) {
      if (live()) this.#rebirth = this.#restart(ledger);
      else if (this.ledger === ledger && !this.#rebirth) throw error;
      await this.#rebirth;
      return act();
    }
  }

  async #restart(dead: Ledger): Promise<void> {
    dead.close();
    this.ledger = await reopen(this.ports);
    expect(await this.ledger.audit()).toMatchObject({ ok: true, findings: [] });
    this.#rebirth = undefined;
  }

  async pay(price: bigint): Promise<void> {
    const id = `r${++this.requests}`;
    const url = `https://news.example/${id}`;
    const result = await this.survive(
      (): Promise<ReserveResult> => this.ledger.reserve(intent(id, { amount: price, url }), channelPlan(price)),
    );
    if (result.kind !== "reserved" || !result.channel) return;
    const { nonce = 0n } = result.payment;
    expect(this.#nonces.get(nonce) ?? id).toBe(id);
    this.#nonces.set(nonce, id);
    this.#paidBy.add(result.payment.grantId);
    const { authorized, credited } = result.channel;
    const payment = await this.survive(() => this.ledger.markSent(result.payment.id, 1));
    this.inFlight.push({ payment, state: { authorized, credited } });
  }

  take(which: number, from: InFlight[]): InFlight | undefined {
    return from.length === 0 ? undefined : from.splice(which % from.length, 1)[0];
  }

  /** The server's answer for a payment that it serves (or served before) reaches the wallet. */
  async answer(flight: InFlight, percent: number, twice: boolean, late: boolean): Promise<void> {
    const { payment } = flight;
    const cost = (payment.amount * BigInt(percent)) / 100n;
    if (!this.server.serve(flight.payment, flight.state, cost)) {
      // Only room that was given up and used again can be missing.
      expect(this.abandoned).toBeGreaterThan(0);
      if (!late) await this.survive(() => this.ledger.settle(payment.id, { kind: "unknown", reason: "refused_402" }));
      this.given.push(flight);
      return;
    }
    const books = this.server.charged.get(payment.nonce ?? 0n);
    if (!books) throw new Error("a served payment is in the books");
    const { charged, credited } = books;
    const proof = receipt(payment.nonce ?? 0n, charged, credited);
    const outcome =
      charged > 0n
        ? ({ kind: "delivered", charged, receipt: proof } as const)
        : ({ kind: "not_charged", receipt: proof } as const);
    for (let n = 0; n < (twice ? 2 : 1); n++) {
      await this.survive(() =>
        late ? this.ledger.reconcile(payment.id, outcome) : this.ledger.settle(payment.id, outcome),
      );
    }
  }

  async check(): Promise<void> {
    expect(await this.ledger.audit()).toMatchObject({ ok: true, findings: [] });
    const channel = await this.ledger.getChannel(hash(1));
    const before = this.#last;
    if (channel && before) {
      for (const total of ["nonce", "authorized", "credited", "signedEarned", "acknowledged", "earned"] as const) {
        expect(channel[total]).toBeGreaterThanOrEqual(before[total]);
      }
    }
    if (channel) {
      expect(channel.untrusted).toBeUndefined();
      expect(channel.authorized - channel.credited).toBeGreaterThanOrEqual(0n);
      expect(channel.earned).toBeLessThanOrEqual(channel.gross);
    }
    this.#last = channel;
    // What the server took was debited: net of credits it never has more than the wallet counts as spent.
    const spent = (await this.ledger.walletTotals()).spent[0]?.all ?? 0n;
    expect(this.server.taken).toBeLessThanOrEqual(spent);
    const { policy } = await this.ledger.walletTotals();
    expect(policy.day.spent).toBeLessThanOrEqual(1_000n);
    const standing = new Map((await this.ledger.grants()).map(({ id, spent }) => [id, spent]));
    for (const id of this.#paidBy) {
      expect(standing.has(id), "a revoked grant pays nothing").toBe(true);
      expect(standing.get(id)).toBeLessThanOrEqual(this.caps.get(id) ?? 0n);
    }
    this.#paidBy.clear();
  }
}

async function run(life: Life, act: typeof step extends fc.Arbitrary<infer S> ? S : never): Promise<void> {
  switch (act.do) {
    case "pay":
      await Promise.all(act.prices.map((price) => life.pay(BigInt(price))));
      break;
    case "answer": {
      const flight = life.take(act.which, life.inFlight);
      if (flight) await life.answer(flight, act.percent, act.twice, false);
      break;
    }
    case "lose": {
      const flight = life.take(act.which, life.inFlight);
      if (!flight) break;
      if (act.served) life.server.serve(flight.payment, flight.state, flight.payment.amount);
      await life.survive(() => life.ledger.settle(flight.payment.id, { kind: "unknown", reason: "lost_answer" }));
      life.given.push(flight);
      break;
    }
    case "abandon": {
      const flight = life.take(act.which, life.given);
      if (!flight) break;
      await life.survive(async () => {
        const now = await life.ledger.getPayment(flight.payment.id);
        if (now?.state === "unknown") await life.ledger.abandon(flight.payment.id, "gave_up");
      });
      life.abandoned += 1;
      life.given.push(flight);
      break;
    }
    case "late": {
      const flight = life.take(act.which, life.given);
      if (flight) await life.answer(flight, 100, false, true);
      break;
    }
    case "body": {
      const waiting = await life.survive(() => life.ledger.awaitingBody());
      const payment = waiting[act.which % Math.max(waiting.length, 1)];
      // Named inside: after a death it is another ledger that does it once more.
      if (payment) await life.survive(() => life.ledger[act.seen ? "bodyEnded" : "bodyPresumed"](payment.id));
      break;
    }
    case "edit":
      for (const id of [...life.caps.keys()].filter((id) => life.caps.get(id) !== undefined)) {
        life.caps.set(id, BigInt(act.total));
        await life.survive(() => life.ledger.editGrant(id, { total: BigInt(act.total) }));
      }
      break;
    case "grant":
      await life.grant(BigInt(act.total));
      break;
    case "revoke": {
      const grantId = life.grantAt(act.which);
      await life.survive(() => life.ledger.revokeGrants({ grantId }));
      life.caps.set(grantId, undefined);
      break;
    }
    case "clock":
      life.ports.clock += act.by;
      break;
    case "die":
      dieAt(act.call, act.after ? "after" : "before");
      break;
  }
}

test("in any life the sums agree, no nonce is used twice, no cap is passed and an honest server is never refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30, size: "max" }), async (steps) => {
      live();
      const life = new Life();
      await life.begin();
      for (const act of steps) {
        await run(life, act);
        if (act.do === "die") continue;
        live();
        await life.check();
      }
      live();
      life.ledger.close();
    }),
    { numRuns: 25 },
  );
}, 60_000);
