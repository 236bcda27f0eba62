/**
 * The payee's side of the accounting rules (protocol section 3), pure: what a channel's totals are, whether one more
 * state may be accepted, and what they become when a request is finished or money is given back. Atomic units.
 */
import type { Refusal, State } from "@tollpass/protocol";

/** The totals of one channel. Holds at all times: `authorised − credited >= charged + reserved`. */
export interface Book {
  /** A: the highest `owed + credited` that the payer signed. Never falls. */
  readonly authorised: bigint;
  /** R: all that was authorised and released again. Never falls. */
  readonly credited: bigint;
  /** Ch: what requests cost, less credit notes. What the payee is due. */
  readonly charged: bigint;
  /** All charges ever, credit notes not deducted: the most that the payer can acknowledge. */
  readonly gross: bigint;
  /** Rv: full prices of the requests that are being served. */
  readonly reserved: bigint;
  /** The highest `earned` that the payer signed. */
  readonly acknowledged: bigint;
  /** The highest price ever reserved: the measure of "one request" for the limit of what is unacknowledged. */
  readonly peak: bigint;
  /** The highest nonce accepted. */
  readonly nonce: bigint;
}

/** The book of a channel of which the payee has already taken `settled` on chain (0 for a new one). */
export function openBook(settled: bigint): Book {
  return {
    authorised: 0n,
    credited: 0n,
    charged: settled,
    gross: settled,
    reserved: 0n,
    acknowledged: 0n,
    peak: 0n,
    nonce: 0n,
  };
}

export interface Limits {
  /** Confirmed deposit, less refunds that are signed and neither mined nor expired. */
  readonly deposit: bigint;
  /** Requests' worth that may be delivered, or be being delivered, without an acknowledgement. */
  readonly maxUnacked: bigint;
  /** How far below the highest nonce one may still arrive. */
  readonly window: bigint;
}

export type Verdict =
  | { readonly accepted: true; readonly book: Book }
  | { readonly accepted: false; readonly refusal: Refusal };

const refuse = (refusal: Refusal): Verdict => ({ accepted: false, refusal });

/** The part of `Verdict` that says nothing about room: is this a nonce and are these totals that can be? */
function objection(book: Book, state: State, seen: boolean, limits: Limits): Refusal | undefined {
  if (seen) return "nonce_conflict";
  if (state.nonce + limits.window <= book.nonce) return "nonce_out_of_window";
  if (state.earned > state.owed) return "totals_invalid";
  // More credited or charged than this book knows: it is older than the payer's receipts.
  if (state.credited > book.credited || state.earned > book.gross) return "receipt_required";
  if (state.owed > limits.deposit) return "deposit_unconfirmed";
  return undefined;
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

function withState(book: Book, state: State): Book {
  return {
    ...book,
    authorised: max(book.authorised, state.owed + state.credited),
    acknowledged: max(book.acknowledged, state.earned),
    nonce: max(book.nonce, state.nonce),
  };
}

/**
 * Accepts a state that pays `price` and reserves the price, or says why not. The signature and the offer have been
 * checked before; `seen` says whether this nonce was accepted before.
 */
export function accept(book: Book, state: State, price: bigint, seen: boolean, limits: Limits): Verdict {
  const wrong = objection(book, state, seen, limits);
  if (wrong) return refuse(wrong);
  const next = withState(book, state);
  const peak = max(price, book.peak);
  const reserved = book.reserved + price;
  // What is in flight counts as if it were charged, or many at once would pass before the first is charged. Net of
  // credit notes: what was given back never needs to be acknowledged.
  if (book.charged + reserved - next.acknowledged > limits.maxUnacked * peak) return refuse("ack_required");
  if (next.authorised - book.credited < book.charged + reserved) return refuse("totals_too_low");
  return { accepted: true, book: { ...next, reserved, peak } };
}

/** Accepts a state of price 0 that only acknowledges. */
export function acknowledge(book: Book, state: State, seen: boolean, limits: Limits): Verdict {
  const wrong = objection(book, state, seen, limits);
  return wrong ? refuse(wrong) : { accepted: true, book: withState(book, state) };
}

/** Ends a request that had reserved `price` and cost `cost <= price`: the rest is credited. */
export function finish(book: Book, price: bigint, cost: bigint): Book {
  if (cost < 0n || cost > price || price > book.reserved)
    throw new RangeError("a request costs at most what it reserved");
  return {
    ...book,
    reserved: book.reserved - price,
    charged: book.charged + cost,
    gross: book.gross + cost,
    credited: book.credited + price - cost,
  };
}

/** Gives back `amount` of what was charged. */
export function creditNote(book: Book, amount: bigint): Book {
  if (amount <= 0n || amount > book.charged) throw new RangeError("a credit note is at most what was charged");
  return { ...book, charged: book.charged - amount, credited: book.credited + amount };
}

/**
 * Catches up with the payer's totals after this book was restored from a backup or lost: `credited` comes from a
 * receipt with the payee's own signature on it, `earned` from a state with the payer's. The caller has verified both.
 */
export function adopt(book: Book, proof: { readonly credited: bigint; readonly earned: bigint }): Book {
  const charged = max(book.charged, proof.earned);
  const credited = max(book.credited, proof.credited);
  return {
    ...book,
    credited,
    charged,
    gross: max(book.gross, proof.earned),
    // Keeps the invariant: the payer's next state has to cover what it acknowledged before it buys anything.
    authorised: max(book.authorised, charged + book.reserved + credited),
  };
}

/** The least that a close may leave in the channel for the payer to be refunded from: what is neither due nor promised. */
export function refundable(book: Book, deposit: bigint, settled: bigint): bigint {
  const bound = max(book.authorised - book.credited, settled);
  return deposit > bound ? deposit - bound : 0n;
}
