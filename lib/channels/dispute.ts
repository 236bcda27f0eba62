/** Answers a close by the payee that takes what the payee had already given back: with its own receipt, on chain. */

import type { Hex } from "viem";
import { type Chain, ChainError, type PayeeClose } from "#chain";
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
 * The signed transaction is journalled before it is sent, and until it shows on chain the same bytes are sent again, so
 * that any number of calls pays the fee once. `seconds` is the chain's time. Never throws what keeps it from being sent:
 * that is in the record for the reader, and the next reading of the chain tries again until the deadline.
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
  try {
    const raw = sentLately(record, ports.now()) ?? (await signChallenge(ports, chain, record, receipt));
    if (raw) await chain.send(raw);
    await ports.ledger.updateChannel(record.id, ({ challenge }) =>
      challenge?.problem ? { challenge: { raw: challenge.raw, signedAt: challenge.signedAt } } : {},
    );
  } catch (error) {
    await ports.ledger.updateChannel(record.id, ({ challenge }) => ({
      challenge: { raw: challenge?.raw, signedAt: challenge?.signedAt, ...problemOf(error) },
    }));
  }
}

function sentLately({ challenge }: ChannelRecord, now: number): Hex | undefined {
  const { raw, signedAt = 0 } = challenge ?? {};
  return now >= signedAt && now - signedAt < SIGN_ANEW ? raw : undefined;
}

/** Tries it out, signs and journals it. If another call has journalled one meanwhile, that one is the one to send. */
async function signChallenge(
  ports: ChannelPorts,
  chain: Chain,
  { id, key, terms }: ChannelRecord,
  { nonce, charged, credited, ref, signature }: VerifiedReceipt,
): Promise<Hex | undefined> {
  const receipt = { nonce, charged, credited, ref };
  const call = { kind: "challenge", channel: terms, receipt, signature } as const;
  const { transaction } = await chain.prepare(call, key.account);
  const raw = await ports.vault.signTransaction(key.account, transaction);
  const signedAt = ports.now();
  const { challenge } = await ports.ledger.updateChannel(id, (stored) =>
    sentLately(stored, signedAt) ? {} : { challenge: { raw, signedAt } },
  );
  return challenge?.raw;
}

function problemOf(error: unknown): Pick<ChallengeRecord, "problem" | "need" | "have"> {
  if (error instanceof VaultError && error.code === "locked") return { problem: "locked" };
  if (error instanceof ChainError && error.code === "short_of_gas") {
    return { problem: "short_of_gas", need: error.need, have: error.have };
  }
  return { problem: "failed" };
}
