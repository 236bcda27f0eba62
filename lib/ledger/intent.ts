/** What is asked of a reservation, what its plan is made from, and what can come of it. */
import type { Address, Hex } from "viem";
import type { AskReason, RefuseReason } from "#budget";
import type { ChannelOpening, ChannelStep } from "./channelStep.ts";
import type { ChosenAccounts, UnderWay } from "./outlook.ts";
import type { ChannelKey, ChannelRecord, Json, PaymentRecord } from "./rows.ts";

/** A request that the wallet would pay for. Every fact of the request comes from the browser, none from the page. */
export interface Intent {
  /** Idempotency key: the same id again returns the same payment, never a second charge. */
  readonly requestId: string;
  /** Names the frozen offer; a one-time approval is good for this offer only. */
  readonly offerId: string;
  readonly approvalId?: string | undefined;
  /** Origin of the top-level document. */
  readonly site: string;
  /** Origin that asked for money. */
  readonly payeeOrigin: string;
  readonly frameOrigins: readonly string[];
  readonly url: string;
  readonly method: string;
  readonly resourceType: string;
  readonly title?: string | undefined;
  readonly bodyDigest?: Hex | undefined;
  readonly incognito: boolean;
  readonly scheme: string;
  /** CAIP-2. */
  readonly network: string;
  readonly asset: Address;
  /** Decimals of a token worth one dollar each, null for any other asset. */
  readonly dollarDecimals: number | null;
  readonly payTo: Address;
  /** The most that this can cost, in atomic units: what is debited. */
  readonly amount: bigint;
  readonly contract?: Address | undefined;
  readonly payeeSigner?: Address | undefined;
  /** The frozen offer as JSON. */
  readonly offer: Json;
  /** The channel that would pay; left out by schemes without channels. */
  readonly channel?: ChannelKey | undefined;
  /** The id of a payment for this resource whose answer was lost: the person agreed to repeat it, once. */
  readonly again?: string | undefined;
  /** Payments whose answer is on its way to another request now: what they bought is not lost. Asked inside. */
  readonly underWay?: UnderWay | undefined;
  /** What the caller took for granted; left out, nothing is. Where it is not so, the result is `look`. */
  readonly given?: Given | undefined;
}

/** What a plan is made from. It must not wait for anything and must not change what it is given. */
export interface PlanInput {
  readonly paymentId: string;
  readonly now: number;
  /** The channel of `intent.channel` that can pay, if there is one. */
  readonly channel: ChannelRecord | undefined;
  /** What the grant still allows in its period, this payment included, in atomic units. */
  readonly left: bigint;
  /** The person said yes to this request only. */
  readonly once: boolean;
}

/** What a plan says. `Wait` and `Refusal` are the scheme's own reasons, of any shape; they come back as they are. */
export type PlanResult<Wait = string, Refusal = string> =
  /** `plan` holds all that is needed, random numbers included, to make the same bytes again. */
  | {
      readonly kind: "ready";
      readonly plan: Json;
      readonly channel?: ChannelStep | ChannelOpening | undefined;
      /**
       * The bytes leave right after this commit, so that it marks them as sent, attempt 1: one flush of the disk and not
       * two. A death before they leave then costs what one after it does. Without it `markSent` has to come first.
       */
      readonly leaves?: boolean | undefined;
    }
  /** Not now: another payment has to come first. Nothing is written. */
  | { readonly kind: "wait"; readonly reason: Wait }
  /** Not at all. Nothing is written. */
  | { readonly kind: "refuse"; readonly reason: Refusal };

export type LedgerRefusal =
  | RefuseReason
  /** The ledger's own sums disagree. */
  | { readonly code: "ledger_inconsistent"; readonly findings: readonly string[] }
  /** This payee broke the protocol before; `why` as `settle` was told. */
  | { readonly code: "payee_untrusted"; readonly channelId: Hex; readonly why: string };

export interface Given {
  /** Whether the payer is the right one where these accounts were chosen. Asked inside, so it must not wait. */
  readonly isPayer: (chosen: ChosenAccounts) => boolean;
  /** Begun payments for this resource that were looked at, and are not to be taken up. */
  readonly passed: ReadonlySet<string>;
}

export type ReserveResult<Wait = string, Refusal = string> =
  /** `fresh` false: this request id had a payment already, and this is it, in whatever state it is. */
  | {
      readonly kind: "reserved";
      readonly payment: PaymentRecord;
      readonly channel: ChannelRecord | undefined;
      readonly fresh: boolean;
    }
  /** Another account was chosen, or a payment for this resource was begun and has no end: to be looked at first. */
  | { readonly kind: "look" }
  | { readonly kind: "ask"; readonly reason: AskReason }
  | { readonly kind: "refuse"; readonly reason: LedgerRefusal }
  | { readonly kind: "wait"; readonly reason: Wait }
  | { readonly kind: "unpayable"; readonly reason: Refusal };
