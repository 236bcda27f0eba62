/** What the screens are shown: plain data made by the background, parsed on arrival. Amounts are strings of atomic units. */
import { z } from "zod";
import { disputeSchema } from "./channelViews.ts";
import { milliseconds, moneySchema, origin } from "./viewParts.ts";

export * from "./channelViews.ts";
export { type Money, moneySchema } from "./viewParts.ts";

/** Who could read or change what goes to a site: nobody on the way, nobody outside this computer, or anyone. */
export const connectionSchema = z.enum(["https", "this_computer", "open"]);
export type Connection = z.output<typeof connectionSchema>;

export const periodSchema = z.enum(["once", "day", "week", "month"]);
export type Period = z.output<typeof periodSchema>;

/** Why nothing is paid automatically anywhere. */
export const haltSchema = z.enum(["ledger_unavailable", "ledger_full", "ledger_newer", "ledger_inconsistent"]);

export const statusSchema = z.object({
  vault: z.enum(["absent", "locked", "unlocked"]),
  pausedAll: z.boolean(),
  halted: haltSchema.optional(),
  /** Money at risk, the nearest deadline first; absent where there is none. */
  disputes: z.array(disputeSchema).optional(),
  network: z.object({ id: z.string(), name: z.string(), testnet: z.boolean(), faucet: z.boolean() }),
  version: z.string(),
});
export type Status = z.output<typeof statusSchema>;

/** What is still here of a wallet whose keys are not, as far as it can be read. */
export const leftBehindSchema = z.object({
  /** The keys are here and cannot be read. */
  damaged: z.boolean(),
  journal: z
    .object({
      /** Channels that are not closed, and by asset what lies in them and what of it no site can claim. */
      channels: z.int(),
      sums: z.array(z.object({ setAside: moneySchema, unused: moneySchema })),
      budgets: z.int(),
      /** Parts of it cannot be read: there may be more. */
      unreadable: z.boolean(),
    })
    .optional(),
});
export type LeftBehindView = z.output<typeof leftBehindSchema>;

/** A path that a budget holds for: with what is under it, or with * for any name. */
const grantPath = z
  .string()
  .max(200)
  .regex(/^\/[^\s,]*$/);

/** The finer terms of a grant, all of them. */
export const grantLimitsSchema = z.object({
  /** The total comes back with each new period. */
  renews: z.boolean(),
  /** Payments in any 60 seconds; null: any number. */
  perMinute: z.int().min(1).max(10_000).nullable(),
  /** Empty: every page. */
  paths: z.array(grantPath).max(20),
  expiresAt: milliseconds.nullable(),
});
export type GrantLimits = z.output<typeof grantLimitsSchema>;

/** What a site may spend: one grant. `spent` counts within the current period. Times in milliseconds since 1970. */
export const grantViewSchema = z.object({
  id: z.string(),
  site: origin,
  payeeOrigin: origin,
  payTo: z.string(),
  network: z.string(),
  cap: moneySchema,
  spent: moneySchema,
  left: moneySchema,
  perRequest: moneySchema.optional(),
  period: periodSchema,
  renewsAt: milliseconds.optional(),
  expiresAt: milliseconds.optional(),
  limits: grantLimitsSchema,
});
export type GrantView = z.output<typeof grantViewSchema>;

export const paymentStateSchema = z.enum(["reserved", "sent", "delivered", "refused", "unknown", "reconciled"]);

/** One line of the history. `reason` is set when something went differently from "paid". */
export const paymentViewSchema = z.object({
  id: z.string(),
  at: milliseconds,
  site: origin,
  host: z.string(),
  /** Title or last path segment; empty when it was redacted. */
  label: z.string(),
  url: z.string(),
  amount: moneySchema,
  charged: moneySchema.optional(),
  state: paymentStateSchema,
  scheme: z.string(),
  reason: z.string().optional(),
});
export type PaymentView = z.output<typeof paymentViewSchema>;

/** Everything about one payment for a curious person, with copyable values. */
export const paymentDetailSchema = paymentViewSchema.extend({
  network: z.string(),
  payTo: z.string(),
  channelId: z.string().optional(),
  nonce: z.string().optional(),
  transaction: z.string().optional(),
  receipt: z.string().optional(),
  receiptSignature: z.string().optional(),
  offer: z.string(),
});
export type PaymentDetail = z.output<typeof paymentDetailSchema>;

/** Something that was asked and could not be paid, in words of `reason` codes that the screens know. */
export const refusalViewSchema = z.object({
  at: milliseconds,
  url: z.string(),
  reason: z.string(),
  amount: moneySchema.optional(),
  was: moneySchema.optional(),
  need: moneySchema.optional(),
  have: moneySchema.optional(),
});
export type RefusalView = z.output<typeof refusalViewSchema>;

/** The toolbar popup: one site at a glance. */
export const siteViewSchema = z.object({
  site: origin,
  host: z.string(),
  connection: connectionSchema,
  paused: z.boolean(),
  never: z.boolean(),
  /** The person dismissed questions here three times: no window opens by itself. */
  quiet: z.boolean(),
  grants: z.array(grantViewSchema),
  recent: z.array(paymentViewSchema),
  /** A question that waits for an answer: its window can be opened from the popup. */
  waiting: z.object({ approvalId: z.string(), count: z.int(), total: moneySchema }).optional(),
  refusal: refusalViewSchema.optional(),
});
export type SiteView = z.output<typeof siteViewSchema>;

/** A site in the dashboard's list. */
export const siteRowSchema = z.object({
  site: origin,
  host: z.string(),
  /** The account that pays here. */
  account: z.string().optional(),
  paused: z.boolean(),
  never: z.boolean(),
  quiet: z.boolean(),
  grants: z.array(grantViewSchema),
  spentTotal: moneySchema.optional(),
  payments: z.int(),
  lastAt: milliseconds.optional(),
});
export type SiteRow = z.output<typeof siteRowSchema>;

/** Why the person is asked. */
export const askReasonSchema = z.enum([
  "first_time",
  "price_rise",
  "over_budget",
  "over_request_ceiling",
  "too_many_per_minute",
  "payee_changed",
  /** The same payee wants to be paid by another scheme than the budget was given for. */
  "way_changed",
  "expired",
  "long_exit",
  "daily_ceiling",
  /** It was paid for before, and the answer was lost. */
  "paid_before",
  /** A budget allows it; only the password is missing. */
  "unlock",
]);
export type AskReason = z.output<typeof askReasonSchema>;

/** One of the offers that can be paid, for the switch between them and the details. */
export const offerViewSchema = z.object({
  scheme: z.string(),
  network: z.string(),
  networkName: z.string(),
  price: moneySchema,
  /** What everything that waits costs together if this offer is chosen. */
  total: moneySchema,
  payTo: z.string(),
  contract: z.string().optional(),
  exitDelay: z.int().optional(),
  /** The offer as the server sent it, pretty-printed JSON, cut to 4 KB. */
  raw: z.string(),
});
export type OfferView = z.output<typeof offerViewSchema>;

export const approvalViewSchema = z.object({
  id: z.string(),
  /** Grows with every change of what waits; a choice names the revision that was on the screen. */
  revision: z.int(),
  site: origin,
  host: z.string(),
  connection: connectionSchema,
  /** Where the money goes, if that is another origin than the site. */
  payeeHost: z.string(),
  reason: askReasonSchema,
  was: moneySchema.optional(),
  left: moneySchema.optional(),
  items: z.array(z.object({ label: z.string(), type: z.string(), price: moneySchema })).max(50),
  count: z.int(),
  total: moneySchema,
  offers: z.array(offerViewSchema).min(1),
  suggested: z.object({
    cap: moneySchema,
    period: periodSchema,
    perRequest: moneySchema,
    /** Only where a budget that stands here comes back already. */
    renews: z.boolean(),
  }),
  locked: z.boolean(),
  /** Which of several accounts pays; absent where there is only one. `balance` is free, in the offer's token. */
  from: z
    .object({
      account: z.string(),
      accounts: z.array(z.object({ address: z.string(), balance: moneySchema.optional() })),
    })
    .optional(),
  /** Set when the account that pays has too little for the first offer. `address` is where to send money. */
  short: z.object({ need: moneySchema, have: moneySchema, address: z.string() }).optional(),
});
export type ApprovalView = z.output<typeof approvalViewSchema>;

/** What a budget would mean, shown while it is typed. */
export const previewSchema = z.object({
  /** Put into the channel now; absent for schemes that put nothing aside. */
  setsAside: moneySchema.optional(),
  /** About how many requests at today's price fit into the cap. */
  requests: z.int(),
  problem: z.enum(["below_price", "above_balance", "below_minimum_deposit", "malformed"]).optional(),
});
export type Preview = z.output<typeof previewSchema>;

/** One account of the wallet; balances are absent while the chain cannot be reached. */
const accountViewSchema = z.object({
  address: z.string(),
  balance: moneySchema.optional(),
  native: moneySchema.optional(),
});
export type AccountView = z.output<typeof accountViewSchema>;

/** The account that pays new sites, with its balances, and all accounts in their order. */
export const walletViewSchema = z.object({
  address: z.string(),
  accounts: z.array(accountViewSchema),
  network: z.object({ id: z.string(), name: z.string(), testnet: z.boolean() }),
  /** Undefined while the chain cannot be reached. */
  balance: moneySchema.optional(),
  native: moneySchema.optional(),
  inChannels: moneySchema,
  spentToday: moneySchema,
  dailyCeiling: moneySchema,
  unreachable: z.boolean(),
});
export type WalletView = z.output<typeof walletViewSchema>;

export const settingsSchema = z.object({
  /** Minutes without use until the wallet locks itself; 0 is never. */
  autoLockMinutes: z.int().min(0).max(10_080),
  /** Whole and fractional dollars as a person types them. */
  dailyCeiling: z.string().max(32),
  /** By how many percent a price may rise over the accepted one before the person is asked. */
  tolerancePercent: z.int().min(0).max(1_000),
});
export type Settings = z.output<typeof settingsSchema>;
