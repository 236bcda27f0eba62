/** Turns acknowledged totals into money: one transaction, one transfer, for as many channels as fit into a block. */
import type { Channel } from "@tollpass/protocol";
import type { Address, Hex } from "viem";
import { type Call, channelEvents, type Mined } from "./chain.ts";
import { refresh } from "./channels.ts";
import type { Context } from "./context.ts";
import type { ChannelRecord, SignedState } from "./store.ts";

/** Gas that one row may take at most, and that a claim takes beside its rows. Measured in the contract's gas tests. */
const GAS_PER_ROW = 40_000n;
const GAS_PER_CLAIM = 150_000n;

/** What one channel would pay if it were claimed now, in atomic units. */
export function claimable(record: ChannelRecord): bigint {
  if (record.status === "closed" || !record.best) return 0n;
  const { earned } = record.best.state;
  const target = earned < record.deposit ? earned : record.deposit;
  return target > record.settled ? target - record.settled : 0n;
}

/** One transaction that was mined. Amounts in atomic units of `token`. */
export interface ClaimedBatch {
  readonly transaction: Hex;
  readonly token: Address;
  readonly paid: bigint;
  readonly channels: readonly Hex[];
  /** Rows that the contract left out, with its reason as a number. */
  readonly skipped: readonly { readonly channelId: Hex; readonly reason: number }[];
}

/** A claim for the owner's own wallet, where there is no relay key: anyone may send it, the money goes to the payee. */
export interface UnsentClaim {
  readonly to: Address;
  readonly data: Hex;
  readonly token: Address;
  readonly amount: bigint;
  readonly channels: readonly Hex[];
}

export interface ClaimResult {
  readonly paid: bigint;
  readonly batches: readonly ClaimedBatch[];
  /** What could not be sent, ready to be sent by another account. */
  readonly unsent: readonly UnsentClaim[];
}

/** r and vs of ERC-2098 of a signature of 64 or 65 bytes with low s. */
function compact(signature: Hex): { readonly r: Hex; readonly vs: Hex } {
  const r: Hex = `0x${signature.slice(2, 66)}`;
  if (signature.length === 130) return { r, vs: `0x${signature.slice(66)}` };
  const parity = signature.slice(130) === "1c" ? 1n << 255n : 0n;
  return { r, vs: `0x${(BigInt(`0x${signature.slice(66, 130)}`) | parity).toString(16).padStart(64, "0")}` };
}

/** The part of the terms that all rows of one claim share. */
const groupOf = ({ payee, payeeSigner, token, exitDelay, challengePeriod }: Channel): string =>
  [payee, payeeSigner, token, exitDelay, challengePeriod].join();

function claimCall(records: readonly (ChannelRecord & { readonly best: SignedState })[]): Call {
  const [first] = records;
  if (!first) throw new RangeError("a claim has at least one row");
  const { payee, payeeSigner, token, exitDelay, challengePeriod } = first.channel;
  const rows = records.map(({ channel, best }) => ({
    payer: channel.payer,
    payerSigner: channel.payerSigner,
    salt: channel.salt,
    state: best.state,
    ...compact(best.signature),
  }));
  return { functionName: "claim", args: [{ payee, payeeSigner, token, exitDelay, challengePeriod }, rows] };
}

/** Batches of channels with the same terms, none with more rows than half a block has room for. */
async function batches(context: Context, records: readonly ChannelRecord[]) {
  const room = (await context.chain.gasLimitOfBlock()) / 2n;
  const perBatch = Number((room - GAS_PER_CLAIM) / GAS_PER_ROW);
  const size = Math.max(1, perBatch);
  const groups = Map.groupBy(
    records.filter((record): record is ChannelRecord & { best: SignedState } => record.best !== undefined),
    ({ channel }) => groupOf(channel),
  );
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / size) }, (_, i) => group.slice(i * size, (i + 1) * size)),
  );
}

function batchOf(token: Address, channels: readonly Hex[], { hash, logs }: Mined): ClaimedBatch {
  let paid = 0n;
  const skipped: { channelId: Hex; reason: number }[] = [];
  for (const event of channelEvents(logs)) {
    if (event.eventName === "Claimed") paid += event.args.amount;
    if (event.eventName === "ClaimSkipped")
      skipped.push({ channelId: event.args.channelId, reason: event.args.reason });
  }
  return { transaction: hash, token, paid, channels, skipped };
}

/**
 * Claims what is claimable on the channels that `wanted` selects. Rejects with Reverted or ChainUnavailable; batches
 * before the failing one stay claimed.
 */
export async function claim(context: Context, wanted: (record: ChannelRecord) => boolean): Promise<ClaimResult> {
  const { chain, contract, store, events } = context;
  const own = (await store.channels()).filter(
    (record) => record.chainId === contract.chainId && record.contract === contract.address,
  );
  const due = own.filter((record) => claimable(record) > 0n && wanted(record));
  const result = { paid: 0n, batches: [] as ClaimedBatch[], unsent: [] as UnsentClaim[] };
  if (due.length === 0) return result;
  for (const batch of await batches(context, due)) {
    const ids = batch.map(({ id }) => id);
    const token = batch[0]?.channel.token ?? contract.address;
    const call = claimCall(batch);
    if (!chain.relay) {
      const amount = batch.reduce((sum, record) => sum + claimable(record), 0n);
      result.unsent.push({ to: contract.address, data: chain.encode(call), token, amount, channels: ids });
      continue;
    }
    const claimed = batchOf(token, ids, await chain.send(call));
    await refresh(context, ids);
    result.batches.push(claimed);
    result.paid += claimed.paid;
    const { transaction, paid } = claimed;
    events.emit("claim", { transaction, token, paid, channels: ids.length - claimed.skipped.length });
  }
  return result;
}
