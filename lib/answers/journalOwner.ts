/** Whose the journal in this browser is, before a wallet is made beside it. */
import type { Ledger } from "#ledger";
import { accountsOfPhrase, MOST_ACCOUNTS } from "#vault";

/**
 * Whether a wallet from this phrase (a new one if undefined) may go on with what the journal holds: budgets that somebody
 * else gave must not pay from it. A journal that allows nothing and names nobody is anybody's.
 */
export async function isJournalOf(ledger: Ledger, phrase: string | undefined): Promise<boolean> {
  const [named, grants] = await Promise.all([ledger.accountsNamed(), ledger.grants()]);
  if (named.size === 0 && grants.length === 0) return true;
  if (phrase === undefined) return false;
  // Every one that a wallet may have: who paid from the second alone must not lose what the journal proves.
  return (await accountsOfPhrase(phrase, MOST_ACCOUNTS)).some((account) => named.has(account));
}
