/** One try at paying for one request: reserve in the ledger, sign what was reserved, hand out the header. */

import type { Address, Hex } from "viem";
import type { AskReason } from "#budget";
import { sign } from "#channels";
import type { Intercepted } from "#intercept";
import {
  type Given,
  isOutOfDate,
  LedgerError,
  type LedgerRefusal,
  type PaymentRecord,
  type ReserveResult,
  resourceOf,
} from "#ledger";
import {
  decodePlan,
  headerOf,
  type PayableOffer,
  type PaymentHeader,
  type Plan,
  type RefuseReason,
  type RequestFacts,
  signaturesOf,
  TAIL_REQUESTS,
} from "#schemes";
import { VaultError } from "#vault";
import { freeBalance } from "./balance.ts";
import { type PaymentContext, turnKey } from "./context.ts";
import { type Again, carrierIsGone, fund, ownDeposit, sendDeposit } from "./deposits.ts";
import { channelKeyOf, intentOf, type PlannedAside, type Prepared, planInLedger, type Wait } from "./intent.ts";
import { reconcilePayment } from "./reconcile.ts";
import { wake } from "./settling.ts";
import { makeRoom } from "./unwatched.ts";

export type Attempt =
  | { readonly kind: "pay"; readonly paymentId: string; readonly header: PaymentHeader }
  | { readonly kind: "ask"; readonly reason: AskReason; readonly payable: PayableOffer }
  /** A budget allows it; only the password is missing. */
  | { readonly kind: "locked"; readonly payable: PayableOffer }
  /** Another payment of this payee has to come first; `since` counts the wake-ups of `key` before this look. */
  | { readonly kind: "wait"; readonly key: string; readonly since: number; readonly reason: Wait | "paid_before" }
  | Again
  | { readonly kind: "refuse"; readonly reason: LedgerRefusal }
  | {
      readonly kind: "unpayable";
      readonly reason: RefuseReason;
      readonly payable: PayableOffer;
      readonly need?: bigint | undefined;
      readonly have?: bigint | undefined;
    }
  /** This request had its payment already and cannot be paid again. `unclear`: it is not known what became of it. */
  | { readonly kind: "over"; readonly unclear?: boolean };

/** Who would pay, as it was looked up for this try. */
export interface Standing {
  readonly payer: Address;
  /** The signature has the last word. */
  readonly unlocked: boolean;
  /** What the choice of the payer, and of paying anew, rests on: the ledger has the last word. */
  readonly given: Given;
}

/** Tries the offers in their order: the first that may be paid is paid, else the person hears about the best one. */
export async function attemptOffers(
  context: PaymentContext,
  request: Intercepted,
  offers: readonly PayableOffer[],
  facts: RequestFacts,
  standing: Standing,
): Promise<Attempt> {
  let best: Attempt | undefined;
  for (const payable of offers) {
    const attempt = await attemptOffer(context, request, payable, facts, standing);
    if (attempt.kind !== "ask" && attempt.kind !== "unpayable") return attempt;
    if (!best || (best.kind === "unpayable" && attempt.kind === "ask")) best = attempt;
  }
  return best ?? { kind: "over" };
}

async function attemptOffer(
  context: PaymentContext,
  request: Intercepted,
  payable: PayableOffer,
  facts: RequestFacts,
  { payer, unlocked, given }: Standing,
): Promise<Attempt> {
  const { ledger } = context.ports;
  const intent = intentOf(request, payable, payer, {
    again: context.again.get(request.id),
    underWay: context.inFlight,
    given,
  });
  const aside: PlannedAside = {};
  const key = turnKey(intent.payeeOrigin, payable);
  const since = context.turns.wakes(key);
  const sinceResource = context.turns.wakes(resourceOf(request));
  let prepared: Prepared = {
    payer,
    random: context.ports.random(),
    newChannel: undefined,
    balance: undefined,
    locked: !unlocked,
    retryDeposit: false,
    proofWanted: context.proofWanted,
  };
  let result = await ledger.reserve(intent, planInLedger(payable, facts, prepared, aside));
  if (result.kind === "wait" && result.reason === "preparation") {
    prepared = { ...prepared, ...(await prepare(context, payable, payer, intent.payeeOrigin)) };
    result = await ledger.reserve(intent, planInLedger(payable, facts, prepared, aside));
  }
  if (waitsForDeposit(result) && (await carrierIsGone(context, intent.channel))) {
    prepared = { ...prepared, retryDeposit: true };
    result = await ledger.reserve(intent, planInLedger(payable, facts, prepared, aside));
  }
  if (result.kind === "wait" && result.reason === "tail") {
    const dearest = await dearestUnderWay(context, payable, intent.payeeOrigin);
    if (dearest > payable.offer.amount) {
      prepared = { ...prepared, tailCap: TAIL_REQUESTS * dearest };
      result = await ledger.reserve(intent, planInLedger(payable, facts, prepared, aside));
    }
  }
  while (result.kind === "wait" && result.reason === "tail" && (await makeRoom(context, intent.channel))) {
    result = await ledger.reserve(intent, planInLedger(payable, facts, prepared, aside));
  }
  switch (result.kind) {
    case "reserved":
      // A page that asks for something else under an old number gets nothing of what was begun under it.
      if (!result.fresh && isOfAnother(result.payment, request)) return { kind: "over" };
      if (isWithAnother(context, result.payment, request)) {
        return { kind: "wait", key, since, reason: "paid_before" };
      }
      return emit(context, request, result.payment, payable, result.fresh);
    case "look":
      return { kind: "again" };
    case "ask":
      if (result.reason.code === "paid_before") {
        return paidBefore(context, request, payable, result.reason, sinceResource);
      }
      return { kind: "ask", reason: result.reason, payable };
    case "refuse":
      return { kind: "refuse", reason: result.reason };
    case "unpayable": {
      const refused = aside.planned?.kind === "refuse" ? aside.planned : undefined;
      return { kind: "unpayable", reason: result.reason, payable, need: refused?.need, have: refused?.have };
    }
    case "wait":
      if (result.reason === "locked") return { kind: "locked", payable };
      if (result.reason === "fund") return fund(context, payable, payer, intent.payeeOrigin, key, aside);
      if (waitsForDeposit(result)) {
        const own = await ownDeposit(context, payable, payer, intent.payeeOrigin);
        if (own) return sendDeposit(context, key, own);
      }
      return { kind: "wait", key, since, reason: result.reason };
  }
}

function waitsForDeposit(result: ReserveResult<Wait, RefuseReason>): boolean {
  return result.kind === "wait" && (result.reason === "opening" || result.reason === "top_up");
}

/**
 * The same resource was paid for already, and the page has not had the answer. While that payment is under way its end
 * is waited for; then the chain may tell that it was never taken; else only the person can allow another one.
 */
async function paidBefore(
  context: PaymentContext,
  request: Intercepted,
  payable: PayableOffer,
  reason: Extract<AskReason, { code: "paid_before" }>,
  since: number,
): Promise<Attempt> {
  const { ledger, report } = context.ports;
  const { paymentId } = reason;
  const stateNow = async () => (await ledger.getPayment(paymentId))?.state;
  const state = await stateNow();
  // Another request has the yes to repeat it: one yes is one repetition.
  const repeated = [...context.again.values()].includes(paymentId);
  if (repeated || context.inFlight.has(paymentId) || state === "reserved") {
    return { kind: "wait", key: resourceOf(request), since, reason: "paid_before" };
  }
  await reconcilePayment(context, paymentId).catch((error) => report("A payment could not be reconciled", error));
  return (await stateNow()) === state ? { kind: "ask", reason, payable } : { kind: "again" };
}

/** What a deposit or an `exact` payment is made of: the free balance, and the key of a channel that does not exist yet. */
async function prepare(context: PaymentContext, payable: PayableOffer, payer: Address, payeeOrigin: string) {
  const { vault, ledger } = context.ports;
  const balance = await freeBalance(context.ports, payable.network, payable.token, payer);
  const key = channelKeyOf(payable, payer, payeeOrigin);
  if (!key || (await ledger.getChannelFor(key))) return { balance };
  await context.ports.chainOf(payable.network).check();
  const salt = await vault.newChannelSalt();
  return { balance, newChannel: { salt, payerSigner: await vault.sessionSigner(salt) } };
}

/** The highest price among this request and those of the same payee under way: a long film holds up no small picture. */
async function dearestUnderWay(context: PaymentContext, payable: PayableOffer, payeeOrigin: string): Promise<bigint> {
  const { ledger } = context.ports;
  const { amount } = payable.offer;
  const peers = [...context.inFlight.values()].filter((payment) => payment.amount === amount);
  // So many of the same price explain the wait by themselves: it ends when one of them does.
  if (peers.length === context.inFlight.size && BigInt(peers.length) >= TAIL_REQUESTS) return amount;
  const [unsettled, awaiting] = await Promise.all([ledger.unsettled(), ledger.awaitingBody()]);
  return [...unsettled, ...awaiting]
    .filter((payment) => payment.scheme === payable.scheme && payment.payeeOrigin === payeeOrigin)
    .reduce((most, payment) => (payment.amount > most ? payment.amount : most), amount);
}

/**
 * Signs what the journal holds and hands out the header: always the same bytes for the same payment, and to one request
 * at a time. `sent` is written before anyone gets them: here, or by the commit that has just reserved it (`fresh`). What
 * has not left is given back if nobody waits for it any more, or if it cannot be signed.
 */
export async function emit(
  context: PaymentContext,
  request: Pick<Intercepted, "id" | "signal">,
  payment: PaymentRecord,
  payable: PayableOffer,
  fresh = false,
): Promise<Attempt> {
  const { ledger } = context.ports;
  const marked = fresh && payment.state === "sent";
  const unsent = marked || payment.state === "reserved";
  const again = payment.state === "delivered" && !payment.bodyEnded;
  const open = payment.state === "reserved" || payment.state === "sent" || payment.state === "unknown";
  if (!(open || again) || typeof payment.plan !== "string") return { kind: "over" };
  const repeatable = payment.scheme === "state-channel" || payment.method === "GET" || payment.method === "HEAD";
  if (!unsent && !repeatable) return { kind: "over", unclear: true };
  if (isWithAnother(context, payment, request)) return { kind: "again" };
  if (unsent && request.signal.aborted) {
    await release(context, payment, "abandoned_by_page");
    return { kind: "over" };
  }
  const plan = decodePlan(payment.plan);
  // From here on nobody else settles it, sends it or carries its deposit.
  const mine = !context.inFlight.has(payment.id);
  const { channelId, amount } = payment;
  context.inFlight.set(payment.id, { channelId, amount, for: request.id, resource: resourceOf(payment) });
  try {
    const header = await signed(context, plan);
    if (!again && !marked) await ledger.markSent(payment.id, payment.attempts + 1);
    if (plan.scheme === "state-channel" && plan.deposit) context.carriers.set(plan.deposit.salt, payment.id);
    return { kind: "pay", paymentId: payment.id, header };
  } catch (error) {
    // Someone else settled or sent it meanwhile: what the journal says now decides.
    const raced = error instanceof LedgerError && (error.code === "illegal_transition" || error.code === "guard");
    const locked = error instanceof VaultError && error.code === "locked";
    // Its channel turned out to be out of date: nothing more leaves for it, and the next request opens another.
    const left = raced && (await isLeft(context, channelId).catch(() => false));
    if (mine && (!raced || left) && unsent) {
      // Best effort: the next wake looks at what stays open.
      await release(context, payment, locked ? "locked" : "not_signed").catch(() => undefined);
    }
    if (mine) context.inFlight.delete(payment.id);
    if (left) return { kind: "over" };
    if (raced) return { kind: "again" };
    if (locked) return { kind: "locked", payable };
    throw error;
  }
}

async function isLeft({ ports }: PaymentContext, channelId: Hex | undefined): Promise<boolean> {
  const channel = channelId && (await ports.ledger.getChannel(channelId));
  return channel !== undefined && isOutOfDate(channel);
}

/** Whether a payment was made for another address. One of a private window keeps no address. */
const isOfAnother = ({ url, method }: PaymentRecord, request: Pick<Intercepted, "url" | "method">): boolean =>
  url !== null && (url !== request.url || method !== request.method);

/** Whether another request for the same thing took the payment up first. */
function isWithAnother(context: PaymentContext, { id }: PaymentRecord, request: Pick<Intercepted, "id">): boolean {
  const flight = context.inFlight.get(id);
  return flight !== undefined && flight.for !== request.id;
}

async function signed(context: PaymentContext, plan: Plan): Promise<PaymentHeader> {
  const entries = await Promise.all(
    signaturesOf(plan).map(async (wanted) => [wanted.slot, await sign(context.ports.vault, wanted)] as const),
  );
  return headerOf(plan, Object.fromEntries(entries));
}

/** Gives back what was reserved and has not left. What someone else has sent meanwhile has its own end. */
async function release(context: PaymentContext, payment: PaymentRecord, reason: string): Promise<void> {
  const kind = payment.state === "reserved" ? "never_sent" : "recalled";
  try {
    await wake(context, await context.ports.ledger.settle(payment.id, { kind, reason }));
  } catch (error) {
    if (!(error instanceof LedgerError && error.code === "illegal_transition")) throw error;
  }
}
