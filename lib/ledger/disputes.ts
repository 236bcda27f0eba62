/** Challenges of closes: each is journalled before it is sent, together with what it takes of the day's limit of fees. */
import type { Hex } from "viem";
import { dayStart } from "#budget";
import type { Database } from "./database.ts";
import { LedgerError } from "./errors.ts";
import { EMPTY_WALLET } from "./reserve.ts";
import type { ChallengeRecord, ChannelRecord } from "./rows.ts";

/**
 * The most that challenges of one UTC day may cost in fees, in wei (0.05 ETH): a network server can make up false closes
 * and prices, and without a limit each would cost a fee. Ordinary fees are a hundredth of it at most.
 */
export const CHALLENGE_FEES_A_DAY = 50_000_000_000_000_000n;

/**
 * Journals a signed challenge of a channel, in one transaction with its fee. `change` sees the stored record and returns
 * the challenge, or undefined to leave all as it is; `extra` is what it can cost beyond what it replaces, in wei. Returns
 * undefined, and writes nothing, where that would pass the day's limit.
 */
export function journalChallenge(
  db: Database,
  id: Hex,
  extra: bigint,
  change: (channel: ChannelRecord) => ChallengeRecord | undefined,
): Promise<ChannelRecord | undefined> {
  const now = db.now();
  return db.write(["channels", "wallet"], async () => {
    const [before, wallet = EMPTY_WALLET] = await Promise.all([db.channels.get(id), db.wallet()]);
    if (!before) throw new LedgerError("not_found", "There is no such channel.");
    const challenge = change(before);
    if (!challenge) return before;
    // A day only moves forward: with the clock set back, fees go on counting in the latest one.
    const day = Math.max(dayStart(now), wallet.challengeFees?.day ?? 0);
    const spent = (wallet.challengeFees?.day === day ? wallet.challengeFees.spent : 0n) + extra;
    if (spent > CHALLENGE_FEES_A_DAY) return undefined;
    const after = { ...before, challenge };
    await Promise.all([db.channels.put(after), db.putWallet({ ...wallet, challengeFees: { day, spent } })]);
    return after;
  });
}
