/**
 * What every payment scheme offers to the wallet. A scheme is pure: it sees an offer and a snapshot, and says what to
 * sign and what it costs. It has no clock, no randomness and no storage of its own; all of that is handed in, so that
 * the same plan gives the same bytes again after a crash.
 *
 * The walk of one payment: `assess` an offer → `plan` it inside the ledger's transaction and store the plan →
 * `signatures` → `header` → replay → `settle` what came back.
 */
import type {
  Channel,
  ChannelContract,
  Last,
  Network,
  Offer,
  PlainHeaders,
  Receipt,
  StateChannelExtra,
  Token,
} from "@tollpass/protocol";
import type { Address, Hex, TypedDataDefinition } from "viem";
import type { z } from "zod";

/** One payment scheme: `O` its payable offers, `P` its plans. All functions but `settle` are synchronous. */
export interface Scheme<O extends PayableOffer, P> {
  readonly name: O["scheme"];
  /** The checks of this scheme alone; network, token, origin and resource were checked before (`assessOffer`). */
  assess(base: AssessedBase, facts: RequestFacts, settings: SchemeSettings): Assessment<O>;
  /** What to sign for this request. Changes nothing: whoever stores the plan makes it true. */
  plan(offer: O, input: PlanInput): Planned<P>;
  /** Reads a plan back from JSON (decimal strings) as `encodePlan` wrote it. */
  readonly planSchema: z.ZodType<P>;
  /** The signatures that the plan needs. The same for the same plan, always. */
  signatures(plan: P): readonly SigningRequest[];
  /** The header that pays, byte for byte the same for the same plan and signatures. */
  header(plan: P, signatures: Signatures): PaymentHeader;
  /** What the server's answer proves; `answer` is undefined if none came. Never rejects on what a server sent. */
  settle(plan: P, answer: Answer | undefined, context: SettleContext): Promise<Outcome>;
}

/** Why an offer cannot be paid: each has its own words on the screen. */
export type Unpayable =
  | "unknown_scheme"
  | "unknown_network"
  | "network_disabled"
  /** State channels on a main network are off until the person turns them on. */
  | "channels_disabled"
  | "unknown_asset"
  /** The server describes the token otherwise than the wallet's registry does. */
  | "asset_mismatch"
  | "unknown_contract"
  | "insecure_origin"
  | "resource_mismatch"
  | "headers_disagree"
  | "terms_unacceptable"
  | "receipts_origin"
  | "malformed_extra";

/** What may be paid but must be shown to the person who is asked. */
export type Notice =
  /** The resource is named with another URL scheme than was asked, as servers behind a TLS proxy do. */
  | "resource_scheme"
  /** Money is locked for longer than 7 days if the provider is gone. */
  | "long_exit_delay";

/** Facts about the request that an offer is checked against. All of them come from the browser. */
export interface RequestFacts {
  /** The URL that answered 402, after redirects. */
  readonly url: string;
  readonly method: string;
  /** SHA-256 of the body if the wallet could see it. */
  readonly bodyDigest?: Hex | undefined;
  /** The plain headers of the same answer, if it had any. */
  readonly plain?: PlainHeaders | undefined;
}

/** What the person allows. `networks` are the wallet's own records of chains, tokens and pinned contracts. */
export interface SchemeSettings {
  readonly networks: readonly Network[];
  /** CAIP-2 ids of the networks that may be paid on. */
  readonly enabled: readonly string[];
  /** Whether http is good enough on the loopback interface. Elsewhere it never is. */
  readonly allowLoopback: boolean;
  /** Whether state channels may be used where money is real. */
  readonly mainnetChannels: boolean;
}

/** An offer whose network, token, origin and resource are known to the wallet. */
export interface AssessedBase {
  readonly offer: Offer;
  readonly network: Network;
  readonly token: Token;
  readonly notices: readonly Notice[];
}

export interface ChannelOffer extends AssessedBase {
  readonly scheme: "state-channel";
  readonly terms: StateChannelExtra;
  readonly contract: ChannelContract;
  /** Base URL of the channel endpoints, on the origin that was asked. */
  readonly receipts: string;
}

export interface ExactOffer extends AssessedBase {
  readonly scheme: "exact";
}

/** An offer that passed every check that needs no state: token and network are the wallet's own records. */
export type PayableOffer = ChannelOffer | ExactOffer;

export type Assessment<O extends PayableOffer = PayableOffer> =
  | { readonly kind: "payable"; readonly offer: O }
  | { readonly kind: "unpayable"; readonly reason: Unpayable };

/** A receipt whose signature was verified. */
export interface SignedReceipt {
  readonly receipt: Receipt;
  readonly signature: Hex;
}

/** An EIP-3009 deposit that was signed. Amount in atomic units, times in seconds since 1970. */
export interface PendingDeposit {
  readonly amount: bigint;
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly salt: Hex;
}

/** The wallet's view of one channel, as the ledger holds it. Amounts in atomic units (protocol section 3). */
export interface ChannelSnapshot {
  readonly id: Hex;
  readonly contract: ChannelContract;
  readonly channel: Channel;
  readonly status: "opening" | "open" | "exiting" | "closing" | "closed" | "restored";
  /** Confirmed deposit less refunds, those signed and not yet mined included. */
  readonly deposit: bigint;
  /** The deposit that was signed and is neither confirmed nor provably void: only ever retried as it stands. */
  readonly pendingDeposit?: PendingDeposit | undefined;
  /** Last nonce taken. */
  readonly nonce: bigint;
  /** `A`: the highest `owed + credited` ever signed. */
  readonly authorized: bigint;
  /** `G`: sum of the prices signed, without abandoned nonces that have no receipt. */
  readonly gross: bigint;
  /** `R`: the highest verified `credited`. */
  readonly credited: bigint;
  /** Sum of `charged` over verified receipts whose body has ended. */
  readonly earned: bigint;
}

/** The money that a deposit may be made of. Without it, `plan` never deposits. */
export interface Funds {
  /** What the grant still allows, this request included. */
  readonly leftInBudget: bigint;
  /** What the account holds of the token, less deposits and payments signed and not yet seen on chain. */
  readonly balance: bigint;
  /** The person allowed this one request only. */
  readonly once: boolean;
  /** The most that one deposit may be, as on main networks. */
  readonly cap?: bigint | undefined;
}

export interface PlanInput {
  readonly facts: RequestFacts;
  /** The account that pays. */
  readonly payer: Address;
  /** Seconds since 1970. */
  readonly now: number;
  /** 32 bytes made for this payment and never used before: an authorization's nonce or the salt of a deposit. */
  readonly random: Hex;
  readonly funds?: Funds | undefined;
  /** The channel to pay from. */
  readonly channel?: ChannelSnapshot | undefined;
  /** The request that carried the pending deposit came back without it being made: this one carries it again. */
  readonly retryDeposit?: boolean | undefined;
  /** What a new channel is made of, if there is none: a fresh salt, and the session key derived for it. */
  readonly newChannel?: { readonly salt: Hex; readonly payerSigner: Address } | undefined;
  /** The most that may be owed beyond what was acknowledged. Default: 8 times the price of this request. */
  readonly tailCap?: bigint | undefined;
  /** The latest receipt, for a server that answered `receipt_required`. */
  readonly proof?: SignedReceipt | undefined;
}

export type Planned<P> =
  | { readonly kind: "plan"; readonly plan: P }
  /** Later, unchanged: earlier payments have to settle first. */
  | { readonly kind: "wait"; readonly reason: WaitReason }
  /** No server relays this deposit: the reader's own transaction of `amount` into `channel` has to come first. */
  | { readonly kind: "fund"; readonly channel: Channel; readonly contract: ChannelContract; readonly amount: bigint }
  | {
      readonly kind: "refuse";
      readonly reason: RefuseReason;
      readonly need?: bigint | undefined;
      readonly have?: bigint | undefined;
    };

export type WaitReason =
  /** So much is in flight that one more would pass the tail cap. */
  | "tail"
  /** The channel's first deposit is not confirmed. */
  | "opening"
  /** A top-up is not confirmed. */
  | "top_up";

export type RefuseReason =
  | "insufficient_balance"
  /** The price is above what is left in the budget. */
  | "over_budget"
  /** The server wants a larger first deposit than the budget or the balance has. */
  | "min_deposit"
  /** A deposit is needed and none was allowed. */
  | "deposit_not_allowed"
  /** The channel is leaving, closed, restored from the phrase, or not of this offer. */
  | "channel_unusable"
  | "amount_too_large";

/** The key that has to sign: the person's account (opens, tops up, pays `exact`) or the session key of one channel. */
export type SigningKey =
  | { readonly kind: "account"; readonly address: Address }
  | { readonly kind: "session"; readonly channelSalt: Hex; readonly address: Address };

export interface SigningRequest {
  /** Name under which the signature is handed back to `header`. */
  readonly slot: string;
  readonly key: SigningKey;
  readonly typedData: TypedDataDefinition;
}

/** Signatures by the slot of their request. */
export type Signatures = Readonly<Record<string, Hex>>;

export interface PaymentHeader {
  readonly name: string;
  readonly value: string;
}

/** The final answer to a paid request. `header` looks a header up by lower-case name. */
export interface Answer {
  readonly status: number;
  header(name: string): string | null | undefined;
}

/** What the ledger knows of a channel beside this payment. Schemes without receipts need none of it. */
export interface SettleContext {
  /** The highest `credited` over the receipts held. */
  readonly credited: bigint;
  /** Sum of `price − charged` over the receipts held, without the nonce that is settled now. */
  readonly uncharged: bigint;
  /** The receipt held for this very nonce, as after a resend or before a credit note. */
  readonly held?: VerifiedReceipt | undefined;
  /** These bytes went out before: the receipt may name the status of an answer that never arrived. */
  readonly resent?: boolean | undefined;
}

/** What the server's answer to a paid request proves. */
export type Outcome =
  /** Served and accounted for. `charged` in atomic units; `receipt` is a verified state-channel receipt. */
  | {
      readonly kind: "delivered";
      readonly charged: bigint;
      readonly receipt?: VerifiedReceipt | undefined;
      readonly transaction?: string | undefined;
    }
  /** The server proved that it took nothing. */
  | { readonly kind: "not_charged"; readonly receipt: VerifiedReceipt }
  /**
   * Money may or may not have moved: stays reserved until reconciled. `refusal` is the server's own word for it
   * (text of a stranger), `last` what it says of the channel (see `adoptLast`).
   */
  | {
      readonly kind: "unknown";
      readonly reason: UnknownReason;
      readonly refusal?: string | undefined;
      readonly last?: Last | undefined;
    }
  /** The server broke the protocol: nothing more is signed for it. */
  | { readonly kind: "cheated"; readonly reason: CheatReason };

export type UnknownReason =
  | "no_receipt"
  | "refused_402"
  | "lost_answer"
  | "server_failed"
  /** The server shows that it took this nonce for another request before: this wallet may have forgotten that. */
  | "nonce_used";
export type CheatReason =
  /** Not signed by the payee's server, or of another channel or nonce. */
  | "receipt_forged"
  /** Signed by the payee's server for something else than was asked. */
  | "receipt_of_other_request"
  /** More was charged than the price, or more than an earlier receipt of the same nonce said. */
  | "receipt_overcharged"
  /** What was not charged was not given back. */
  | "receipt_uncredited";

export interface VerifiedReceipt {
  readonly nonce: bigint;
  readonly charged: bigint;
  readonly credited: bigint;
  readonly ref: Hex;
  readonly signature: Hex;
}
