/** What a server's answer proves about an `exact` payment: its word that the transfer was made, and in which transaction. */
import { decodePaymentResponse, PAYMENT_RESPONSE, ProtocolError } from "@tollpass/protocol";
import type { Answer, Outcome } from "../scheme.ts";
import type { ExactPlan } from "./index.ts";

const TRANSACTION = /^0x[0-9a-fA-F]{64}$/;

/**
 * Delivered at the full price if the server names a successful transaction on the offer's network. All else is unknown
 * until the chain has said whether the authorization was used: a refusal leaves the signature valid in strangers' hands.
 */
export async function settleExactPayment(plan: ExactPlan, answer: Answer | undefined): Promise<Outcome> {
  if (!answer) return { kind: "unknown", reason: "lost_answer" };
  const response = readResponse(answer);
  const { transaction = "", network, success = false, errorReason } = response ?? {};
  if (success && network === plan.network && TRANSACTION.test(transaction)) {
    return { kind: "delivered", charged: plan.authorization.value, transaction };
  }
  if (answer.status === 402) return { kind: "unknown", reason: "refused_402", refusal: errorReason };
  return { kind: "unknown", reason: answer.status >= 500 ? "server_failed" : "no_receipt", refusal: errorReason };
}

function readResponse(answer: Answer) {
  try {
    return decodePaymentResponse(answer.header(PAYMENT_RESPONSE.toLowerCase()) ?? "");
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
