/** The ledger room: the journal of payments, what the person allows, and the channels, in one IndexedDB database. */
export type { AuditResult } from "./audit.ts";
export type { ChannelFilter, ChannelPatch } from "./channelBook.ts";
export { type ChannelOpening, type ChannelStep, isOutOfDate } from "./channelStep.ts";
export type { LedgerPorts, Topic } from "./database.ts";
export { discardJournal } from "./discard.ts";
export { CHALLENGE_FEES_A_DAY } from "./disputes.ts";
export { LedgerError, type LedgerErrorCode, storageTrouble } from "./errors.ts";
export { RESUMABLE, resourceOf } from "./indexes.ts";
export type { Given, Intent, LedgerRefusal, PlanInput, PlanResult, ReserveResult } from "./intent.ts";
export { type Ledger, openLedger } from "./ledger.ts";
export type { LeftBehind } from "./leftBehind.ts";
export { isOpen, type PaymentState } from "./machine.ts";
export { type ChosenAccounts, isBegunFor, type Outlook, type UnderWay } from "./outlook.ts";
export type { AcceptedPrice, NewGrant, OneTimeGrant } from "./permissions.ts";
export { keepStored } from "./persistence.ts";
export type { GrantView, HistoryPage, SiteSummary, Spent, WalletTotals } from "./readModels.ts";
export {
  type ChallengeRecord,
  type ChannelKey,
  type ChannelRecord,
  type ChannelStatus,
  channelRecordSchema,
  type ExitWish,
  type Json,
  type PaymentRecord,
  type PendingDeposit,
  type VerifiedReceipt,
} from "./rows.ts";
export type { ReconcileOutcome, SettleOutcome } from "./settle.ts";
