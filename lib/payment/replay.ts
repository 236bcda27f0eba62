/** What comes back for a paid request: the answer is weighed and journalled, waiting requests are woken. */
import { plainText } from "@tollpass/protocol";
import { acknowledge, depositAccepted, refreshChannels } from "#channels";
import type { Replayed } from "#intercept";
import type { PaymentRecord } from "#ledger";
import { decodePlan, type Outcome, settlePayment } from "#schemes";
import type { PaymentContext } from "./context.ts";
import { reconcilePayment } from "./reconcile.ts";
import { unlessForgotten, wake, weighing } from "./settling.ts";

/** Quiet time after the last body before an acknowledgement is sent, in milliseconds (the protocol allows 5 s). */
const ACK_AFTER = 1_000;
/** Until a payment with an unknown end is asked after, in milliseconds. */
const RECONCILE_AFTER = 1_500;

/** What Firefox and Chrome say when the page or the reader broke a request off. */
const ABORTED: ReadonlySet<string> = new Set(["NS_BINDING_ABORTED", "net::ERR_ABORTED"]);

/** Journals one event of a payment, after the earlier events of the same payment. */
export function replayed(context: PaymentContext, paymentId: string, event: Replayed): void {
  if (event.kind === "ended") context.endings.set(paymentId, undefined);
  context.sequence
    .run(paymentId, () => journal(context, paymentId, event))
    .catch((error) => context.ports.report("An answer could not be journalled", error));
}

async function journal(context: PaymentContext, paymentId: string, event: Replayed): Promise<void> {
  const { ledger } = context.ports;
  switch (event.kind) {
    case "sent":
      // Written before the header was handed out: that the bytes may have left must be on disk first.
      return;
    case "answered":
      return answered(context, paymentId, event);
    case "ended": {
      const ending = context.endings.get(paymentId) ?? ledger.bodyEnded(paymentId);
      context.endings.delete(paymentId);
      const payment = await over(context, paymentId, ending);
      // A metered answer has its receipt ready once its body has ended.
      if (payment.state === "unknown" && payment.httpStatus !== 402) reconcileLater(context, paymentId, 0);
      // What a server says that it took is soon on chain.
      if (payment.state === "delivered" && payment.channelId === undefined) {
        reconcileLater(context, paymentId, RECONCILE_AFTER);
      }
      acknowledgeLater(context, payment);
      return wake(context, payment);
    }
    case "lost": {
      const payment = await over(context, paymentId, lost(context, paymentId, event));
      if (payment?.state === "unknown") reconcileLater(context, paymentId, RECONCILE_AFTER);
      if (payment) acknowledgeLater(context, payment);
      return payment && wake(context, payment);
    }
  }
}

/** Nobody else settles a payment under way or carries its deposit, so it counts as such until its end is journalled. */
function over<T>(context: PaymentContext, paymentId: string, journalled: Promise<T>): Promise<T> {
  return journalled.finally(() => context.inFlight.delete(paymentId));
}

async function answered(
  context: PaymentContext,
  paymentId: string,
  answer: Extract<Replayed, { kind: "answered" }>,
): Promise<void> {
  const weighed = await weighing(context, paymentId);
  if (!weighed || typeof weighed.payment.plan !== "string") return;
  const { payment, held } = weighed;
  const plan = decodePlan(weighed.payment.plan);
  const outcome = await unlessForgotten(context, payment, await settlePayment(plan, answer, held));
  const settled = await applyOutcome(context, payment, outcome, answer.status);
  const accepted = outcome.kind === "delivered" || outcome.kind === "not_charged";
  if (plan.scheme === "state-channel" && plan.deposit && accepted) {
    await depositAccepted(context.ports, plan.state.channelId, plan.deposit.salt);
    context.ports.later(0, () => {
      refreshChannels(context.ports, [plan.state.channelId]).catch((error) =>
        context.ports.report("A deposit could not be looked up", error),
      );
    });
    await wake(context, settled, 8);
  } else if (outcome.kind !== "delivered" || payment.channelId === undefined) {
    // What was delivered makes room in its channel for others when its body has ended.
    await wake(context, settled);
  }
}

/** Journals an outcome and tells the person what did not go as it should. */
async function applyOutcome(
  context: PaymentContext,
  payment: PaymentRecord,
  outcome: Outcome,
  status: number | undefined,
): Promise<PaymentRecord> {
  const { ledger } = context.ports;
  switch (outcome.kind) {
    case "delivered":
    case "not_charged":
      if (payment.channelId) context.proofWanted.delete(payment.channelId);
      return settleWithBody(context, payment.id, outcome, status);
    case "cheated":
      await note(context, payment, outcome.reason);
      return ledger.settle(payment.id, outcome, status);
    case "unknown": {
      const refusal = plainText(outcome.refusal ?? "", 64);
      if (refusal === "receipt_required" && payment.channelId) context.proofWanted.add(payment.channelId);
      if (outcome.reason === "refused_402") await note(context, payment, refusedAs(refusal));
      if (payment.state !== "sent" && payment.state !== "unknown") return payment;
      reconcileLater(context, payment.id, RECONCILE_AFTER);
      return ledger.settle(payment.id, { kind: "unknown", reason: refusal || outcome.reason }, status);
    }
  }
}

/**
 * Journals what an answer proves, and the end of its body if that has come meanwhile: asked for in one turn, they share a
 * commit, and the next payment waits for one instead of two.
 */
function settleWithBody(
  context: PaymentContext,
  paymentId: string,
  outcome: Extract<Outcome, { kind: "delivered" | "not_charged" }>,
  status: number | undefined,
): Promise<PaymentRecord> {
  const { ledger } = context.ports;
  const settled = ledger.settle(paymentId, outcome, status);
  if (context.endings.has(paymentId)) {
    const ending = ledger.bodyEnded(paymentId);
    // Whoever journals the end hears of a failure.
    ending.catch(() => undefined);
    context.endings.set(paymentId, ending);
  }
  return settled;
}

function reconcileLater(context: PaymentContext, paymentId: string, milliseconds: number): void {
  context.ports.later(milliseconds, () => {
    reconcilePayment(context, paymentId).catch((error) =>
      context.ports.report("A payment could not be reconciled", error),
    );
  });
}

/** Refusals that the screens have words of their own for. */
function refusedAs(refusal: string): string {
  return refusal === "relay_unavailable" || refusal === "deposit_refused" ? refusal : "refused_again";
}

async function lost(
  context: PaymentContext,
  paymentId: string,
  event: Extract<Replayed, { kind: "lost" }>,
): Promise<PaymentRecord | undefined> {
  const { ledger } = context.ports;
  const payment = await ledger.getPayment(paymentId);
  const broken = payment?.state === "delivered" && !payment.bodyEnded && payment.channelId === undefined;
  // Stop, leaving and seeking are the reader's own doing, and a part of a file is asked for in many parts.
  if (broken) return ledger.bodyLost(paymentId, !ABORTED.has(event.reason) && payment.httpStatus !== 206);
  if (payment?.state !== "sent") return payment;
  if (!event.sent && payment.attempts === 1) {
    return ledger.settle(paymentId, { kind: "recalled", reason: plainText(event.reason, 64) });
  }
  return ledger.settle(paymentId, { kind: "unknown", reason: "lost_answer" });
}

/** Once for all that ends within the quiet time; while something is in flight its own end sees to it. */
function acknowledgeLater(context: PaymentContext, payment: PaymentRecord): void {
  const { channelId } = payment;
  if (!channelId || context.acknowledging.has(channelId)) return;
  context.acknowledging.add(channelId);
  context.ports.later(ACK_AFTER, () => {
    context.acknowledging.delete(channelId);
    if ([...context.inFlight.values()].some((payment) => payment.channelId === channelId)) return;
    acknowledge(context.ports, channelId).catch((error) =>
      context.ports.report("An acknowledgement could not be sent", error),
    );
  });
}

async function note(context: PaymentContext, payment: PaymentRecord, reason: string): Promise<void> {
  if (payment.incognito || payment.url === null) return;
  const { site, url, network, asset, amount } = payment;
  await context.notices.put(site, {
    at: context.ports.now(),
    url,
    reason,
    network,
    asset,
    amount: amount.toString(),
  });
}
