/** What the person allows and forbids, written down: grants, the policy of a site, the policy above all. */

import type { Address } from "viem";
import {
  type GlobalPolicy,
  type Grant,
  type GrantKey,
  type GrantTerms,
  grantSchema,
  type SitePolicy,
  withTerms,
} from "#budget";
import type { Database } from "./database.ts";
import { LedgerError } from "./errors.ts";
import { accountsIn, type ChosenAccounts } from "./outlook.ts";
import { EMPTY_WALLET, emptySite, priceKeyOf } from "./reserve.ts";
import { toRow } from "./rows.ts";

export interface NewGrant {
  readonly key: GrantKey;
  readonly terms: GrantTerms;
  /** Terms of the payee that the person saw: another scheme, contract or receipt key asks again. */
  readonly pins?:
    | {
        readonly scheme?: string | undefined;
        readonly contract?: Address | undefined;
        readonly payeeSigner?: Address | undefined;
      }
    | undefined;
  /** The approval that this answers. A second click on the same approval returns the first grant. */
  readonly approvalId?: string | undefined;
  /** Prices that the person saw and accepted: they are what a later rise is measured against. */
  readonly accepted?: readonly AcceptedPrice[] | undefined;
}

export interface AcceptedPrice {
  readonly url: string;
  readonly amount: bigint;
}

/** A yes to exactly these requests with exactly these offers, and to nothing else. */
export interface OneTimeGrant {
  readonly key: GrantKey;
  readonly pins?: NewGrant["pins"];
  readonly approvalId: string;
  readonly requests: readonly { readonly requestId: string; readonly offerId: string; readonly amount: bigint }[];
  /** Milliseconds since 1970: what was not paid by then is asked again. */
  readonly expiresAt: number;
}

const TOPICS = ["grants", "sites"] as const;

/** Stores a grant. Agreeing to pay a site also ends its being quiet. */
export function createGrant(
  db: Database,
  { key, terms, pins = {}, approvalId, accepted = [] }: NewGrant,
): Promise<Grant> {
  const grant = fresh(db, { key, terms, pins, approvalId });
  return db.write(TOPICS, async () => {
    const stored = await store(db, grant);
    await acceptPrices(db, key, accepted);
    return stored;
  });
}

/** Stores a one-time grant over the sum of the requests that it names. */
export function allowOnce(
  db: Database,
  { key, pins = {}, approvalId, requests, expiresAt }: OneTimeGrant,
): Promise<Grant> {
  let [total, dearest] = [0n, 0n];
  for (const { amount } of requests) {
    total += amount;
    if (amount > dearest) dearest = amount;
  }
  const terms: GrantTerms = {
    total,
    period: "once",
    renews: false,
    perRequest: dearest,
    perMinute: null,
    paths: [],
    expiresAt,
  };
  const boundTo = requests.map(({ requestId, offerId }) => ({ requestId, offerId }));
  const grant: Grant = { ...fresh(db, { key, terms, pins, approvalId }), boundTo };
  return db.write(TOPICS, () => store(db, grant));
}

function fresh(db: Database, given: Pick<NewGrant, "key" | "terms" | "approvalId"> & { pins: Grant["pins"] }): Grant {
  const now = db.now();
  return {
    id: db.randomId(),
    ...given,
    anchor: now,
    window: { index: 0, start: now, spent: 0n },
    spentEver: 0n,
    recent: [],
    createdAt: now,
    revokedAt: null,
  };
}

async function store(db: Database, grant: Grant): Promise<Grant> {
  if (grant.approvalId !== undefined) {
    const [same] = await db.grants.where("approvalId", grant.approvalId);
    if (same) return same;
  }
  const checked = grantSchema.safeParse(toRow(grant));
  if (!checked.success)
    throw new LedgerError("guard", "The terms of the grant are not in range.", { cause: checked.error });
  await db.grants.add(grant);
  const site = await db.sites.get(grant.key.site);
  if (site && site.policy.dismissals > 0) await db.sites.put({ ...site, policy: { ...site.policy, dismissals: 0 } });
  return grant;
}

async function acceptPrices(db: Database, key: GrantKey, accepted: readonly AcceptedPrice[]): Promise<void> {
  for (const { url, amount } of accepted) {
    const priceKey = priceKeyOf({ ...key, url });
    const before = await db.price(priceKey);
    await db.putPrice(priceKey, { accepted: amount, last: before?.last ?? amount });
  }
}

/** Changes the terms of a grant that still stands; what was spent stays spent. */
export function editGrant(
  db: Database,
  grantId: string,
  terms: Partial<GrantTerms>,
  accepted: readonly AcceptedPrice[] = [],
): Promise<Grant> {
  const now = db.now();
  return db.write(TOPICS, async () => {
    const grant = await db.grants.get(grantId);
    if (!grant || grant.revokedAt !== null) throw new LedgerError("not_found", "There is no such grant any more.");
    const next = withTerms(grant, terms, now);
    const checked = grantSchema.safeParse(toRow(next));
    if (!checked.success)
      throw new LedgerError("guard", "The terms of the grant are not in range.", { cause: checked.error });
    await db.grants.put(next);
    await acceptPrices(db, grant.key, accepted);
    return next;
  });
}

/** Ends grants at once: one by its id, all of a site, or all. Returns how many ended. */
export function revokeGrants(db: Database, which: { grantId: string } | { site: string } | "all"): Promise<number> {
  const now = db.now();
  return db.write(TOPICS, async () => {
    const found = which !== "all" && "grantId" in which ? await one(db, which.grantId) : await db.grants.all();
    // Also a one-time yes that was used: its payment may be given back, and would make it good again.
    const standing = found.filter(
      ({ key, revokedAt }) => revokedAt === null && (which === "all" || "grantId" in which || key.site === which.site),
    );
    for (const grant of standing) await db.grants.put({ ...grant, revokedAt: now });
    return standing.length;
  });
}

async function one(db: Database, grantId: string): Promise<Grant[]> {
  const grant = await db.grants.get(grantId);
  return grant ? [grant] : [];
}

/** Changes the policy of one site; what is left out stays. */
export function setSitePolicy(db: Database, site: string, change: Partial<SitePolicy>): Promise<SitePolicy> {
  return changeSite(db, site, (policy) => ({ ...policy, ...change }));
}

/** The person closed a question of this site without an answer. From the third in a row on the site is quiet. */
export function dismiss(db: Database, site: string): Promise<SitePolicy> {
  return changeSite(db, site, (policy) => ({ ...policy, dismissals: policy.dismissals + 1 }));
}

function changeSite(db: Database, site: string, change: (policy: SitePolicy) => SitePolicy): Promise<SitePolicy> {
  return db.write(["sites"], async () => {
    const record = (await db.sites.get(site)) ?? emptySite(site);
    const policy = change(record.policy);
    await db.sites.put({ ...record, policy });
    return policy;
  });
}

/** The accounts that were chosen for a site and for the wallet. */
export function accountsFor(db: Database, site: string): Promise<ChosenAccounts> {
  return db.read(async () => accountsIn(...(await Promise.all([db.sites.get(site), db.wallet()]))));
}

/** From now on that account pays the site, if none was chosen for it before. */
export function keepAccount(db: Database, site: string, account: Address): Promise<SitePolicy> {
  return changeSite(db, site, (policy) => (policy.account ? policy : { ...policy, account }));
}

/** Changes the policy above all sites. What was spent today stays spent. */
export function setGlobal(db: Database, change: Partial<Omit<GlobalPolicy, "day">>): Promise<GlobalPolicy> {
  return db.write(["wallet"], async () => {
    const wallet = (await db.wallet()) ?? EMPTY_WALLET;
    const policy = { ...wallet.policy, ...change, day: wallet.policy.day };
    await db.putWallet({ ...wallet, policy });
    return policy;
  });
}
