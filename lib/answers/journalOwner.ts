/** Whose the journal in this browser is, and what is in it, before a wallet is made beside it. */
import type { LeftBehind } from "#ledger";
import type { LeftBehindView } from "#messages";
import { accountsOfPhrase, MOST_ACCOUNTS } from "#vault";
import { sumsOf } from "./channels.ts";
import { moneyOf } from "./money.ts";
import type { AnswerPorts } from "./ports.ts";

/**
 * Whether a wallet from this phrase (a new one if undefined) may go on with what the journal holds: budgets that somebody
 * else gave must not pay from it. A journal that allows nothing and names nobody is anybody's, if all of it can be read.
 */
export async function isJournalOf(left: LeftBehind, phrase: string | undefined): Promise<boolean> {
  if (isEmpty(left)) return true;
  if (phrase === undefined) return false;
  // Every one that a wallet may have: who paid from the second alone must not lose what the journal proves.
  return (await accountsOfPhrase(phrase, MOST_ACCOUNTS)).some((account) => left.accounts.has(account));
}

const isEmpty = ({ accounts, grants, unreadable }: LeftBehind): boolean =>
  accounts.size === 0 && grants === 0 && unreadable === 0;

/** What a new wallet would erase, asset by asset; null where nothing is here. */
export async function leftBehindView({
  vault,
  ledger,
  networks,
}: Pick<AnswerPorts, "vault" | "ledger" | "networks">): Promise<LeftBehindView | null> {
  const standing = await vault.status();
  if (standing !== "absent" && standing !== "damaged") return null;
  const damaged = standing === "damaged";
  const left = await ledger.leftBehind();
  if (isEmpty(left)) return damaged ? { damaged } : null;
  const channels = left.channels.filter(({ status }) => status !== "closed");
  const byAsset = Map.groupBy(channels, ({ key }) => `${key.network} ${key.asset}`);
  const sums = [...byAsset.values()].flatMap((ofAsset) => {
    const [first] = ofAsset;
    if (!first) return [];
    const money = (atomic: bigint) => moneyOf(networks(), first.key.network, first.key.asset, atomic);
    const each = ofAsset.map((record) => ({ ...sumsOf(record), settled: record.settled }));
    const setAside = each.reduce((sum, { total, settled }) => sum + (total > settled ? total - settled : 0n), 0n);
    const unused = each.reduce((sum, { total, owed }) => sum + total - owed, 0n);
    return [{ setAside: money(setAside), unused: money(unused) }];
  });
  const journal = { channels: channels.length, sums, budgets: left.grants, unreadable: left.unreadable > 0 };
  return { damaged, journal };
}
