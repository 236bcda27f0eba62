/**
 * What every payment scheme offers to the wallet. A scheme is pure: it sees an offer and a snapshot, and says what to
 * sign and what it costs. It has no clock, no randomness and no storage of its own; all of that is handed in, so that
 * the same plan gives the same bytes again after a crash.
 */
import type { Network, Offer, Token } from "@tollpass/protocol";
import type { Address, Hex, TypedDataDefinition } from "viem";

/** Why an offer cannot be paid: each has its own words on the screen. */
export type Unpayable =
  | "unknown_scheme"
  | "unknown_network"
  | "network_disabled"
  | "unknown_asset"
  | "asset_mismatch"
  | "unknown_contract"
  | "insecure_origin"
  | "resource_mismatch"
  | "headers_disagree"
  | "terms_unacceptable"
  | "receipts_origin"
  | "malformed_extra";

/** Facts about the request that an offer is checked against. All of them come from the browser. */
export interface RequestFacts {
  readonly url: string;
  readonly method: string;
  /** SHA-256 of the body if the wallet could see it. */
  readonly bodyDigest?: Hex | undefined;
}

/** An offer that passed every check that needs no state: token and network are the wallet's own records. */
export interface PayableOffer {
  readonly offer: Offer;
  readonly network: Network;
  readonly token: Token;
}

/** The wallet's view of one open channel, as the ledger holds it. Amounts in atomic units (protocol section 3). */
export interface ChannelSnapshot {
  readonly id: Hex;
  readonly status: "opening" | "open" | "exiting" | "closing" | "closed" | "restored";
  /** Confirmed deposit less refunds. */
  readonly deposit: bigint;
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

/** The key that has to sign: the person's account (opens, tops up, pays `exact`) or the session key of one channel. */
export type SigningKey =
  | { readonly kind: "account"; readonly address: Address }
  | { readonly kind: "session"; readonly channelSalt: Hex };

export interface SigningRequest {
  /** Name under which the signature is handed back to `headers`. */
  readonly slot: string;
  readonly key: SigningKey;
  readonly typedData: TypedDataDefinition;
}

/** What the server's answer to a paid request proves. */
export type Outcome =
  /** Served and accounted for. `charged` in atomic units; `receipt` is a verified state-channel receipt. */
  | {
      readonly kind: "delivered";
      readonly charged: bigint;
      readonly receipt?: VerifiedReceipt;
      readonly transaction?: string;
    }
  /** The server proved that it took nothing. */
  | { readonly kind: "not_charged"; readonly receipt: VerifiedReceipt }
  /** Money may or may not have moved: stays reserved until reconciled. */
  | { readonly kind: "unknown"; readonly reason: UnknownReason }
  /** The server broke the protocol: nothing more is signed for it. */
  | { readonly kind: "cheated"; readonly reason: CheatReason };

export type UnknownReason = "no_receipt" | "refused_402" | "lost_answer" | "server_failed";
export type CheatReason = "receipt_forged" | "receipt_overcharged" | "receipt_uncredited";

export interface VerifiedReceipt {
  readonly nonce: bigint;
  readonly charged: bigint;
  readonly credited: bigint;
  readonly ref: Hex;
  readonly signature: Hex;
}
