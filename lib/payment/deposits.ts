/** Deposits that a payment waits for: carried once more by a later payment, or sent on chain with own gas. */
import type { Address } from "viem";
import { fundChannel, type OwnDeposit } from "#channels";
import type { ChannelKey } from "#ledger";
import type { PayableOffer } from "#schemes";
import type { PaymentContext } from "./context.ts";
import { channelKeyOf, type PlannedAside } from "./intent.ts";

/** Look at everything again at once. */
export type Again = { readonly kind: "again" };

/**
 * Whether a deposit left with a payment that is no longer under way: then the same authorization may travel again. One
 * whose payment never left goes with that payment when it is released, so nobody else may carry it.
 */
export async function carrierIsGone(context: PaymentContext, key: ChannelKey | undefined): Promise<boolean> {
  const channel = key && (await context.ports.ledger.getChannelFor(key));
  const pending = channel?.pendingDeposit;
  if (!pending || pending.accepted || pending.paymentId === null) return false;
  if (context.inFlight.has(context.carriers.get(pending.salt) ?? pending.paymentId)) return false;
  const first = await context.ports.ledger.getPayment(pending.paymentId);
  return first !== undefined && first.state !== "reserved";
}

/** Sends the deposit on chain with own gas, once for all that wait for it. Throws what the chain says. */
export async function fund(
  context: PaymentContext,
  payable: PayableOffer,
  payer: Address,
  payeeOrigin: string,
  key: string,
  aside: PlannedAside,
): Promise<Again> {
  const { planned } = aside;
  const channelKey = channelKeyOf(payable, payer, payeeOrigin);
  if (planned?.kind !== "fund" || !channelKey || payable.scheme !== "state-channel") return { kind: "again" };
  return sendDeposit(context, key, {
    contract: planned.contract,
    channel: planned.channel,
    amount: planned.amount,
    key: channelKey,
    receiptsUrl: payable.receipts,
    relay: payable.terms.relay,
    salt: context.ports.random(),
  });
}

/** A deposit with own gas that was begun and has not arrived: its sending was interrupted, or the gas was missing. */
export async function ownDeposit(
  context: PaymentContext,
  payable: PayableOffer,
  payer: Address,
  payeeOrigin: string,
): Promise<OwnDeposit | undefined> {
  const key = channelKeyOf(payable, payer, payeeOrigin);
  const record = key && (await context.ports.ledger.getChannelFor(key));
  const pending = record?.pendingDeposit;
  if (!record || pending?.paymentId !== null || payable.scheme !== "state-channel") return undefined;
  const { contract } = payable;
  const { terms: channel, receiptsUrl, relay } = record;
  return { contract, channel, key: record.key, amount: pending.amount, receiptsUrl, relay, salt: pending.salt };
}

export async function sendDeposit(context: PaymentContext, key: string, deposit: OwnDeposit): Promise<Again> {
  const running =
    context.funding.get(key) ?? fundChannel(context.ports, deposit).finally(() => context.funding.delete(key));
  context.funding.set(key, running);
  await running;
  return { kind: "again" };
}
