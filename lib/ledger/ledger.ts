/**
 * The ledger: the only writer of money. Everything that was promised, signed, spent or allowed is here, and whatever
 * changes it is one strict transaction. See `machine.ts` for the life of a payment.
 */

import type { Address, Hex } from "viem";
import type { GlobalPolicy, Grant, GrantTerms, SitePolicy } from "#budget";
import { type AuditResult, audit } from "./audit.ts";
import {
  type ChannelFilter,
  type ChannelPatch,
  getChannel,
  getChannelFor,
  listChannels,
  putChannel,
  readableChannels,
  updateChannel,
} from "./channelBook.ts";
import { Database, type LedgerPorts, type Topic } from "./database.ts";
import { journalChallenge } from "./disputes.ts";
import type { Intent, PlanInput, PlanResult, ReserveResult } from "./intent.ts";
import { type LeftBehind, leftBehind } from "./leftBehind.ts";
import { outlook } from "./outlook.ts";
import {
  type AcceptedPrice,
  accountsFor,
  allowOnce,
  createGrant,
  dismiss,
  editGrant,
  keepAccount,
  type NewGrant,
  type OneTimeGrant,
  revokeGrants,
  setGlobal,
  setSitePolicy,
} from "./permissions.ts";
import {
  awaitingBody,
  awaitingChain,
  countPayments,
  getPayment,
  getPaymentByNonce,
  getPaymentByRequest,
  history,
  paymentAndChannel,
  siteList,
  siteSummary,
  standingGrants,
  unsettled,
  unsettledOf,
  walletTotals,
} from "./readModels.ts";
import { deleteHistory } from "./redact.ts";
import { reserve } from "./reserve.ts";
import type { ChannelKey, ChannelRecord, PaymentRecord } from "./rows.ts";
import {
  abandon,
  bodyEnded,
  bodyLost,
  bodyPresumed,
  markSent,
  type ReconcileOutcome,
  reconcile,
  type SettleOutcome,
  seenOnChain,
  settle,
} from "./settle.ts";

/**
 * Opens the ledger, and brings an older one up to date. Throws LedgerError, and then nothing can be paid: `unavailable`
 * where there is no IndexedDB or it is blocked, `full`, `newer` where a newer version of the extension wrote it.
 */
export async function openLedger(ports: LedgerPorts) {
  const db = new Database(ports);
  await db.open();
  return {
    // The journal
    /** What bears on a payment of that site, in one read. */
    outlook: (site: string) => outlook(db, site),
    reserve: <Wait, Refusal>(
      intent: Intent,
      plan: (input: PlanInput) => PlanResult<Wait, Refusal>,
    ): Promise<ReserveResult<Wait, Refusal>> => reserve(db, intent, plan),
    markSent: (paymentId: string, attempt: number) => markSent(db, paymentId, attempt),
    settle: (paymentId: string, outcome: SettleOutcome, httpStatus?: number) =>
      settle(db, paymentId, outcome, httpStatus),
    reconcile: (paymentId: string, outcome: ReconcileOutcome) => reconcile(db, paymentId, outcome),
    abandon: (paymentId: string, reason: string) => abandon(db, paymentId, reason),
    bodyEnded: (paymentId: string) => bodyEnded(db, paymentId),
    bodyPresumed: (paymentId: string) => bodyPresumed(db, paymentId),
    seenOnChain: (paymentId: string, onChain: NonNullable<PaymentRecord["onChain"]>) =>
      seenOnChain(db, paymentId, onChain),
    bodyLost: (paymentId: string, missed: boolean) => bodyLost(db, paymentId, missed),

    // What the person allows
    createGrant: (grant: NewGrant) => createGrant(db, grant),
    allowOnce: (grant: OneTimeGrant) => allowOnce(db, grant),
    editGrant: (grantId: string, terms: Partial<GrantTerms>, accepted?: readonly AcceptedPrice[]): Promise<Grant> =>
      editGrant(db, grantId, terms, accepted),
    revokeGrants: (which: { grantId: string } | { site: string } | "all") => revokeGrants(db, which),
    setSitePolicy: (site: string, change: Partial<SitePolicy>) => setSitePolicy(db, site, change),
    dismiss: (site: string) => dismiss(db, site),
    accountsFor: (site: string) => accountsFor(db, site),
    keepAccount: (site: string, account: Address) => keepAccount(db, site, account),
    setGlobal: (change: Partial<Omit<GlobalPolicy, "day">>) => setGlobal(db, change),

    // Channels
    putChannel: (record: ChannelRecord) => putChannel(db, record),
    updateChannel: (id: Hex, change: (channel: ChannelRecord) => ChannelPatch) => updateChannel(db, id, change),
    journalChallenge: (id: Hex, extra: bigint, change: Parameters<typeof journalChallenge>[3]) =>
      journalChallenge(db, id, extra, change),
    getChannel: (id: Hex) => getChannel(db, id),
    getChannelFor: (key: ChannelKey) => getChannelFor(db, key),
    readableChannels: () => readableChannels(db),
    listChannels: (filter?: ChannelFilter) => listChannels(db, filter),

    // What screens and a restart read
    siteSummary: (site: string, n?: number) => siteSummary(db, site, n),
    sites: () => siteList(db),
    grants: (site?: string) => standingGrants(db, site),
    recentPayments: async (site: string, n: number) => (await history(db, { site, limit: n })).payments,
    history: (query: { cursor?: number | undefined; limit: number; site?: string | undefined }) => history(db, query),
    walletTotals: () => walletTotals(db),
    /** As far as it can be read: for a wallet that is to be made over this journal. */
    leftBehind: (): Promise<LeftBehind> => leftBehind(db),
    unsettled: () => unsettled(db),
    unsettledOf: (channelId: Hex) => unsettledOf(db, channelId),
    awaitingBody: () => awaitingBody(db),
    awaitingChain: () => awaitingChain(db),
    countPayments: (channelId: Hex) => countPayments(db, channelId),
    getPayment: (id: string) => getPayment(db, id),
    /** A payment and its channel, in one read. */
    paymentAndChannel: (paymentId: string) => paymentAndChannel(db, paymentId),
    getPaymentByRequest: (requestId: string) => getPaymentByRequest(db, requestId),
    getPaymentByNonce: (channelId: Hex, nonce: bigint) => getPaymentByNonce(db, channelId, nonce),

    /** Redacts the payments of one site, or of all; totals and nonces stay. */
    deleteHistory: (site?: string) => deleteHistory(db, site),
    /** Forgets everything: journal, channels, budgets. Only the chain still knows what was set aside where. */
    erase: () => db.erase(),
    /** Re-adds the journal. Findings halt every payment until an audit passes. */
    audit: (): Promise<AuditResult> => audit(db),
    /** Whether the last write failed for want of room on the disk: nothing is paid until one succeeds. */
    isFull: () => db.full,
    /** Told after each commit what changed; returns how to stop it. */
    subscribe: (listener: (topics: readonly Topic[]) => void) => db.subscribe(listener),
    close: () => db.close(),
  };
}

export type Ledger = Awaited<ReturnType<typeof openLedger>>;
