/** What the approval window is shown, and what its choices do. */
import type { Address } from "viem";
import type { AskReason as BudgetReason } from "#budget";
import type { ApprovalView, AskReason, Handlers, OfferView } from "#messages";
import { freeBalance, type Question } from "#payment";
import type { PayableOffer } from "#schemes";
import { connectionOf, hostOf, moneyOf } from "./money.ts";
import type { AnswerPorts } from "./ports.ts";
import { totalOf } from "./sites.ts";

const MOST_ITEMS = 50;
const MOST_RAW = 4_096;
/** A suggested budget buys about this many of what is asked, rounded to an amount that a person would type. */
const SUGGESTED_REQUESTS = 50n;
/** And one request may cost so many times what is asked now. */
const SUGGESTED_CEILING = 3n;

const REASONS: Readonly<Record<BudgetReason["code"] | "unlock", AskReason>> = {
  no_grant: "first_time",
  payee_changed: "payee_changed",
  path_not_covered: "first_time",
  grant_expired: "expired",
  period_over: "expired",
  over_request_ceiling: "over_request_ceiling",
  price_rise: "price_rise",
  too_fast: "too_many_per_minute",
  budget_spent: "over_budget",
  paid_before: "paid_before",
  unlock: "unlock",
};

function reasonOf(reason: Question["reason"]): AskReason {
  if (reason.code !== "payee_changed") return REASONS[reason.code];
  return reason.changes.every(({ field }) => field === "scheme") ? "way_changed" : "payee_changed";
}

/** 1, 2 or 5 times a power of ten, the next at or above the amount: what a person would type as a budget. */
export function roundUp(amount: bigint): bigint {
  let step = 1n;
  while (true) {
    for (const factor of [1n, 2n, 5n]) if (step * factor >= amount) return step * factor;
    step *= 10n;
  }
}

function offerView(ports: AnswerPorts, question: Question, index: number, payable: PayableOffer): OfferView {
  const { offer, network } = payable;
  const channel = payable.scheme === "state-channel" ? payable.terms : undefined;
  return {
    scheme: payable.scheme,
    network: network.id,
    networkName: network.name,
    price: moneyOf(ports.networks(), network.id, offer.asset, offer.amount),
    total:
      totalOf(ports.networks(), question, index) ?? moneyOf(ports.networks(), network.id, offer.asset, offer.amount),
    payTo: offer.payTo,
    ...(channel ? { contract: channel.contract, exitDelay: channel.exitDelay } : {}),
    raw: JSON.stringify(offer.accepted, undefined, 2).slice(0, MOST_RAW),
  };
}

export async function approvalViewOf(ports: AnswerPorts, question: Question): Promise<ApprovalView | null> {
  const networks = ports.networks();
  const items = [...question.items.values()];
  const [first] = items;
  const [best] = first?.offers ?? [];
  const total = totalOf(networks, question);
  if (!first || !best || !total) return null;
  const { network, asset } = best.offer;
  const money = (atomic: bigint) => moneyOf(networks, network, asset, atomic);
  const { reason } = question;
  const locked = (await ports.vault.status()) !== "unlocked";
  const standing = await standingTerms(ports, question, best);
  const price = items.reduce((most, { offers }) => {
    const amount = offers[0]?.offer.amount ?? 0n;
    return amount > most ? amount : most;
  }, 0n);
  const sum = BigInt(total.atomic);
  const suggested = roundUp(
    [price * SUGGESTED_REQUESTS, sum * 2n, (standing?.total ?? 0n) * 2n].reduce((a, b) => (a > b ? a : b)),
  );
  const payeeHost = hostOf(new URL(first.url).origin);
  const payer = await ports.payments.payerOf(question.site);
  const [short, from] = await Promise.all([shortOf(ports, best, payer), fromOf(ports, best, payer)]);
  return {
    id: question.id,
    revision: question.revision,
    site: question.site,
    host: hostOf(question.site),
    connection: connectionOf(question.site),
    payeeHost,
    reason: reasonOf(reason),
    ...(reason.code === "price_rise" ? { was: money(reason.was) } : {}),
    ...(reason.code === "over_request_ceiling" ? { was: money(reason.ceiling) } : {}),
    ...(reason.code === "budget_spent" ? { left: money(reason.left) } : {}),
    items: items.slice(0, MOST_ITEMS).map(({ label, type, offers }) => ({
      label,
      type,
      price: offers[0] ? money(offers[0].offer.amount) : money(0n),
    })),
    count: items.length,
    total,
    offers: first.offers.map((offer, index) => offerView(ports, question, index, offer)),
    suggested: {
      cap: money(suggested),
      period: "month",
      perRequest: money(roundUp(price * SUGGESTED_CEILING)),
      renews: standing?.renews ?? false,
    },
    locked,
    ...(from ? { from } : {}),
    ...(short ? { short } : {}),
  };
}

/** The terms of the budget that already stands for this payee. */
async function standingTerms(ports: AnswerPorts, question: Question, best: PayableOffer) {
  const { offer } = best;
  const grants = await ports.ledger.grants(question.site);
  return grants.find(
    ({ key, pins }) =>
      key.payTo === offer.payTo &&
      key.network === offer.network &&
      key.asset === offer.asset &&
      (pins.scheme ?? best.scheme) === best.scheme,
  )?.terms;
}

/** Free balance of an account in the token of the offer; undefined while the chain cannot be read. */
function freeOf(ports: AnswerPorts, { network, token }: PayableOffer, account: Address): Promise<bigint | undefined> {
  return freeBalance(ports, network, token, account).catch(() => undefined);
}

/** Set when the account cannot pay for one request and has no channel open that could. */
async function shortOf(
  ports: AnswerPorts,
  best: PayableOffer,
  address: Address | undefined,
): Promise<ApprovalView["short"]> {
  if (!address) return undefined;
  const channels = await ports.ledger.listChannels({ status: ["open"] });
  const { offer } = best;
  const pays = channels.some(
    ({ key }) => key.payTo === offer.payTo && key.asset === offer.asset && key.account === address,
  );
  if (pays) return undefined;
  const have = await freeOf(ports, best, address);
  if (have === undefined || have >= offer.amount) return undefined;
  const money = (atomic: bigint) => moneyOf(ports.networks(), best.network.id, offer.asset, atomic);
  return { need: money(offer.amount), have: money(have), address };
}

/** Who of several accounts pays, and what each could. */
async function fromOf(
  ports: AnswerPorts,
  best: PayableOffer,
  account: Address | undefined,
): Promise<ApprovalView["from"]> {
  const look = await ports.vault.look();
  if (!account || !("accounts" in look) || look.accounts.length < 2) return undefined;
  const accounts = await Promise.all(
    look.accounts.map(async (address) => {
      const free = await freeOf(ports, best, address);
      if (free === undefined) return { address };
      return { address, balance: moneyOf(ports.networks(), best.network.id, best.offer.asset, free) };
    }),
  );
  return { account, accounts };
}

type ApprovalAnswers = Pick<Handlers, "approval.get" | "approval.preview" | "approval.choose" | "approval.open">;

export function approvalAnswers(ports: AnswerPorts): ApprovalAnswers {
  const { payments } = ports;
  return {
    "approval.get": async ({ approvalId }) => {
      const question = payments.question(approvalId);
      return question ? approvalViewOf(ports, question) : null;
    },
    "approval.preview": async ({ approvalId, offer, cap, once }) => {
      const question = payments.question(approvalId);
      if (!question) return { requests: 0, problem: "malformed" };
      const shown = await payments.preview(question, offer, cap, once);
      const payable = [...question.items.values()][0]?.offers[offer];
      const { setsAside, ...rest } = shown;
      if (setsAside === undefined || !payable) return rest;
      const { network, asset } = payable.offer;
      return { ...rest, setsAside: moneyOf(ports.networks(), network, asset, setsAside) };
    },
    "approval.choose": async ({ approvalId, revision, offer, choice }) => {
      const standing = await ports.vault.status();
      if (standing !== "unlocked" && (choice.kind === "once" || choice.kind === "budget")) return { problem: "locked" };
      const problem = await payments.choose({ questionId: approvalId, revision, offer, choice });
      return problem ? { problem } : { done: true };
    },
    "approval.open": async ({ approvalId }) => {
      payments.present(approvalId);
      return { done: true };
    },
  };
}
