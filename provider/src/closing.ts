/** Money on its way back with this server's consent: refunds and cooperative closes that a payer asks for. */
import {
  cooperativeCloseTypedData,
  type Refund,
  refundTypedData,
  type StateChannelPayload,
  verifySignature,
} from "@tollpass/protocol";
import type { Hex } from "viem";
import { refundable } from "./accounting.ts";
import { type Call, ChainUnavailable, Reverted } from "./chain.ts";
import { isEnding, limitsOf, refresh } from "./channels.ts";
import type { Context } from "./context.ts";
import type { ProblemCode } from "./problem.ts";
import type { ChannelRecord } from "./store.ts";

export type Payload<T extends StateChannelPayload["type"]> = Extract<StateChannelPayload, { type: T }>;

export type Settled =
  | { readonly transaction: Hex | undefined }
  | { readonly refusal: ProblemCode; readonly detail?: string | undefined };

/** A decision that was written now, one that stands from an earlier request, or why there is none. */
type Decision = "fresh" | "again" | Settled;

/** The longest that a refund or close may stay open: until then it holds money or the channel. */
const MAX_DEADLINE_SECONDS = 24 * 3_600;

export const refuse = (refusal: ProblemCode, detail?: string): Settled => ({ refusal, detail });

function tooLate(deadline: number, chainTime: number): Settled | undefined {
  if (deadline <= chainTime) return refuse("invalid_payload", "The deadline has passed. Nothing was done.");
  if (deadline > chainTime + MAX_DEADLINE_SECONDS) {
    return refuse("invalid_payload", "The deadline is more than a day away. Nothing was done.");
  }
  return undefined;
}

/** Runs what needs the chain; its silence and its refusals become answers. */
export async function attempt(work: () => Promise<Settled>): Promise<Settled> {
  try {
    return await work();
  } catch (failure) {
    if (failure instanceof Reverted) {
      return refuse("invalid_payload", `The chain would not take it (${failure.reason}). Nothing was done.`);
    }
    if (failure instanceof ChainUnavailable) return refuse("unavailable");
    throw failure;
  }
}

/**
 * Signs and relays a refund of what is neither due nor promised. The amount is out of reach for new payments from the
 * moment of the signature until it is mined or has expired.
 */
export function relayRefund(context: Context, payload: Payload<"refund">): Promise<Settled> {
  const { chain, contract, signer, store, settings } = context;
  const { channel, refund, signature } = payload;
  return attempt(async () => {
    if (!(await verifySignature(refundTypedData(contract, refund), signature, channel.payerSigner))) {
      return refuse("bad_signature");
    }
    if (!chain.relay) return refuse("relay_unavailable");
    await refresh(context, [refund.channelId]);
    const late = tooLate(refund.deadline, await chain.now());
    if (late) return late;
    const decided = await store.update<Decision>({ channelId: refund.channelId }, ({ channel: record }) => {
      if (!record) return { result: refuse("channel_unknown") };
      const decision = refundDecision(record, refund, limitsOf(settings, record).deposit);
      if (decision !== "fresh") return { result: decision };
      const { refundNonce, amount, deadline } = refund;
      return { channel: { ...record, refund: { refundNonce, amount, deadline } }, result: decision };
    });
    if (typeof decided === "object") return decided;
    const payeeSignature = await signer.refund(refund);
    const call: Call = {
      functionName: "refund",
      args: [channel, refund.refundNonce, refund.amount, refund.deadline, payeeSignature],
    };
    try {
      const { hash } = await chain.send(call);
      return { transaction: hash };
    } catch (failure) {
      if (decided === "fresh" && neverLeft(failure)) await dropRefund(context, refund);
      throw failure;
    } finally {
      await refresh(context, [refund.channelId]);
    }
  });
}

/** Refused in the simulation of the very first attempt: the signature never left this process. */
const neverLeft = (failure: unknown): boolean => failure instanceof Reverted && failure.hash === undefined;

function refundDecision(record: ChannelRecord, refund: Refund, available: bigint): Decision {
  if (isEnding(record)) return refuse("channel_not_open");
  const pending = record.refund;
  if (pending) {
    const same =
      pending.refundNonce === refund.refundNonce &&
      pending.amount === refund.amount &&
      pending.deadline === refund.deadline;
    return same
      ? "again"
      : refuse("unavailable", "Another refund of this channel is under way. Try again when it is done.");
  }
  if (refund.refundNonce !== record.refundNonce) {
    return refuse(
      "nonce_conflict",
      `The next refund of this channel has the nonce ${record.refundNonce}. Nothing was done.`,
    );
  }
  if (refund.amount === 0n || refund.amount > refundable(record.book, available, record.settled)) {
    return refuse("totals_invalid", "More is asked back than is neither due nor promised. Nothing was done.");
  }
  return "fresh";
}

function dropRefund(context: Context, { channelId, refundNonce }: Refund): Promise<void> {
  return context.store.update({ channelId }, ({ channel: record }) => {
    if (record?.refund?.refundNonce !== refundNonce) return { result: undefined };
    const { refund: _, ...rest } = record;
    return { channel: rest, result: undefined };
  });
}

/**
 * Signs and relays a close that pays what is due. From the decision on no state is accepted and no credit note signed,
 * until it is mined or its deadline has passed.
 */
export function relayClose(context: Context, payload: Payload<"close">): Promise<Settled> {
  const { chain, contract, settings, store } = context;
  const { channel, close, closeSignature } = payload;
  return attempt(async () => {
    if (!(await verifySignature(cooperativeCloseTypedData(contract, close), closeSignature, channel.payerSigner))) {
      return refuse("bad_signature");
    }
    if (!chain.relay) return refuse("relay_unavailable");
    await refresh(context, [close.channelId]);
    const late = tooLate(close.deadline, await chain.now());
    if (late) return late;
    const decided = await store.update<Decision>({ channelId: close.channelId }, ({ channel: record }) => {
      if (!record) return { result: refuse("channel_unknown") };
      if (record.status === "closed" || record.status === "closing") return { result: refuse("channel_not_open") };
      if (record.close) {
        const same = record.close.paid === close.paid && record.close.deadline === close.deadline;
        return { result: same ? "again" : refuse("channel_not_open", "This channel is already being closed.") };
      }
      const { book, settled } = record;
      if (book.reserved > 0n) {
        return { result: refuse("unavailable", "A request is still being answered. Close again when it has ended.") };
      }
      if (close.paid < book.charged || close.paid < settled) return { result: refuse("totals_too_low") };
      if (close.paid > limitsOf(settings, record).deposit) return { result: refuse("totals_invalid") };
      const { paid, deadline } = close;
      return { channel: { ...record, close: { paid, deadline, signature: closeSignature } }, result: "fresh" };
    });
    if (typeof decided === "object") return decided;
    try {
      return { transaction: await sendClose(context, close.channelId) };
    } catch (failure) {
      if (decided === "fresh" && neverLeft(failure)) await dropClose(context, close.channelId);
      throw failure;
    }
  });
}

function dropClose(context: Context, channelId: Hex): Promise<void> {
  return context.store.update({ channelId }, ({ channel: record }) => {
    if (!record || record.status === "closed") return { result: undefined };
    const { close: _, ...rest } = record;
    return { channel: rest, result: undefined };
  });
}

/** Sends the decided close of this channel, again if need be. Rejects with Reverted or ChainUnavailable. */
export async function sendClose(context: Context, channelId: Hex): Promise<Hex | undefined> {
  const { chain, signer, store } = context;
  const record = await store.channel(channelId);
  if (!record?.close) return undefined;
  const { paid, deadline, signature } = record.close;
  const payeeSignature = await signer.close({ channelId, paid, deadline });
  try {
    const { hash } = await chain.send({
      functionName: "closeCooperative",
      args: [record.channel, paid, deadline, signature, payeeSignature],
    });
    return hash;
  } finally {
    // What is on the chain decides, whichever send was the one that closed it.
    await refresh(context, [channelId]);
  }
}
