/**
 * Finds out what became of payments whose answer never arrived: from the receipt that the provider keeps, or from the
 * chain. Runs at every wake of the background and now and then; it signs nothing new and pays nothing.
 */
import { findNetwork } from "@tollpass/protocol";
import { type AuthorizationFate, authorizationFate } from "#chain";
import { acknowledgeAll, fetchReceipt, refreshChannels, sign } from "#channels";
import { type PaymentRecord, RESUMABLE } from "#ledger";
import {
  authorizationOf,
  type ChannelPlan,
  decodePlan,
  type ExactPlan,
  settleFetchedReceipt,
  stateSigning,
} from "#schemes";
import type { PaymentContext } from "./context.ts";
import { unlessForgotten, wake, weighing } from "./settling.ts";

/** Longer than any request lives, in milliseconds: after it the room of a lost payment is used by later ones. */
const GIVE_UP = 12 * 60_000;
/** So many payments of one network are looked up on chain at once. */
const LANES = 4;
/** Later than now by more than this, in milliseconds, is a time that the clock showed when it was wrong. */
const CLOCK_TOLERANCE = 5 * 60_000;
/** What was receipted and nobody saw the end of counts as earned after this time, in milliseconds. */
const PRESUMED_AFTER = 60_000;

/**
 * Reads the channels from the chain and answers closes by payees that take too much. No payee is asked anything, so none
 * can hold it up. One at a time: whoever asks while one runs gets the end of that one. Never rejects.
 */
export function watch(context: PaymentContext): Promise<void> {
  return alone(context, "watch", "The chain could not be read", () => refreshChannels(context.ports));
}

/**
 * Looks at everything that is not settled, at bodies whose end was missed, at acknowledgements and at the chain. The
 * chain waits for no payee, and no channel for another one's payee. What still runs for a channel is not begun again:
 * its end is waited for. Every step is taken whatever becomes of the others, and a failure is reported: a row that cannot
 * be read must not stop the watch over closes. Never rejects.
 */
export async function reconcile(context: PaymentContext): Promise<void> {
  const watched = watch(context);
  // After the chain was read, from the same servers: nobody waits for these, and there may be many.
  await Promise.all([watched, askPayees(context), watched.then(() => lookUpAll(context))]);
}

/** Runs the work, or waits for the work of that name which runs now. A failure is reported. */
function alone(
  { running, ports }: PaymentContext,
  name: string,
  failure: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const run =
    running.get(name) ??
    work()
      .then(
        () => undefined,
        (error: unknown) => ports.report(failure, error),
      )
      .finally(() => running.delete(name));
  running.set(name, run);
  return run;
}

/** In each channel bodies and receipts come before the acknowledgement: while a payment of it is open, none is due. */
async function askPayees(context: PaymentContext): Promise<void> {
  const { ledger, report } = context.ports;
  await alone(context, "bodies", "The payments whose body is open could not be read", () => endBodies(context));
  const open = await ledger.unsettled().catch((error: unknown) => {
    report("The open payments could not be read", error);
    return [];
  });
  const settled = new Map<string, Promise<void>>();
  // One without a channel is looked up on chain.
  for (const [place, payments] of Map.groupBy(open, ({ channelId, network }) => channelId ?? network)) {
    const settle = () => settleOpen(context, payments);
    settled.set(place, alone(context, `settle ${place}`, "A payment could not be reconciled", settle));
  }
  const failure = "What was received could not be acknowledged";
  const acknowledged = acknowledgeAll(context.ports, (id, acknowledge) =>
    alone(context, `acknowledge ${id}`, failure, async () => {
      await settled.get(id);
      await acknowledge();
    }),
  ).catch((error: unknown) => report(failure, error));
  await Promise.all([acknowledged, ...settled.values()]);
}

async function settleOpen(context: PaymentContext, payments: readonly PaymentRecord[]): Promise<void> {
  for (const { id } of payments) {
    if (context.inFlight.has(id)) continue;
    await reconcilePayment(context, id).catch((error) =>
      context.ports.report("A payment could not be reconciled", error),
    );
  }
}

/** Until it is too late to ask for a page again, its payment is kept for that, also once it counts as earned. */
async function endBodies(context: PaymentContext): Promise<void> {
  const { ledger, now } = context.ports;
  for (const payment of await ledger.awaitingBody()) {
    if (context.inFlight.has(payment.id)) continue;
    const age = now() - payment.updatedAt;
    if (age >= RESUMABLE || age < -CLOCK_TOLERANCE) await wake(context, await ledger.bodyEnded(payment.id));
    else if (age >= PRESUMED_AFTER && payment.bodyPresumed === undefined) {
      await wake(context, await ledger.bodyPresumed(payment.id));
    }
  }
}

/** The networks side by side: the servers of one may be silent. */
async function lookUpAll(context: PaymentContext): Promise<void> {
  const { ledger, report } = context.ports;
  const failure = "The payments to look up could not be read";
  const payments = await ledger.awaitingChain().catch((error: unknown) => {
    report(failure, error);
    return [];
  });
  const byNetwork = [...Map.groupBy(payments, ({ network }) => network)];
  await Promise.all(
    byNetwork.map(([network, own]) => alone(context, `look up ${network}`, failure, () => lookUpEach(context, own))),
  );
}

async function lookUpEach(context: PaymentContext, payments: readonly PaymentRecord[]): Promise<void> {
  const queue = payments.values();
  const lane = async () => {
    for (const { id } of queue) {
      await reconcilePayment(context, id).catch((error) =>
        context.ports.report("A payment could not be looked up", error),
      );
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Settles one payment if its end can be known by now. */
export async function reconcilePayment(context: PaymentContext, paymentId: string): Promise<void> {
  const { ledger } = context.ports;
  const payment = await ledger.getPayment(paymentId);
  if (!payment || context.inFlight.has(paymentId)) return;
  if (payment.state === "reserved") {
    // `sent` is written before any byte leaves, so nothing of this one ever did.
    await wake(context, await ledger.settle(paymentId, { kind: "never_sent", reason: "interrupted" }));
    return;
  }
  if (payment.state === "delivered" && payment.channelId === undefined && payment.onChain === undefined) {
    return lookUp(context, payment);
  }
  if ((payment.state !== "sent" && payment.state !== "unknown") || typeof payment.plan !== "string") return;
  const plan = decodePlan(payment.plan);
  const settled =
    plan.scheme === "state-channel"
      ? await reconcileChannelPayment(context, payment.id, plan)
      : await reconcileExact(context, payment, plan);
  if (settled) await wake(context, settled);
}

async function reconcileChannelPayment(
  context: PaymentContext,
  paymentId: string,
  plan: ChannelPlan,
): Promise<PaymentRecord | undefined> {
  const { ledger, vault, fetch, now } = context.ports;
  // The signature that was sent, made again: without it the provider shows nobody the receipt. While the wallet is locked
  // or the provider does not answer, nothing is concluded, however long that takes.
  const receipt = await sign(vault, stateSigning(plan.contract, plan.channel, plan.state))
    .then((signature) => fetchReceipt(fetch, plan.receipts, plan.state, signature))
    .catch(() => "pending" as const);
  if (receipt === "pending") return undefined;
  const weighed = await weighing(context, paymentId);
  if (!weighed) return undefined;
  const { payment, held } = weighed;
  if (receipt !== "unknown") {
    const body = JSON.parse(JSON.stringify(receipt, (_key, value) => (typeof value === "bigint" ? `${value}` : value)));
    // The status counts only if it is that of the answer which the receipt is about: of the one and only attempt, and not
    // of a refusal, which a server in between may have put in the place of another one.
    const { httpStatus = 0 } = payment;
    const status = held.resent || httpStatus >= 400 ? undefined : payment.httpStatus;
    const outcome = await unlessForgotten(context, payment, await settleFetchedReceipt(plan, body, status, held));
    if (outcome.kind !== "unknown") return ledger.settle(payment.id, outcome);
  }
  const age = now() - payment.updatedAt;
  // From now on, then: its bytes may still be under way.
  if (age < -CLOCK_TOLERANCE) return ledger.settle(payment.id, { kind: "unknown", reason: "lost_answer" });
  return age < GIVE_UP ? undefined : ledger.abandon(payment.id, "no_answer");
}

async function reconcileExact(
  context: PaymentContext,
  payment: PaymentRecord,
  plan: ExactPlan,
): Promise<PaymentRecord | undefined> {
  const { ledger } = context.ports;
  const fate = await fateOf(context, plan);
  if (!fate) return undefined;
  // Nobody lived to journal that its answer was lost: what the chain shows of the money says nothing of the page.
  if (payment.state === "sent") await ledger.settle(payment.id, { kind: "unknown", reason: "lost_answer" });
  if (fate.kind === "taken") {
    return ledger.reconcile(payment.id, { kind: "delivered", charged: plan.authorization.value });
  }
  return ledger.reconcile(payment.id, { kind: "expired", proof: `unused at block ${fate.block.number}` });
}

/** Looks up on chain what a server said of an `exact` payment: until then its amount is not free for others. */
async function lookUp(context: PaymentContext, payment: PaymentRecord): Promise<void> {
  const { ledger, now } = context.ports;
  if (typeof payment.plan !== "string") {
    // The authorization was forgotten with the history; no authorization lives for so long.
    if (now() - payment.createdAt > GIVE_UP) await ledger.seenOnChain(payment.id, "unknowable");
    return;
  }
  const plan = decodePlan(payment.plan);
  if (plan.scheme !== "exact" || !findNetwork(context.ports.networks(), plan.network)) {
    await ledger.seenOnChain(payment.id, "unknowable");
    return;
  }
  const fate = await fateOf(context, plan);
  if (fate) await ledger.seenOnChain(payment.id, fate.kind);
}

/** What the chain proves of an authorization: taken, or unused and out of time. Undefined while it may still be used. */
async function fateOf(context: PaymentContext, plan: ExactPlan): Promise<AuthorizationFate | undefined> {
  const network = findNetwork(context.ports.networks(), plan.network);
  if (!network) return undefined;
  const { token, authorization } = authorizationOf(plan);
  const signed = { ...authorization, token: token.address };
  return authorizationFate(context.ports.chainOf(network), signed, context.ports.now());
}
