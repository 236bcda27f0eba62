// Every receipt that an answer of a shop shows, wherever it stands in it.
import {
  decodePaymentRequired,
  decodePaymentResponse,
  PAYMENT_REQUIRED,
  PAYMENT_RESPONSE,
  receiptBodySchema,
} from "@tollpass/protocol";
import type { SignedReceipt } from "@tollpass/provider";

export function receiptsIn(answer: Response, text: string): SignedReceipt[] {
  const paid = answer.headers.get(PAYMENT_RESPONSE);
  const asked = answer.headers.get(PAYMENT_REQUIRED);
  const found: unknown[] = [];
  if (paid) found.push(decodePaymentResponse(paid).extra);
  if (asked) found.push((decodePaymentRequired(asked).accepts[0]?.extra as { last?: unknown } | undefined)?.last);
  if (answer.headers.get("content-type")?.includes("json")) {
    const body = JSON.parse(text) as { last?: unknown };
    found.push(body, body.last);
  }
  return found.flatMap((item) => {
    const parsed = receiptBodySchema.safeParse(item);
    return parsed.success ? [parsed.data] : [];
  });
}
