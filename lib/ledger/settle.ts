/**
 * What became of a payment after its reservation: sent, answered, lost, known later. Only a verified receipt or the
 * chain gives a debit back, never a failure by itself.
 */
import { credit, creditDay, microDollars } from "#budget";
import { isOutOfDate } from "./channelStep.ts";
import type { Database } from "./database.ts";
import { LedgerError } from "./errors.ts";
import { type Facts, isOpen, type PaymentEvent, transition } from "./machine.ts";
import { EMPTY_WALLET, emptySite } from "./reserve.ts";
import type { ChannelRecord, PaymentRecord, VerifiedReceipt } from "./rows.ts";
import { withCredit } from "./totals.ts";

/** What the answer to a paid request proves. Amounts in atomic units. */
export type SettleOutcome =
  | {
      readonly kind: "delivered";
      readonly charged: bigint;
      /** Verified: signature, nonce and price. It is what gives a difference to the price back to the budget. */
      readonly receipt?: VerifiedReceipt | undefined;
      readonly transaction?: string | undefined;
    }
  | { readonly kind: "not_charged"; readonly receipt: VerifiedReceipt }
  /** Nothing signed ever left the browser: it was never marked as sent. */
  | { readonly kind: "never_sent"; readonly reason: string }
  /** Nor did it where the browser says so of the first attempt that was marked as sent, or where it was never signed. */
  | { readonly kind: "recalled"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string }
  /** The payee broke the protocol: its channel is marked and nothing more is signed for this payee. */
  | { readonly kind: "cheated"; readonly reason: string };

/** How an unknown payment is known after all. */
export type ReconcileOutcome =
  | {
      readonly kind: "delivered";
      readonly charged: bigint;
      readonly receipt?: VerifiedReceipt;
      readonly transaction?: string;
    }
  | { readonly kind: "not_charged"; readonly receipt: VerifiedReceipt }
  /** Proved without a receipt: the chain shows an expired, unused authorization. `proof` says what proved it. */
  | { readonly kind: "expired"; readonly proof: string };

interface Rows {
  payment: PaymentRecord;
  channel: ChannelRecord | undefined;
}

/**
 * Loads a payment and its channel, applies `change`, and stores both with the debit that is given back, if any. `news`:
 * whether something was heard of the payment, so that its page has time to ask again from now on.
 */
function update(
  db: Database,
  paymentId: string,
  change: (rows: Rows, now: number) => Rows,
  { news } = { news: true },
): Promise<PaymentRecord> {
  const now = db.now();
  return db.write(["payments", "grants", "sites", "channels", "wallet"], async () => {
    const before = await db.payments.get(paymentId);
    if (!before) throw new LedgerError("not_found", "There is no such payment.");
    const channel = before.channelId === undefined ? undefined : await db.channels.get(before.channelId);
    const after = change({ payment: before, channel }, now);
    const payment = tidied({ ...after.payment, updatedAt: news ? now : before.updatedAt });
    await Promise.all([
      db.payments.put(payment),
      ...(after.channel && after.channel !== channel ? [db.channels.put(after.channel)] : []),
      ...(payment.debited < before.debited ? [giveBack(db, before, payment)] : []),
    ]);
    return payment;
  });
}

/**
 * Takes one row of the machine: the state that follows, and what the event does to debit and room. What a receipt does
 * to them is `withReceipt`'s. Throws `illegal_transition` where the machine has no such row; then nothing is written.
 */
function step({ payment, channel }: Rows, event: PaymentEvent, said: Pick<Facts, "attempt" | "proof"> = {}): Rows {
  const { amount, attempts, charged, channelId } = payment;
  const rule = transition(payment.state, event, {
    amount,
    attempts,
    charged,
    fromChannel: channelId !== undefined,
    outOfDate: channel && isOutOfDate(channel),
    ...said,
  });
  const moved: PaymentRecord = {
    ...payment,
    state: rule.to,
    ...(rule.debit === "return" ? { charged: 0n, debited: 0n } : {}),
  };
  return rule.room === "free" ? takeOutOfGross({ payment: moved, channel }) : { payment: moved, channel };
}

/** A redacted payment keeps its plan only as long as it may have to be sent again. */
const tidied = (payment: PaymentRecord): PaymentRecord =>
  payment.redacted && !isOpen(payment.state) && payment.plan !== null ? { ...payment, plan: null } : payment;

/** Gives back what a payment turned out not to have taken, to every sum that it was debited from. */
async function giveBack(db: Database, before: PaymentRecord, after: PaymentRecord): Promise<void> {
  const [grant, site = emptySite(before.site), wallet = EMPTY_WALLET] = await Promise.all([
    db.grants.get(before.grantId),
    db.sites.get(before.site),
    db.wallet(),
  ]);
  const { dollarDecimals } = before;
  const amount = before.debited - after.debited;
  const dollars = microDollars(before.debited, dollarDecimals) - microDollars(after.debited, dollarDecimals);
  await Promise.all([
    ...(grant ? [db.grants.put(credit(grant, amount, before.window))] : []),
    db.sites.put({ ...site, totals: withCredit(site.totals, before, after.debited) }),
    db.putWallet({
      ...wallet,
      policy: creditDay(wallet.policy, dollars, before.day),
      totals: withCredit(wallet.totals, before, after.debited),
    }),
  ]);
}

/**
 * The signed bytes are about to leave: commit this before the header is handed to anyone. `attempt` counts from 1; a
 * resend with identical bytes is the next attempt. The same attempt again changes nothing.
 */
export function markSent(db: Database, paymentId: string, attempt: number): Promise<PaymentRecord> {
  return update(db, paymentId, (rows) => {
    if (rows.payment.state === "sent" && rows.payment.attempts === attempt) return rows;
    const { payment, channel } = step(rows, "send", { attempt });
    return { payment: { ...payment, attempts: attempt }, channel };
  });
}

/** Journals the outcome of a payment. The same receipt a second time changes nothing; a lower one is a credit note. */
export function settle(
  db: Database,
  paymentId: string,
  outcome: SettleOutcome,
  httpStatus?: number,
): Promise<PaymentRecord> {
  return update(db, paymentId, ({ payment: before, channel }) => {
    const payment = httpStatus === undefined ? before : { ...before, httpStatus };
    switch (outcome.kind) {
      case "delivered":
      case "not_charged":
        return proven({ payment, channel }, outcome, "answer");
      case "never_sent":
        return released({ payment, channel }, "release", outcome.reason);
      case "recalled":
        return released({ payment, channel }, "recall", outcome.reason);
      case "unknown": {
        const lost = step({ payment, channel }, "lose");
        return { ...lost, payment: { ...lost.payment, reason: outcome.reason } };
      }
      case "cheated":
        return cheated({ payment, channel }, outcome.reason);
    }
  });
}

/** What was unknown is known: from a late receipt (also of an abandoned payment) or from the chain. */
export function reconcile(db: Database, paymentId: string, outcome: ReconcileOutcome): Promise<PaymentRecord> {
  return update(db, paymentId, (rows) => {
    if (outcome.kind !== "expired") return proven(rows, outcome, "late");
    const { payment, channel } = step(rows, "expire");
    return { payment: { ...payment, outcome: "not_charged", reason: outcome.proof }, channel };
  });
}

/**
 * Nobody will send this payment again. Its room in the channel is used by later payments (`gross` falls by its price,
 * `authorized` never falls); the budget keeps the debit, because the payee may still take it.
 */
export function abandon(db: Database, paymentId: string, reason: string): Promise<PaymentRecord> {
  return update(db, paymentId, (rows) => {
    const { payment, channel } = step(rows, "abandon");
    return { payment: { ...payment, outcome: "abandoned", reason }, channel };
  });
}

/** The body of the answer was received to its end: what its receipt charged now counts as earned. */
export function bodyEnded(db: Database, paymentId: string): Promise<PaymentRecord> {
  return update(db, paymentId, (rows) => {
    const { payment, channel } = step(rows, "end_body");
    return counted({ payment: { ...payment, bodyEnded: true }, channel });
  });
}

/**
 * Nobody watches the body any more (its background died, or the connection broke): what its receipt charged counts as
 * earned from now on, while the page that asks again is still served with the same bytes. A payment without a receipt
 * counts for nothing by it.
 */
export function bodyPresumed(db: Database, paymentId: string): Promise<PaymentRecord> {
  const presume = (rows: Rows) => {
    const { payment, channel } = step(rows, "presume_body");
    return counted({ payment: { ...payment, bodyPresumed: true }, channel });
  };
  return update(db, paymentId, presume, { news: false });
}

/**
 * The answer broke off in its body. `missed`: its page had not got what it wanted, so that another payment for the same
 * needs a yes; false where the reader broke it off, or where it was a part of a file that is asked for in many.
 */
export function bodyLost(db: Database, paymentId: string, missed: boolean): Promise<PaymentRecord> {
  return update(db, paymentId, (rows) => {
    const { payment, channel } = step(rows, "break_body");
    return { payment: { ...payment, bodyLost: missed }, channel };
  });
}

/** The chain has shown what became of an authorization, or never can; the debit stays, whatever a server said about it. */
export function seenOnChain(
  db: Database,
  paymentId: string,
  onChain: NonNullable<PaymentRecord["onChain"]>,
): Promise<PaymentRecord> {
  return update(db, paymentId, (rows) => {
    const { payment, channel } = step(rows, "see_chain");
    return { payment: { ...payment, onChain }, channel };
  });
}

function takeOutOfGross({ payment, channel }: Rows): Rows {
  if (!channel || !payment.inGross) return { payment, channel };
  return {
    payment: { ...payment, inGross: false },
    channel: { ...channel, gross: channel.gross - payment.amount },
  };
}

/** Nothing left: the debit is given back, and the request may be tried again under its own id. */
function released(rows: Rows, event: "release" | "recall", reason: string): Rows {
  const { payment, channel } = step(rows, event);
  const unsent = channel?.pendingDeposit?.paymentId === payment.id;
  return {
    payment: {
      ...payment,
      requestId: `${payment.requestId}#${payment.id}`,
      outcome: "never_sent",
      reason,
      plan: null,
    },
    channel: unsent && channel ? { ...channel, pendingDeposit: undefined } : channel,
  };
}

/** The payment stays debited in full, and the channel signs nothing more. */
function cheated(rows: Rows, reason: string): Rows {
  const { payment, channel } = step(rows, "cheat");
  const untrusted = channel?.untrusted ?? reason;
  return { payment: { ...payment, reason }, channel: channel && { ...channel, untrusted } };
}

type Proof = Extract<SettleOutcome, { kind: "delivered" | "not_charged" }>;

function proven({ payment, channel }: Rows, outcome: Proof, when: "answer" | "late"): Rows {
  const charged = outcome.kind === "delivered" ? outcome.charged : 0n;
  const { receipt } = outcome;
  if (charged < 0n) throw new LedgerError("guard", "A payee cannot charge less than nothing.");
  if (charged > payment.amount || (receipt && receipt.charged !== charged)) {
    return cheated({ payment, channel }, "receipt_overcharged");
  }
  if (receipt && receipt.nonce !== payment.nonce) throw new LedgerError("guard", "The receipt is for another nonce.");
  const first = payment.charged === undefined;
  if (!first && payment.charged === charged && (!receipt || payment.receipt)) return { payment, channel };
  if (!first && charged > (payment.charged ?? 0n)) return cheated({ payment, channel }, "receipt_overcharged");

  const moved = step({ payment, channel }, first ? eventOf(payment, outcome, when) : "credit", { proof: charged });
  const settled: PaymentRecord = {
    ...moved.payment,
    outcome: outcome.kind,
    charged,
    debited: receipt && charged < payment.debited ? charged : payment.debited,
    receipt: receipt ?? payment.receipt,
    transaction: (outcome.kind === "delivered" ? outcome.transaction : undefined) ?? payment.transaction,
  };
  return receipt && channel
    ? withReceipt({ payment: settled, channel }, payment, receipt)
    : { payment: settled, channel };
}

function eventOf({ state }: PaymentRecord, { kind }: Proof, when: "answer" | "late"): PaymentEvent {
  // What is learned late is no answer: of a payment that counts as on its way, the machine has no such row.
  if (state === "reconciled" || when === "late") return "reconcile";
  return kind === "delivered" ? "deliver" : "refuse";
}

/** A receipt in the channel's totals; one that leaves less credited than all receipts together promise is a lie. */
function withReceipt(
  { payment, channel }: { payment: PaymentRecord; channel: ChannelRecord },
  before: PaymentRecord,
  receipt: VerifiedReceipt,
): Rows {
  const releasedBefore = before.receipt ? before.amount - before.receipt.charged : 0n;
  const back = payment.inGross ? 0n : payment.amount;
  const credited = receipt.credited > channel.credited ? receipt.credited : channel.credited;
  const acknowledged = max(channel.acknowledged, payment.signed?.earned ?? 0n);
  const latest = channel.latestReceipt;
  const next: ChannelRecord = {
    ...channel,
    gross: channel.gross + back,
    credited,
    released: channel.released + payment.amount - receipt.charged - releasedBefore,
    acknowledged,
    latestReceipt: latest && latest.credited > receipt.credited ? latest : receipt,
  };
  const rows = counted({ payment: { ...payment, inGross: true }, channel: next });
  return next.credited < next.released ? cheated(rows, "receipt_uncredited") : rows;
}

/** Brings the channel's `earned` up to date with one payment. What was signed as earned stays earned. */
function counted({ payment, channel }: Rows): Rows {
  if (!channel || !payment.receipt || !(payment.bodyEnded || payment.bodyPresumed)) return { payment, channel };
  const { charged } = payment.receipt;
  const earned = channel.earned - payment.inEarned + charged;
  const kept = max(earned, charged < payment.inEarned ? channel.signedEarned : earned);
  return {
    payment: { ...payment, inEarned: charged + (kept - earned) },
    channel: { ...channel, earned: kept },
  };
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
