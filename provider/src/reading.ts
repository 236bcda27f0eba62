/** What one reading of the chain does to a channel's record. The chain is right; one node may lag behind or be wrong. */
import type { BlockRef, OnChain } from "./chain.ts";
import type { ChannelRecord } from "./store.ts";

/** For so long a channel that is said to be closed is read again, in milliseconds. */
const CLOSED_READ = 7 * 86_400_000;
/** After so long without a believable reading the next one is believed, in milliseconds. */
const PATIENCE = 3_600_000;
/** The most blocks that a chain makes, at once and in a second. */
const BURST = 5_000;
const PER_SECOND = 20;

/** A channel that the chain knows. */
export type Standing = OnChain & { readonly status: ChannelRecord["status"] };

/** Whether the channel was ever opened, as far as this reading goes. */
export const exists = (seen: OnChain | undefined): seen is Standing => seen !== undefined && seen.status !== "none";

/** A channel as it was in `block`. Times in milliseconds since 1970. */
export interface Reading<T extends OnChain = OnChain> {
  readonly seen: T;
  readonly block: BlockRef;
  /** When it was asked for. */
  readonly readAt: number;
  readonly now: number;
}

/** Whether the chain is still asked about this channel: until it has been said to be closed for a week. */
export const isFollowed = ({ status, closedAt, checkedAt }: ChannelRecord, now: number): boolean =>
  status !== "closed" || (closedAt ?? checkedAt) > now - CLOSED_READ;

/** The facts that a reading brings, as they are written down. */
export const factsOf = ({ seen, block, readAt, now }: Reading<Standing>, closedAt: number | undefined = now) => ({
  ...seen,
  ...(seen.status === "closed" && { closedAt }),
  checkedAt: readAt,
  readBlock: block.number,
});

/**
 * What a fresh reading changes. Readings may arrive out of order and from nodes that lag behind: one of an older block
 * changes nothing. One of a newer block replaces all that was read before, a close too, so that nothing a node says
 * wrongly stays. A channel that was seen once is never taken for one that does not exist.
 */
export function withReading(record: ChannelRecord, reading: Reading): ChannelRecord {
  const { seen, block, now } = reading;
  if (!exists(seen) || !believable(record, block.number, now)) return record;
  // By both clocks: a node that is wrong about the time alone sets free nothing that is signed and still good.
  const over = (deadline: number) => block.timestamp > deadline && now / 1_000 > deadline;
  const { refund, close, closedAt, ...rest } = record;
  const refundStands = refund && seen.refundNonce <= refund.refundNonce && !over(refund.deadline);
  return {
    ...rest,
    ...(refundStands && { refund }),
    // A close that is said to be mined stands too: if that was wrong, its signatures are out and nothing may be sold.
    ...(close && !over(close.deadline) && { close }),
    ...factsOf({ ...reading, seen, readAt: Math.max(record.checkedAt, reading.readAt) }, closedAt),
  };
}

/**
 * Whether a block of that number can come after the last one read: not before it, and not further ahead than a chain
 * grows. Where nothing was believed for an hour the last number itself may have been wrong.
 */
function believable({ readBlock, checkedAt }: ChannelRecord, number: bigint, now: number): boolean {
  if (readBlock === undefined || now - checkedAt > PATIENCE || now < checkedAt) return true;
  const growth = BigInt(BURST + Math.ceil(((now - checkedAt) / 1_000) * PER_SECOND));
  return number >= readBlock && number <= readBlock + growth;
}
