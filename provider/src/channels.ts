/** The provider's channels: found on the chain, kept in step with it, and whether one may be paid on now. */
import type { Channel, Refusal } from "@tollpass/protocol";
import type { Request } from "express";
import type { Hex } from "viem";
import { type Limits, openBook } from "./accounting.ts";
import type { Context } from "./context.ts";
import type { Settings } from "./options.ts";
import { rateLimit } from "./rateLimit.ts";
import { exists, factsOf, type Reading, type Standing, withReading } from "./reading.ts";
import type { ChannelRecord } from "./store.ts";

/** Chain reads that strangers can cause, per second: for channels that nobody has seen before, or that want more money. */
const STRANGER_READS_PER_SECOND = 50;

const UNREAD = {
  refusal: "deposit_unconfirmed",
  detail: "The chain cannot be read just now. Nothing was charged.",
} as const;

export const limitsOf = (settings: Settings, record: ChannelRecord): Limits => ({
  deposit: record.deposit - (record.refund?.amount ?? 0n),
  maxUnacked: settings.maxUnacked,
  window: settings.window,
});

/** Whether a close of this channel is decided, under way or done: nothing may be sold or given back on it any more. */
export const isEnding = ({ close, ending, status }: ChannelRecord): boolean =>
  close !== undefined || ending !== undefined || status === "closing" || status === "closed";

/** Why nothing may be bought on this channel now, if so. An exiting one may still be acknowledged on. */
export function obstacle(record: ChannelRecord): Refusal | undefined {
  if (isEnding(record)) return "channel_not_open";
  return record.status === "exiting" ? "channel_exiting" : undefined;
}

/** Reads these known channels from the chain and writes what changed. Rejects with ChainUnavailable. */
export async function refresh(context: Context, ids: readonly Hex[]): Promise<void> {
  if (ids.length === 0) return;
  const { chain, store, events } = context;
  const readAt = Date.now();
  const { block, channels } = await chain.states(ids);
  await Promise.all(
    ids.map(async (channelId, index) => {
      const seen = channels[index];
      if (!seen) return;
      const news = await store.update({ channelId }, ({ channel: record }) => {
        if (!record) return { result: undefined };
        const next = withReading(record, { seen, block, readAt, now: Date.now() });
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
  /** Reads a channel that may be new here. Undefined if the chain does not know it. Rejects with ChainUnavailable. */
  read(id: Hex): Promise<Reading<Standing> | undefined>;
  /** Takes a channel that was just read into the books. */
  add(id: Hex, channel: Channel, reading: Reading<Standing>): Promise<ChannelRecord>;
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

  const read: Channels["read"] = async (id) => {
    const readAt = Date.now();
    const { block, channels } = await chain.states([id]);
    const [seen] = channels;
    return exists(seen) ? { seen, block, readAt, now: Date.now() } : undefined;
  };

  const add: Channels["add"] = async (id, channel, reading) => {
    const now = Date.now();
    const { record, fresh } = await store.update({ channelId: id }, ({ channel: known }) => {
      if (known) {
        const next = withReading(known, { ...reading, now });
        return { channel: next, result: { record: next, fresh: next.deposit !== known.deposit } };
      }
      const made: ChannelRecord = {
        id,
        chainId: contract.chainId,
        contract: contract.address,
        channel,
        book: openBook(reading.seen.settled),
        ...factsOf(reading),
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
    const isStale = (record: ChannelRecord) => Date.now() - record.checkedAt > channel.exitDelay * 250;
    const stale = known !== undefined && isStale(known);
    const short = known !== undefined && known.status === "open" && needed > limitsOf(settings, known).deposit;
    if (known && !stale && !short) return { record: known };
    if (!mayRead()) return { refusal: "rate_limited" };
    try {
      if (known) {
        await refresh(context, [id]);
        const record = (await store.channel(id)) ?? known;
        return isStale(record) ? UNREAD : { record };
      }
      const reading = await read(id);
      if (!reading) return { refusal: "channel_unknown" };
      const reason = await mayOpen(id, channel, reading.seen.deposit, request);
      if (reason !== undefined) return { refusal: "payer_refused", detail: reason };
      return { record: await add(id, channel, reading) };
    } catch {
      return known && !stale ? { record: known } : UNREAD;
    }
  };

  return { find, mayOpen, read, add };
}
