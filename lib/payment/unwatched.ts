/**
 * Payments whose answer nobody watches any more: the background that sent them died, or their connection broke. Their
 * receipts are asked for, and make room for requests that wait; a page that asks again still gets the same bytes.
 */
import type { ChannelKey, PaymentRecord } from "#ledger";
import { TAIL_REQUESTS } from "#schemes";
import type { PaymentContext } from "./context.ts";
import { reconcilePayment } from "./reconcile.ts";

/** Between two questions for one receipt while requests wait, in milliseconds. */
const ASK_AGAIN_AFTER = 3_000;

/**
 * Counts the oldest unwatched payment of the channel as earned, if it has a receipt: its payee has signed what it took,
 * so it is no longer what the tail cap is about. Returns whether there was one; then there may be room now. Where there
 * is none, receipts that are not known yet are asked for, and what comes of it wakes those that wait.
 */
export async function makeRoom(context: PaymentContext, key: ChannelKey | undefined): Promise<boolean> {
  const { ledger } = context.ports;
  const channel = key && (await ledger.getChannelFor(key));
  if (!channel || isFull(context, channel.id)) return false;
  const isUnwatched = ({ id, channelId }: PaymentRecord) => channelId === channel.id && !context.inFlight.has(id);
  const [oldest] = (await ledger.awaitingBody())
    .filter((payment) => isUnwatched(payment) && payment.bodyPresumed === undefined)
    .sort((a, b) => a.seq - b.seq);
  if (oldest) {
    await ledger.bodyPresumed(oldest.id);
    return true;
  }
  for (const payment of (await ledger.unsettled()).filter(isUnwatched)) {
    if (payment.state !== "reserved") askAfter(context, payment.id);
  }
  return false;
}

/** So many under way explain by themselves why there is no room, and hundreds that wait need not look further. */
function isFull({ inFlight }: PaymentContext, channelId: string): boolean {
  return BigInt([...inFlight.values()].filter((flight) => flight.channelId === channelId).length) >= TAIL_REQUESTS;
}

function askAfter(context: PaymentContext, paymentId: string): void {
  if (context.askedAfter.has(paymentId)) return;
  context.askedAfter.add(paymentId);
  context.ports.later(ASK_AGAIN_AFTER, () => context.askedAfter.delete(paymentId));
  reconcilePayment(context, paymentId).catch((error) =>
    context.ports.report("A payment could not be reconciled", error),
  );
}
