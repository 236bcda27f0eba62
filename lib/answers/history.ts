/** What the screens are told about past payments: pages, one in full, and all in full, in pages, for a file. */
import { toWireJson } from "@tollpass/protocol";
import type { PaymentRecord } from "#ledger";
import type { Handlers, ParsedRequest, PaymentDetail, Reply } from "#messages";
import { paymentView } from "./money.ts";
import type { AnswerPorts } from "./ports.ts";

/**
 * A page of an export ends at so many characters, whatever its limit: offers are a server's text and may be long.
 * Chromium carries 64 MiB in one message, and UTF-8 takes three bytes of a character at the most.
 */
const EXPORT_CHARACTERS = 4 << 20;

function detailOf(ports: AnswerPorts, payment: PaymentRecord): PaymentDetail {
  const { receipt, channelId, nonce, transaction } = payment;
  return {
    ...paymentView(ports.networks(), payment),
    network: payment.network,
    payTo: payment.payTo,
    ...(channelId ? { channelId } : {}),
    ...(nonce === undefined ? {} : { nonce: nonce.toString() }),
    ...(transaction ? { transaction } : {}),
    ...(receipt ? { receipt: receiptText(payment), receiptSignature: receipt.signature } : {}),
    offer: payment.offer === null ? "" : JSON.stringify(payment.offer, undefined, 2),
  };
}

/** The message that the provider signed, as JSON. */
function receiptText({ channelId, receipt }: PaymentRecord): string {
  if (!receipt) return "";
  const { nonce, charged, credited, ref } = receipt;
  return toWireJson({ channelId, nonce, charged, credited, ref });
}

/** Payments in full below a number of the journal, newest first: up to `limit`, fewer where they are long. */
async function exported(
  ports: AnswerPorts,
  { before, limit }: ParsedRequest<"history.export">,
): Promise<Reply<"history.export">> {
  const page = await ports.ledger.history({ limit, cursor: before });
  const payments: PaymentDetail[] = [];
  let characters = 0;
  let last: number | undefined;
  for (const payment of page.payments) {
    const detail = detailOf(ports, payment);
    characters += JSON.stringify(detail).length;
    if (last !== undefined && characters > EXPORT_CHARACTERS) return { payments, next: last };
    payments.push(detail);
    last = payment.seq;
  }
  return { payments, ...(page.cursor === undefined ? {} : { next: page.cursor }) };
}

type HistoryAnswers = Pick<Handlers, "history.list" | "history.get" | "history.export" | "history.redact">;

export function historyAnswers(ports: AnswerPorts): HistoryAnswers {
  const { ledger } = ports;
  return {
    "history.list": async ({ cursor, limit, site }) => {
      const from = cursor === undefined ? undefined : Number(cursor);
      const page = await ledger.history({ limit, site, cursor: Number.isSafeInteger(from) ? from : undefined });
      return {
        payments: page.payments.map((payment) => paymentView(ports.networks(), payment)),
        ...(page.cursor === undefined ? {} : { next: String(page.cursor) }),
      };
    },
    "history.get": async ({ paymentId }) => {
      const payment = await ledger.getPayment(paymentId);
      return payment ? detailOf(ports, payment) : null;
    },
    "history.export": (request) => exported(ports, request),
    "history.redact": async () => {
      await ledger.deleteHistory();
      // What was asked and not paid is history too: its address lies in the browser's session.
      await ports.payments.forget();
      ports.announce("payments");
      return { done: true };
    },
  };
}
