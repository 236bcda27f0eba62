/** What bears on a payment before it is reserved: who pays the site, and what was begun for it and has no end. */
import type { Address } from "viem";
import type { Database } from "./database.ts";
import { RESUMABLE, type Resource } from "./indexes.ts";
import type { PaymentRecord, SiteRecord, WalletRecord } from "./rows.ts";

/**
 * The account that was chosen for a site, and the one for sites without. Sites keep their account when the wallet's
 * changes: what ties two sites together on chain is decided per site.
 */
export interface ChosenAccounts {
  readonly own: Address | undefined;
  readonly wallet: Address | undefined;
}

export interface Outlook {
  readonly accounts: ChosenAccounts;
  /** Payments without an end, then those whose body has not ended; each oldest first. */
  readonly begun: readonly PaymentRecord[];
}

/** Payments whose answer is on its way to a request now. */
export interface UnderWay {
  has(paymentId: string): boolean;
}

/** A request for a resource, as far as it matters whether a payment was made for it before. */
interface Sought extends Resource {
  readonly incognito: boolean;
  readonly underWay?: UnderWay | undefined;
}

/** One consistent view, read at once: every transaction less is felt by whoever waits. */
export function outlook(db: Database, site: string): Promise<Outlook> {
  return db.read(async () => {
    const [record, wallet, begun] = await Promise.all([db.sites.get(site), db.wallet(), begunPayments(db)]);
    return { accounts: accountsIn(record, wallet), begun };
  });
}

export async function begunPayments(db: Database): Promise<PaymentRecord[]> {
  const [open, unended] = await Promise.all([
    db.payments.where("attention", "settle"),
    db.payments.where("attention", "body"),
  ]);
  const bySeq = (a: PaymentRecord, b: PaymentRecord) => a.seq - b.seq;
  return [...open.sort(bySeq), ...unended.sort(bySeq)];
}

export const accountsIn = (site: SiteRecord | undefined, wallet: WalletRecord | undefined): ChosenAccounts => ({
  own: site?.policy.account,
  wallet: wallet?.policy.account,
});

/**
 * Whether a begun payment was made for this very resource, and its bytes may be sent again: never one that is under way
 * or has not left, only for methods that may be repeated, and for so long as an answer counts as wanted. A private
 * window keeps no address to know it by.
 */
export function isBegunFor(
  { id, site, method, url, state, repeatedBy, updatedAt }: PaymentRecord,
  sought: Sought,
  now: number,
): boolean {
  if (sought.incognito || (sought.method !== "GET" && sought.method !== "HEAD")) return false;
  return (
    url === sought.url &&
    method === sought.method &&
    site === sought.site &&
    state !== "reserved" &&
    repeatedBy === undefined &&
    !sought.underWay?.has(id) &&
    now - updatedAt < RESUMABLE
  );
}
