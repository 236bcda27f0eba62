/**
 * What a person has allowed, as data: grants, the policy of a site, the policy above all sites, and remembered prices.
 * The schemas read rows at rest (amounts as digits); the types are what the rest of the wallet holds (bigint).
 */
import { addressSchema, amountSchema } from "@tollpass/protocol";
import { z } from "zod";

/** Milliseconds since 1970 (UTC). */
const instant = z.int();

/** A sum of amounts at rest: digits in, bigint out. It may pass the 2^96 that bounds each of its parts. */
export const sumSchema = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,77})$/)
  .transform(BigInt);

/** How long a grant's total lasts. `once` never renews. */
export const PERIODS = ["once", "day", "week", "month"] as const;
export type Period = (typeof PERIODS)[number];

/**
 * Who may be paid by whom. `site` is the origin of the top-level document, `payeeOrigin` the origin that asked for
 * money: a page that embeds somebody's paid resource spends its own grants, never those of another site.
 */
export const grantKeySchema = z.object({
  site: z.string(),
  payeeOrigin: z.string(),
  payTo: addressSchema,
  /** CAIP-2. */
  network: z.string(),
  /** Token contract; the zero address is the chain's native coin. */
  asset: addressSchema,
});
export type GrantKey = z.output<typeof grantKeySchema>;

/** A path of the paid URL: `prefix` covers "/a" and everything under "/a/"; in a `glob`, * stays in one segment, ** does not. */
export const pathRuleSchema = z.object({ kind: z.enum(["prefix", "glob"]), pattern: z.string().startsWith("/") });
export type PathRule = z.output<typeof pathRuleSchema>;

/** What a person can set and change. Amounts in atomic units of the grant's asset. */
export const grantTermsSchema = z.object({
  /** Most that may be spent per period. */
  total: amountSchema,
  period: z.enum(PERIODS),
  /** The total comes back with each new period. Without it the grant ends with its first period. */
  renews: z.boolean(),
  /** Most that one request may cost; null: the total. */
  perRequest: amountSchema.nullable(),
  /** Payments in any 60 seconds; null: no limit of its own. */
  perMinute: z.int().positive().max(10_000).nullable(),
  /** Paths that may be paid for; an empty list covers every path. */
  paths: z.array(pathRuleSchema),
  expiresAt: instant.nullable(),
});
export type GrantTerms = z.output<typeof grantTermsSchema>;

export const grantSchema = z.object({
  id: z.string(),
  key: grantKeySchema,
  /** What the payee showed when the person agreed; another scheme, contract or signer asks again. */
  pins: z.object({
    scheme: z.string().optional(),
    contract: addressSchema.optional(),
    payeeSigner: addressSchema.optional(),
  }),
  terms: grantTermsSchema,
  /** Instant from which periods are counted. */
  anchor: instant,
  /** The current period: how many came before it, when it began and what was spent in it. */
  window: z.object({ index: z.int().nonnegative(), start: instant, spent: sumSchema }),
  /** Spent over the whole life of the grant. */
  spentEver: sumSchema,
  /** Instants of the latest payments, oldest first, as many as `perMinute` looks at. */
  recent: z.array(instant),
  /** A one-time grant pays for exactly these requests with exactly these offers. */
  boundTo: z.array(z.object({ requestId: z.string(), offerId: z.string() })).optional(),
  /** The approval that made it: the same approval never makes two grants. */
  approvalId: z.string().optional(),
  createdAt: instant,
  revokedAt: instant.nullable(),
});
export type Grant = z.output<typeof grantSchema>;

/** A person's standing word about one site. */
export const sitePolicySchema = z.object({
  paused: z.boolean(),
  never: z.boolean(),
  /** Questions dismissed in a row; from `QUIET_AFTER` on the site asks no more until the person says otherwise. */
  dismissals: z.int().nonnegative(),
  /** The account that pays here; absent: no payment was allowed yet, and the wallet's own account would pay. */
  account: addressSchema.optional(),
});
export type SitePolicy = z.output<typeof sitePolicySchema>;

/** Dismissing this many questions of a site quiets it. */
export const QUIET_AFTER = 3;

/** The person's word above all grants. Dollar amounts in millionths of a dollar. */
export const globalPolicySchema = z.object({
  paused: z.boolean(),
  /** Most that all dollar tokens together may spend per UTC day; null: no ceiling. */
  dailyCeiling: amountSchema.nullable(),
  /** The current UTC day and what was spent in it. */
  day: z.object({ start: instant, spent: sumSchema }),
  /** A price may rise by this many percent over the accepted one before the person is asked. */
  tolerancePercent: z.int().nonnegative().max(1_000),
  /** The account that pays sites without one of their own; absent: the first. */
  account: addressSchema.optional(),
});
export type GlobalPolicy = z.output<typeof globalPolicySchema>;

/** The price that a person has accepted for one kind of page, in atomic units. */
export const priceMemorySchema = z.object({
  accepted: amountSchema,
  last: amountSchema,
});
export type PriceMemory = z.output<typeof priceMemorySchema>;

export const DEFAULT_SITE_POLICY: SitePolicy = { paused: false, never: false, dismissals: 0 };

/** Until a person says otherwise: $25 a day over all sites, and a price may rise by a tenth. */
export const DEFAULT_GLOBAL_POLICY: GlobalPolicy = {
  paused: false,
  dailyCeiling: 25_000_000n,
  day: { start: 0, spent: 0n },
  tolerancePercent: 10,
};
