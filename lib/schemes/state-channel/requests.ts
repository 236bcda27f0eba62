/**
 * What a wallet asks of a channel's server beside payments: acknowledge, close, refund, exit. Each is a message to be
 * signed by the session key and the body of `POST {receipts}/{channelId}` that carries it.
 */
import {
  channelSchema,
  cooperativeCloseTypedData,
  MAX_AMOUNT,
  refundTypedData,
  requestExitTypedData,
  type StateChannelPayload,
  stateSchema,
  toWireJson,
} from "@tollpass/protocol";
import type { Hex } from "viem";
import { z } from "zod";
import type { ChannelSnapshot, SignedReceipt, SigningRequest } from "../scheme.ts";
import { contractSchema } from "../stored.ts";
import { nextState, proofSchema } from "./plan.ts";
import { proofOf, sessionKey, stateSigning } from "./sign.ts";

/** A message for a channel's server, to be signed once and sent as often as needed. */
export interface ChannelRequest {
  readonly signing: SigningRequest;
  /** The JSON body with the signature in it; the same signature gives the same bytes. */
  body(signature: Hex): string;
}

/** A state of price 0. It takes a nonce, so it is stored before it is signed, like a payment. */
export const ackPlanSchema = z.object({
  contract: contractSchema,
  channel: channelSchema,
  state: stateSchema,
  proof: proofSchema.optional(),
});
export type AckPlan = z.output<typeof ackPlanSchema>;

/** Acknowledges what was received: `earned` becomes claimable. Totals but the nonce stay as they are. */
export function planAck(snapshot: ChannelSnapshot, proof?: SignedReceipt): AckPlan {
  const { state } = nextState(snapshot, 0n);
  return { contract: snapshot.contract, channel: snapshot.channel, state, proof };
}

export function ackRequest(given: AckPlan): ChannelRequest {
  const plan = ackPlanSchema.parse(JSON.parse(toWireJson(given)));
  const { contract, channel, state } = plan;
  return request(stateSigning(contract, channel, state), (stateSignature) => ({
    type: "ack",
    channel,
    state,
    stateSignature,
    ...proofOf(plan),
  }));
}

export type Refusable<T> =
  | { readonly kind: "request"; readonly request: T }
  | { readonly kind: "refuse"; readonly reason: RequestRefusal };
export type RequestRefusal =
  /** Requests without a receipt may still have been charged: ask for their receipts first. */
  | "receipts_missing"
  /** More than the channel holds beyond what was ever signed. */
  | "more_than_unused"
  | "nothing_unused";

/**
 * Closes the channel at what the receipts say: the payee gets `charged`, the rest comes back at once. `charged` is the
 * net sum over all verified receipts, `inFlight` the number of nonces without one; `deadline` in seconds since 1970.
 */
export function closeRequest(
  snapshot: ChannelSnapshot,
  input: { charged: bigint; inFlight: number; deadline: number },
): Refusable<ChannelRequest> {
  if (input.inFlight > 0) return { kind: "refuse", reason: "receipts_missing" };
  const { id, contract, channel } = snapshot;
  const close = { channelId: id, paid: input.charged, deadline: input.deadline };
  const signing = sessionSigning("close", snapshot, cooperativeCloseTypedData(contract, close));
  const made = request(signing, (closeSignature) => ({ type: "close", channel, close, closeSignature }));
  return { kind: "request", request: made };
}

/**
 * Asks for unspent money back while the channel stays open. At most what no state ever signed can take:
 * `deposit − (A − R)`. `refundNonce` is the contract's next one.
 */
export function refundRequest(
  snapshot: ChannelSnapshot,
  input: { amount: bigint; refundNonce: number; deadline: number },
): Refusable<ChannelRequest> {
  const unused = unusedDeposit(snapshot);
  if (unused === 0n || input.amount <= 0n) return { kind: "refuse", reason: "nothing_unused" };
  if (input.amount > unused || input.amount > MAX_AMOUNT) return { kind: "refuse", reason: "more_than_unused" };
  const { id, contract, channel } = snapshot;
  const refund = { channelId: id, ...input };
  const signing = sessionSigning("refund", snapshot, refundTypedData(contract, refund));
  return {
    kind: "request",
    request: request(signing, (signature) => ({ type: "refund", channel, refund, signature })),
  };
}

/** What is in the channel beyond everything that was ever signed and not given back. */
export function unusedDeposit({ deposit, authorized, credited }: ChannelSnapshot): bigint {
  const owed = authorized > credited ? authorized - credited : 0n;
  return deposit > owed ? deposit - owed : 0n;
}

/** Starts the exit, for a relayer. Final: nobody can stop or postpone it, the payer included. */
export function exitRequest(snapshot: ChannelSnapshot, input: { deadline: number }): ChannelRequest {
  const { id, contract, channel } = snapshot;
  const exit = { channelId: id, deadline: input.deadline };
  const signing = sessionSigning("exit", snapshot, requestExitTypedData(contract, exit));
  return request(signing, (exitSignature) => ({ type: "exit", channel, exit, exitSignature }));
}

/** Where these requests go. */
export function channelUrl(receipts: string, channelId: Hex): string {
  return `${receipts}/${channelId}`;
}

function sessionSigning(
  slot: string,
  snapshot: ChannelSnapshot,
  typedData: SigningRequest["typedData"],
): SigningRequest {
  return { slot, key: sessionKey(snapshot.channel), typedData };
}

function request(signing: SigningRequest, payload: (signature: Hex) => StateChannelPayload): ChannelRequest {
  return { signing, body: (signature) => toWireJson(payload(signature)) };
}
