/**
 * The rows of the ledger: their schemas (what is read is parsed, amounts come back as bigint) and their types (what the
 * rest of the wallet holds). `toRow` is the way back: every bigint becomes its decimal digits.
 */
import {
  addressSchema,
  amountSchema,
  bytes32Schema,
  channelSchema,
  nonceSchema,
  signatureSchema,
} from "@tollpass/protocol";
import { z } from "zod";
import { globalPolicySchema, priceMemorySchema, sitePolicySchema, sumSchema } from "#budget";
import { STATES } from "./machine.ts";

export type Json = string | number | boolean | null | { readonly [key: string]: Json } | readonly Json[];
/** Written by the ledger itself from a `Json`, so it is not walked again on every read. */
const jsonSchema = z.custom<Json>((value) => value !== undefined);

const instant = z.int();

/** A server's verified receipt (protocol section 2). Amounts in atomic units. */
const verifiedReceiptSchema = z.object({
  nonce: nonceSchema,
  charged: amountSchema,
  credited: amountSchema,
  ref: bytes32Schema,
  signature: signatureSchema,
});
export type VerifiedReceipt = z.output<typeof verifiedReceiptSchema>;

export const CHANNEL_STATUSES = ["opening", "open", "exiting", "closing", "closed", "restored"] as const;
export type ChannelStatus = (typeof CHANNEL_STATUSES)[number];

/** A deposit that was signed for and is not yet confirmed on chain. It is only ever retried as it stands. */
const pendingDepositSchema = z.object({
  /** The payment that carries it, or null for a top-up on its own. */
  paymentId: z.string().nullable(),
  amount: amountSchema,
  /** Seconds since 1970. */
  validAfter: amountSchema,
  validBefore: amountSchema,
  salt: bytes32Schema,
  /** The payee served on the strength of it, so it is paid from; the chain has not shown it yet. */
  accepted: z.literal(true).optional(),
});
export type PendingDeposit = z.output<typeof pendingDepositSchema>;

/** Which channel pays a payee: one account, one origin, one set of terms. */
const channelKeySchema = z.object({
  /** The account that funds it (`terms.payer`). */
  account: addressSchema,
  payeeOrigin: z.string(),
  /** CAIP-2. */
  network: z.string(),
  contract: addressSchema,
  asset: addressSchema,
  payTo: addressSchema,
  payeeSigner: addressSchema,
});
export type ChannelKey = z.output<typeof channelKeySchema>;

/** What the payee asks for in a close that it started alone, as the chain shows it (protocol section 3). */
const payeeCloseSchema = z.object({
  amount: amountSchema,
  /** A receipt with more credited than this proves that the payee asks for too much. */
  headroom: amountSchema,
  /** Before it the close can be challenged, from then on finalized: seconds since 1970. */
  deadline: z.int().positive(),
});

/** A signed transaction. */
const rawSchema = z.templateLiteral(["0x", z.string().regex(/^[0-9a-f]+$/)]);

/** A challenge of a payee's close: the signed transaction once there is one, and what last kept it from being sent. */
const challengeSchema = z.object({
  raw: rawSchema.optional(),
  /** When it was signed. */
  signedAt: instant.optional(),
  /** Signed before it with the same nonce and lower fees: the network may mine any one of them. */
  earlier: z.array(rawSchema).optional(),
  /** What it can cost at most and counts in the day's limit, in wei. */
  fee: amountSchema.optional(),
  /** The close that it is against. */
  against: payeeCloseSchema.optional(),
  /**
   * `refused`: it was mined and the contract said no, so the close was not what it was said to be. `day_limit`: fees for
   * challenges have reached what one day may cost.
   */
  problem: z.enum(["locked", "short_of_gas", "failed", "refused", "day_limit"]).optional(),
  /** With `short_of_gas`, in wei. */
  need: amountSchema.optional(),
  have: amountSchema.optional(),
});
export type ChallengeRecord = z.output<typeof challengeSchema>;

/**
 * The person wants all that is not owed out of the channel. It stands until the channel is closed or the person takes it
 * back, whatever becomes of a single try.
 */
const exitWishSchema = z.object({
  at: instant,
  /** The account pays the fees; else somebody has to relay. */
  ownGas: z.boolean(),
  triedAt: instant.optional(),
  /** Why the last try came to nothing. */
  problem: z.string().optional(),
  /** With `short_of_gas` and `no_relayer`, in wei. */
  need: amountSchema.optional(),
  have: amountSchema.optional(),
  /** With own gas: what was signed last, for which step. The same bytes are sent until it shows on chain. */
  sent: z.object({ step: z.enum(["requestExit", "exit", "finalizeClose"]), raw: rawSchema, at: instant }).optional(),
  /** Transactions signed for this wish, those that took another's nonce left out. */
  nonces: z.int().nonnegative(),
});
export type ExitWish = z.output<typeof exitWishSchema>;

/** All that the wallet knows of one channel. Amounts in atomic units; the totals are those of protocol section 3. */
export const channelRecordSchema = z.object({
  /** Typed-data hash of `terms` (protocol section 2). */
  id: bytes32Schema,
  scheme: z.string(),
  key: channelKeySchema,
  /** Everything that the id is made of; `terms.salt` also derives the session key. */
  terms: channelSchema,
  status: z.enum(CHANNEL_STATUSES),
  relay: z.boolean(),
  /** Base URL of the payee's channel endpoints. */
  receiptsUrl: z.string(),
  /** Confirmed deposit less refunds, and the block at which it was read. */
  deposit: amountSchema,
  depositBlock: nonceSchema,
  /** When that was, by this computer's clock. */
  readAt: instant.optional(),
  pendingDeposit: pendingDepositSchema.optional(),
  /** Last nonce taken. */
  nonce: nonceSchema,
  /** `A`: the highest `owed + credited` ever signed. */
  authorized: amountSchema,
  /** `G`: sum of the prices signed, without abandoned nonces that have no receipt. Only the journal changes it. */
  gross: amountSchema,
  /** `R`: the highest verified `credited`. */
  credited: amountSchema,
  /** Sum over all receipts held of price − charged: what `credited` must at least be. Only the journal changes it. */
  released: amountSchema,
  /** Sum of `charged` over verified receipts whose body has ended. Only the journal changes it. */
  earned: amountSchema,
  /** The highest `earned` in any state signed. */
  signedEarned: amountSchema,
  /** The highest `earned` that the payee provably holds my signature on: below `earned`, an ack is due. */
  acknowledged: amountSchema,
  /** The verified receipt with the highest `credited`. */
  latestReceipt: verifiedReceiptSchema.optional(),
  /** Taken by the payee on chain. */
  settled: amountSchema,
  refundNonce: z.int().nonnegative(),
  /** When an exit can be finished, in seconds since 1970; 0 for none. */
  exitAt: z.int().nonnegative(),
  /** While closing: until when the signed close is good, in seconds since 1970. Then the channel is open again. */
  closeDeadline: z.int().nonnegative().optional(),
  /** While the chain shows a close by the payee. */
  payeeClose: payeeCloseSchema.optional(),
  /** What was done against that close. Kept: a channel is closed once. */
  challenge: challengeSchema.optional(),
  /** Nothing is paid from it while one stands. */
  exitWish: exitWishSchema.optional(),
  /** Since when the chain has been saying that it is closed. It is read for some days more, because one server may lie. */
  closedAt: instant.optional(),
  /** It was `restored` before the chain was read to be on its way out: nothing is paid from it if that was not true. */
  outOfDate: z.literal(true).optional(),
  /** Why nothing more is signed for this payee, if it broke the protocol. */
  untrusted: z.string().optional(),
  createdAt: instant,
});
export type ChannelRecord = z.output<typeof channelRecordSchema>;

const PAYMENT_OUTCOMES = ["delivered", "not_charged", "never_sent", "abandoned"] as const;

/** One payment: what was asked, what was taken for it, and what came of it. Amounts in atomic units of `asset`. */
export const paymentRecordSchema = z.object({
  id: z.string(),
  /** Counts all payments of this wallet; later is higher whatever the clock says. */
  seq: z.int().positive(),
  requestId: z.string(),
  offerId: z.string(),
  approvalId: z.string().optional(),
  state: z.enum(STATES),
  /** How it ended, once that is known. */
  outcome: z.enum(PAYMENT_OUTCOMES).optional(),
  /** Why it is unknown, was released, or what the payee did wrong. */
  reason: z.string().optional(),
  createdAt: instant,
  updatedAt: instant,

  /** Empty once the history was deleted, and always for a private window; so are url and title. */
  site: z.string(),
  payeeOrigin: z.string(),
  frameOrigins: z.array(z.string()),
  url: z.string().nullable(),
  title: z.string().nullable(),
  method: z.string(),
  resourceType: z.string(),
  bodyDigest: bytes32Schema.optional(),
  incognito: z.boolean(),
  redacted: z.boolean(),

  scheme: z.string(),
  network: z.string(),
  asset: addressSchema,
  payTo: addressSchema,
  /** The full price, or the ceiling of a metered offer. */
  amount: amountSchema,
  dollarDecimals: z.int().nonnegative().nullable(),
  /** The frozen offer and everything from which the same bytes can be made again. Null once redacted. */
  offer: jsonSchema.nullable(),
  plan: jsonSchema.nullable(),

  grantId: z.string(),
  /** The grant's period and the UTC day that were debited. */
  window: z.int().nonnegative(),
  day: instant,
  /** What stays debited from the grant: `amount`, less what a receipt proved was not taken. */
  debited: amountSchema,

  attempts: z.int().nonnegative(),
  httpStatus: z.int().optional(),
  /** What the payee took, as far as is known. */
  charged: amountSchema.optional(),
  transaction: z.string().optional(),
  /**
   * What the chain showed of an authorization that a server says it used: taken, or unused and out of time. Unknowable
   * where its network or its plan is no longer known.
   */
  onChain: z.enum(["taken", "lapsed", "unknowable"]).optional(),
  receipt: verifiedReceiptSchema.optional(),
  bodyEnded: z.boolean(),
  /** Its charge counts as earned although nobody saw its body end. */
  bodyPresumed: z.literal(true).optional(),
  /** The answer broke off in its body: true where the page misses it, false where its reader did that. */
  bodyLost: z.boolean().optional(),
  /** The payment that the person allowed in its place after the answer to this one was lost. */
  repeatedBy: z.string().optional(),

  channelId: bytes32Schema.optional(),
  nonce: nonceSchema.optional(),
  /** The totals of the state that is signed for this payment; its `owed` is `authorized − credited`. */
  signed: z.object({ authorized: amountSchema, credited: amountSchema, earned: amountSchema }).optional(),
  /** Whether its price is part of the channel's `gross`, and what of it is part of `earned`. */
  inGross: z.boolean(),
  inEarned: amountSchema,
});
export type PaymentRecord = z.output<typeof paymentRecordSchema>;

/** Spending of one asset: over all time, in a UTC day and in a UTC calendar month. */
const spendTotalsSchema = z.object({
  network: z.string(),
  asset: addressSchema,
  all: sumSchema,
  day: z.object({ start: instant, spent: sumSchema }),
  month: z.object({ start: instant, spent: sumSchema }),
  count: z.int().nonnegative(),
});
export type SpendTotals = z.output<typeof spendTotalsSchema>;

export const siteRecordSchema = z.object({
  /** Origin of the top-level document; empty: payments that are no longer or never were written down by site. */
  site: z.string(),
  policy: sitePolicySchema,
  totals: z.array(spendTotalsSchema),
});
export type SiteRecord = z.output<typeof siteRecordSchema>;

export const walletRecordSchema = z.object({
  policy: globalPolicySchema,
  totals: z.array(spendTotalsSchema),
  /** Last `seq` given. */
  seq: z.int().nonnegative(),
  /** Set when the ledger's own sums disagreed: nothing is paid until an audit passes. */
  halted: z.object({ at: instant, findings: z.array(z.string()) }).optional(),
  auditedAt: instant.optional(),
  /** What the challenges that were signed in a UTC day can cost at most, in wei. */
  challengeFees: z.object({ day: instant, spent: amountSchema }).optional(),
});
export type WalletRecord = z.output<typeof walletRecordSchema>;

export { priceMemorySchema };

/** The row of a record: bigint becomes decimal digits, what is undefined is left out. */
export function toRow(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(toRow);
  if (value === null || typeof value !== "object") return value;
  const row: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) if (part !== undefined) row[key] = toRow(part);
  return row;
}
