/** What there is in the world of the model (`model.ts`): the wallet's disk and memory, the payee, what is on its way. */
import { isOpen, type PaymentState } from "../machine.ts";

/** Atomic units: what every payment costs. */
export const PRICE = 2;

/** From a channel, or a transfer of its own that the chain can show as taken or expired. */
export type Kind = "channel" | "direct";

/** What is asked for, in this order, under a budget of `cap`. */
export interface Wishes {
  readonly kinds: readonly Kind[];
  readonly cap: number;
}

export interface ModelPayment {
  readonly kind: Kind;
  /** On the wallet's disk. */
  readonly state: PaymentState;
  readonly attempts: number;
  readonly charged: number | undefined;
  readonly debited: number;
  readonly inGross: boolean;
  readonly receipt: boolean;
  readonly nonce: number;
  readonly signed: { readonly authorized: number; readonly credited: number };
  /** In the background's memory: it waits for the end of this payment. */
  readonly flight: boolean;
  /** In the world: bytes on their way, a proof on its way back, whether the payee has the bytes, what it took. */
  readonly wire: boolean;
  readonly proof: boolean;
  readonly seen: boolean;
  readonly cost: number | undefined;
  /** `credited` in the receipt that the payee gives for it. */
  readonly told: number;
  readonly expired: boolean;
}

export interface ModelChannel {
  readonly nonce: number;
  readonly authorized: number;
  readonly gross: number;
  readonly credited: number;
  readonly released: number;
  readonly untrusted: boolean;
}

export interface World {
  readonly payments: readonly ModelPayment[];
  readonly channel: ModelChannel;
  /** The payee's books of the channel (protocol section 3). */
  readonly books: { readonly highest: number; readonly credited: number; readonly net: number };
  readonly spent: number;
}

export const BEGINNING: World = {
  payments: [],
  channel: { nonce: 0, authorized: 0, gross: 0, credited: 0, released: 0, untrusted: false },
  books: { highest: 0, credited: 0, net: 0 },
  spent: 0,
};

/**
 * One text for all worlds in which the same things can happen: the order of the payments does not matter any more, nor
 * how a payment came to an end that nothing can change.
 */
export function canonical({ payments, channel, books }: World): string {
  const parts = payments.map((one) => {
    const { state, charged, debited, inGross, receipt, cost } = one;
    const kept = `${charged ?? "-"}${debited}${Number(inGross)}${Number(receipt)}`;
    if (!isOpen(state) && !one.flight && !one.wire && (charged !== undefined || !one.seen)) {
      return `${one.kind} ${charged === PRICE && cost === PRICE ? "may be credited" : "over"} ${kept}`;
    }
    const { authorized, credited } = one.signed;
    const flags = `${Number(one.flight)}${Number(one.wire)}${Number(one.proof)}${Number(one.seen)}${Number(one.expired)}`;
    const signed = `${authorized} ${credited} ${one.told}`;
    return `${one.kind} ${state} ${one.attempts} ${kept} ${flags} ${cost ?? "-"} ${signed}`;
  });
  const { authorized, credited, released, untrusted } = channel;
  const sums = `${authorized} ${credited} ${released} ${untrusted}`;
  return `${parts.sort().join("|")}|${sums}|${books.highest} ${books.credited} ${books.net}`;
}
