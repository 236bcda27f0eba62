/** One payment as the ledger takes it: who asks, what it costs at most, and the plan that is made inside its transaction. */

import type { Address, Hex } from "viem";
import { newChannelRecord, snapshotOf } from "#channels";
import type { Intercepted } from "#intercept";
import type { ChannelKey, ChannelRecord, Intent, PlanInput as LedgerPlanInput, PlanResult } from "#ledger";
import {
  encodePlan,
  type Funds,
  type PayableOffer,
  type Plan,
  type Planned,
  planPayment,
  type RefuseReason,
  type RequestFacts,
  type SignedReceipt,
  type WaitReason,
} from "#schemes";
import { labelOf, offerIdOf } from "./judge.ts";

/**
 * Why a plan has to wait: earlier payments, the lock, a deposit that the reader has to send on chain first (`fund`), or
 * facts that are only looked up when they are needed (`preparation`: the balance, the key of a new channel).
 */
export type Wait = WaitReason | "locked" | "fund" | "preparation";

/** What was prepared outside the transaction, because it takes time: keys, random bytes, the balance. */
export interface Prepared {
  readonly payer: Address;
  readonly random: Hex;
  /** The key of a channel that does not exist yet; undefined while the wallet is locked. */
  readonly newChannel: { readonly salt: Hex; readonly payerSigner: Address } | undefined;
  /** What the account has free; undefined if it was not looked up (an open channel may need none of it). */
  readonly balance: bigint | undefined;
  readonly locked: boolean;
  /** The deposit's first carrier is gone: this payment may carry the same authorization once more. */
  readonly retryDeposit: boolean;
  /** Channels whose server asked for the latest receipt, because its own books are older. */
  readonly proofWanted: ReadonlySet<Hex>;
  /** The most that may be owed without a receipt; 8 times this price unless a dearer request is under way. */
  readonly tailCap?: bigint | undefined;
}

export interface PlannedAside {
  /** What the plan said beside its result, for the screens and for funding. */
  planned?: Planned<Plan>;
}

export function channelKeyOf(payable: PayableOffer, payer: Address, payeeOrigin: string): ChannelKey | undefined {
  if (payable.scheme !== "state-channel") return undefined;
  const { network, asset, payTo } = payable.offer;
  const { contract, payeeSigner } = payable.terms;
  return { account: payer, payeeOrigin, network, contract, asset, payTo, payeeSigner };
}

/** `again`: the lost payment that the person agreed to repeat. `underWay`: payments that other requests carry. */
export function intentOf(
  request: Intercepted,
  payable: PayableOffer,
  payer: Address,
  { again, underWay, given }: Pick<Intent, "again" | "underWay" | "given">,
): Intent {
  const { offer, token } = payable;
  const payeeOrigin = new URL(request.url).origin;
  return {
    requestId: request.id,
    offerId: offerIdOf(payable),
    site: request.site,
    payeeOrigin,
    frameOrigins: request.frameOrigins,
    url: request.url,
    method: request.method,
    resourceType: request.type,
    title: labelOf(payable),
    incognito: request.incognito,
    scheme: payable.scheme,
    network: offer.network,
    asset: offer.asset,
    dollarDecimals: token.dollar ? token.decimals : null,
    payTo: offer.payTo,
    amount: offer.amount,
    ...(payable.scheme === "state-channel"
      ? { contract: payable.terms.contract, payeeSigner: payable.terms.payeeSigner }
      : {}),
    offer: JSON.parse(JSON.stringify({ resource: offer.resource, accepted: offer.accepted })),
    channel: channelKeyOf(payable, payer, payeeOrigin),
    again,
    underWay,
    given,
  };
}

/** The ledger's plan callback: pure and synchronous, as it runs inside the strict transaction. */
export function planInLedger(
  payable: PayableOffer,
  facts: RequestFacts,
  prepared: Prepared,
  aside: PlannedAside,
): (input: LedgerPlanInput) => PlanResult<Wait, RefuseReason> {
  return ({ now, channel, paymentId, left: leftInBudget, once }) => {
    if (prepared.locked) return { kind: "wait", reason: "locked" };
    const { payer, random, newChannel, balance, retryDeposit } = prepared;
    if (balance === undefined && (payable.scheme === "exact" || !channel))
      return { kind: "wait", reason: "preparation" };
    const funds: Funds | undefined = balance === undefined ? undefined : { leftInBudget, balance, once };
    const planned = planPayment(payable, {
      facts,
      payer,
      now: Math.floor(now / 1000),
      random,
      funds,
      channel: channel && snapshotOf(channel, payable.network.chainId),
      newChannel: channel ? undefined : newChannel,
      retryDeposit,
      tailCap: prepared.tailCap,
      proof: channel && prepared.proofWanted.has(channel.id) ? latestReceiptOf(channel) : undefined,
    });
    aside.planned = planned;
    switch (planned.kind) {
      case "wait":
        return planned;
      case "fund":
        return { kind: "wait", reason: "fund" };
      case "refuse":
        if (planned.reason === "deposit_not_allowed") return { kind: "wait", reason: "preparation" };
        return { kind: "refuse", reason: planned.reason };
      case "plan":
        return {
          kind: "ready",
          plan: encodePlan(planned.plan),
          channel: channelChange(payable, planned.plan, { channel, paymentId, now }),
          // A deposit is void where it never left, and an authorization cannot always be sent again: both are worth a
          // commit more that tells whether they did.
          leaves: planned.plan.scheme === "state-channel" && planned.plan.deposit === undefined,
        };
    }
  };
}

function latestReceiptOf({ id, latestReceipt }: ChannelRecord): SignedReceipt | undefined {
  if (!latestReceipt) return undefined;
  const { nonce, charged, credited, ref, signature } = latestReceipt;
  return { receipt: { channelId: id, nonce, charged, credited, ref }, signature };
}

function channelChange(
  payable: PayableOffer,
  plan: Plan,
  { channel, paymentId, now }: { channel: ChannelRecord | undefined; paymentId: string; now: number },
) {
  if (plan.scheme !== "state-channel" || payable.scheme !== "state-channel") return undefined;
  const { state, gross, deposit } = plan;
  const totals = { nonce: state.nonce, authorized: state.owed + state.credited, gross };
  // A deposit that is tried once more keeps its first carrier: only that one's recall makes it void.
  const again = deposit !== undefined && channel?.pendingDeposit?.salt === deposit.salt;
  const pendingDeposit = again
    ? undefined
    : deposit && {
        paymentId,
        amount: deposit.amount,
        validAfter: deposit.validAfter,
        validBefore: deposit.validBefore,
        salt: deposit.salt,
      };
  if (channel) return { kind: "step", ...totals, earned: state.earned, pendingDeposit } as const;
  const key = channelKeyOf(payable, plan.channel.payer, new URL(payable.receipts).origin);
  if (!key) return undefined;
  const record = newChannelRecord({
    key,
    channel: plan.channel,
    contract: plan.contract,
    receiptsUrl: payable.receipts,
    relay: payable.terms.relay,
    now,
  });
  return { kind: "open", record: { ...record, ...totals, pendingDeposit } } as const;
}
