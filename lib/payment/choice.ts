/** What the person chose in the approval window, turned into what the ledger remembers. */
import { MAX_AMOUNT, ProtocolError, parsePrice } from "@tollpass/protocol";
import type { Address } from "viem";
import { type GrantTerms, type Period, windowEnd } from "#budget";
import { chooseDeposit, type PayableOffer, type RefuseReason, pinsOf as termsOf } from "#schemes";
import { freeBalance } from "./balance.ts";
import type { PaymentContext } from "./context.ts";
import { channelKeyOf } from "./intent.ts";
import { offerIdOf } from "./judge.ts";
import { payerOf } from "./payer.ts";
import type { Question } from "./questions.ts";

export type Choice =
  | { readonly kind: "once" }
  /** Caps as the person typed them, in whole tokens. */
  | {
      readonly kind: "budget";
      readonly cap: string;
      readonly period: Period;
      readonly perRequest: string;
      /** The same again with each new period; else it is over with its first. */
      readonly renews: boolean;
    }
  | { readonly kind: "never" }
  | { readonly kind: "dismiss" };

/** - `stale`: the card has changed since. - `gone`: nothing waits any more. - `malformed`: not an amount. */
export type ChoiceProblem =
  | "stale"
  | "gone"
  | "malformed"
  | "below_price"
  /** The payee opens no channel over so little. */
  | "below_minimum_deposit"
  | "no_such_offer";

/** Payments that a grant allows in any minute: more than a page of images needs, and a brake for one that runs wild. */
const PER_MINUTE = 1_000;
/** A yes to waiting requests alone is good for this long, in milliseconds. */
const ONCE_VALID = 10 * 60_000;

/**
 * Carries out a choice for exactly the card that was on the screen (`revision`). Returns a problem, or undefined once it
 * is in the ledger and the waiting requests go on.
 */
export async function choose(
  context: PaymentContext,
  input: { questionId: string; revision: number; offer: number; choice: Choice },
): Promise<ChoiceProblem | undefined> {
  const { ledger } = context.ports;
  const question = context.questions.get(input.questionId);
  if (!question) return "gone";
  const { choice } = input;
  // "Not now" allows nothing, whatever the card has become.
  if (choice.kind !== "dismiss" && question.revision !== input.revision) return "stale";
  // What the card shows now is what a yes is for: a request that joins it while anything is waited for is asked about anew.
  const card: Card = { ...question, revision: input.revision, chosen: chosenOffers(question, input.offer) };
  // The account that the card named pays, also if another one is being chosen at this moment.
  const { renewals } = context.questions;
  const payer = await payerOf(context.ports, question.site);
  if (choice.kind !== "dismiss" && context.questions.renewals !== renewals) return "stale";
  switch (choice.kind) {
    case "dismiss":
      try {
        await dismiss(context, question);
      } finally {
        // A no allows nothing, so it holds also where it could not be written down.
        context.questions.settle(question.id, "leave");
      }
      return undefined;
    case "never":
      await ledger.setSitePolicy(question.site, { never: true });
      context.questions.settle(question.id, "leave");
      return undefined;
    case "once":
      return agreed(context, card, await allowOnce(context, card, payer));
    case "budget":
      return agreed(context, card, await grant(context, card, choice, payer));
  }
}

/** "Not now": the page load that asked is left alone, and the site grows quiet if that happens again and again. */
export async function dismiss({ ports, dismissals }: PaymentContext, question: Question): Promise<void> {
  try {
    await dismissals.put(question);
  } finally {
    await ports.ledger.dismiss(question.site);
  }
}

/** What was allowed is in the ledger: the waiting requests go on, also those that were paid for before. */
function agreed(
  context: PaymentContext,
  { id, reason, chosen }: Card,
  problem: ChoiceProblem | undefined,
): ChoiceProblem | undefined {
  if (problem) return problem;
  if (reason.code === "paid_before") {
    for (const { requestId, lost } of chosen) {
      if (lost !== undefined) context.again.set(requestId, lost);
    }
  }
  context.questions.settle(id, "retry");
  return undefined;
}

interface Chosen {
  readonly requestId: string;
  readonly url: string;
  readonly payable: PayableOffer;
  /** The payment whose lost answer a yes pays for again. */
  readonly lost?: string | undefined;
}

/** A question as it was on the screen when the person answered it. */
interface Card extends Pick<Question, "id" | "approvalId" | "site" | "incognito" | "reason"> {
  readonly revision: number;
  readonly chosen: readonly Chosen[];
}

/**
 * What each waiting request would be paid with if the offer of that index is chosen. The card is drawn from it and the
 * choice is carried out with it, so that what is shown is what is granted. All offers in it have the same terms. Of
 * several requests after one lost payment it has the first alone: a yes repeats that payment once.
 */
export function chosenOffers(question: Question, index: number): readonly Chosen[] {
  const items = [...question.items.values()];
  const wanted = items[0]?.offers[index];
  if (!wanted) return [];
  const repeated = new Set<string>();
  return items.flatMap(({ requestId, url, offers, lost }) => {
    const payable = offers[index];
    if (lost !== undefined && repeated.has(lost)) return [];
    if (lost !== undefined) repeated.add(lost);
    return payable && sameTerms(payable, wanted) ? [{ requestId, url, payable, lost }] : [];
  });
}

function sameTerms(a: PayableOffer, b: PayableOffer): boolean {
  return JSON.stringify(termsOf(a)) === JSON.stringify(termsOf(b));
}

function keyOf({ site }: Pick<Question, "site">, { payable, url }: Chosen) {
  const { network, asset, payTo } = payable.offer;
  return { site, payeeOrigin: new URL(url).origin, payTo, network, asset };
}

function pinsOf({ payable }: Chosen): { scheme: string; contract?: Address; payeeSigner?: Address } {
  const { scheme } = payable;
  if (scheme !== "state-channel") return { scheme };
  return { scheme, contract: payable.terms.contract, payeeSigner: payable.terms.payeeSigner };
}

async function allowOnce(
  context: PaymentContext,
  card: Card,
  payer: Address | undefined,
): Promise<ChoiceProblem | undefined> {
  const { approvalId, revision, chosen } = card;
  const [first] = chosen;
  if (!first) return "no_such_offer";
  await keepAccount(context, card, payer);
  await context.ports.ledger.allowOnce({
    key: keyOf(card, first),
    pins: pinsOf(first),
    approvalId: `${approvalId}:${revision}`,
    requests: chosen.map(({ requestId, payable }) => ({
      requestId,
      offerId: offerIdOf(payable),
      amount: payable.offer.amount,
    })),
    expiresAt: context.ports.now() + ONCE_VALID,
  });
  return undefined;
}

async function grant(
  context: PaymentContext,
  card: Card,
  choice: Extract<Choice, { kind: "budget" }>,
  payer: Address | undefined,
): Promise<ChoiceProblem | undefined> {
  const { ledger } = context.ports;
  const { chosen, approvalId } = card;
  const [first] = chosen;
  if (!first) return "no_such_offer";
  const { decimals } = first.payable.token;
  const total = parseCap(choice.cap, decimals);
  const perRequest = parseCap(choice.perRequest, decimals);
  if (total === undefined || perRequest === undefined) return "malformed";
  if (chosen.some(({ payable }) => payable.offer.amount > perRequest) || perRequest > total) return "below_price";
  if ((await depositOf(context, card, first, total, false))?.problem === "min_deposit") {
    return "below_minimum_deposit";
  }

  const key = keyOf(card, first);
  const accepted = chosen.map(({ url, payable }) => ({ url, amount: payable.offer.amount }));
  const terms: Pick<GrantTerms, "total" | "period" | "renews" | "perRequest"> = {
    total,
    period: choice.period,
    // A budget that comes back is one that the person asked for; one without a period never does.
    renews: choice.renews && choice.period !== "once",
    perRequest,
  };
  const standing = (await ledger.grants(card.site)).find(
    (grantView) =>
      grantView.key.payeeOrigin === key.payeeOrigin &&
      grantView.key.payTo === key.payTo &&
      grantView.key.network === key.network &&
      grantView.key.asset === key.asset &&
      sameText(grantView.pins.scheme, pinsOf(first).scheme) &&
      sameText(grantView.pins.contract, pinsOf(first).contract) &&
      sameText(grantView.pins.payeeSigner, pinsOf(first).payeeSigner),
  );
  await keepAccount(context, card, payer);
  const end = standing && !standing.terms.renews ? windowEnd(standing, context.ports.now()) : null;
  const isOver = end !== null && end <= context.ports.now();
  // What was given for a period that is over is not lengthened: this yes is a budget of its own.
  if (standing && isOver) await ledger.revokeGrants({ grantId: standing.id });
  if (standing && !isOver) {
    await ledger.editGrant(standing.id, { ...terms, expiresAt: null, paths: [] }, accepted);
  } else {
    await ledger.createGrant({
      key,
      pins: pinsOf(first),
      approvalId,
      terms: { ...terms, perMinute: PER_MINUTE, paths: [], expiresAt: null },
      accepted,
    });
  }
  return undefined;
}

/**
 * From its first yes on a site stays with the account that its card named, also if the wallet's changes. A private window
 * leaves no such trace.
 */
async function keepAccount(
  { ports }: PaymentContext,
  { site, incognito }: Pick<Question, "site" | "incognito">,
  payer: Address | undefined,
): Promise<void> {
  if (payer && !incognito) await ports.ledger.keepAccount(site, payer);
}

const sameText = (a: string | undefined, b: string | undefined): boolean =>
  a === undefined || b === undefined || a.toLowerCase() === b.toLowerCase();

/** Atomic units of a cap that a person typed, or undefined. */
export function parseCap(text: string, decimals: number): bigint | undefined {
  try {
    const value = parsePrice(text, decimals);
    return value <= MAX_AMOUNT ? value : undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

export interface Preview {
  readonly requests: number;
  /** What the first payment would put into a channel, in atomic units. */
  readonly setsAside?: bigint;
  readonly problem?: "below_price" | "above_balance" | "below_minimum_deposit" | "malformed";
}

/** What a budget would mean for the chosen offer. Reads the balance; signs and writes nothing. */
export async function preview(
  context: PaymentContext,
  question: Question,
  index: number,
  cap: string,
  once = false,
): Promise<Preview> {
  const [first] = chosenOffers(question, index);
  const total = first && parseCap(cap, first.payable.token.decimals);
  if (!first || total === undefined) return { requests: 0, problem: "malformed" };
  const { payable } = first;
  const price = payable.offer.amount;
  if (price > total) return { requests: 0, problem: "below_price" };
  const requests = Number(total / price);
  if (payable.scheme !== "state-channel") return { requests };
  const { ports } = context;
  const payer = await payerOf(ports, question.site);
  const balance = payer && (await freeBalance(ports, payable.network, payable.token, payer).catch(() => undefined));
  const deposit = await depositOf(context, question, first, total, once, balance);
  if (!deposit) return { requests };
  if (deposit.problem === undefined) return { requests, setsAside: deposit.amount };
  return { requests, problem: deposit.problem === "min_deposit" ? "below_minimum_deposit" : "above_balance" };
}

/** The deposit that the chosen offer would open a channel with; undefined where none is opened. */
async function depositOf(
  context: PaymentContext,
  question: Pick<Question, "site">,
  chosen: Chosen,
  total: bigint,
  once: boolean,
  balance = MAX_AMOUNT,
): Promise<{ amount: bigint; problem?: undefined } | { problem: RefuseReason } | undefined> {
  const { payable } = chosen;
  if (payable.scheme !== "state-channel") return undefined;
  const { ledger } = context.ports;
  const payer = await payerOf(context.ports, question.site);
  const key = payer && channelKeyOf(payable, payer, keyOf(question, chosen).payeeOrigin);
  if (key && (await ledger.getChannelFor(key))) return undefined;
  const { minDeposit } = payable.terms;
  const deposit = chooseDeposit({ price: payable.offer.amount, leftInBudget: total, balance, minDeposit, once });
  return deposit.kind === "deposit" ? { amount: deposit.amount } : { problem: deposit.reason };
}
