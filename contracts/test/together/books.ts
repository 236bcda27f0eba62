// What a payee's books have to say after every step, whoever did what.
import assert from "node:assert/strict";
import type { PaymentRecord } from "@tollpass/provider";
import type { Life } from "./life.ts";

const sumOf = (amounts: readonly bigint[]): bigint => amounts.reduce((sum, amount) => sum + amount, 0n);

/** Holds the books against what was really done. Nothing is said of a shop that is not running. */
export async function checkBooks(life: Life): Promise<void> {
  const record = await life.record();
  const payments = await life.with(({ payment }) => payment.receipts(10_000));
  if (!record || !payments) return;
  const { book, ending, top, status, deposit, refund } = record;
  assert.ok(
    book.authorised - book.credited >= book.charged + book.reserved,
    "all that is due and under way is authorised",
  );
  if (life.honestPayee && status !== "closed") {
    const staying = deposit - (refund?.amount ?? 0n);
    assert.ok(
      staying >= book.authorised - book.credited,
      "all that is due, under way and promised stays in the channel",
    );
  }
  assert.equal(book.reserved, sumOf(life.underway.map(({ letter }) => letter.price)), "what is served is reserved");
  assert.equal(book.charged, sumOf(payments.map(({ charged }) => charged)), "what is due is what was charged");
  for (const payment of payments) checkCost(life, payment);
  if (!ending) return;
  assert.deepEqual(ending.state, top?.state, "after a close is decided no state is accepted");
  const headroom = ending.state.owed - ending.amount + ending.state.credited;
  assert.ok(book.credited <= headroom, "after a close is decided nothing is given back that could be held against it");
}

/** What was served cost what its handler said; what a process died over, that or nothing. */
function checkCost({ costs }: Life, { nonce, charged, price }: PaymentRecord): void {
  const possible = costs.get(nonce) ?? [];
  assert.ok(possible.includes(charged), `nonce ${nonce} cost ${charged} of ${price}, not one of ${possible.join()}`);
  costs.set(nonce, [charged]);
}
