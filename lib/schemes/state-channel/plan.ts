/** What the payer signs for one request: the client's side of the accounting rules (protocol section 3). */
import {
  amountSchema,
  bytes32Schema,
  type Channel,
  type ChannelContract,
  channelId,
  channelSchema,
  type Eip3009Token,
  MAX_AMOUNT,
  NATIVE,
  receiptSchema,
  resourceSchema,
  type State,
  signatureSchema,
  stateSchema,
} from "@tollpass/protocol";
import { z } from "zod";
import { clampValidity, MIN_VALIDITY } from "../assess.ts";
import type { ChannelOffer, ChannelSnapshot, PendingDeposit, PlanInput, Planned } from "../scheme.ts";
import { contractSchema, tokenDomainSchema } from "../stored.ts";
import { chooseDeposit } from "./deposit.ts";

/** Requests' worth of money that may be owed beyond what was acknowledged, unless the person says otherwise. */
export const TAIL_REQUESTS = 8n;

export const proofSchema = z.object({ receipt: receiptSchema, signature: signatureSchema });

/** Everything from which the bytes of one payment can be made again. */
export const channelPlanSchema = z.object({
  scheme: z.literal("state-channel"),
  resource: resourceSchema,
  accepted: z.record(z.string(), z.unknown()),
  method: z.string(),
  bodyDigest: bytes32Schema.optional(),
  /** Full price of this nonce, `m`. */
  price: amountSchema,
  contract: contractSchema,
  channel: channelSchema,
  /** Whether the deposit opens the channel rather than tops it up. */
  opens: z.boolean(),
  state: stateSchema,
  /** `G` once this plan is stored. */
  gross: amountSchema,
  deposit: z
    .object({
      token: tokenDomainSchema,
      amount: amountSchema,
      validAfter: amountSchema,
      validBefore: amountSchema,
      salt: bytes32Schema,
    })
    .optional(),
  proof: proofSchema.optional(),
  /** Base URL of the channel endpoints. */
  receipts: z.string(),
});
export type ChannelPlan = z.output<typeof channelPlanSchema>;

/**
 * The next state of a channel for a price `m` (0 for an acknowledgement): `A = max(A, G + m)`, `credited = R`,
 * `owed = A − R`, `earned` as receipted. `A` never falls, so room that a lost request left is used by this one.
 */
export function nextState(snapshot: ChannelSnapshot, price: bigint): { state: State; gross: bigint } {
  const gross = snapshot.gross + price;
  const authorized = gross > snapshot.authorized ? gross : snapshot.authorized;
  const credited = snapshot.credited < authorized ? snapshot.credited : authorized;
  const owed = authorized - credited;
  // A credit note can leave less owed than was acknowledged before it; a state never acknowledges more than it owes.
  const earned = snapshot.earned < owed ? snapshot.earned : owed;
  return { state: { channelId: snapshot.id, nonce: snapshot.nonce + 1n, owed, earned, credited }, gross };
}

/** Whether this channel can pay this offer: same contract, payee, receipt key and token. */
export function channelFits(snapshot: ChannelSnapshot, offer: ChannelOffer): boolean {
  const { channel, contract } = snapshot;
  return (
    contract.chainId === offer.contract.chainId &&
    contract.address === offer.contract.address &&
    channel.payee === offer.offer.payTo &&
    channel.payeeSigner === offer.terms.payeeSigner &&
    channel.token === offer.offer.asset
  );
}

export function planChannelPayment(offer: ChannelOffer, input: PlanInput): Planned<ChannelPlan> {
  const snapshot = input.channel ?? newSnapshot(offer, input);
  if (!snapshot || !channelFits(snapshot, offer)) return { kind: "refuse", reason: "channel_unusable" };
  const opens = snapshot.status === "opening";
  if (snapshot.status !== "open" && !opens) return { kind: "refuse", reason: "channel_unusable" };
  const waitForDeposit = { kind: "wait", reason: opens ? "opening" : "top_up" } as const;
  if (opens && snapshot.pendingDeposit && !input.retryDeposit) return waitForDeposit;

  const price = offer.offer.amount;
  const { state, gross } = nextState(snapshot, price);
  if (gross > MAX_AMOUNT || state.nonce >= 1n << 64n) return { kind: "refuse", reason: "amount_too_large" };
  const tailCap = input.tailCap ?? TAIL_REQUESTS * price;
  const raises = state.owed + state.credited > snapshot.authorized;
  if (raises && state.owed - state.earned > tailCap) return { kind: "wait", reason: "tail" };

  const plan: ChannelPlan = {
    scheme: "state-channel",
    resource: offer.offer.resource,
    accepted: offer.offer.accepted,
    method: input.facts.method.toUpperCase(),
    bodyDigest: input.facts.bodyDigest,
    price,
    contract: offer.contract,
    channel: snapshot.channel,
    opens,
    state,
    gross,
    proof: input.proof,
    receipts: offer.receipts,
  };
  if (state.owed <= snapshot.deposit && !opens) return { kind: "plan", plan };
  const { pendingDeposit } = snapshot;
  if (!pendingDeposit) return withNewDeposit(offer, input, snapshot, plan);
  const covered = state.owed <= snapshot.deposit + pendingDeposit.amount;
  const alive = BigInt(input.now + MIN_VALIDITY) <= pendingDeposit.validBefore;
  const token = depositToken(offer);
  if (!input.retryDeposit || !covered || !alive || !token) return waitForDeposit;
  return { kind: "plan", plan: { ...plan, deposit: { token, ...depositTerms(pendingDeposit) } } };
}

/** A channel that does not exist yet: nothing in it, nothing signed for it. */
function newSnapshot(offer: ChannelOffer, input: PlanInput): ChannelSnapshot | undefined {
  const { newChannel } = input;
  const { payeeSigner, exitDelay, challengePeriod } = offer.terms;
  if (!newChannel || newChannel.payerSigner === NATIVE || newChannel.payerSigner === payeeSigner) return undefined;
  const channel: Channel = {
    payer: input.payer,
    payerSigner: newChannel.payerSigner,
    payee: offer.offer.payTo,
    payeeSigner,
    token: offer.offer.asset,
    exitDelay,
    challengePeriod,
    salt: newChannel.salt,
  };
  return emptySnapshot(offer.contract, channel);
}

/** The snapshot of a channel from which nothing was ever paid. */
export function emptySnapshot(contract: ChannelContract, channel: Channel): ChannelSnapshot {
  const id = channelId(contract, channel);
  const totals = { deposit: 0n, nonce: 0n, authorized: 0n, gross: 0n, credited: 0n, earned: 0n };
  return { id, contract, channel, status: "opening", ...totals };
}

function withNewDeposit(
  offer: ChannelOffer,
  input: PlanInput,
  snapshot: ChannelSnapshot,
  plan: ChannelPlan,
): Planned<ChannelPlan> {
  const { funds } = input;
  if (!funds) return { kind: "refuse", reason: "deposit_not_allowed", need: plan.state.owed, have: snapshot.deposit };
  const short = plan.state.owed - snapshot.deposit;
  // What the channel already holds beyond its debts is part of what the budget may set aside.
  const owedBefore = snapshot.authorized - snapshot.credited;
  const room = owedBefore < snapshot.deposit ? snapshot.deposit - owedBefore : 0n;
  const choice = chooseDeposit({
    price: plan.price,
    short,
    leftInBudget: funds.leftInBudget - room,
    balance: funds.balance,
    once: funds.once,
    cap: funds.cap,
    minDeposit: offer.terms.minDeposit,
  });
  if (choice.kind === "refuse") return choice;
  const { amount } = choice;
  if (snapshot.deposit + amount > MAX_AMOUNT) return { kind: "refuse", reason: "amount_too_large" };
  const token = depositToken(offer);
  if (!offer.terms.relay || !token) {
    // A channel that is opening without a signed deposit is being opened by the reader's own transaction already.
    if (input.channel?.status === "opening") return { kind: "wait", reason: "opening" };
    return { kind: "fund", channel: plan.channel, contract: plan.contract, amount };
  }
  const validBefore = BigInt(input.now + clampValidity(offer.offer.maxTimeoutSeconds));
  return {
    kind: "plan",
    plan: { ...plan, deposit: { token, amount, validAfter: 0n, validBefore, salt: input.random } },
  };
}

/** The token's domain if it knows EIP-3009: then a deposit is a signature and somebody else's transaction. */
function depositToken({ token, contract }: ChannelOffer): Eip3009Token | undefined {
  if (!token.eip3009 || !token.eip712) return undefined;
  return { chainId: contract.chainId, address: token.address, ...token.eip712 };
}

function depositTerms({ amount, validAfter, validBefore, salt }: PendingDeposit): PendingDeposit {
  return { amount, validAfter, validBefore, salt };
}
