/** The provider's channels: found on the chain, kept in step with it, and whether one may be paid on now. */
import type { Channel, Refusal } from "@tollpass/protocol";
import type { Request } from "express";
import type { Hex } from "viem";
import { type Limits, openBook } from "./accounting.ts";
import type { OnChain } from "./chain.ts";
import type { Context } from "./context.ts";
import type { Settings } from "./options.ts";
import { rateLimit } from "./rateLimit.ts";
import type { ChannelRecord } from "./store.ts";

const RANK = { none: -1, open: 0, exiting: 1, closing: 2, closed: 3 } as const;

/** Chain reads that strangers can cause, per second: for channels that nobody has seen before, or that want more money. */
const STRANGER_READS_PER_SECOND = 50;

export const limitsOf = (settings: Settings, record: ChannelRecord): Limits => ({
  deposit: record.deposit - (record.refund?.amount ?? 0n),
  maxUnacked: settings.maxUnacked,
  window: settings.window,
});

/**
 * What a fresh reading changes. Readings may arrive out of order and from nodes that lag behind: refund nonce, settled
 * and status only rise, and the deposit falls only with a refund, so an older reading changes nothing.
 */
function withReading(record: ChannelRecord, seen: OnChain, readAt: number, chainTime?: number): ChannelRecord {
  if (seen.status === "none" || seen.refundNonce < record.refundNonce) return record;
  const refunded = seen.refundNonce > record.refundNonce;
  const status = RANK[seen.status] > RANK[record.status] ? seen.status : record.status;
  const { refund, close, ...rest } = record;
  const refundStands =
    refund && seen.refundNonce <= refund.refundNonce && !(chainTime !== undefined && chainTime > refund.deadline);
  const closeStands = close && status !== "closed" && !(chainTime !== undefined && chainTime > close.deadline);
  return {
    ...rest,
    ...(refundStands && { refund }),
    ...(closeStands && { close }),
    deposit: refunded || seen.deposit > record.deposit ? seen.deposit : record.deposit,
    settled: seen.settled > record.settled ? seen.settled : record.settled,
    refundNonce: seen.refundNonce,
    exitAt: Math.max(seen.exitAt, record.exitAt),
    status,
    checkedAt: Math.max(record.checkedAt, readAt),
  };
}

/** Why nothing may be bought on this channel now, if so. An exiting one may still be acknowledged on. */
export function obstacle(record: ChannelRecord): Refusal | undefined {
  if (record.close || record.status === "closing" || record.status === "closed") return "channel_not_open";
  return record.status === "exiting" ? "channel_exiting" : undefined;
}

/** Reads these known channels from the chain and writes what changed. Rejects with ChainUnavailable. */
export async function refresh(context: Context, ids: readonly Hex[]): Promise<void> {
  if (ids.length === 0) return;
  const { chain, store, events } = context;
  const readAt = Date.now();
  const [seen, chainTime] = await Promise.all([chain.states(ids), chain.now()]);
  await Promise.all(
    ids.map(async (channelId, index) => {
      const reading = seen[index];
      if (!reading) return;
      const news = await store.update({ channelId }, ({ channel: record }) => {
        if (!record) return { result: undefined };
        const next = withReading(record, reading, readAt, chainTime);
        const changed = next.status !== record.status || next.deposit !== record.deposit;
        return { channel: next, result: changed ? next : undefined };
      });
      if (news) events.emit("channel", { channelId, status: news.status, deposit: news.deposit });
    }),
  );
}

/** The channels of a provider as use cases; holds what is limited or remembered between requests. */
export interface Channels {
  /**
   * The record of this channel, read from the chain if it is new here, if it holds less than `needed`, or if the last
   * reading is so old that an exit could have gone unnoticed.
   */
  find(
    id: Hex,
    channel: Channel,
    needed: bigint,
    request: Request,
  ): Promise<{ readonly record: ChannelRecord } | { readonly refusal: Refusal; readonly detail?: string | undefined }>;
  /** Asks the owner whether this payer may open a channel; the reason if not. */
  mayOpen(id: Hex, channel: Channel, amount: bigint, request: Request): Promise<string | undefined>;
  /** Takes a channel that was just read into the books. */
  add(id: Hex, channel: Channel, seen: OnChain): Promise<ChannelRecord>;
}

export function createChannels(context: Context): Channels {
  const { settings, store, chain, contract, events } = context;
  const reads = rateLimit(1_000);
  const mayRead = (): boolean => reads.take("all", STRANGER_READS_PER_SECOND);

  const mayOpen: Channels["mayOpen"] = async (channelId, channel, amount, request) => {
    if (!settings.onBeforeOpen) return undefined;
    const { payer, token } = channel;
    const answer = await Promise.resolve({ channelId, payer, amount, token, request })
      .then(settings.onBeforeOpen)
      .catch((failure: unknown) => {
        settings.log.warn("[tollpass] onBeforeOpen failed, so the channel was not opened:", failure);
        return "Whether this wallet may pay here could not be checked just now. No money moved.";
      });
    if (answer === true) return undefined;
    return answer === false ? "The owner of this site has turned this wallet away." : answer;
  };

  const add: Channels["add"] = async (id, channel, seen) => {
    const now = Date.now();
    const { record, fresh } = await store.update({ channelId: id }, ({ channel: known }) => {
      if (known) {
        const next = withReading(known, seen, now);
        return { channel: next, result: { record: next, fresh: next.deposit !== known.deposit } };
      }
      const made: ChannelRecord = {
        id,
        chainId: contract.chainId,
        contract: contract.address,
        channel,
        book: openBook(seen.settled),
        deposit: seen.deposit,
        settled: seen.settled,
        refundNonce: seen.refundNonce,
        status: seen.status === "none" ? "closed" : seen.status,
        exitAt: seen.exitAt,
        checkedAt: now,
        openedAt: now,
      };
      return { channel: made, result: { record: made, fresh: true } };
    });
    if (fresh) events.emit("channel", { channelId: id, status: record.status, deposit: record.deposit });
    return record;
  };

  const find: Channels["find"] = async (id, channel, needed, request) => {
    const known = await store.channel(id);
    // An exit takes `exitDelay`; a quarter of it unseen is time to look before anything more is served.
    const stale = known !== undefined && Date.now() - known.checkedAt > channel.exitDelay * 250;
    const short = known !== undefined && known.status === "open" && needed > limitsOf(settings, known).deposit;
    if (known && !stale && !short) return { record: known };
    if (!mayRead()) return { refusal: "rate_limited" };
    try {
      if (known) {
        await refresh(context, [id]);
        return { record: (await store.channel(id)) ?? known };
      }
      const [seen] = await chain.states([id]);
      if (!seen || seen.status === "none") return { refusal: "channel_unknown" };
      const reason = await mayOpen(id, channel, seen.deposit, request);
      if (reason !== undefined) return { refusal: "payer_refused", detail: reason };
      return { record: await add(id, channel, seen) };
    } catch {
      return known && !stale
        ? { record: known }
        : { refusal: "deposit_unconfirmed", detail: "The chain cannot be read just now. Nothing was charged." };
    }
  };

  return { find, mayOpen, add };
}
