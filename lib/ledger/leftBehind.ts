/** What a journal holds as far as it can be read, for a person whose wallet is gone and who may give the journal up. */
import type { Address } from "viem";
import type { Database } from "./database.ts";
import type { ChannelRecord, WalletRecord } from "./rows.ts";

export interface LeftBehind {
  /** Channels that can be read, closed ones too. */
  readonly channels: readonly ChannelRecord[];
  /** Every account that a readable row names: of channels, of sites, of the wallet itself. */
  readonly accounts: ReadonlySet<Address>;
  /** Budgets that stand. */
  readonly grants: number;
  /** Rows that cannot be read: what they hold is not in the rest. */
  readonly unreadable: number;
}

/** Never throws for rows that cannot be read; throws LedgerError where the database itself cannot. */
export function leftBehind(db: Database): Promise<LeftBehind> {
  return db.read(async () => {
    const [channels, sites, grants] = await Promise.all([
      db.channels.whatCanBeRead(),
      db.sites.whatCanBeRead(),
      db.grants.whatCanBeRead(),
    ]);
    let wallet: WalletRecord | undefined;
    let unreadable = channels.unreadable + sites.unreadable + grants.unreadable;
    try {
      wallet = await db.wallet();
    } catch {
      unreadable += 1;
    }
    const named = [
      ...channels.records.map(({ key }) => key.account),
      ...sites.records.map(({ policy }) => policy.account),
      wallet?.policy.account,
    ];
    return {
      channels: channels.records,
      accounts: new Set(named.filter((account) => account !== undefined)),
      grants: grants.records.filter(({ revokedAt, boundTo }) => revokedAt === null && !boundTo).length,
      unreadable,
    };
  });
}
