/**
 * What the `state-channel` scheme adds to x402: the `extra` of its offers, the payloads of a client and the `extra` of
 * an answer (protocol section 5). Amounts on the wire are strings of digits in atomic units.
 */
import type { Hex } from "viem";
import { keccak256 } from "viem/utils";
import { z } from "zod";
import { addressSchema, bytes32Schema, signatureSchema } from "./address.ts";
import { amountSchema } from "./amount.ts";
import {
  channelSchema,
  cooperativeCloseSchema,
  receiptSchema,
  refundSchema,
  requestExitSchema,
  stateSchema,
} from "./typedData.ts";

export const STATE_CHANNEL = "state-channel";

/** Bounds of the contract, in seconds (protocol section 2). */
export const CHALLENGE_PERIOD = { min: 3_600, default: 86_400, max: 604_800 } as const;
export const EXIT_DELAY = { min: 86_400, default: 604_800, max: 2_592_000 } as const;

/** The latest state that a server holds of a channel; adopted only if the reader's own signature is on it. */
export const lastSchema = z.object({
  state: stateSchema,
  stateSignature: signatureSchema,
  receipt: receiptSchema.optional(),
  receiptSignature: signatureSchema.optional(),
});
export type Last = z.output<typeof lastSchema>;

/** `extra` of an offer. Delays in seconds; `minDeposit` in atomic units; `receipts` is a URL of the same origin. */
export const stateChannelExtraSchema = z.object({
  contract: addressSchema,
  payeeSigner: addressSchema,
  exitDelay: z.int().min(EXIT_DELAY.min).max(EXIT_DELAY.max),
  challengePeriod: z.int().min(CHALLENGE_PERIOD.min).max(CHALLENGE_PERIOD.max),
  /** The server sends deposits, refunds, closes and exits to the chain, so that the reader needs no gas. */
  relay: z.boolean(),
  /** Base URL of the channel endpoints: `GET {receipts}/{channelId}/{nonce}`, `POST {receipts}/{channelId}`. */
  receipts: z.url().max(2048),
  name: z.string().max(64),
  version: z.string().max(16),
  minDeposit: amountSchema.optional(),
  last: lastSchema.optional(),
});
export type StateChannelExtra = z.output<typeof stateChannelExtraSchema>;

/** An EIP-3009 deposit: the authorization's nonce is `depositNonce(channelId, salt)`. Times in seconds since 1970. */
export const depositAuthorizationSchema = z.object({
  amount: amountSchema,
  validAfter: amountSchema,
  validBefore: amountSchema,
  salt: bytes32Schema,
  signature: signatureSchema,
});
export type DepositAuthorization = z.output<typeof depositAuthorizationSchema>;

const signedState = { channel: channelSchema, state: stateSchema, stateSignature: signatureSchema };
/** SHA-256 of the request body where the wallet could see it. */
const bodyDigest = bytes32Schema.optional();
/** The wallet's latest receipt, sent to a server whose own store is older (`receipt_required`). */
const proof = { receipt: receiptSchema.optional(), receiptSignature: signatureSchema.optional() };

/**
 * `payload` of a PAYMENT-SIGNATURE. `state` and `deposit` pay for the request that carries them; `deposit` first puts
 * money into the channel (opening or topping it up). The others go to `POST {receipts}/{channelId}` and buy nothing.
 */
export const stateChannelPayloadSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("deposit"), ...signedState, ...proof, bodyDigest, deposit: depositAuthorizationSchema }),
  z.object({ type: z.literal("state"), ...signedState, ...proof, bodyDigest }),
  /** A state of price 0: acknowledges what was received, so that it can be claimed. */
  z.object({ type: z.literal("ack"), ...signedState, ...proof }),
  /** Asks the server to sign and relay a close that pays it `close.paid` = what it has charged. */
  z.object({
    type: z.literal("close"),
    channel: channelSchema,
    close: cooperativeCloseSchema,
    closeSignature: signatureSchema,
  }),
  /** Asks for `amount` of the unspent deposit back; `signature` is the payerSigner's over the same Refund message. */
  z.object({ type: z.literal("refund"), channel: channelSchema, refund: refundSchema, signature: signatureSchema }),
  /** Asks the server to relay a request to exit. */
  z.object({
    type: z.literal("exit"),
    channel: channelSchema,
    exit: requestExitSchema,
    exitSignature: signatureSchema,
  }),
]);
export type StateChannelPayload = z.output<typeof stateChannelPayloadSchema>;

/** `extra` of a PAYMENT-RESPONSE. A streamed or metered answer has no receipt yet: it is fetched when the body ended. */
export const stateChannelResponseExtraSchema = z.object({
  channelId: bytes32Schema,
  receipt: receiptSchema.optional(),
  receiptSignature: signatureSchema.optional(),
  /** Confirmed deposit of the channel in atomic units, as the server sees it: a hint. */
  deposit: amountSchema.optional(),
  /** With 409: what the server holds of the channel, for a payer that forgot what it used this nonce for. */
  last: lastSchema.optional(),
});
export type StateChannelResponseExtra = z.output<typeof stateChannelResponseExtraSchema>;

/**
 * What opens the receipt of one payment: `GET {receipts}/{channelId}/{nonce}` is answered only with
 * `Authorization: Bearer {ticket}`. Made of the state's signature, which payer and payee alone have: channel ids are
 * public and nonces can be counted, but what somebody bought is nobody else's business.
 */
export function receiptTicket(stateSignature: Hex): Hex {
  return keccak256(stateSignature);
}

/** Body of `GET {receipts}/{channelId}/{nonce}`. */
export const receiptBodySchema = z.object({ receipt: receiptSchema, receiptSignature: signatureSchema });
/** Body of a successful `POST {receipts}/{channelId}`: what was done on chain, if anything, and the latest receipt. */
export const channelAnswerSchema = z.object({
  channelId: bytes32Schema,
  transaction: bytes32Schema.optional(),
  receipt: receiptSchema.optional(),
  receiptSignature: signatureSchema.optional(),
});
export type ChannelAnswer = z.output<typeof channelAnswerSchema>;

/** Why a server refused a payment: the `error` of the PAYMENT-REQUIRED and the `code` of the problem details. */
export const REFUSALS = [
  "payment_required",
  "invalid_payload",
  "accepted_mismatch",
  "bad_signature",
  "channel_unknown",
  "channel_not_open",
  "channel_exiting",
  "deposit_refused",
  "deposit_unconfirmed",
  "relay_unavailable",
  "nonce_out_of_window",
  "nonce_conflict",
  "totals_too_low",
  "totals_invalid",
  "ack_required",
  "receipt_required",
  "rate_limited",
  "payer_refused",
] as const;
export type Refusal = (typeof REFUSALS)[number];
