/** The payment schemes that the wallet speaks, and what is the same for all of them. */
import { type Offer, toWireJson } from "@tollpass/protocol";
import type { Hex } from "viem";
import { z } from "zod";
import { assessBase } from "./assess.ts";
import { type ExactPlan, exact, exactPlanSchema } from "./exact/index.ts";
import type {
  Answer,
  Assessment,
  Outcome,
  PayableOffer,
  PaymentHeader,
  PendingDeposit,
  PlanInput,
  Planned,
  RequestFacts,
  SchemeSettings,
  SettleContext,
  Signatures,
  SigningRequest,
} from "./scheme.ts";
import { type ChannelPlan, channelPlanSchema, stateChannel } from "./state-channel/index.ts";

export { isLoopback, MAX_VALIDITY } from "./assess.ts";
export { authorizationOf, type ExactPlan } from "./exact/index.ts";
export { pinsOf, rankOffers } from "./rank.ts";
export type * from "./scheme.ts";
export * from "./state-channel/index.ts";

/** Every scheme by the name that offers call it. A new scheme is one folder and one line here. */
export const SCHEMES = { "state-channel": stateChannel, exact } as const;
export type SchemeName = keyof typeof SCHEMES;

/** What one payment signs. `scheme` tells whose it is. */
export const planSchema = z.discriminatedUnion("scheme", [channelPlanSchema, exactPlanSchema]);
export type Plan = ChannelPlan | ExactPlan;

/** Every check of an offer that needs no state: origin, resource, network, token, contract and terms. */
export function assessOffer(offer: Offer, facts: RequestFacts, settings: SchemeSettings): Assessment {
  if (!Object.hasOwn(SCHEMES, offer.scheme)) return { kind: "unpayable", reason: "unknown_scheme" };
  const scheme = SCHEMES[offer.scheme as SchemeName];
  const assessed = assessBase(offer, facts, settings);
  return assessed.kind === "unpayable" ? assessed : scheme.assess(assessed.base, facts, settings);
}

/** What to sign for this request, to be stored before anything is signed. Synchronous and without side effects. */
export function planPayment(offer: PayableOffer, input: PlanInput): Planned<Plan> {
  switch (offer.scheme) {
    case "state-channel":
      return stateChannel.plan(offer, input);
    case "exact":
      return exact.plan(offer, input);
  }
}

/** The plan as text for the journal; `decodePlan` gives it back, and with it the same bytes on the wire. */
export function encodePlan(plan: Plan): string {
  return toWireJson(plan);
}

/** The plan that `encodePlan` wrote. Throws a ZodError or SyntaxError if the journal was damaged. */
export function decodePlan(text: string): Plan {
  return planSchema.parse(JSON.parse(text));
}

export function signaturesOf(plan: Plan): readonly SigningRequest[] {
  switch (plan.scheme) {
    case "state-channel":
      return stateChannel.signatures(plan);
    case "exact":
      return exact.signatures(plan);
  }
}

export function headerOf(plan: Plan, signatures: Signatures): PaymentHeader {
  switch (plan.scheme) {
    case "state-channel":
      return stateChannel.header(plan, signatures);
    case "exact":
      return exact.header(plan, signatures);
  }
}

export function settlePayment(plan: Plan, answer: Answer | undefined, context: SettleContext): Promise<Outcome> {
  switch (plan.scheme) {
    case "state-channel":
      return stateChannel.settle(plan, answer, context);
    case "exact":
      return exact.settle(plan, answer, context);
  }
}

/** What storing a plan takes: the budget debit, and for a channel its totals from then on. */
export interface Reservation {
  /** Atomic units, the full price. */
  readonly amount: bigint;
  readonly channel?:
    | {
        readonly id: Hex;
        readonly nonce: bigint;
        /** `A` and `G` once the plan is stored. */
        readonly authorized: bigint;
        readonly gross: bigint;
        /** `earned` in the state that will be signed. */
        readonly earned: bigint;
        /** The deposit that goes with this payment. */
        readonly deposit?: PendingDeposit | undefined;
        readonly opens: boolean;
      }
    | undefined;
}

export function reservationOf(plan: Plan): Reservation {
  switch (plan.scheme) {
    case "exact":
      return { amount: plan.authorization.value };
    case "state-channel": {
      const { state, gross, opens, deposit } = plan;
      const { channelId: id, nonce, earned, owed, credited } = state;
      return { amount: plan.price, channel: { id, nonce, authorized: owed + credited, gross, earned, deposit, opens } };
    }
  }
}
