/** Whose the journal in this browser is, before a wallet is made beside it. */
import type { Ledger } from "#ledger";
import { firstAccountOf } from "#vault";

/**
 * Whether a wallet from this phrase (a new one if undefined) may go on with what the journal holds: budgets that somebody
 * else gave must not pay from it. A journal that allows nothing and names nobody is anybody's.
 */
export async function isJournalOf(ledger: Ledger, phrase: string | undefined): Promise<boolean> {
  const [named, grants] = await Promise.all([ledger.accountsNamed(), ledger.grants()]);
  if (named.size === 0 && grants.length === 0) return true;
  return phrase !== undefined && named.has(await firstAccountOf(phrase));
}
