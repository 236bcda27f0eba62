/** One payment's life in the books: reserved, finished, credited, acknowledged. Each step is one atomic change. */
import { type Last, type Receipt, type Refusal, receiptTicket, type State } from "@tollpass/protocol";
import type { Hex } from "viem";
import { accept, acknowledge, adopt, type Book, creditNote, finish, type Verdict } from "./accounting.ts";
import type { AnswerHeaders } from "./capture.ts";
import { isEnding, limitsOf, obstacle } from "./channels.ts";
import type { Context } from "./context.ts";
import type { SignedReceipt } from "./signer.ts";
import type { ChannelRecord, PaymentRecord, SignedState } from "./store.ts";

/** A payment whose signature and offer have been checked. */
export interface Payment {
  readonly state: State;
  readonly signature: Hex;
  /** The payer's latest receipt, if it sent one that this provider has signed. */
  readonly proof: Receipt | undefined;
  /** 0 for an acknowledgement. */
  readonly price: bigint;
  readonly digest: Hex;
  readonly method: string;
  readonly url: string;
  readonly bodyDigest: Hex;
}

export type Outcome =
  | { readonly kind: "accepted"; readonly payment: PaymentRecord }
  /** This nonce was accepted before: for the same request if the digests are equal. */
  | { readonly kind: "seen"; readonly payment: PaymentRecord }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** The states worth keeping: the highest total for a close, the highest acknowledgement for claims. */
function withBestStates(record: ChannelRecord, signed: SignedState): ChannelRecord {
  const total = ({ state }: SignedState) => state.owed + state.credited;
  const { top, best } = record;
  const higher =
    !top || total(signed) > total(top) || (total(signed) === total(top) && signed.state.nonce > top.state.nonce);
  return {
    ...record,
    ...(higher && { top: signed }),
    ...((!best || signed.state.earned > best.state.earned) && { best: signed }),
  };
}

function caughtUp(book: Book, { state, proof }: Payment): Book {
  const behind = state.credited > book.credited || state.earned > book.gross;
  return behind && proof ? adopt(book, { credited: proof.credited, earned: state.earned }) : book;
}

/** Takes a payment into the books, or says why not. A price of 0 acknowledges, also while the payer is leaving. */
export function reserve(context: Context, payment: Payment): Promise<Outcome> {
  const { state, signature, price } = payment;
  return context.store.update<Outcome>({ channelId: state.channelId, nonce: state.nonce }, (entry) => {
    const { channel: record, payment: known } = entry;
    if (!record) return { result: { kind: "refused", refusal: "channel_unknown" } };
    if (known) return { result: { kind: "seen", payment: known } };
    const obstructed = obstacle(record);
    if (obstructed && !(price === 0n && obstructed === "channel_exiting")) {
      return { result: { kind: "refused", refusal: obstructed } };
    }
    const limits = limitsOf(context.settings, record);
    const book = caughtUp(record.book, payment);
    const verdict: Verdict =
      price === 0n ? acknowledge(book, state, false, limits) : accept(book, state, price, false, limits);
    if (!verdict.accepted) return { result: { kind: "refused", refusal: verdict.refusal } };
    const now = Date.now();
    const made: PaymentRecord = {
      channelId: state.channelId,
      nonce: state.nonce,
      digest: payment.digest,
      method: payment.method,
      url: payment.url,
      bodyDigest: payment.bodyDigest,
      ticket: receiptTicket(signature),
      price,
      phase: price === 0n ? "ack" : "reserved",
      charged: 0n,
      credited: verdict.book.credited,
      status: 0,
      repeat: "gone",
      headers: [],
      acceptedAt: now,
      finishedAt: 0,
    };
    return {
      channel: withBestStates({ ...record, book: verdict.book }, { state, signature }),
      payment: made,
      result: { kind: "accepted", payment: made },
    };
  });
}

/**
 * Writes down the status that is about to leave with the headers of a flowing answer, so that the receipt is about what
 * the payer saw however the rest of the answer goes, also if this process dies before its end.
 */
export function recordStatus(
  context: Context,
  { channelId, nonce }: Pick<PaymentRecord, "channelId" | "nonce">,
  status: number,
): Promise<void> {
  return context.store.update({ channelId, nonce }, ({ payment }) =>
    payment?.phase === "reserved" ? { payment: { ...payment, status }, result: undefined } : { result: undefined },
  );
}

/** How a request ended: what it cost (at most its price) and what answers it when it comes again. */
export interface Finished {
  readonly cost: bigint;
  /** Of an answer whose headers had not left before; 0 if there was none. */
  readonly status: number;
  readonly repeat: PaymentRecord["repeat"];
  readonly headers: AnswerHeaders;
  readonly body: Uint8Array | undefined;
}

/** Writes the end of a reserved payment, then tells the owner. Resolves when it is written, so that a receipt may leave. */
export async function finishPayment(
  context: Context,
  { channelId, nonce }: Pick<PaymentRecord, "channelId" | "nonce">,
  { cost, ...answer }: Finished,
): Promise<PaymentRecord> {
  const done = await context.store.update({ channelId, nonce }, ({ channel: record, payment }) => {
    if (!record || !payment) throw new Error("a payment that was never reserved cannot be finished");
    if (payment.phase !== "reserved") return { result: payment };
    const book = finish(record.book, payment.price, cost);
    const finished: PaymentRecord = {
      ...payment,
      ...answer,
      // What has left stands.
      status: payment.status === 0 ? answer.status : payment.status,
      phase: "done",
      charged: cost,
      credited: book.credited,
      finishedAt: Date.now(),
    };
    return { channel: { ...record, book, latest: nonce }, payment: finished, result: finished };
  });
  const { method, url, status, charged } = done;
  context.events.emit("payment", { channelId, nonce, charged, method, url, status });
  return done;
}

/**
 * Gives back `amount` of what a finished payment cost, at once and without gas; the receipt that says so reaches the
 * payer with its next answer, or by `GET {receipts}/{channelId}/{nonce}`. Throws a RangeError if that is more than it
 * cost, and an Error once the channel is being closed.
 */
export async function giveCredit(
  context: Context,
  channelId: Hex,
  nonce: bigint,
  amount: bigint,
): Promise<SignedReceipt> {
  const lowered = await context.store.update({ channelId, nonce }, ({ channel: record, payment }) => {
    if (!record || payment?.phase !== "done") throw new RangeError("there is no finished payment of this nonce");
    if (isEnding(record)) {
      throw new Error("the channel is being closed: nothing can be credited any more");
    }
    if (amount <= 0n || amount > payment.charged) throw new RangeError("a credit note is at most what was charged");
    const book = creditNote(record.book, amount);
    const next: PaymentRecord = { ...payment, charged: payment.charged - amount, credited: book.credited };
    return { channel: { ...record, book, latest: nonce }, payment: next, result: next };
  });
  return context.signer.receipt(lowered);
}

/** The latest receipt of a channel, if anything was finished on it. */
export async function latestReceipt(context: Context, record: ChannelRecord): Promise<SignedReceipt | undefined> {
  if (record.latest === undefined) return undefined;
  const payment = await context.store.payment(record.id, record.latest);
  return payment && context.signer.receipt(payment);
}

/** What a payer that lost its own state needs to go on: its highest state and the latest receipt. */
export async function lastOf(context: Context, channelId: Hex): Promise<Last | undefined> {
  const record = await context.store.channel(channelId);
  if (!record?.top) return undefined;
  const { state, signature } = record.top;
  return { state, stateSignature: signature, ...(await latestReceipt(context, record)) };
}
