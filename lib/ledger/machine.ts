/**
 * The life of a payment as data, one table for every scheme: states, events, guards, and what each event does to the
 * debit and to the room in the channel. The ledger changes no payment but by a row of it; what is not in it cannot
 * happen, and `model.test.ts` explores all that can. `planned` is the payment before its one strict commit; it is
 * never stored.
 */
import { LedgerError } from "./errors.ts";

export const STATES = ["planned", "reserved", "sent", "delivered", "refused", "unknown", "reconciled"] as const;
export type PaymentState = (typeof STATES)[number];

export const EVENTS = [
  /** Budget debited, nonce and totals taken, everything for the exact bytes written. */
  "reserve",
  /** It was never marked as sent, so nothing signed ever left the browser. */
  "release",
  /** It was marked as sent, and nothing of its one attempt left: the browser says so, or it could not be signed. */
  "recall",
  /** Bytes are about to leave (attempt n); also a resend with identical bytes. */
  "send",
  /** The answer proves what was charged. */
  "deliver",
  /** The answer proves that nothing was charged. */
  "refuse",
  /** Money may or may not have moved: no answer, a 402, an answer without proof. */
  "lose",
  /** The payee broke the protocol: nothing more is signed for it. */
  "cheat",
  /** Nobody will send it again: its room in the channel is used by later payments. */
  "abandon",
  /** What was unknown is known, from a late receipt or from the chain. */
  "reconcile",
  /** The chain proves that it was not taken and never can be. */
  "expire",
  /** A later receipt for the same payment charges no more (credit note, protocol section 3). */
  "credit",
  /** The body of the answer was received to its end. */
  "end_body",
  /** Nobody watches its body any more: what was charged counts as earned, and the page may still ask for it again. */
  "presume_body",
  /** The answer broke off in its body. */
  "break_body",
  /** The chain has shown what became of what a server said, or never can. */
  "see_chain",
] as const;
export type PaymentEvent = (typeof EVENTS)[number];

/** What guards look at: the payment as it is stored, and what the event says. Amounts in atomic units. */
export interface Facts {
  readonly amount: bigint;
  /** Attempts journalled so far. */
  readonly attempts: number;
  /** Whether a channel pays. */
  readonly fromChannel: boolean;
  /** Whether that channel is one whose totals this wallet does not know (found on chain, or behind an old backup). */
  readonly outOfDate?: boolean | undefined;
  /** What is known to have been charged. */
  readonly charged?: bigint | undefined;
  /** With `send`: the number of the attempt, from 1. */
  readonly attempt?: number | undefined;
  /** With `deliver`, `refuse`, `reconcile` and `credit`: what the proof says was charged. */
  readonly proof?: bigint | undefined;
}

interface Guard {
  readonly holds: (facts: Facts) => boolean;
  /** What is wrong where it does not hold. */
  readonly says: string;
}

export const GUARDS = {
  known_channel: {
    holds: ({ outOfDate }) => outOfDate !== true,
    says: "what was signed in its channel before is not known here",
  },
  first_attempt: {
    holds: ({ attempts }) => attempts <= 1,
    says: "an earlier attempt may have reached the payee",
  },
  next_attempt: {
    holds: ({ attempts, attempt }) => attempt === attempts + 1,
    says: "the attempt does not follow the last one",
  },
  without_channel: {
    holds: ({ fromChannel }) => !fromChannel,
    says: "a signed state of a channel never expires, and the chain does not show it",
  },
  first_proof: { holds: ({ charged }) => charged === undefined, says: "it is known already what was charged" },
  within_price: {
    holds: ({ proof, amount }) => proof !== undefined && proof >= 0n && proof <= amount,
    says: "what was charged is not between nothing and the price",
  },
  no_dearer: {
    holds: ({ charged, proof }) => charged !== undefined && proof !== undefined && proof <= charged,
    says: "a credit note does not charge more",
  },
} as const satisfies Record<string, Guard>;
export type GuardName = keyof typeof GUARDS;

export interface Rule {
  readonly to: PaymentState;
  /** All of them hold, or the event is refused. */
  readonly if: readonly GuardName[];
  /** The debit of the budget: only a receipt, the chain, or that nothing left gives any of it back. */
  readonly debit: "take" | "keep" | "as_receipt" | "return";
  /** The price in the channel's `gross`. `as_receipt`: what a receipt proves is in it, whatever was given up before. */
  readonly room: "take" | "keep" | "as_receipt" | "free";
}

const still = { if: [], debit: "keep", room: "keep" } as const;
const proven = { if: ["first_proof", "within_price"], debit: "as_receipt", room: "as_receipt" } as const;
const credited = { if: ["no_dearer"], debit: "as_receipt", room: "as_receipt" } as const;
const expired = { if: ["first_proof", "without_channel"], debit: "return", room: "keep" } as const;
const given_up = { if: ["first_proof"], debit: "keep", room: "free" } as const;
const unsent = { debit: "return", room: "free" } as const;

export const MACHINE: Readonly<Record<PaymentState, Partial<Readonly<Record<PaymentEvent, Rule>>>>> = {
  planned: { reserve: { to: "reserved", if: ["known_channel"], debit: "take", room: "take" } },
  reserved: {
    release: { to: "refused", if: [], ...unsent },
    send: { to: "sent", ...still, if: ["next_attempt", "known_channel"] },
  },
  sent: {
    recall: { to: "refused", if: ["first_attempt"], ...unsent },
    send: { to: "sent", ...still, if: ["next_attempt", "known_channel"] },
    deliver: { to: "delivered", ...proven },
    refuse: { to: "refused", ...proven },
    lose: { to: "unknown", ...still },
    cheat: { to: "unknown", ...still },
    abandon: { to: "reconciled", ...given_up },
    end_body: { to: "sent", ...still },
  },
  unknown: {
    send: { to: "sent", ...still, if: ["next_attempt", "known_channel"] },
    deliver: { to: "delivered", ...proven },
    refuse: { to: "refused", ...proven },
    lose: { to: "unknown", ...still },
    cheat: { to: "unknown", ...still },
    abandon: { to: "reconciled", ...given_up },
    reconcile: { to: "reconciled", ...proven },
    expire: { to: "reconciled", ...expired },
    end_body: { to: "unknown", ...still },
  },
  delivered: {
    credit: { to: "delivered", ...credited },
    cheat: { to: "delivered", ...still },
    end_body: { to: "delivered", ...still },
    presume_body: { to: "delivered", ...still },
    break_body: { to: "delivered", ...still, if: ["without_channel"] },
    see_chain: { to: "delivered", ...still, if: ["without_channel"] },
  },
  refused: { cheat: { to: "refused", ...still }, end_body: { to: "refused", ...still } },
  reconciled: {
    reconcile: { to: "reconciled", ...proven },
    expire: { to: "reconciled", ...expired },
    credit: { to: "reconciled", ...credited },
    cheat: { to: "reconciled", ...still },
    end_body: { to: "reconciled", ...still },
    presume_body: { to: "reconciled", ...still },
  },
};

/** The row of the table for an event. Throws `illegal_transition` where there is none or a guard does not hold. */
export function transition(state: PaymentState, event: PaymentEvent, facts: Facts): Rule {
  const rule = MACHINE[state][event];
  if (!rule) throw new LedgerError("illegal_transition", `A payment that is ${state} cannot ${event}.`);
  for (const name of rule.if) {
    const { holds, says } = GUARDS[name];
    if (!holds(facts)) {
      throw new LedgerError("illegal_transition", `A payment that is ${state} cannot ${event}: ${says}.`);
    }
  }
  return rule;
}

/**
 * Where a payment may stand still. `passing`: the next reconciliation ends it whatever the world does. `waiting`: for
 * the provider's receipt, the person's password, or the chain. `final`: it never becomes open again.
 */
export const STANDING: Readonly<Record<Exclude<PaymentState, "planned">, "passing" | "waiting" | "final">> = {
  reserved: "passing",
  sent: "waiting",
  unknown: "waiting",
  delivered: "final",
  refused: "final",
  reconciled: "final",
};

/** Whether a payment still waits for its end: a restart has to look at it. */
export const isOpen = (state: PaymentState): boolean => state !== "planned" && STANDING[state] !== "final";
