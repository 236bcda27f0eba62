/** What screens and a restart read. Every answer comes from kept sums or from an index: none adds up the journal. */

import type { Address, Hex } from "viem";
import { dayStart, type GlobalPolicy, type Grant, monthStart, type SitePolicy, windowAt } from "#budget";
import type { Database } from "./database.ts";
import { EMPTY_WALLET, emptySite } from "./reserve.ts";
import type { ChannelRecord, PaymentRecord, SpendTotals, WalletRecord } from "./rows.ts";

/** Spending of one asset, in its atomic units; what is still reserved counts as spent. Days and months are UTC. */
export interface Spent {
  readonly network: string;
  readonly asset: Address;
  readonly all: bigint;
  readonly today: bigint;
  readonly thisMonth: bigint;
  /** Payments that took something or still may. */
  readonly count: number;
}

/** A grant with what is left of it now. */
export interface GrantView extends Grant {
  /** Spent in the current period, and what is left of its total. */
  readonly spent: bigint;
  readonly left: bigint;
}

export interface SiteSummary {
  readonly site: string;
  readonly policy: SitePolicy;
  readonly spent: readonly Spent[];
  /** Grants that stand (not revoked), newest first; one-time grants are left out. */
  readonly grants: readonly GrantView[];
  readonly recent: readonly PaymentRecord[];
}

const spentNow = (totals: readonly SpendTotals[], now: number): Spent[] =>
  totals.map(({ network, asset, all, day, month, count }) => ({
    network,
    asset,
    all,
    today: day.start >= dayStart(now) ? day.spent : 0n,
    thisMonth: month.start >= monthStart(now) ? month.spent : 0n,
    count,
  }));

function viewOf(grant: Grant, now: number): GrantView {
  const { spent } = windowAt(grant, now);
  return { ...grant, spent, left: spent < grant.terms.total ? grant.terms.total - spent : 0n };
}

/** All that the popup shows of one site, with its `n` latest payments. */
export function siteSummary(db: Database, site: string, n = 5): Promise<SiteSummary> {
  const now = db.now();
  return db.read(async () => {
    const [record = emptySite(site), found, recent] = await Promise.all([
      db.sites.get(site),
      db.grants.where("site", site),
      db.newestPayments(n, undefined, site),
    ]);
    const grants = found
      .filter((grant) => grant.revokedAt === null && !grant.boundTo)
      .sort((a, b) => b.createdAt - a.createdAt)
      .map((grant) => viewOf(grant, now));
    return { site, policy: record.policy, spent: spentNow(record.totals, now), grants, recent };
  });
}

/** Every site that the wallet knows, by name; what belongs to no site any more comes as site "". */
export async function siteList(db: Database): Promise<Pick<SiteSummary, "site" | "policy" | "spent">[]> {
  const now = db.now();
  const records = await db.read(() => db.sites.all());
  return records.map(({ site, policy, totals }) => ({ site, policy, spent: spentNow(totals, now) }));
}

/** Grants that stand, of one site or of all, newest first. */
export async function standingGrants(db: Database, site?: string): Promise<GrantView[]> {
  const now = db.now();
  const found = await db.read(() => (site === undefined ? db.grants.all() : db.grants.where("site", site)));
  return found
    .filter((grant) => grant.revokedAt === null && !grant.boundTo)
    .sort((a, b) => b.createdAt - a.createdAt)
    .map((grant) => viewOf(grant, now));
}

export interface HistoryPage {
  readonly payments: readonly PaymentRecord[];
  /** Give it back for the next page; undefined: there is none. */
  readonly cursor: number | undefined;
}

/** Payments, newest first, a page at a time. */
export async function history(
  db: Database,
  query: { cursor?: number | undefined; limit: number; site?: string | undefined },
): Promise<HistoryPage> {
  const { cursor, limit, site } = query;
  const payments = await db.read(() => db.newestPayments(limit, cursor, site));
  return { payments, cursor: payments.length < limit ? undefined : payments.at(-1)?.seq };
}

export interface WalletTotals {
  readonly policy: GlobalPolicy;
  /** Spent of the daily ceiling today (UTC), in millionths of a dollar. */
  readonly dollarsToday: bigint;
  readonly spent: readonly Spent[];
  /** Per asset: money in channels that are not closed, what of it may already be the payees', and what awaits the chain. */
  readonly channels: readonly {
    readonly network: string;
    readonly asset: Address;
    readonly deposit: bigint;
    readonly owed: bigint;
    readonly pending: bigint;
    readonly count: number;
  }[];
  readonly halted: WalletRecord["halted"];
}

export function walletTotals(db: Database): Promise<WalletTotals> {
  const now = db.now();
  return db.read(async () => {
    const [wallet = EMPTY_WALLET, channels] = await Promise.all([db.wallet(), db.channels.all()]);
    const { policy, totals, halted } = wallet;
    const sums = new Map<string, WalletTotals["channels"][number]>();
    for (const { key, status, deposit, authorized, credited, settled, pendingDeposit } of channels) {
      if (status === "closed") continue;
      const id = `${key.network} ${key.asset}`;
      const sum = sums.get(id) ?? {
        network: key.network,
        asset: key.asset,
        deposit: 0n,
        owed: 0n,
        pending: 0n,
        count: 0,
      };
      const owed = authorized - credited;
      sums.set(id, {
        ...sum,
        deposit: sum.deposit + deposit - (settled < deposit ? settled : deposit),
        owed: sum.owed + (owed > settled ? owed - settled : 0n),
        pending: sum.pending + (pendingDeposit?.amount ?? 0n),
        count: sum.count + 1,
      });
    }
    const dollarsToday = policy.day.start >= dayStart(now) ? policy.day.spent : 0n;
    return { policy, dollarsToday, spent: spentNow(totals, now), channels: [...sums.values()], halted };
  });
}

/** Payments without an end yet (reserved, sent, unknown), oldest first: what a restart must look at. */
export async function unsettled(db: Database): Promise<PaymentRecord[]> {
  const found = await db.read(() => db.payments.where("attention", "settle"));
  return found.sort((a, b) => a.seq - b.seq);
}

/**
 * The payments of one channel that are not settled, and how many of them cannot be read: those never settle. One that
 * does not even say whose it is counts for every channel.
 */
export async function unsettledOf(
  db: Database,
  channelId: Hex,
): Promise<{ readonly records: readonly PaymentRecord[]; readonly unreadable: number }> {
  return db.read(async () => {
    const rows = await db.payments.table.where("attention").equals("settle").toArray();
    const own = rows.filter((row) => row.channelId === channelId || typeof row.id !== "string");
    return db.payments.whatCanBeRead(own);
  });
}

/** Payments with a receipt whose body has not ended, oldest first: their charge is not acknowledged yet. */
export async function awaitingBody(db: Database): Promise<PaymentRecord[]> {
  const found = await db.read(() => db.payments.where("attention", "body"));
  return found.sort((a, b) => a.seq - b.seq);
}

/** Payments without a channel that a server says it has, and that the chain has not shown yet, oldest first. */
export async function awaitingChain(db: Database): Promise<PaymentRecord[]> {
  const found = await db.read(() => db.payments.where("attention", "chain"));
  return found.sort((a, b) => a.seq - b.seq);
}

export function getPayment(db: Database, id: string): Promise<PaymentRecord | undefined> {
  return db.read(() => db.payments.get(id));
}

/** A payment and its channel as they are at one moment. */
export interface PaymentAndChannel {
  readonly payment: PaymentRecord;
  readonly channel: ChannelRecord | undefined;
}

export function paymentAndChannel(db: Database, paymentId: string): Promise<PaymentAndChannel | undefined> {
  return db.read(async () => {
    const payment = await db.payments.get(paymentId);
    if (!payment) return undefined;
    const channel = payment.channelId === undefined ? undefined : await db.channels.get(payment.channelId);
    return { payment, channel };
  });
}

export async function getPaymentByRequest(db: Database, requestId: string): Promise<PaymentRecord | undefined> {
  const [found] = await db.read(() => db.payments.where("requestId", requestId));
  return found;
}

/** How many payments a channel has made. */
export function countPayments(db: Database, channelId: string): Promise<number> {
  return db.read(() => db.countOfChannel(channelId));
}

/** The payment that took one nonce of a channel: where a receipt belongs. */
export async function getPaymentByNonce(
  db: Database,
  channelId: string,
  nonce: bigint,
): Promise<PaymentRecord | undefined> {
  const [found] = await db.read(() => db.payments.where("[channelId+nonce]", [channelId, nonce.toString()]));
  return found;
}
