// What goes between a payer and a payee beside payments: receipts that are fetched, and requests to the channel's endpoint.
import { PAYMENT_SIGNATURE, receiptTicket } from "@tollpass/protocol";
import { type SettleContext, settleFetchedReceipt } from "#schemes";
import { receiptsIn } from "./issued.ts";
import { retold } from "./lies.ts";
import type { Life } from "./life.ts";
import type { Letter } from "./reader.ts";
import { ORIGIN } from "./shop.ts";

const endpointOf = ({ id }: Life): string => `${ORIGIN}/.well-known/x402/channels/${id}`;

/** Fetches the receipt of one nonce with its ticket. */
export async function fetchReceipt(life: Life, letter: Letter): Promise<void> {
  const answer = await life.with((shop) =>
    shop.fetch(`${endpointOf(life)}/${letter.nonce}`, {
      headers: { Authorization: `Bearer ${receiptTicket(letter.signature)}` },
    }),
  );
  if (!answer) return;
  const text = await answer.text();
  life.keepAll(answer, text);
  if (answer.status !== 200) return;
  const body: unknown = JSON.parse(text);
  const honest = (context: SettleContext) => settleFetchedReceipt(letter.plan, body, undefined, context);
  life.reader.mail.push({ letter, weigh: (await retold(life, letter, receiptsIn(answer, text))) ?? honest });
}

/** Posts a request to the channel's endpoint. Resolves to the status and the code of a refusal. */
export async function post(
  life: Life,
  header: string,
): Promise<{ status: number; code: string | undefined } | undefined> {
  const answer = await life.with((shop) =>
    shop.fetch(endpointOf(life), { method: "POST", headers: { [PAYMENT_SIGNATURE]: header } }),
  );
  const text = answer && (await life.with(() => answer.text()));
  if (!answer || text === undefined) return undefined;
  life.keepAll(answer, text);
  return { status: answer.status, code: (JSON.parse(text) as { code?: string }).code };
}
