/** What the screens are told about past payments: pages, one in full, and all of them for a file. */
import { toWireJson } from "@tollpass/protocol";
import type { PaymentRecord } from "#ledger";
import type { Handlers, PaymentDetail } from "#messages";
import { paymentView } from "./money.ts";
import type { AnswerPorts } from "./ports.ts";

/** Payments per read of an export. */
const PAGE = 500;

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

async function exported(ports: AnswerPorts): Promise<string> {
  const payments: PaymentDetail[] = [];
  let cursor: number | undefined;
  do {
    const page = await ports.ledger.history({ limit: PAGE, cursor });
    payments.push(...page.payments.map((payment) => detailOf(ports, payment)));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return JSON.stringify({ exportedAt: new Date(ports.now()).toISOString(), payments }, undefined, 2);
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
    "history.export": async () => ({ json: await exported(ports) }),
    "history.redact": async () => {
      await ledger.deleteHistory();
      // What was asked and not paid is history too: its address lies in the browser's session.
      await ports.payments.forget();
      ports.announce("payments");
      return { done: true };
    },
  };
}
