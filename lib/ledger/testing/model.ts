/**
 * The promises of the journal as a small world that can be explored whole: the machine's rows, a payee that may refuse,
 * cheat or answer late, a network that loses, a background that dies. Only tests use it; the ledger itself is driven
 * through the same steps and has to agree.
 */
import { type PaymentEvent, transition } from "../machine.ts";
import { type Kind, type ModelPayment, PRICE, type Wishes, type World } from "./world.ts";

export type StepKind =
  /** The wallet writes the payment down; then that it leaves, and hands the bytes out, or dies before it does. */
  | "reserve"
  | "send"
  | "send_and_die"
  /** The payee takes the price or nothing of it, and its proof is on its way back; is heard; is lost. */
  | "serve"
  | "serve_free"
  | "hear"
  | "miss"
  /** No proof comes back: the payee answers 402, lies; the bytes are lost; they never left, as the browser says. */
  | "refuse"
  | "lie"
  | "drop"
  | "unsent"
  /** Long after: the payee takes what it has held back; the wallet finds out; hears a receipt; hears a credit note. */
  | "late"
  | "reconcile"
  | "receipt"
  | "credit"
  /** The background dies. */
  | "die";

export interface Step {
  readonly kind: StepKind;
  /** Which payment, in the order of their reservation. */
  readonly of: number;
}

/** Another attempt is one too many to tell anything new. */
const ATTEMPTS = 2;

/** The payment after one event, with debit and room as the machine's row says. Throws if the machine has no such row. */
function after(world: World, of: number, event: PaymentEvent, proof?: number): World {
  const payment = world.payments[of];
  if (!payment) throw new RangeError("there is no such payment");
  const { kind, state, attempts, charged } = payment;
  const rule = transition(state, event, {
    amount: BigInt(PRICE),
    attempts,
    fromChannel: kind === "channel",
    charged: charged === undefined ? undefined : BigInt(charged),
    attempt: attempts + 1,
    proof: proof === undefined ? undefined : BigInt(proof),
  });
  const receipt = rule.room === "as_receipt" && kind === "channel";
  const known = rule.debit === "return" ? 0 : (proof ?? charged);
  const debited = rule.debit === "return" ? 0 : rule.debit === "as_receipt" && receipt ? (proof ?? 0) : payment.debited;
  const inGross = rule.room === "free" ? false : receipt ? true : payment.inGross;
  const { channel } = world;
  const room = (Number(inGross) - Number(payment.inGross)) * PRICE;
  const released = receipt ? (payment.receipt ? (charged ?? 0) : PRICE) - (proof ?? 0) : 0;
  return {
    ...world,
    spent: world.spent - (payment.debited - debited),
    channel: {
      ...channel,
      gross: channel.gross + room,
      released: channel.released + released,
      credited: receipt ? Math.max(channel.credited, payment.told) : channel.credited,
      untrusted: channel.untrusted || event === "cheat",
    },
    payments: world.payments.with(of, {
      ...payment,
      state: rule.to,
      charged: known,
      debited,
      inGross,
      receipt: payment.receipt || receipt,
      attempts: event === "send" ? attempts + 1 : attempts,
    }),
  };
}

function change(world: World, of: number, patch: Partial<ModelPayment>): World {
  const payment = world.payments[of];
  return payment ? { ...world, payments: world.payments.with(of, { ...payment, ...patch }) } : world;
}

/** What the wallet makes of the end of a request that brought no proof; undefined: it leaves the journal as it is. */
export function eventWithoutProof(kind: StepKind, { state, attempts, flight }: ModelPayment): PaymentEvent | undefined {
  if (!flight) return undefined;
  if (kind === "lie") return "cheat";
  if (kind === "unsent" && state === "sent" && attempts === 1) return "recall";
  return state === "sent" || (state === "unknown" && kind === "refuse") ? "lose" : undefined;
}

/** What the wallet makes of a proof; undefined where it holds that one already. */
export function eventOfProof({ state, cost, charged }: ModelPayment): PaymentEvent | undefined {
  if (charged !== undefined) return undefined;
  if (state === "reconciled") return "reconcile";
  return cost === 0 ? "refuse" : "deliver";
}

/** What a reconciliation does to a payment that nobody waits for, event by event. */
export function eventsOfReconciling({ kind, state, cost, wire }: ModelPayment): readonly PaymentEvent[] {
  if (state === "reserved") return ["release"];
  if (state !== "sent" && state !== "unknown") return [];
  if (kind === "channel") {
    if (cost !== undefined) return [cost === 0 ? "refuse" : "deliver"];
    // Longer than any request lives.
    return wire ? [] : ["abandon"];
  }
  const lost: PaymentEvent[] = state === "sent" ? ["lose"] : [];
  if (cost !== undefined) return state === "sent" ? ["deliver"] : ["reconcile"];
  return wire ? [] : [...lost, "expire"];
}

/** Whether the payee may book this payment by the rules of the protocol. */
function bookable({ books }: World, { kind, signed, expired }: ModelPayment): boolean {
  if (kind === "direct") return !expired;
  const reach = Math.max(books.highest, signed.authorized);
  return signed.credited <= books.credited && reach - books.credited >= books.net + PRICE;
}

function booked(world: World, of: number, cost: number, proof: boolean): World {
  const payment = world.payments[of];
  if (!payment) return world;
  const { books } = world;
  const credited = books.credited + PRICE - cost;
  const next =
    payment.kind === "direct"
      ? books
      : { highest: Math.max(books.highest, payment.signed.authorized), credited, net: books.net + cost };
  const told = payment.kind === "direct" ? 0 : credited;
  return change({ ...world, books: next }, of, { wire: false, seen: true, cost, told, proof });
}

function reserved(world: World, kind: Kind): World {
  const { channel } = world;
  const from = kind === "channel";
  const rule = transition("planned", "reserve", { amount: BigInt(PRICE), attempts: 0, fromChannel: from });
  const gross = from ? channel.gross + PRICE : channel.gross;
  const authorized = from ? Math.max(channel.authorized, gross) : channel.authorized;
  const nonce = from ? channel.nonce + 1 : channel.nonce;
  const payment: ModelPayment = {
    kind,
    state: rule.to,
    attempts: 0,
    charged: undefined,
    debited: PRICE,
    inGross: from,
    receipt: false,
    nonce: from ? nonce : 0,
    signed: from ? { authorized, credited: channel.credited } : { authorized: 0, credited: 0 },
    flight: true,
    wire: false,
    proof: false,
    seen: false,
    cost: undefined,
    told: 0,
    expired: false,
  };
  return {
    ...world,
    spent: world.spent + PRICE,
    channel: { ...channel, nonce, gross, authorized },
    payments: [...world.payments, payment],
  };
}

const afterDeath = (world: World): World => ({
  ...world,
  payments: world.payments.map((one) => ({ ...one, flight: false, proof: false })),
});

/** The world after one step, or undefined where the step cannot happen now. */
export function take(world: World, { kind, of }: Step, { kinds, cap }: Wishes): World | undefined {
  if (kind === "reserve") {
    const next = kinds[world.payments.length];
    if (of !== world.payments.length || next === undefined) return undefined;
    return world.spent + PRICE > cap || world.channel.untrusted ? undefined : reserved(world, next);
  }
  if (kind === "die") {
    return of === 0 && world.payments.some(({ flight }) => flight) ? afterDeath(world) : undefined;
  }
  const payment = world.payments[of];
  if (!payment) return undefined;
  const { state, flight, wire, proof, seen, cost, charged, attempts, expired } = payment;
  const channel = payment.kind === "channel";
  switch (kind) {
    case "send":
    case "send_and_die": {
      const begins = state === "reserved";
      const again = !flight && !wire && (state === "sent" || state === "unknown") && attempts < ATTEMPTS && !expired;
      if (!begins && !again) return undefined;
      const marked = after(world, of, "send");
      return kind === "send" ? change(marked, of, { flight: true, wire: true }) : afterDeath(marked);
    }
    case "serve":
    case "serve_free": {
      if (!wire) return undefined;
      // The same bytes again: the same answer.
      if (cost !== undefined) return kind === "serve" ? change(world, of, { wire: false, proof: flight }) : undefined;
      if (!bookable(world, payment) || (kind === "serve_free" && !channel)) return undefined;
      return booked(world, of, kind === "serve" ? PRICE : 0, flight);
    }
    case "hear": {
      if (!proof) return undefined;
      const event = eventOfProof(payment);
      return change(event ? after(world, of, event, cost) : world, of, { flight: false, proof: false });
    }
    case "miss":
    case "refuse":
    case "lie":
    case "drop":
    case "unsent": {
      if (kind === "miss" ? !proof : !wire) return undefined;
      if ((kind === "lie" && !(channel && flight)) || (kind === "unsent" && !flight)) return undefined;
      const event = eventWithoutProof(kind, payment);
      return change(event ? after(world, of, event) : world, of, {
        wire: false,
        proof: false,
        flight: false,
        seen: seen || kind === "refuse" || kind === "lie",
      });
    }
    case "late":
      return seen && !wire && cost === undefined && bookable(world, payment)
        ? booked(world, of, PRICE, false)
        : undefined;
    case "reconcile": {
      if (flight) return undefined;
      const events = eventsOfReconciling(payment);
      if (events.length === 0) return undefined;
      let next = world;
      for (const event of events) next = after(next, of, event, cost);
      return events.includes("expire") ? change(next, of, { expired: true }) : next;
    }
    case "receipt":
      return channel && state === "reconciled" && charged === undefined && cost !== undefined
        ? after(world, of, "reconcile", cost)
        : undefined;
    case "credit": {
      const known = state === "delivered" || state === "reconciled";
      if (!channel || !known || charged !== PRICE || cost !== PRICE) return undefined;
      const { books } = world;
      const lower = { ...books, credited: books.credited + 1, net: books.net - 1 };
      return after(change({ ...world, books: lower }, of, { cost: 1, told: lower.credited }), of, "credit", 1);
    }
  }
}

export const STEP_KINDS = [
  "reserve",
  "send",
  "send_and_die",
  "serve",
  "serve_free",
  "hear",
  "miss",
  "refuse",
  "lie",
  "drop",
  "unsent",
  "late",
  "reconcile",
  "receipt",
  "credit",
  "die",
] as const satisfies readonly StepKind[];

/** Every step that can happen now, and the world after it. */
export function steps(world: World, wishes: Wishes): { readonly step: Step; readonly to: World }[] {
  const found: { step: Step; to: World }[] = [];
  for (const kind of STEP_KINDS) {
    for (let of = 0; of <= world.payments.length; of++) {
      const step = { kind, of };
      const to = take(world, step, wishes);
      if (to) found.push({ step, to });
    }
  }
  return found;
}
