/**
 * May this request be paid without asking? One pure function over what the person has allowed. It returns the rows as
 * they are after the debit; whoever stores them in the same transaction in which they were read cannot overspend.
 */
import type { Address } from "viem";
import { microDollars } from "./dollars.ts";
import type { GlobalPolicy, Grant, GrantKey, PriceMemory, SitePolicy } from "./grant.ts";
import { QUIET_AFTER } from "./grant.ts";
import { pathCovered } from "./path.ts";
import { dayStart, windowAt, windowEnd } from "./period.ts";

/** One request for money. `amount` is the most that it can cost, in atomic units of `asset`. */
export interface SpendRequest extends GrantKey {
  readonly requestId: string;
  readonly offerId: string;
  /** Path of the paid URL, without query. */
  readonly path: string;
  readonly amount: bigint;
  /** How it would be paid, such as "exact". */
  readonly scheme: string;
  readonly contract?: Address | undefined;
  readonly payeeSigner?: Address | undefined;
  /** Decimals of a token that is worth one dollar each; null for every other asset. */
  readonly dollarDecimals: number | null;
}

export interface DecideInput {
  readonly request: SpendRequest;
  /** Every grant of (site, payeeOrigin), of whatever payee, chain and asset, in any order. */
  readonly grants: readonly Grant[];
  readonly site: SitePolicy;
  readonly global: GlobalPolicy;
  /** What the price of this page was, if it is known. */
  readonly price?: PriceMemory | undefined;
  /** An earlier payment for the same resource whose answer was lost and that the payee may have taken. */
  readonly paidBefore?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A term of the payee that is not what the person agreed to. */
export interface Change {
  readonly field: "payTo" | "network" | "asset" | "scheme" | "contract" | "payeeSigner";
  readonly was: string;
  readonly now: string;
}

/** Why the person has to be asked. Amounts in atomic units of the request's asset. */
export type AskReason =
  | { readonly code: "no_grant" }
  | { readonly code: "payee_changed"; readonly changes: readonly Change[] }
  /** `paymentId` was for the same resource, and its answer was lost: only a yes to this very request pays again. */
  | { readonly code: "paid_before"; readonly paymentId: string }
  | { readonly code: "path_not_covered"; readonly path: string }
  | { readonly code: "grant_expired"; readonly expiredAt: number }
  | { readonly code: "period_over"; readonly endedAt: number }
  | { readonly code: "over_request_ceiling"; readonly ceiling: bigint; readonly price: bigint }
  | { readonly code: "price_rise"; readonly was: bigint; readonly now: bigint }
  | { readonly code: "too_fast"; readonly perMinute: number; readonly freeAt: number }
  | {
      readonly code: "budget_spent";
      readonly total: bigint;
      readonly spent: bigint;
      readonly left: bigint;
      readonly price: bigint;
      readonly renewsAt: number | null;
    };

/** Why it is not paid and nobody is asked. The daily ceiling in millionths of a dollar. */
export type RefuseReason =
  | { readonly code: "everything_paused" }
  | { readonly code: "site_paused" }
  | { readonly code: "never_here" }
  | { readonly code: "site_quiet"; readonly dismissals: number; readonly wouldAsk: AskReason }
  | {
      readonly code: "daily_ceiling";
      readonly ceiling: bigint;
      readonly spent: bigint;
      readonly price: bigint;
      readonly renewsAt: number;
    };

export type Decision =
  | {
      readonly kind: "allow";
      readonly grantId: string;
      /** The grant, the global policy and the price memory after the debit. */
      readonly grant: Grant;
      readonly global: GlobalPolicy;
      readonly price: PriceMemory;
      /** What this takes from the daily ceiling, in millionths of a dollar. */
      readonly dollars: bigint;
    }
  | { readonly kind: "ask"; readonly reason: AskReason }
  | { readonly kind: "refuse"; readonly reason: RefuseReason };

const MINUTE = 60_000;

/** Decides one request. Total, deterministic, and the same in any order of `grants` that allow it equally. */
export function decide(input: DecideInput): Decision {
  const { request, site, global, now } = input;
  if (global.paused) return refuse({ code: "everything_paused" });
  if (site.never) return refuse({ code: "never_here" });
  if (site.paused) return refuse({ code: "site_paused" });

  const found = choose(input);
  if (found.kind === "ask") {
    if (site.dismissals < QUIET_AFTER) return found;
    return refuse({ code: "site_quiet", dismissals: site.dismissals, wouldAsk: found.reason });
  }

  const dollars = microDollars(request.amount, request.dollarDecimals);
  const day = dayAt(global, now);
  if (global.dailyCeiling !== null && dollars > 0n && day.spent + dollars > global.dailyCeiling) {
    return refuse({
      code: "daily_ceiling",
      ceiling: global.dailyCeiling,
      spent: day.spent,
      price: dollars,
      renewsAt: day.start + 86_400_000,
    });
  }
  return {
    kind: "allow",
    grantId: found.grant.id,
    grant: debit(found.grant, request, now),
    global: { ...global, day: { start: day.start, spent: day.spent + dollars } },
    price: { accepted: input.price?.accepted ?? request.amount, last: request.amount },
    dollars,
  };
}

const ask = (reason: AskReason): Decision & { kind: "ask" } => ({ kind: "ask", reason });
const refuse = (reason: RefuseReason): Decision => ({ kind: "refuse", reason });

/** The day of the daily ceiling. Like a grant's period it only moves forward. */
function dayAt(global: GlobalPolicy, now: number): GlobalPolicy["day"] {
  const start = dayStart(now);
  return start > global.day.start ? { start, spent: 0n } : global.day;
}

/** The grant that pays, or the reason of the one that came closest. One-time grants come first: they were given for it. */
function choose(input: DecideInput): { kind: "use"; grant: Grant } | (Decision & { kind: "ask" }) {
  const { request, now } = input;
  const live = input.grants
    .filter((grant) => grant.revokedAt === null)
    .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
  const same = live.filter((grant) => changes(grant, request).length === 0);
  for (const grant of same) {
    if (grant.boundTo && coversBound(grant, request) && !obstacle(grant, input)) return { kind: "use", grant };
  }
  if (input.paidBefore !== undefined) return ask({ code: "paid_before", paymentId: input.paidBefore });
  const standing = same.filter((grant) => !grant.boundTo);
  let closest: AskReason | undefined;
  for (const grant of standing) {
    const reason = obstacle(grant, input);
    if (!reason) {
      const rise = priceRise(input);
      if (!rise) return { kind: "use", grant };
      closest = rise;
      break;
    }
    if (!closest || NEARNESS.indexOf(reason.code) > NEARNESS.indexOf(closest.code)) closest = reason;
  }
  if (closest) return ask(closest);
  const other = live.find(
    (grant) => !grant.boundTo && !(grant.terms.expiresAt !== null && grant.terms.expiresAt <= now),
  );
  return ask(other ? { code: "payee_changed", changes: changes(other, request) } : { code: "no_grant" });
}

/** From the farthest to the closest: of several grants the person hears about the one that almost paid. */
const NEARNESS: readonly AskReason["code"][] = [
  "no_grant",
  "payee_changed",
  "path_not_covered",
  "grant_expired",
  "period_over",
  "over_request_ceiling",
  "budget_spent",
  "too_fast",
  "price_rise",
];

/** What of the request differs from what the grant was given for. Addresses are compared without regard to case. */
function changes(grant: Grant, request: SpendRequest): Change[] {
  const pairs: [Change["field"], string | undefined, string | undefined][] = [
    ["payTo", grant.key.payTo, request.payTo],
    ["network", grant.key.network, request.network],
    ["asset", grant.key.asset, request.asset],
    ["scheme", grant.pins.scheme, request.scheme],
    ["contract", grant.pins.contract, request.contract],
    ["payeeSigner", grant.pins.payeeSigner, request.payeeSigner],
  ];
  const differing: Change[] = [];
  for (const [field, was, now] of pairs) {
    if (was !== undefined && now !== undefined && was.toLowerCase() !== now.toLowerCase()) {
      differing.push({ field, was, now });
    }
  }
  if (grant.key.site !== request.site || grant.key.payeeOrigin !== request.payeeOrigin) {
    throw new RangeError("decide() was given a grant of another site");
  }
  return differing;
}

function coversBound(grant: Grant, request: SpendRequest): boolean {
  return (grant.boundTo ?? []).some(
    ({ requestId, offerId }) => requestId === request.requestId && offerId === request.offerId,
  );
}

/** Why this grant cannot pay for the request, or undefined if it can. */
function obstacle(grant: Grant, { request, now }: DecideInput): AskReason | undefined {
  const { terms } = grant;
  if (terms.expiresAt !== null && now >= terms.expiresAt) {
    return { code: "grant_expired", expiredAt: terms.expiresAt };
  }
  const end = windowEnd(grant, now);
  if (!terms.renews && end !== null && now >= end) return { code: "period_over", endedAt: end };
  if (!pathCovered(terms.paths, request.path)) return { code: "path_not_covered", path: request.path };
  const ceiling = terms.perRequest ?? terms.total;
  if (request.amount > ceiling) return { code: "over_request_ceiling", ceiling, price: request.amount };
  const { spent } = windowAt(grant, now);
  if (spent + request.amount > terms.total) {
    const left = terms.total > spent ? terms.total - spent : 0n;
    const renewsAt = terms.renews ? end : null;
    return { code: "budget_spent", total: terms.total, spent, left, price: request.amount, renewsAt };
  }
  if (terms.perMinute !== null) {
    const recent = lastMinute(grant.recent, now);
    const oldest = recent[recent.length - terms.perMinute];
    if (oldest !== undefined) return { code: "too_fast", perMinute: terms.perMinute, freeAt: oldest + MINUTE };
  }
  return undefined;
}

function priceRise({ request, price, global }: DecideInput): AskReason | undefined {
  if (!price || price.accepted === 0n) return undefined;
  const limit = (price.accepted * BigInt(100 + global.tolerancePercent)) / 100n;
  return request.amount > limit ? { code: "price_rise", was: price.accepted, now: request.amount } : undefined;
}

/** Payments of the last 60 seconds. One that seems to lie in the future (the clock went back) counts as made just now. */
function lastMinute(recent: readonly number[], now: number): number[] {
  return recent.map((at) => Math.min(at, now)).filter((at) => at > now - MINUTE);
}

/** The grant after the payment. A term that the payee shows for the first time is pinned. */
function debit(grant: Grant, { amount, ...terms }: SpendRequest, now: number): Grant {
  const window = windowAt(grant, now);
  const recent = grant.terms.perMinute === null ? [] : [...lastMinute(grant.recent, now), now];
  return {
    ...grant,
    pins: {
      scheme: grant.pins.scheme ?? terms.scheme,
      contract: grant.pins.contract ?? terms.contract,
      payeeSigner: grant.pins.payeeSigner ?? terms.payeeSigner,
    },
    window: { ...window, spent: window.spent + amount },
    spentEver: grant.spentEver + amount,
    recent: recent.slice(-(grant.terms.perMinute ?? 1)),
  };
}
