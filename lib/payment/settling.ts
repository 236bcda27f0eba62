/** What every way of settling a payment needs: what its receipt is weighed against, and whom its end wakes. */
import { believeUsedNonce, weighLast } from "#channels";
import { type ChannelRecord, type PaymentRecord, resourceOf } from "#ledger";
import type { Outcome, SettleContext } from "#schemes";
import type { PaymentContext } from "./context.ts";

/** A payment as the journal has it now, and what it knows that a receipt is weighed against. */
export interface Weighing {
  readonly payment: PaymentRecord;
  readonly held: SettleContext;
}

/**
 * Read right before a receipt is weighed: another look at the same payment may have journalled it meanwhile. Payment and
 * channel are of one moment, so that nothing is counted twice; the ledger adds up once more.
 */
export async function weighing({ ports }: PaymentContext, paymentId: string): Promise<Weighing | undefined> {
  const found = await ports.ledger.paymentAndChannel(paymentId);
  if (!found) return undefined;
  const { payment, channel } = found;
  return { payment, held: settleContextOf(payment, channel) };
}

function settleContextOf(payment: PaymentRecord, channel: ChannelRecord | undefined): SettleContext {
  const own = payment.receipt ? payment.amount - payment.receipt.charged : 0n;
  return {
    credited: channel?.credited ?? 0n,
    uncharged: (channel?.released ?? 0n) - own,
    held: payment.receipt,
    resent: payment.attempts > 1 || payment.receipt !== undefined,
  };
}

/**
 * The same outcome, after what it shows of this wallet's own forgetting was weighed: then the channel is out of date,
 * and it is no lie that its server knows more. A used nonce that nothing explains, told a second time, is one.
 */
export async function unlessForgotten(
  { ports }: PaymentContext,
  { channelId }: PaymentRecord,
  outcome: Outcome,
): Promise<Outcome> {
  if (outcome.kind !== "unknown" || channelId === undefined) return outcome;
  const shown = outcome.last !== undefined && (await weighLast(ports, channelId, outcome.last));
  if (outcome.reason !== "nonce_used" || shown || (await believeUsedNonce(ports, channelId))) return outcome;
  return { kind: "cheated", reason: "receipt_of_other_request" };
}

/** Wakes requests that wait for this payment's payee, or for the end of this very payment. */
export async function wake(context: PaymentContext, payment: PaymentRecord, count = 2): Promise<void> {
  const { channelId, scheme, network, asset, payTo } = payment;
  if (channelId === undefined) context.turns.wake(resourceOf(payment), Number.POSITIVE_INFINITY);
  // Only payments from a channel are waited for by others. A private one does not say whom it paid, but its channel does.
  const origin =
    payment.payeeOrigin || (channelId && (await context.ports.ledger.getChannel(channelId))?.key.payeeOrigin);
  if (origin) context.turns.wake([origin, scheme, network, asset, payTo].join(" "), count);
}
