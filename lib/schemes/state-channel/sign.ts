/** From a plan to signatures to the header that pays: deterministic, so that a resend is identical to the byte. */

import type { Channel, ChannelContract, Eip3009Token } from "@tollpass/protocol";
import {
  depositNonce,
  encodePaymentSignature,
  PAYMENT_SIGNATURE,
  receiveAuthorizationTypedData,
  type State,
  type StateChannelPayload,
  stateTypedData,
  type TransferAuthorization,
  toWireJson,
} from "@tollpass/protocol";
import type { Hex } from "viem";
import type { PaymentHeader, Signatures, SigningKey, SigningRequest } from "../scheme.ts";
import { type ChannelPlan, channelPlanSchema } from "./plan.ts";

const STATE_SLOT = "state";
const DEPOSIT_SLOT = "deposit";

/** The session key of a channel: it signs states, closes, refunds and exits of that channel only. */
export function sessionKey(channel: Channel): SigningKey {
  return { kind: "session", channelSalt: channel.salt, address: channel.payerSigner };
}

export function stateSigning(contract: ChannelContract, channel: Channel, state: State): SigningRequest {
  return { slot: STATE_SLOT, key: sessionKey(channel), typedData: stateTypedData(contract, state) };
}

export function channelSignatures(plan: ChannelPlan): readonly SigningRequest[] {
  const state = stateSigning(plan.contract, plan.channel, plan.state);
  const deposit = depositOf(plan);
  if (!deposit) return [state];
  const typedData = receiveAuthorizationTypedData(deposit.token, deposit.authorization);
  return [state, { slot: DEPOSIT_SLOT, key: { kind: "account", address: plan.channel.payer }, typedData }];
}

/**
 * The EIP-3009 authorization that a plan signs, or undefined. Whether it was used can be asked of the token
 * (`authorizationState`); until it is used or `validBefore` has passed on chain, no other deposit takes its place.
 */
export function depositOf(
  plan: ChannelPlan,
): { token: Eip3009Token; authorization: TransferAuthorization } | undefined {
  if (!plan.deposit) return undefined;
  const { token, amount, validAfter, validBefore, salt } = plan.deposit;
  const nonce = depositNonce(plan.state.channelId, salt);
  const to = plan.contract.address;
  return { token, authorization: { from: plan.channel.payer, to, value: amount, validAfter, validBefore, nonce } };
}

/** The plan goes through its schema first: that fixes the order of keys, whichever way it came here. */
export function channelHeader(given: ChannelPlan, signatures: Signatures): PaymentHeader {
  const plan = channelPlanSchema.parse(JSON.parse(toWireJson(given)));
  const { resource, accepted } = plan;
  const payload = channelPayload(plan, signatures);
  return {
    name: PAYMENT_SIGNATURE,
    value: encodePaymentSignature({ x402Version: 2, resource, accepted, payload: { ...payload } }),
  };
}

function channelPayload(plan: ChannelPlan, signatures: Signatures): StateChannelPayload {
  const { channel, state, bodyDigest, deposit } = plan;
  const signed = { channel, state, stateSignature: signatureIn(signatures, STATE_SLOT), ...proofOf(plan) };
  if (!deposit) return { type: "state", ...signed, bodyDigest };
  const { amount, validAfter, validBefore, salt } = deposit;
  const signature = signatureIn(signatures, DEPOSIT_SLOT);
  return { type: "deposit", ...signed, bodyDigest, deposit: { amount, validAfter, validBefore, salt, signature } };
}

export function proofOf(plan: Pick<ChannelPlan, "proof">) {
  return plan.proof ? { receipt: plan.proof.receipt, receiptSignature: plan.proof.signature } : {};
}

/** The signature of a slot. A missing one is a mistake of the caller, never of a server. */
function signatureIn(signatures: Signatures, slot: string): Hex {
  const signature = signatures[slot];
  if (!signature) throw new RangeError(`the signature "${slot}" is missing`);
  return signature;
}
