/**
 * A life of a channel as a model: one wallet that plans and settles through this room, one server that keeps the books
 * of protocol section 3, and a network that delays, reorders and loses. Whatever happens, the invariants hold.
 */
import { type Receipt, receiptRef, receiptTypedData, type State, ZERO_BYTES32 } from "@tollpass/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bytes32, CONTRACT, channelOffer, input, network, paidAnswer, provider } from "../fixtures.ts";
import type { ChannelSnapshot, SignedReceipt, VerifiedReceipt } from "../scheme.ts";
import { type ChannelPlan, emptySnapshot, nextState, stateChannel } from "./index.ts";

const DEPOSIT = 150n;
const contract = { chainId: network.chainId, address: CONTRACT } as const;
const opening = stateChannel.plan(channelOffer(1n), input);
if (opening.kind !== "plan") throw new Error("the first plan opens the channel");
const { channel } = opening.plan;

interface Paid {
  readonly plan: ChannelPlan;
  at: "on the way" | "being served" | "served" | "lost";
  charged: bigint;
  abandoned: boolean;
  held?: VerifiedReceipt | undefined;
}

/** The server of section 3: exact integers, no tolerance. */
class Server {
  authorized = 0n;
  credited = 0n;
  charged = 0n;
  gross = 0n;
  reserved = 0n;
  acknowledged = 0n;
  readonly states: State[] = [];

  accepts({ owed, earned, credited }: State, price: bigint): boolean {
    const highest = owed + credited > this.authorized ? owed + credited : this.authorized;
    return (
      credited <= this.credited &&
      earned <= this.gross &&
      earned <= owed &&
      owed <= DEPOSIT &&
      highest - this.credited >= this.charged + this.reserved + price
    );
  }

  take(state: State, price: bigint): void {
    if (state.owed + state.credited > this.authorized) this.authorized = state.owed + state.credited;
    if (state.earned > this.acknowledged) this.acknowledged = state.earned;
    this.reserved += price;
    this.states.push(state);
  }

  finish(price: bigint, cost: bigint): void {
    this.reserved -= price;
    this.charged += cost;
    this.gross += cost;
    this.credited += price - cost;
  }

  note(amount: bigint): void {
    this.charged -= amount;
    this.credited += amount;
  }
}

class World {
  readonly server = new Server();
  snapshot: ChannelSnapshot = { ...emptySnapshot(contract, channel), status: "open", deposit: DEPOSIT };
  readonly paid: Paid[] = [];
  /** Receipts under way to the wallet, in any order. */
  readonly mail: { of: Paid; receipt: SignedReceipt }[] = [];
  /** Charges of answers whose body has not ended. */
  unended: Paid[] = [];
  readonly signed = new Map<bigint, string>();
  highestEarned = 0n;

  /** What is true of every state that leaves the wallet. */
  sign(state: State, gross: bigint): void {
    const { authorized, nonce } = this.snapshot;
    expect(state.nonce).toBe(nonce + 1n);
    expect(this.signed.has(state.nonce)).toBe(false);
    expect(state.owed + state.credited).toBeGreaterThanOrEqual(authorized);
    expect(state.earned <= state.owed && state.owed <= DEPOSIT).toBe(true);
    this.signed.set(
      state.nonce,
      JSON.stringify(state, (_key, value) => String(value)),
    );
    if (state.earned > this.highestEarned) this.highestEarned = state.earned;
    this.snapshot = { ...this.snapshot, nonce: state.nonce, authorized: state.owed + state.credited, gross };
  }

  pay(price: bigint, tailCap: bigint): void {
    const planned = stateChannel.plan(channelOffer(price), {
      ...input,
      funds: undefined,
      newChannel: undefined,
      channel: this.snapshot,
      tailCap,
    });
    if (planned.kind === "refuse") {
      expect(planned.reason).toBe("deposit_not_allowed");
      expect(nextState(this.snapshot, price).state.owed).toBeGreaterThan(DEPOSIT);
      return;
    }
    if (planned.kind !== "plan") {
      expect(planned).toEqual({ kind: "wait", reason: "tail" });
      return;
    }
    const { plan } = planned;
    const raised = plan.state.owed + plan.state.credited > this.snapshot.authorized;
    if (raised) expect(plan.state.owed - plan.state.earned).toBeLessThanOrEqual(tailCap);
    this.sign(plan.state, plan.gross);
    this.paid.push({ plan, at: "on the way", charged: 0n, abandoned: false });
  }

  acknowledge(): void {
    const { state, gross } = nextState(this.snapshot, 0n);
    expect(gross).toBe(this.snapshot.gross);
    this.sign(state, gross);
    expect(this.server.accepts(state, 0n)).toBe(true);
    this.server.take(state, 0n);
  }

  arrive(paid: Paid): void {
    const { state, price } = paid.plan;
    expect(this.server.accepts(state, price), "a state in time is accepted in any order").toBe(true);
    this.server.take(state, price);
    paid.at = "being served";
  }

  async serve(paid: Paid, share: number): Promise<void> {
    paid.charged = (paid.plan.price * BigInt(share)) / 4n;
    this.server.finish(paid.plan.price, paid.charged);
    paid.at = "served";
    await this.post(paid);
  }

  async note(paid: Paid): Promise<void> {
    const amount = (paid.charged + 1n) / 2n;
    paid.charged -= amount;
    this.server.note(amount);
    await this.post(paid);
  }

  async post(of: Paid): Promise<void> {
    const { method, resource, state } = of.plan;
    const receipt: Receipt = {
      channelId: state.channelId,
      nonce: state.nonce,
      charged: of.charged,
      credited: this.server.credited,
      ref: receiptRef({ method, url: resource.url, bodyDigest: ZERO_BYTES32, status: 200 }),
    };
    const signature = await provider.signTypedData(receiptTypedData(contract, receipt));
    this.mail.push({ of, receipt: { receipt, signature } });
  }

  /** The wallet's ledger after a receipt, as protocol section 3 says. */
  async receive({ of, receipt }: { of: Paid; receipt: SignedReceipt }): Promise<void> {
    const held = this.paid.filter((other) => other.held && other !== of);
    const uncharged = held.reduce((sum, { plan, held: mine }) => sum + plan.price - (mine?.charged ?? 0n), 0n);
    const context = { credited: this.snapshot.credited, uncharged, held: of.held };
    const outcome = await stateChannel.settle(of.plan, paidAnswer(receipt), context);
    if (outcome.kind !== "delivered" && outcome.kind !== "not_charged") throw new Error(JSON.stringify(outcome));
    const verified = outcome.receipt;
    if (!verified) throw new Error("a channel payment settles by receipt");
    const ended = of.held !== undefined && !this.unended.includes(of);
    const before = ended ? (of.held?.charged ?? 0n) : 0n;
    if (!of.held) this.unended.push(of);
    of.held = verified;
    const { credited, earned } = this.snapshot;
    this.snapshot = {
      ...this.snapshot,
      credited: verified.credited > credited ? verified.credited : credited,
      earned: ended ? earned + verified.charged - before : earned,
    };
  }

  endBodies(): void {
    const charges = this.unended.reduce((sum, { held }) => sum + (held?.charged ?? 0n), 0n);
    this.unended = [];
    this.snapshot = { ...this.snapshot, earned: this.snapshot.earned + charges };
  }

  /** The wallet gives up on a request that can no longer arrive: its room is used again. */
  abandon(paid: Paid): void {
    paid.at = "lost";
    paid.abandoned = true;
    this.snapshot = { ...this.snapshot, gross: this.snapshot.gross - paid.plan.price };
  }

  /** The most that the provider can take with any state it has, against the wallet's best receipt (I8, I14). */
  loss(): bigint {
    const best = this.snapshot.credited;
    let most = this.highestEarned;
    for (const { owed, credited } of this.server.states) {
      const unchallenged = owed + credited - best;
      const amount = unchallenged < owed ? unchallenged : owed;
      if (amount > most) most = amount;
    }
    return most - this.due();
  }

  due(): bigint {
    return this.paid.reduce((sum, { held }) => sum + (held?.charged ?? 0n), 0n);
  }

  check(): void {
    const withoutReceipt = this.paid.filter(({ held }) => !held).reduce((sum, { plan }) => sum + plan.price, 0n);
    // A credit note on money that was acknowledged before comes back as a refund on chain, not from the totals.
    const acknowledgedNotes = this.highestEarned > this.due() ? this.highestEarned - this.due() : 0n;
    expect(this.loss()).toBeLessThanOrEqual(withoutReceipt + acknowledgedNotes);
    expect(this.server.authorized - this.server.credited).toBeGreaterThanOrEqual(
      this.server.charged + this.server.reserved,
    );
  }
}

const pick = <T>(items: T[], seed: number): T | undefined => items[seed % Math.max(1, items.length)];
const action = fc.record({
  kind: fc.constantFrom(
    "pay",
    "pay",
    "pay",
    "arrive",
    "arrive",
    "serve",
    "serve",
    "read",
    "read",
    "end",
    "ack",
    "lose",
    "forget",
    "note",
    "again",
  ),
  seed: fc.nat({ max: 1_000 }),
  amount: fc.bigInt({ min: 1n, max: 20n }),
  share: fc.nat({ max: 4 }),
});

test("in any life of a channel no state is wrong, none is refused, and no more is lost than was promised", async () => {
  let signed = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { minLength: 20, maxLength: 120, size: "max" }),
      fc.bigInt({ min: 20n, max: 200n }),
      async (life, cap) => {
        const world = new World();
        for (const { kind, seed, amount, share } of life) {
          const at = (where: Paid["at"]) =>
            pick(
              world.paid.filter((paid) => paid.at === where),
              seed,
            );
          const one =
            kind === "pay"
              ? undefined
              : at(kind === "serve" ? "being served" : kind === "note" || kind === "again" ? "served" : "on the way");
          const letter = seed % Math.max(1, world.mail.length);
          if (kind === "pay") world.pay(amount, cap);
          else if (kind === "ack") world.acknowledge();
          else if (kind === "end") world.endBodies();
          else if (kind === "read") for (const mail of world.mail.splice(letter, 1)) await world.receive(mail);
          else if (kind === "forget") world.mail.splice(letter, 1);
          else if (one && kind === "arrive") world.arrive(one);
          else if (one && kind === "serve") await world.serve(one, share);
          else if (one && kind === "lose") world.abandon(one);
          else if (one && kind === "note" && one.charged > 0n) await world.note(one);
          else if (one && kind === "again") await world.post(one);
          world.check();
        }
        signed += world.signed.size;
      },
    ),
    { numRuns: 40 },
  );
  expect(signed).toBeGreaterThan(300);
}, 60_000);

test("room that a lost request left is used again, never released", () => {
  const world = new World();
  world.pay(20n, 100n);
  const [first] = world.paid;
  if (!first) throw new Error("the first request was signed");
  world.abandon(first);
  const { authorized } = world.snapshot;
  world.pay(20n, 100n);
  expect(world.snapshot.authorized).toBe(authorized);
  world.pay(1n, 100n);
  expect(world.snapshot.authorized).toBe(authorized + 1n);
});

test("a salt of another payment makes another channel", () => {
  expect(emptySnapshot(contract, { ...channel, salt: bytes32(1) }).id).not.toBe(emptySnapshot(contract, channel).id);
});
