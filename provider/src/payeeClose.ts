/**
 * Closes by the payee alone. Decided in the books first: what is given back or sold after that could be held against
 * the close on chain (protocol section 6, I8).
 */
import type { Address, Hex } from "viem";
import { isEnding, refresh } from "./channels.ts";
import type { Context } from "./context.ts";
import type { ChannelRecord } from "./store.ts";

/** A decided close for the wallet that owns the payout address: the contract takes it from payee and payeeSigner only. */
export interface UnsentClose {
  readonly to: Address;
  readonly data: Hex;
  readonly channelId: Hex;
  /** What the payee gets over the channel's whole life, in atomic units: exactly what is due. */
  readonly amount: bigint;
}

type Ending = NonNullable<ChannelRecord["ending"]>;

/** The highest state at what is due: all that the payer authorised beyond it is all that can have been given back. */
function endingOf({ book, settled, top }: ChannelRecord): Ending {
  if (!top) throw new RangeError("nothing was ever paid on this channel");
  const amount = book.charged;
  if (amount < top.state.earned || amount < settled) {
    throw new RangeError("more was acknowledged than is due: claim it, there is nothing to close for");
  }
  return { amount, ...top };
}

/**
 * Decides to close this channel at what is due, for good: from now on it accepts no state, signs no credit note and no
 * refund; requests that are being served still finish, and what they cost is not asked for. Asked again it gives the same
 * close. Rejects with ChainUnavailable, with an Error if the channel ends already, and with a RangeError if it is unknown
 * or there is nothing to close for.
 */
export async function decideClose(context: Context, channelId: Hex): Promise<UnsentClose> {
  const { chain, contract, store } = context;
  await refresh(context, [channelId]);
  const { channel, ending } = await store.update({ channelId }, ({ channel: record }) => {
    if (!record) throw new RangeError("a channel that this provider has never seen");
    if (record.ending) return { result: { channel: record.channel, ending: record.ending } };
    if (isEnding(record)) throw new Error("the channel is being closed already");
    const made = endingOf(record);
    return { channel: { ...record, ending: made }, result: { channel: record.channel, ending: made } };
  });
  const { amount, state, signature } = ending;
  const data = chain.encode({ functionName: "startClose", args: [channel, state, amount, signature] });
  return { to: contract.address, data, channelId, amount };
}
