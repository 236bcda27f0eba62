/** What the screens are told about sites: budgets, spending, what waits, what was refused. */
import { findNetwork, findToken, type Network, ProtocolError, parsePrice } from "@tollpass/protocol";
import { type PathRule, QUIET_AFTER, windowEnd } from "#budget";
import type { GrantView as LedgerGrant } from "#ledger";
import type { GrantView, Handlers, Money, RefusalView, SiteRow, SiteView } from "#messages";
import { chosenOffers, type Notice, type Question } from "#payment";
import { connectionOf, hostOf, moneyOf, paymentView } from "./money.ts";
import type { AnswerPorts } from "./ports.ts";

const RECENT = 5;

function grantView(networks: readonly Network[], grant: LedgerGrant, now: number): GrantView {
  const { key, terms } = grant;
  const money = (atomic: bigint) => moneyOf(networks, key.network, key.asset, atomic);
  const renewsAt = terms.renews ? windowEnd(grant, now) : null;
  return {
    id: grant.id,
    site: key.site,
    payeeOrigin: key.payeeOrigin,
    payTo: key.payTo,
    network: key.network,
    cap: money(terms.total),
    spent: money(grant.spent),
    left: money(grant.left),
    ...(terms.perRequest === null ? {} : { perRequest: money(terms.perRequest) }),
    period: terms.period,
    ...(renewsAt === null ? {} : { renewsAt }),
    ...(terms.expiresAt === null ? {} : { expiresAt: terms.expiresAt }),
    limits: {
      renews: terms.renews,
      perMinute: terms.perMinute,
      paths: terms.paths.map(({ pattern }) => pattern),
      expiresAt: terms.expiresAt,
    },
  };
}

/** A typed path: one with a * covers what fits it, any other itself and everything under it. */
const pathRule = (pattern: string): PathRule => ({ kind: pattern.includes("*") ? "glob" : "prefix", pattern });

/** The codes that the screens have words for, where the wallet's own are finer. */
export const SCREEN_CODES: Readonly<Record<string, string>> = {
  insufficient_balance: "too_little_money",
  min_deposit: "minimum_deposit",
  everything_paused: "paused",
  site_paused: "paused",
  never_here: "never",
  site_quiet: "quiet",
  channels_disabled: "network_disabled",
};

export function refusalView(networks: readonly Network[], notice: Notice): RefusalView {
  const { at, url, reason, network, asset } = notice;
  const money = (atomic: string | undefined): Money | undefined => {
    if (atomic === undefined) return undefined;
    if (reason === "short_of_gas") return { atomic, decimals: 18, symbol: "ETH", dollar: false };
    return network && asset ? moneyOf(networks, network, asset, BigInt(atomic)) : undefined;
  };
  const amounts = { amount: money(reason === "short_of_gas" ? undefined : notice.amount), was: money(notice.was) };
  const short = { need: money(notice.need), have: money(notice.have) };
  const present = Object.fromEntries(Object.entries({ ...amounts, ...short }).filter(([, value]) => value));
  return { at, url, reason: SCREEN_CODES[reason] ?? reason, ...present };
}

/** The price of everything that waits in a question if the offer of that index is chosen. */
export function totalOf(networks: readonly Network[], question: Question, index = 0): Money | undefined {
  const chosen = chosenOffers(question, index);
  const [first] = chosen;
  if (!first) return undefined;
  const sum = chosen.reduce((total, { payable }) => total + payable.offer.amount, 0n);
  return moneyOf(networks, first.payable.offer.network, first.payable.offer.asset, sum);
}

async function siteViewOf(ports: AnswerPorts, site: string): Promise<SiteView> {
  const { ledger, payments, now } = ports;
  const networks = ports.networks();
  const [summary, notice] = await Promise.all([ledger.siteSummary(site, RECENT), payments.noticeOf(site)]);
  const [question] = payments.questionsOf(site);
  const total = question && totalOf(networks, question);
  return {
    site,
    host: hostOf(site),
    connection: connectionOf(site),
    paused: summary.policy.paused,
    never: summary.policy.never,
    quiet: summary.policy.dismissals >= QUIET_AFTER,
    grants: summary.grants.map((grant) => grantView(networks, grant, now())),
    recent: summary.recent.map((payment) => paymentView(networks, payment)),
    ...(question && total ? { waiting: { approvalId: question.id, count: question.items.size, total } } : {}),
    ...(notice ? { refusal: refusalView(networks, notice) } : {}),
  };
}

async function siteRows({ ledger, networks, home, now }: AnswerPorts): Promise<SiteRow[]> {
  const [sites, grants] = await Promise.all([ledger.sites(), ledger.grants()]);
  const known = networks();
  const rows: SiteRow[] = [];
  for (const { site, policy, spent } of sites) {
    if (site === "") continue;
    const latest = (await ledger.recentPayments(site, 1))[0];
    const atHome = spent.find(({ network }) => network === home().id) ?? spent[0];
    rows.push({
      site,
      host: hostOf(site),
      ...(policy.account ? { account: policy.account } : {}),
      paused: policy.paused,
      never: policy.never,
      quiet: policy.dismissals >= QUIET_AFTER,
      grants: grants.filter(({ key }) => key.site === site).map((grant) => grantView(known, grant, now())),
      ...(atHome ? { spentTotal: moneyOf(known, atHome.network, atHome.asset, atHome.all) } : {}),
      payments: spent.reduce((count, one) => count + one.count, 0),
      ...(latest ? { lastAt: latest.createdAt } : {}),
    });
  }
  return rows.sort((a, b) => (b.lastAt ?? 0) - (a.lastAt ?? 0));
}

type SiteAnswers = Pick<
  Handlers,
  | "site.get"
  | "site.pause"
  | "site.never"
  | "site.askAgain"
  | "sites.list"
  | "grant.edit"
  | "grant.revoke"
  | "grants.revokeAll"
  | "pause.set"
>;

export function siteAnswers(ports: AnswerPorts): SiteAnswers {
  const { ledger, payments } = ports;
  const done = { done: true } as const;
  return {
    "site.get": async ({ tabId }) => {
      const site = await ports.siteOfTab(tabId);
      return site === undefined ? null : siteViewOf(ports, site);
    },
    "site.pause": async ({ site, paused }) => {
      await ledger.setSitePolicy(site, { paused });
      payments.lookAgain();
      return done;
    },
    "site.never": async ({ site, never }) => {
      await ledger.setSitePolicy(site, { never });
      payments.lookAgain();
      return done;
    },
    "site.askAgain": async ({ site }) => {
      await ledger.setSitePolicy(site, { dismissals: 0 });
      await payments.askAgain(site);
      return done;
    },
    "sites.list": () => siteRows(ports),
    "grant.edit": async ({ grantId, cap, perRequest, period, limits }) => {
      const grant = (await ledger.grants()).find(({ id }) => id === grantId);
      const network = grant && findNetwork(ports.networks(), grant.key.network);
      const token = network && grant && findToken(network, grant.key.asset);
      if (!grant || !token) return { problem: "gone" };
      try {
        const total = parsePrice(cap, token.decimals);
        const ceiling = perRequest === undefined ? null : parsePrice(perRequest, token.decimals);
        if (ceiling !== null && ceiling > total) return { problem: "ceiling_above_cap" };
        const renews = period !== "once" && (limits?.renews ?? grant.terms.renews);
        const finer = limits && { ...limits, paths: limits.paths.map(pathRule) };
        await ledger.editGrant(grantId, { ...finer, total, perRequest: ceiling, period, renews });
      } catch (error) {
        if (error instanceof ProtocolError) return { problem: "malformed" };
        throw error;
      }
      payments.lookAgain();
      return done;
    },
    "grant.revoke": async ({ grantId }) => {
      await ledger.revokeGrants({ grantId });
      return done;
    },
    "grants.revokeAll": async () => {
      await ledger.revokeGrants("all");
      return done;
    },
    "pause.set": async ({ paused }) => {
      await ledger.setGlobal({ paused });
      ports.announce("status");
      if (!paused) payments.lookAgain();
      return done;
    },
  };
}
