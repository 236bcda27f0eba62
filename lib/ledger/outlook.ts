/** What is looked at before a payment is reserved, read at once: every transaction less is felt by whoever waits. */
import type { Address } from "viem";
import type { Database } from "./database.ts";
import type { ChannelRecord, PaymentRecord } from "./rows.ts";

export interface Outlook {
  /** The account that was chosen for the site, and the one for sites without. */
  readonly accounts: { readonly own: Address | undefined; readonly wallet: Address | undefined };
  /** Every channel of the payee's origin, newest first. */
  readonly channels: readonly ChannelRecord[];
  /** Payments without an end, then those whose body has not ended; each oldest first. */
  readonly begun: readonly PaymentRecord[];
}

/** One consistent view of what bears on a payment of that site to that origin. */
export function outlook(db: Database, site: string, payeeOrigin: string): Promise<Outlook> {
  return db.read(async () => {
    const [record, wallet, channels, open, unended] = await Promise.all([
      db.sites.get(site),
      db.wallet(),
      db.channels.where("payeeOrigin", payeeOrigin),
      db.payments.where("attention", "settle"),
      db.payments.where("attention", "body"),
    ]);
    const bySeq = (a: PaymentRecord, b: PaymentRecord) => a.seq - b.seq;
    return {
      accounts: { own: record?.policy.account, wallet: wallet?.policy.account },
      channels: channels.sort((a, b) => b.createdAt - a.createdAt),
      begun: [...open.sort(bySeq), ...unended.sort(bySeq)],
    };
  });
}
