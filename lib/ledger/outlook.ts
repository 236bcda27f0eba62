/** What is looked at before a payment is reserved, read at once: every transaction less is felt by whoever waits. */
import type { Address } from "viem";
import type { Database } from "./database.ts";
import type { PaymentRecord } from "./rows.ts";

export interface Outlook {
  /** The account that was chosen for the site, and the one for sites without. */
  readonly accounts: { readonly own: Address | undefined; readonly wallet: Address | undefined };
  /** Payments without an end, then those whose body has not ended; each oldest first. */
  readonly begun: readonly PaymentRecord[];
}

/** One consistent view of what bears on a payment of that site. */
export function outlook(db: Database, site: string): Promise<Outlook> {
  return db.read(async () => {
    const [record, wallet, open, unended] = await Promise.all([
      db.sites.get(site),
      db.wallet(),
      db.payments.where("attention", "settle"),
      db.payments.where("attention", "body"),
    ]);
    const bySeq = (a: PaymentRecord, b: PaymentRecord) => a.seq - b.seq;
    return {
      accounts: { own: record?.policy.account, wallet: wallet?.policy.account },
      begun: [...open.sort(bySeq), ...unended.sort(bySeq)],
    };
  });
}
