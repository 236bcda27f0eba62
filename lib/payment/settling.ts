/** What every way of settling a payment needs: what its receipt is weighed against, and whom its end wakes. */
import type { ChannelRecord, PaymentRecord } from "#ledger";
import type { SettleContext } from "#schemes";
import type { PaymentContext } from "./context.ts";

/** What the ledger knows that a receipt is weighed against. */
export function settleContextOf(payment: PaymentRecord, channel: ChannelRecord | undefined): SettleContext {
  const own = payment.receipt ? payment.amount - payment.receipt.charged : 0n;
  return {
    credited: channel?.credited ?? 0n,
    uncharged: (channel?.released ?? 0n) - own,
    held: payment.receipt,
  };
}

/** Wakes requests that wait for this payment's payee. */
export function wake(context: PaymentContext, payment: PaymentRecord, count = 2): void {
  const { payeeOrigin, scheme, network, asset, payTo } = payment;
  context.turns.wake([payeeOrigin, scheme, network, asset, payTo].join(" "), count);
}
