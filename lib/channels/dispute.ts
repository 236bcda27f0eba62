/** Answers a close by the payee that takes what the payee had already given back: with its own receipt, on chain. */

import type { Hex } from "viem";
import { type Chain, ChainError, type OnChainChannel, type PayeeClose, transactionHash } from "#chain";
import type { ChallengeRecord, ChannelRecord, VerifiedReceipt } from "#ledger";
import { VaultError } from "#vault";
import type { ChannelPorts } from "./ports.ts";

/** A challenge that has not shown on chain after so long is signed anew, in milliseconds. */
const SIGN_ANEW = 10 * 60_000;

/** The payee's receipt that proves a close to be too high; undefined for an honest one, or where no receipt is held. */
function proofAgainst(
  close: PayeeClose,
  { latestReceipt }: Pick<ChannelRecord, "latestReceipt">,
): VerifiedReceipt | undefined {
  return latestReceipt && latestReceipt.credited > close.headroom ? latestReceipt : undefined;
}

/**
 * Challenges a close that asks for too much, with the account's own gas: then all that is left goes to the payer.
 * The record must be of a reading that was believed. Before anything is signed the close is read once more, by every
 * server of the network that answers, and all of them have to show it; then the call is tried out; and once a challenge
 * was mined and refused, none is signed against that close again. A server that is the only one to answer can make up one
 * close after the other, each with another deadline, and prices too: what a day can cost is limited for the whole wallet
 * (`CHALLENGE_FEES_A_DAY`).
 * The signed transaction is journalled before it is sent, and the same bytes are sent again until it shows on chain. One
 * that still waits after a while is replaced by another with its nonce and a higher fee, never by a second one. `seconds`
 * is the chain's time. Never throws what keeps it from being sent: that is in the record for the reader, and the next
 * reading of the chain tries again until the deadline.
 */
export async function challengeClose(
  ports: ChannelPorts,
  chain: Chain,
  record: ChannelRecord,
  seconds: number,
): Promise<void> {
  const { status, payeeClose } = record;
  const receipt = status === "closing" && payeeClose && proofAgainst(payeeClose, record);
  if (!receipt || seconds >= payeeClose.deadline) return;
  const made = challengeOf(record, payeeClose);
  if (made?.problem === "refused") return;
  try {
    const raw = sentLately(made, ports.now()) ?? (await challengeAnew(ports, chain, record, payeeClose, receipt));
    await chain.send(raw);
    await ports.ledger.updateChannel(record.id, ({ challenge }) =>
      challenge?.problem ? { challenge: { ...signedPart(challenge), against: payeeClose } } : {},
    );
  } catch (error) {
    await ports.ledger.updateChannel(record.id, (stored) => ({
      challenge: { ...signedPart(challengeOf(stored, payeeClose)), against: payeeClose, ...problemOf(error) },
    }));
  }
}

const sameClose = (a: PayeeClose, b: PayeeClose): boolean =>
  a.amount === b.amount && a.headroom === b.headroom && a.deadline === b.deadline;

const shows = (seen: OnChainChannel | undefined, close: PayeeClose): boolean =>
  seen?.status === "closing" && seen.payeeClose !== undefined && sameClose(seen.payeeClose, close);

/** What was done against this very close: one that a server made up before says nothing about it. */
function challengeOf({ challenge }: ChannelRecord, close: PayeeClose): ChallengeRecord | undefined {
  return challenge?.against && !sameClose(challenge.against, close) ? undefined : challenge;
}

const signedPart = (challenge: ChallengeRecord | undefined): ChallengeRecord => ({
  raw: challenge?.raw,
  signedAt: challenge?.signedAt,
  earlier: challenge?.earlier,
  fee: challenge?.fee,
});

function sentLately(challenge: ChallengeRecord | undefined, now: number): Hex | undefined {
  const { raw, signedAt = 0 } = challenge ?? {};
  return now >= signedAt && now - signedAt < SIGN_ANEW ? raw : undefined;
}

/** The challenge was mined and the contract refused it. */
class Refused extends Error {}
/** Another reading, by one server or another, does not show the close. */
class Unconfirmed extends Error {}
/** The fees of the day have reached their limit. */
class DayLimit extends Error {}

/**
 * Confirms the close, tries the challenge out, signs and journals it. If another call has journalled one meanwhile, that
 * one is the one to send.
 */
async function challengeAnew(
  ports: ChannelPorts,
  chain: Chain,
  record: ChannelRecord,
  close: PayeeClose,
  { nonce, charged, credited, ref, signature }: VerifiedReceipt,
): Promise<Hex> {
  const { id, key, terms } = record;
  const before = challengeOf(record, close);
  for (const raw of rawsOf(before)) if (await wasRefused(chain, raw)) throw new Refused();
  const readings = await chain.channelStatesEverywhere([id]);
  if (!readings.every(({ channels: [again] }) => shows(again, close))) throw new Unconfirmed();
  const receipt = { nonce, charged, credited, ref };
  const call = { kind: "challenge", channel: terms, receipt, signature } as const;
  try {
    const { transaction, need: fee, replaces } = await chain.prepare(call, key.account, before?.raw);
    const raw = await ports.vault.signTransaction(key.account, transaction);
    const signedAt = ports.now();
    const paid = replaces ? (before?.fee ?? 0n) : 0n;
    const journalled = await ports.ledger.journalChallenge(id, fee > paid ? fee - paid : 0n, (stored) =>
      sentLately(challengeOf(stored, close), signedAt)
        ? undefined
        : { raw, signedAt, fee, against: close, ...(replaces ? { earlier: rawsOf(before) } : {}) },
    );
    if (!journalled) throw new DayLimit();
    return journalled.challenge?.raw ?? raw;
  } catch (error) {
    // The one that waits may still be mined.
    if (before?.raw) await chain.send(before.raw).catch(() => undefined);
    throw error;
  }
}

const rawsOf = (challenge: ChallengeRecord | undefined): Hex[] => [
  ...(challenge?.earlier ?? []),
  ...(challenge?.raw ? [challenge.raw] : []),
];

async function wasRefused(chain: Chain, raw: Hex): Promise<boolean> {
  try {
    await chain.waitForReceipt(transactionHash(raw), { timeoutMs: 0 });
    return false;
  } catch (error) {
    if (error instanceof ChainError && error.code === "timeout") return false;
    if (error instanceof ChainError && error.code === "reverted") return true;
    throw error;
  }
}

function problemOf(error: unknown): Pick<ChallengeRecord, "problem" | "need" | "have"> {
  if (error instanceof VaultError && error.code === "locked") return { problem: "locked" };
  if (error instanceof Refused) return { problem: "refused" };
  if (error instanceof DayLimit) return { problem: "day_limit" };
  if (error instanceof ChainError && error.code === "short_of_gas") {
    return { problem: "short_of_gas", need: error.need, have: error.have };
  }
  return { problem: "failed" };
}
