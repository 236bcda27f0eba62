/**
 * The walk of one payment, from a 402 on the network to the header that pays it: judge, find what was begun before,
 * reserve, ask if need be, wait if need be. Ends in a verdict whatever happens.
 */
import { findNetwork } from "@tollpass/protocol";
import { type Address, keccak256, stringToHex } from "viem";
import { ChainError } from "#chain";
import { ChannelError, snapshotOf } from "#channels";
import type { Intercepted, Verdict } from "#intercept";
import { LedgerError, type LedgerRefusal, resourceOf, storageTrouble } from "#ledger";
import { type PayableOffer, pinsOf, type RequestFacts, rankOffers } from "#schemes";
import { type Attempt, attemptOffers, emit } from "./attempt.ts";
import type { PaymentContext } from "./context.ts";
import { judge, labelOf } from "./judge.ts";
import type { Notice } from "./notices.ts";
import { payerAmong, payerOf } from "./payer.ts";
import type { Question } from "./questions.ts";
import { reconcile, reconcilePayment } from "./reconcile.ts";
import { findBegun } from "./resume.ts";

const LEAVE: Verdict = { kind: "leave" };
/** How long a request waits, in milliseconds, while no other payment of its payee moves, before the page gets its 402. */
const PATIENCE = 60_000;
/** And how long at most while they do: a page of hundreds of requests takes its time. */
const MOST_PATIENCE = 10 * 60_000;

/** Decides one request. Never rejects: what cannot be paid for any reason is left to the page, and noted. */
export async function decide(context: PaymentContext, request: Intercepted): Promise<Verdict> {
  try {
    return await walk(context, request);
  } catch (error) {
    context.ports.report("A request could not be paid", error);
    await note(context, request, failureOf(error)).catch(() => undefined);
    return LEAVE;
  }
}

async function walk(context: PaymentContext, request: Intercepted): Promise<Verdict> {
  const { vault } = context.ports;
  // Documents without an origin all look the same: a budget for one would be a budget for every other.
  if (!/^https?:\/\//.test(request.site)) return LEAVE;
  const settings = {
    networks: context.ports.networks(),
    enabled: context.ports.enabled(),
    allowLoopback: true,
    mainnetChannels: context.ports.mainnetChannels(),
  };
  const judged = judge(request, settings);
  if (judged.kind === "silent") return LEAVE;
  if (judged.kind === "unpayable") {
    await note(context, request, { reason: judged.reason });
    return LEAVE;
  }
  const [seen, offers] = await Promise.all([vault.look(), ranked(context, judged.offers)]);
  if (!("accounts" in seen)) {
    const reason = seen.status === "absent" ? "no_wallet" : "wallet_damaged";
    await note(context, request, { reason }, judged.offers[0]);
    return LEAVE;
  }
  const line: Line = { key: undefined, since: undefined, moved: 0 };
  try {
    const verdict = await pursue(context, request, offers, judged.facts, seen.accounts, line);
    if (verdict.kind === "pay") line.key = undefined;
    return verdict;
  } finally {
    // Others wait for what becomes of its yes.
    if (context.again.delete(request.id)) context.turns.wake(resourceOf(request), Number.POSITIVE_INFINITY);
    // It was woken and does not pay: the wake-up is for the next in line.
    if (line.key !== undefined) context.turns.wake(line.key);
  }
}

/** Where a request stands among those that wait for one payee. */
interface Line {
  /** Set once it has waited. */
  key: string | undefined;
  /** Since when it waits, in milliseconds since 1970; the time that the person takes to answer does not count. */
  since: number | undefined;
  /** When another payment last moved. */
  moved: number;
}

function isOutOfPatience({ since, moved }: Line, now: number): boolean {
  return since !== undefined && (now - Math.max(since, moved) > PATIENCE || now - since > MOST_PATIENCE);
}

async function pursue(
  context: PaymentContext,
  request: Intercepted,
  offers: readonly PayableOffer[],
  facts: RequestFacts,
  accounts: readonly Address[],
  line: Line,
): Promise<Verdict> {
  let payer = await payerAmong(context.ports, accounts, request.site);
  let begun = await takenUp(context, request, offers);
  while (!request.signal.aborted) {
    if (!payer) {
      await note(context, request, { reason: "account_missing" }, offers[0]);
      return LEAVE;
    }
    const { answers } = context.questions;
    const attempt = begun
      ? await emit(context, request, begun.payment, begun.payable)
      : await attemptOffers(context, request, offers, facts, payer);
    begun = undefined;
    switch (attempt.kind) {
      case "pay":
        await context.notices
          .clear(request.site)
          .catch((error) => context.ports.report("A notice could not be removed", error));
        return { kind: "pay", paymentId: attempt.paymentId, headers: { [attempt.header.name]: attempt.header.value } };
      case "again":
        begun = await takenUp(context, request, offers);
        continue;
      case "over":
        if (attempt.unclear) await note(context, request, { reason: "refused_again" }, offers[0]);
        return LEAVE;
      case "ask":
      case "locked":
        if (request.tabId < 0) {
          // Nobody looks at a worker: it is paid within a budget, and never opens a window.
          await note(
            context,
            request,
            { reason: attempt.kind === "locked" ? "locked" : "asks_without_tab" },
            offers[0],
          );
          return LEAVE;
        }
        if (attempt.kind === "ask" && attempt.reason.code === "paid_before") {
          // It may have been lost only since this request looked: then its own bytes go out again, without a question.
          begun = await takenUp(context, request, offers);
          if (begun) continue;
        }
        if ((await ask(context, request, offers, attempt, answers)) === "leave") return LEAVE;
        line.since = undefined;
        // The person may have added an account, or chosen another one, before answering.
        payer = await payerOf(context.ports, request.site);
        begun = await takenUp(context, request, offers);
        continue;
      case "wait":
        if (isOutOfPatience(line, context.ports.now())) {
          const reason = attempt.reason === "paid_before" ? "payments_pending" : "channel_busy";
          await note(context, request, { reason }, offers[0]);
          return LEAVE;
        }
        line.key = attempt.key;
        line.since ??= context.ports.now();
        await waitForTurn(context, request, attempt);
        // Its own timer lets it look again too, and is no sign of life.
        if (context.turns.wakes(attempt.key) !== attempt.since) line.moved = context.ports.now();
        if (attempt.reason === "paid_before") begun = await takenUp(context, request, offers);
        continue;
      case "refuse":
        await note(context, request, { reason: refusalCode(attempt.reason) }, offers[0]);
        return LEAVE;
      case "unpayable": {
        const { reason, payable, need, have } = attempt;
        await note(context, request, { reason, need: need?.toString(), have: have?.toString() }, payable);
        return LEAVE;
      }
    }
  }
  return LEAVE;
}

/**
 * A payment begun for this resource whose bytes are to be sent again. Its provider is asked for the receipt first: one
 * that says nothing was charged ends it, and the request is paid anew.
 */
async function takenUp(context: PaymentContext, request: Intercepted, offers: readonly PayableOffer[]) {
  // A loss that was told and is not written down yet: to ask before it is would pay for the same once more.
  const same = [...context.inFlight].filter(([, { resource }]) => resource === resourceOf(request));
  await Promise.all(same.map(([paymentId]) => context.sequence.idle(paymentId)));
  const begun = await findBegun(context, request, offers);
  if (!begun || begun.payment.state === "delivered") return begun;
  await reconcilePayment(context, begun.payment.id).catch((error) =>
    context.ports.report("A payment could not be reconciled", error),
  );
  return findBegun(context, request, offers);
}

async function ranked(context: PaymentContext, offers: readonly PayableOffer[]): Promise<readonly PayableOffer[]> {
  const channels = await context.ports.ledger.listChannels({ status: ["open"] });
  const networks = context.ports.networks();
  const snapshots = channels.flatMap((channel) => {
    const network = findNetwork(networks, channel.key.network);
    return network ? [snapshotOf(channel, network.chainId)] : [];
  });
  return rankOffers(offers, snapshots);
}

type Asking = Extract<Attempt, { kind: "ask" | "locked" }>;

async function ask(
  context: PaymentContext,
  request: Intercepted,
  offers: readonly PayableOffer[],
  attempt: Asking,
  answers: number,
): Promise<"retry" | "leave"> {
  const reason: Question["reason"] = attempt.kind === "locked" ? { code: "unlock" } : attempt.reason;
  const { payable } = attempt;
  const ordered = [payable, ...offers.filter((offer) => offer !== payable)];
  const question = {
    id: questionIdOf(request, ordered, reason.code === "paid_before"),
    site: request.site,
    incognito: request.incognito,
    reason,
  };
  const { id: requestId, url, type, signal } = request;
  const lost = reason.code === "paid_before" ? reason.paymentId : undefined;
  const item = { requestId, url, type, label: labelOf(payable), offers: ordered, signal, lost };
  return context.questions.ask(question, item, answers);
}

/**
 * The same question for everything that one site waits for on the same terms; short, and the same after a restart. What
 * can be paid in other ways, or in another order of them, is a question of its own: one card never stands for offers
 * that it does not show. Neither does a yes to paying at all stand for a yes to paying again.
 */
function questionIdOf(request: Intercepted, offers: readonly PayableOffer[], again: boolean): string {
  const origin = new URL(request.url).origin;
  const parts = [request.site, origin, String(request.incognito), String(again), ...offers.map(pinsOf)];
  return keccak256(stringToHex(JSON.stringify(parts))).slice(2, 34);
}

/** Waits until another payment of this payee has moved; a deposit that nobody carries is looked up on chain instead. */
async function waitForTurn(
  context: PaymentContext,
  request: Intercepted,
  attempt: Extract<Attempt, { kind: "wait" }>,
): Promise<void> {
  const waitsForDeposit = attempt.reason === "opening" || attempt.reason === "top_up";
  const turn = new AbortController();
  const stop = () => turn.abort();
  request.signal.addEventListener("abort", stop);
  // A carrier that is gone wakes nobody: the chain is asked after a while.
  context.ports.later(waitsForDeposit ? 3_000 : 15_000, stop);
  await context.turns.wait(attempt.key, attempt.since, turn.signal);
  request.signal.removeEventListener("abort", stop);
  if (waitsForDeposit && turn.signal.aborted && !request.signal.aborted) {
    await reconcile(context).catch((error) => context.ports.report("A deposit could not be looked up", error));
  }
}

async function note(
  context: PaymentContext,
  request: Intercepted,
  what: Pick<Notice, "reason" | "need" | "have">,
  payable?: PayableOffer,
): Promise<void> {
  if (request.incognito) return;
  await context.notices.put(request.site, {
    at: context.ports.now(),
    url: request.url,
    network: payable?.offer.network,
    asset: payable?.offer.asset,
    amount: payable?.offer.amount.toString(),
    ...what,
  });
}

/** A payee that broke the protocol is refused with what it did. */
function refusalCode(reason: LedgerRefusal): string {
  return reason.code === "payee_untrusted" ? reason.why : reason.code;
}

/** What the person is told when a step failed: nothing was signed, or what was signed is in the journal. */
function failureOf(error: unknown): Pick<Notice, "reason" | "need" | "have"> {
  if (error instanceof LedgerError) return { reason: `ledger_${storageTrouble(error) ?? "inconsistent"}` };
  if (error instanceof ChainError) {
    const { need, have } = error;
    if (error.code === "short_of_gas") {
      return { reason: "short_of_gas", need: need?.toString(), have: have?.toString() };
    }
    return { reason: error.code === "wrong_chain" || error.code === "wrong_contract" ? error.code : "rpc_unreachable" };
  }
  if (error instanceof ChannelError) return { reason: error.problem };
  return { reason: "internal" };
}
