// The receipts that a hostile payee signs beside the true ones.
import { type Receipt, receiptTypedData, toWireJson } from "@tollpass/protocol";
import type { SignedReceipt } from "@tollpass/provider";
import { type Hex, pad } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { settleFetchedReceipt } from "#schemes";
import type { Life } from "./life.ts";
import type { Letter, Mail } from "./reader.ts";
import { choose, clamp } from "./steps.ts";

/** The payee's receipt key, the same in every life. */
export const RECEIPT_KEY: Hex = pad("0x402", { size: 32 });

/** Signs this receipt instead of the true one. Returns what the reader makes of it. */
async function issue(life: Life, letter: Letter, receipt: Receipt): Promise<Mail["weigh"]> {
  const signer = privateKeyToAccount(RECEIPT_KEY);
  const receiptSignature = await signer.signTypedData(receiptTypedData(life.reader.contract, receipt));
  life.keep({ receipt, receiptSignature });
  life.figures.lies += 1;
  const body = JSON.parse(toWireJson({ receipt, receiptSignature }));
  return (context) => settleFetchedReceipt(letter.plan, body, undefined, context);
}

/** Once in a while another receipt than the true one is what the reader gets. */
export async function lie(life: Life, letter: Letter, pick: number, amount: bigint): Promise<void> {
  const honest = [...life.issued.values()].find(({ receipt }) => receipt.nonce === letter.nonce)?.receipt;
  if (!honest) return;
  const lies: readonly Partial<Receipt>[] = [
    { charged: honest.charged + amount },
    { charged: letter.price },
    { credited: clamp(honest.credited - amount) },
    { credited: clamp(honest.credited + amount) },
    { charged: 0n },
    { nonce: honest.nonce + 1n },
  ];
  const weigh = await issue(life, letter, { ...honest, ...choose(lies, pick) });
  life.reader.mail.pop();
  life.reader.mail.push({ letter, weigh });
}

/**
 * What a payee that gives back and never admits it makes of the receipts in its answer: each says what was charged, and
 * that nothing was ever given back. Such a receipt proves nothing against a close at all that was authorised. Undefined
 * of any other payee, and where the answer has no receipt for this letter.
 */
export async function retold(
  life: Life,
  letter: Letter,
  signed: readonly SignedReceipt[],
): Promise<Mail["weigh"] | undefined> {
  if (!life.hidesCredit) return undefined;
  const honest = signed.find(({ receipt }) => receipt.nonce === letter.nonce)?.receipt;
  return honest && honest.credited > 0n ? issue(life, letter, { ...honest, credited: 0n }) : undefined;
}
