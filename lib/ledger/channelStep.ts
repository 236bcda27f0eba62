/** What a payment does to its channel: which channel pays, and the one step that its totals may take. */
import { LedgerError } from "./errors.ts";
import type { ChannelKey, ChannelRecord, PendingDeposit } from "./rows.ts";

/** Totals of an existing channel after this payment: `nonce` is one higher, `gross` higher by the price. */
export interface ChannelStep {
  readonly kind: "step";
  readonly nonce: bigint;
  readonly authorized: bigint;
  readonly gross: bigint;
  /** `earned` in the state that will be signed. */
  readonly earned: bigint;
  /** A deposit that goes with this payment (top-up, or opening tried once more). */
  readonly pendingDeposit?: PendingDeposit | undefined;
}

/** A channel that this payment opens. Its first nonce is taken: `nonce`, `authorized` and `gross` are those after it. */
export interface ChannelOpening {
  readonly kind: "open";
  readonly record: ChannelRecord;
}

const KEY_FIELDS = ["account", "payeeOrigin", "network", "contract", "asset", "payTo", "payeeSigner"] as const;

const sameChannelKey = (a: ChannelKey, b: ChannelKey): boolean =>
  KEY_FIELDS.every((field) => a[field].toLowerCase() === b[field].toLowerCase());

/** Whether more was signed in a channel than this wallet knows: found on chain by the phrase, or behind an old backup. */
export const isOutOfDate = ({ status, outOfDate }: Pick<ChannelRecord, "status" | "outOfDate">): boolean =>
  status === "restored" || outOfDate === true;

/**
 * The channel that can pay this payee: an open one before one that is still opening, the newest of equals. Never one
 * that the person wants to leave, and never one that is out of date.
 */
export function payingChannel(channels: readonly ChannelRecord[], key: ChannelKey): ChannelRecord | undefined {
  const usable = channels
    .filter((channel) => !channel.exitWish && !isOutOfDate(channel) && sameChannelKey(channel.key, key))
    .sort((a, b) => b.createdAt - a.createdAt);
  return usable.find(({ status }) => status === "open") ?? usable.find(({ status }) => status === "opening");
}

/** The channel row after the payment. A plan that does not move it by exactly one nonce and one price is a bug. */
export function channelAfter(
  before: ChannelRecord | undefined,
  change: ChannelStep | ChannelOpening,
  price: bigint,
): ChannelRecord {
  const wrong = (what: string) => new LedgerError("guard", `The plan of a payment moved its channel wrongly: ${what}.`);
  if (change.kind === "open") {
    const { record } = change;
    if (before) throw wrong("it opens a second channel for the same payee");
    if (record.gross !== price || record.authorized < price) throw wrong("its first totals are not the price");
    if (record.earned !== 0n || record.released !== 0n || record.signedEarned !== 0n)
      throw wrong("a new channel has earned nothing");
    return record;
  }
  if (!before) throw wrong("there is no channel to move");
  if (change.nonce !== before.nonce + 1n) throw wrong("the nonce is not the next one");
  if (change.gross !== before.gross + price) throw wrong("gross is not higher by the price");
  if (change.authorized < before.authorized || change.authorized < change.gross) throw wrong("authorized fell");
  if (change.earned > before.earned) throw wrong("it acknowledges more than was earned");
  const [held, wanted] = [before.pendingDeposit, change.pendingDeposit];
  if (held && wanted && (held.salt !== wanted.salt || held.amount !== wanted.amount)) {
    throw wrong("another deposit is still pending");
  }
  return {
    ...before,
    nonce: change.nonce,
    authorized: change.authorized,
    gross: change.gross,
    signedEarned: change.earned > before.signedEarned ? change.earned : before.signedEarned,
    pendingDeposit: change.pendingDeposit ?? before.pendingDeposit,
  };
}
