/** Reads what a request presents: the PAYMENT-SIGNATURE header, its payload, and whether the channel's terms are ours. */
import {
  type Channel,
  channelId,
  decodePaymentSignature,
  PAYMENT_SIGNATURE,
  ProtocolError,
  type Receipt,
  receiptTypedData,
  type StateChannelPayload,
  stateChannelPayloadSchema,
  verifySignature,
} from "@tollpass/protocol";
import type { Request } from "express";
import type { Hex } from "viem";
import type { Context } from "./context.ts";

/** A well-formed payment for a channel with this provider. Signatures are not checked yet. */
export interface Presented {
  readonly id: Hex;
  readonly payload: StateChannelPayload;
  readonly accepted: Readonly<Record<string, unknown>>;
  /** `resource.url` as the payer wrote it. */
  readonly url: string;
  /** An exit from a channel with another payee, which is relayed for anyone. */
  readonly foreign: boolean;
  /** The payload as it came, for telling equal requests from different ones. */
  readonly raw: string;
}

/** What is wrong with a payment, in words, or the payment. */
export type Reading = Presented | { readonly wrong: string; readonly mismatch?: true };

/** Which channel a message is about, by its own signed field. */
function namedChannel(payload: StateChannelPayload): Hex {
  switch (payload.type) {
    case "deposit":
    case "state":
    case "ack":
      return payload.state.channelId;
    case "close":
      return payload.close.channelId;
    case "refund":
      return payload.refund.channelId;
    case "exit":
      return payload.exit.channelId;
  }
}

/** Why this channel is not one of ours. Delays of a channel opened under earlier settings may differ. */
function foreign(context: Context, channel: Channel, known: boolean): boolean {
  const { settings, signer } = context;
  return (
    channel.payee !== settings.payTo ||
    channel.payeeSigner !== signer.address ||
    channel.payerSigner === channel.payeeSigner ||
    BigInt(channel.payerSigner) === 0n ||
    (!known && (channel.exitDelay !== settings.exitDelay || channel.challengePeriod !== settings.challengePeriod))
  );
}

/** Parses and checks everything that needs no signature. */
export async function readPayment(context: Context, request: Request): Promise<Reading> {
  let envelope: ReturnType<typeof decodePaymentSignature>;
  try {
    envelope = decodePaymentSignature(request.get(PAYMENT_SIGNATURE) ?? "");
  } catch (failure) {
    if (failure instanceof ProtocolError) return { wrong: `${failure.message}. Nothing was charged.` };
    throw failure;
  }
  const parsed = stateChannelPayloadSchema.safeParse(envelope.payload);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join(".") ?? "";
    return { wrong: `The payload (${where || "type"}) is not as the state-channel scheme says. Nothing was charged.` };
  }
  const payload = parsed.data;
  const id = channelId(context.contract, payload.channel);
  if (namedChannel(payload) !== id) return { wrong: "The signed message names another channel. Nothing was charged." };
  const known = (await context.store.channel(id)) !== undefined;
  const isForeign = foreign(context, payload.channel, known);
  if (isForeign && !(payload.type === "exit" && context.settings.relayExits === "anyone")) {
    return { wrong: "The channel's terms are not those that are offered here. Nothing was charged.", mismatch: true };
  }
  return {
    id,
    payload,
    accepted: envelope.accepted,
    url: envelope.resource.url,
    foreign: isForeign,
    raw: JSON.stringify(envelope.payload),
  };
}

/** The receipt that a payer shows as proof, if this provider has signed it for this channel. */
export async function ownReceipt(
  context: Context,
  id: Hex,
  proof: { readonly receipt?: Receipt | undefined; readonly receiptSignature?: Hex | undefined },
): Promise<Receipt | undefined> {
  const { receipt, receiptSignature } = proof;
  if (!receipt || !receiptSignature || receipt.channelId !== id) return undefined;
  const signed = await verifySignature(
    receiptTypedData(context.contract, receipt),
    receiptSignature,
    context.signer.address,
  );
  return signed ? receipt : undefined;
}
