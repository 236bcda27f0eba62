/**
 * The `exact` scheme of x402 version 2 on EVM chains: one EIP-3009 authorization per request, settled by the server's
 * facilitator before it answers. Spoken as @x402/evm 2.27 speaks it.
 */
import {
  type Eip3009Token,
  encodePaymentSignature,
  NATIVE,
  PAYMENT_SIGNATURE,
  resourceSchema,
  type TransferAuthorization,
  toWireJson,
  transferAuthorizationTypedData,
} from "@tollpass/protocol";
import { z } from "zod";
import { clampValidity, describesToken } from "../assess.ts";
import type {
  AssessedBase,
  Assessment,
  ExactOffer,
  PaymentHeader,
  PlanInput,
  Planned,
  Scheme,
  Signatures,
  SigningRequest,
  Unpayable,
} from "../scheme.ts";
import { authorizationSchema, tokenDomainSchema } from "../stored.ts";
import { settleExactPayment } from "./settle.ts";

const EXACT = "exact";
const SLOT = "authorization";

export const exactPlanSchema = z.object({
  scheme: z.literal(EXACT),
  resource: resourceSchema,
  accepted: z.record(z.string(), z.unknown()),
  network: z.string(),
  token: tokenDomainSchema,
  authorization: authorizationSchema,
});
export type ExactPlan = z.output<typeof exactPlanSchema>;

/** Without `name` and `version` the server's facilitator cannot check a signature, so it would refuse every payment. */
const extraSchema = z.object({
  name: z.string().min(1),
  version: z.string().min(1),
  assetTransferMethod: z.string().optional(),
});

function assess(base: AssessedBase): Assessment<ExactOffer> {
  const unpayable = (reason: Unpayable) => ({ kind: "unpayable", reason }) as const;
  const extra = extraSchema.safeParse(base.offer.extra);
  if (!extra.success) return unpayable("malformed_extra");
  const { assetTransferMethod = "eip3009" } = extra.data;
  if (assetTransferMethod !== "eip3009" || !base.token.eip3009 || !base.token.eip712) {
    return unpayable("terms_unacceptable");
  }
  if (!describesToken(base, extra.data)) return unpayable("asset_mismatch");
  if (base.offer.payTo === NATIVE) return unpayable("terms_unacceptable");
  return { kind: "payable", offer: { ...base, scheme: EXACT } };
}

function plan(payable: ExactOffer, input: PlanInput): Planned<ExactPlan> {
  const { offer, token, network } = payable;
  const { funds } = input;
  if (funds && offer.amount > funds.leftInBudget) {
    return { kind: "refuse", reason: "over_budget", need: offer.amount, have: funds.leftInBudget };
  }
  if (funds && offer.amount > funds.balance) {
    return { kind: "refuse", reason: "insufficient_balance", need: offer.amount, have: funds.balance };
  }
  if (!token.eip712) throw new RangeError("an exact offer was assessed for a token without authorizations");
  const made: ExactPlan = {
    scheme: EXACT,
    resource: offer.resource,
    accepted: offer.accepted,
    network: offer.network,
    token: { chainId: network.chainId, address: token.address, ...token.eip712 },
    authorization: {
      from: input.payer,
      to: offer.payTo,
      value: offer.amount,
      // From the beginning of time, as the reference client does: a chain whose clock is behind accepts it too.
      validAfter: 0n,
      validBefore: BigInt(input.now + clampValidity(offer.maxTimeoutSeconds)),
      nonce: input.random,
    },
  };
  return { kind: "plan", plan: made };
}

/**
 * The EIP-3009 authorization of a plan. Its nonce tells on chain whether it was used (`authorizationState`); unused
 * after `validBefore` it never will be.
 */
export function authorizationOf(made: ExactPlan): { token: Eip3009Token; authorization: TransferAuthorization } {
  return { token: made.token, authorization: made.authorization };
}

function signatures(made: ExactPlan): readonly SigningRequest[] {
  const typedData = transferAuthorizationTypedData(made.token, made.authorization);
  return [{ slot: SLOT, key: { kind: "account", address: made.authorization.from }, typedData }];
}

/** The plan goes through its schema first: that fixes the order of keys, whichever way it came here. */
function header(given: ExactPlan, signed: Signatures): PaymentHeader {
  const { resource, accepted, authorization } = exactPlanSchema.parse(JSON.parse(toWireJson(given)));
  const signature = signed[SLOT];
  if (!signature) throw new RangeError(`the signature "${SLOT}" is missing`);
  const payload = { authorization, signature };
  return {
    name: PAYMENT_SIGNATURE,
    value: encodePaymentSignature({ x402Version: 2, resource, accepted, payload }),
  };
}

export const exact: Scheme<ExactOffer, ExactPlan> = {
  name: EXACT,
  assess,
  plan,
  planSchema: exactPlanSchema,
  signatures,
  header,
  settle: settleExactPayment,
};
