/** What the wallet's own history says. */

import type { DrivenWallet } from "#demo/wallet.ts";
import type { PaymentView } from "#messages";

/** Every payment in the history, newest first. */
export async function allPayments(wallet: DrivenWallet): Promise<readonly PaymentView[]> {
  const payments: PaymentView[] = [];
  let cursor: string | undefined;
  do {
    const part = await wallet.ask("history.list", { limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    payments.push(...part.payments);
    cursor = part.next;
  } while (cursor !== undefined);
  return payments;
}

export const paymentsOf = (payments: readonly PaymentView[], scheme: string): readonly PaymentView[] =>
  payments.filter((payment) => payment.scheme === scheme);

/** Atomic units that the payments really cost: what was charged, or the price where the server cannot charge less. */
export const sum = (payments: readonly PaymentView[]): bigint =>
  payments.reduce((total, { amount, charged }) => total + BigInt((charged ?? amount).atomic), 0n);
