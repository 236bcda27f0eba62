/** What every way of settling a payment needs: what its receipt is weighed against, and whom its end wakes. */
import { type ChannelRecord, type PaymentRecord, resourceOf } from "#ledger";
import type { SettleContext } from "#schemes";
import type { PaymentContext } from "./context.ts";

/** What the ledger knows that a receipt is weighed against. */
export function settleContextOf(payment: PaymentRecord, channel: ChannelRecord | undefined): SettleContext {
  const own = payment.receipt ? payment.amount - payment.receipt.charged : 0n;
  return {
    credited: channel?.credited ?? 0n,
    uncharged: (channel?.released ?? 0n) - own,
    held: payment.receipt,
    resent: payment.attempts > 1 || payment.receipt !== undefined,
  };
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
