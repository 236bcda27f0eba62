/**
 * The one strict commit before any byte leaves: the decision of the budget, its debit, the nonce and totals of the
 * channel, and everything from which the exact bytes can be made again, all in one transaction or not at all.
 */

import { MAX_AMOUNT } from "@tollpass/protocol";
import {
  DEFAULT_GLOBAL_POLICY,
  DEFAULT_SITE_POLICY,
  decide,
  type PriceMemory,
  pricePattern,
  type SpendRequest,
} from "#budget";
import { channelAfter, isOutOfDate, payingChannel } from "./channelStep.ts";
import type { Database, PriceKey } from "./database.ts";
import { LedgerError } from "./errors.ts";
import { RESUMABLE } from "./indexes.ts";
import type { Intent, PlanInput, PlanResult, ReserveResult } from "./intent.ts";
import { transition } from "./machine.ts";
import { accountsIn, begunPayments, isBegunFor } from "./outlook.ts";
import type { PaymentRecord, SiteRecord, WalletRecord } from "./rows.ts";
import { withPayment } from "./totals.ts";

export const EMPTY_WALLET: WalletRecord = { policy: DEFAULT_GLOBAL_POLICY, totals: [], seq: 0 };
export const emptySite = (site: string): SiteRecord => ({ site, policy: DEFAULT_SITE_POLICY, totals: [] });

/**
 * Reserves one payment. `plan` is called inside the transaction, only if the budget allows; it may be called twice, or
 * for a request that is then not written, because a transaction can fail. Throws LedgerError; then nothing was written.
 */
export async function reserve<Wait, Refusal>(
  db: Database,
  intent: Intent,
  plan: (input: PlanInput) => PlanResult<Wait, Refusal>,
): Promise<ReserveResult<Wait, Refusal>> {
  if (intent.amount <= 0n || intent.amount > MAX_AMOUNT) {
    throw new LedgerError("guard", "A payment costs at least one unit and at most 2^96 − 1.");
  }
  const now = db.now();
  const paymentId = db.randomId();
  const request = spendRequest(intent);
  const priceKey = priceKeyOf(intent);
  const { given } = intent;
  // A private window leaves no trace of the site: its payments count under no site.
  const siteName = intent.incognito ? "" : intent.site;

  return db.write(["payments", "grants", "sites", "channels", "wallet"], async () => {
    const [known, wallet = EMPTY_WALLET, policySite, privateSite, grants, price, channels, lost, begun] =
      await Promise.all([
        db.payments.where("requestId", intent.requestId),
        db.wallet(),
        db.sites.get(intent.site),
        intent.incognito ? db.sites.get(siteName) : undefined,
        db.grants.where("[site+payeeOrigin]", [intent.site, intent.payeeOrigin]),
        db.price(priceKey),
        // Also where no channel pays: one that shows the payee to have cheated keeps it from being paid in any way.
        db.channels.where("payeeOrigin", intent.payeeOrigin),
        intent.incognito ? [] : db.unservedOf(intent),
        given ? begunPayments(db) : [],
      ]);
    const [existing] = known;
    if (existing) {
      const channel = channels.find(({ id }) => id === existing.channelId);
      return { kind: "reserved", payment: existing, channel, fresh: false };
    }
    if (wallet.halted) {
      return { kind: "refuse", reason: { code: "ledger_inconsistent", findings: wallet.halted.findings } };
    }
    if (given) {
      const missed = begun.some((payment) => isBegunFor(payment, intent, now) && !given.passed.has(payment.id));
      if (missed || !given.isPayer(accountsIn(policySite, wallet))) return { kind: "look" };
    }
    // A body that broke off long ago is not missed any more: what is wanted now is another one.
    const fresh = lost.filter(({ id, state, updatedAt, bodyLost }) => {
      if (state !== "delivered") return true;
      return now - updatedAt < RESUMABLE && (bodyLost === true || !intent.underWay?.has(id));
    });
    const lostLast = fresh.at(-1)?.id;
    // A payment that repeats it is the last one then: a second request with the same yes finds that one instead.
    const repeats = lostLast !== undefined && lostLast === intent.again;
    const decision = decide({
      request,
      grants,
      site: (policySite ?? emptySite(intent.site)).policy,
      global: wallet.policy,
      price,
      paidBefore: repeats ? undefined : lostLast,
      now,
    });
    if (decision.kind === "refuse") return decision;
    // Before any question: nobody is asked about a payee that is not paid anyway.
    const cheat = channels.find(({ untrusted }) => untrusted !== undefined);
    if (cheat?.untrusted !== undefined) {
      return { kind: "refuse", reason: { code: "payee_untrusted", channelId: cheat.id, why: cheat.untrusted } };
    }
    if (decision.kind === "ask") return decision;

    const before = intent.channel && payingChannel(channels, intent.channel);
    const planned = plan({
      paymentId,
      now,
      channel: before,
      left: decision.grant.terms.total - decision.grant.window.spent + intent.amount,
      once: decision.grant.boundTo !== undefined,
    });
    if (planned.kind === "wait") return planned;
    if (planned.kind === "refuse") return { kind: "unpayable", reason: planned.reason };
    const after = planned.channel && channelAfter(before, planned.channel, intent.amount);

    const fromChannel = after !== undefined;
    const facts = { amount: intent.amount, attempts: 0, fromChannel, outOfDate: after && isOutOfDate(after) };
    const { to: reserved } = transition("planned", "reserve", facts);
    const state = planned.leaves ? transition(reserved, "send", { ...facts, attempt: 1 }).to : reserved;
    const seq = wallet.seq + 1;
    const payment: PaymentRecord = {
      id: paymentId,
      seq,
      requestId: intent.requestId,
      offerId: intent.offerId,
      approvalId: intent.approvalId,
      state,
      createdAt: now,
      updatedAt: now,
      ...described(intent),
      scheme: intent.scheme,
      network: intent.network,
      asset: intent.asset,
      payTo: intent.payTo,
      amount: intent.amount,
      dollarDecimals: intent.dollarDecimals,
      offer: intent.incognito ? null : intent.offer,
      plan: planned.plan,
      grantId: decision.grantId,
      window: decision.grant.window.index,
      day: decision.global.day.start,
      debited: intent.amount,
      attempts: planned.leaves ? 1 : 0,
      bodyEnded: false,
      channelId: after?.id,
      nonce: after?.nonce,
      signed: after && {
        authorized: after.authorized,
        credited: after.credited,
        earned: planned.channel?.kind === "step" ? planned.channel.earned : 0n,
      },
      inGross: fromChannel,
      inEarned: 0n,
    };
    const counted = (intent.incognito ? privateSite : policySite) ?? emptySite(siteName);
    await Promise.all([
      db.payments.add(payment),
      db.grants.put(decision.grant),
      db.sites.put({ ...counted, totals: withPayment(counted.totals, payment, intent.amount) }),
      db.putWallet({
        ...wallet,
        policy: decision.global,
        totals: withPayment(wallet.totals, payment, intent.amount),
        seq,
      }),
      ...(intent.incognito || isSamePrice(price, decision.price) ? [] : [db.putPrice(priceKey, decision.price)]),
      ...(repeats ? fresh.map((payment) => db.payments.put({ ...payment, repeatedBy: paymentId })) : []),
      ...(after ? [planned.channel?.kind === "open" ? db.channels.add(after) : db.channels.put(after)] : []),
    ]);
    return { kind: "reserved", payment, channel: after, fresh: true };
  });
}

function spendRequest(intent: Intent): SpendRequest {
  const { requestId, offerId, site, payeeOrigin, payTo, network, asset, amount, scheme, contract, payeeSigner } =
    intent;
  const path = new URL(intent.url).pathname;
  const { dollarDecimals } = intent;
  return {
    requestId,
    offerId,
    site,
    payeeOrigin,
    payTo,
    network,
    asset,
    amount,
    scheme,
    contract,
    payeeSigner,
    path,
    dollarDecimals,
  };
}

const isSamePrice = (a: PriceMemory | undefined, b: PriceMemory): boolean =>
  a?.accepted === b.accepted && a.last === b.last;

/** Under which key the price of this URL is remembered. */
export const priceKeyOf = (page: Pick<Intent, "site" | "payeeOrigin" | "network" | "asset" | "url">): PriceKey => [
  page.site,
  page.payeeOrigin,
  page.network,
  page.asset,
  pricePattern(new URL(page.url).pathname),
];

/** What a person could read in the history: nothing of it for a private window. */
function described(intent: Intent) {
  const { method, resourceType, bodyDigest, incognito } = intent;
  const bare = { method, resourceType, bodyDigest, incognito, redacted: incognito };
  if (incognito) return { ...bare, site: "", payeeOrigin: "", frameOrigins: [], url: null, title: null };
  const { site, payeeOrigin, frameOrigins, url, title = null } = intent;
  return { ...bare, site, payeeOrigin, frameOrigins: [...frameOrigins], url, title };
}
