/**
 * The walk of one payment, from a 402 on the network to the header that pays it: judge, find what was begun before,
 * reserve, ask if need be, wait if need be. Ends in a verdict whatever happens.
 */
import { keccak256, stringToHex } from "viem";
import { ChainError } from "#chain";
import { ChannelError } from "#channels";
import type { Intercepted, Verdict } from "#intercept";
import { LedgerError, type LedgerRefusal, resourceOf, storageTrouble } from "#ledger";
import { type PayableOffer, pinsOf, type RequestFacts } from "#schemes";
import { type Attempt, attemptOffers, emit } from "./attempt.ts";
import type { PaymentContext } from "./context.ts";
import { judge, labelOf } from "./judge.ts";
import { glance, type Look, look, lookAtLock, ranked, standingOf, takenUp } from "./look.ts";
import type { Notice } from "./notices.ts";
import type { Question } from "./questions.ts";
import { reconcile, watch } from "./reconcile.ts";
import type { Begun } from "./resume.ts";

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
  const first = await glance(context, request);
  if (!("accounts" in first.vault)) {
    const reason = first.vault.status === "absent" ? "no_wallet" : "wallet_damaged";
    await note(context, request, { reason }, judged.offers[0]);
    return LEAVE;
  }
  const offers = await ranked(context, request, judged.offers);
  const line: Line = { key: undefined, since: undefined, moved: 0 };
  try {
    const verdict = await pursue(context, request, offers, judged.facts, first, line);
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
  first: Look,
  line: Line,
): Promise<Verdict> {
  let seen = first;
  let begun: Begun = { taken: undefined, passed: new Set() };
  const lookAgain = async () => {
    seen = await look(context, request);
    begun = await takenUp(context, request, offers, seen);
  };
  while (!request.signal.aborted) {
    // Without an account no ledger says that the guess was wrong.
    if (!standingOf(seen, begun.passed) && !seen.begun) await lookAgain();
    const standing = standingOf(seen, begun.passed);
    if (!standing) {
      await note(context, request, { reason: "account_missing" }, offers[0]);
      return LEAVE;
    }
    const { taken, passed } = begun;
    const attempt = taken
      ? await emit(context, request, taken.payment, taken.payable)
      : await attemptOffers(context, request, offers, facts, standing);
    begun = { taken: undefined, passed };
    switch (attempt.kind) {
      case "pay":
        // The header does not wait for it.
        void context.notices
          .clear(request.site)
          .catch((error) => context.ports.report("A notice could not be removed", error));
        return { kind: "pay", paymentId: attempt.paymentId, headers: { [attempt.header.name]: attempt.header.value } };
      case "again":
        await lookAgain();
        continue;
      case "over":
        if (attempt.unclear) await note(context, request, { reason: "refused_again" }, offers[0]);
        return LEAVE;
      case "ask":
      case "locked": {
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
        // As of before the attempt: an answer that was given since then makes it look again.
        const { answers } = seen;
        if (attempt.kind === "ask" && attempt.reason.code === "paid_before") {
          // It may have been lost only since this request looked: then its own bytes go out again, without a question.
          await lookAgain();
          if (begun.taken) continue;
        }
        if ((await ask(context, request, offers, attempt, answers)) === "leave") return LEAVE;
        line.since = undefined;
        await lookAgain();
        continue;
      }
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
        if (attempt.reason === "paid_before") await lookAgain();
        else seen = await lookAtLock(context, seen);
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
  const again = reason.code === "paid_before";
  const { site } = request;
  const question = {
    id: questionIdOf(request, ordered, again),
    site,
    incognito: request.incognito,
    reason,
  };
  const { id: requestId, url, tabId, type, signal } = request;
  // A document that is asked for is a new page load; what belongs to one asks no more than the person wants to hear.
  if (type === "main_frame") await context.dismissals.forget(tabId);
  else if (await context.dismissals.has({ tabId, site, url, again })) {
    await note(context, request, { reason: "dismissed" }, payable);
    return "leave";
  }
  const lost = reason.code === "paid_before" ? reason.paymentId : undefined;
  const item = { requestId, url, tabId, type, label: labelOf(payable), offers: ordered, signal, lost };
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
    // The rest goes on by itself: other payees may never answer.
    void reconcile(context);
    await watch(context);
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
