/**
 * The states of one payment as data: every state, every event, and where it leads. What is not in the table cannot
 * happen. `planned` is the payment before its one strict commit; it is never stored.
 */
import { LedgerError } from "./errors.ts";

export const STATES = ["planned", "reserved", "sent", "delivered", "refused", "unknown", "reconciled"] as const;
export type PaymentState = (typeof STATES)[number];

export const EVENTS = [
  "reserve",
  "release",
  "send",
  "deliver",
  "refuse",
  "lose",
  "abandon",
  "reconcile",
  "credit",
] as const;
export type PaymentEvent = (typeof EVENTS)[number];

/**
 * - `reserve`: budget debited, nonce and totals taken, everything for the exact bytes written.
 * - `release`: nothing signed ever left the browser. Of a payment that was marked as sent only the browser itself can
 *   know that, and only during its first attempt (`settle.ts` holds that).
 * - `send`: bytes are about to leave (attempt n); also a resend with identical bytes.
 * - `deliver`: the answer proves what was charged. `refuse`: it proves that nothing was.
 * - `lose`: money may or may not have moved. `abandon`: nobody will ask again; the room in the channel is reused.
 * - `reconcile`: what was unknown is known, from a late receipt or from the chain.
 * - `credit`: a later receipt for the same payment charges less (credit note, protocol section 3).
 */
export const TRANSITIONS: Readonly<Record<PaymentState, Partial<Readonly<Record<PaymentEvent, PaymentState>>>>> = {
  planned: { reserve: "reserved" },
  reserved: { release: "refused", send: "sent" },
  sent: {
    release: "refused",
    send: "sent",
    deliver: "delivered",
    refuse: "refused",
    lose: "unknown",
    abandon: "reconciled",
  },
  delivered: { credit: "delivered" },
  refused: {},
  unknown: {
    send: "sent",
    lose: "unknown",
    deliver: "delivered",
    refuse: "refused",
    abandon: "reconciled",
    reconcile: "reconciled",
  },
  reconciled: { reconcile: "reconciled", credit: "reconciled" },
};

/** The state after an event. Throws `illegal_transition` where the table has none. */
export function advance(state: PaymentState, event: PaymentEvent): PaymentState {
  const next = TRANSITIONS[state][event];
  if (!next) throw new LedgerError("illegal_transition", `A payment that is ${state} cannot ${event}.`);
  return next;
}

/** Whether a payment still waits for its end: a restart has to look at it. */
export const isOpen = (state: PaymentState): boolean => state === "reserved" || state === "sent" || state === "unknown";
