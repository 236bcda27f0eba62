// A provider closes at the ceiling although it had given money back: what its own receipts do to it, and until when.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { SignedReceipt } from "@tollpass/provider";
import type { Payer } from "../../../provider/test/payer.ts";
import type { Shop } from "../../../provider/test/shop.ts";
import {
  type Balances,
  bookOf,
  CLOSED,
  channelOf,
  DEPOSIT,
  openStage,
  PRICE,
  PURSE,
  type Stage,
  signedReceiptOf,
} from "./stage.ts";

/** What the provider gave back of the third page, and what it is due after that. */
const CREDIT = PRICE / 2n;
const DUE = 3n * PRICE - CREDIT;
const CEILING = 3n * PRICE;
/** What the reader had acknowledged and the provider had cashed before the close. */
const CASHED = 2n * PRICE;

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

interface Fraud {
  readonly shop: Shop;
  readonly reader: Payer;
  /** The shop's receipts of the three pages, and that of the credit note. */
  readonly pages: readonly SignedReceipt[];
  readonly credit: SignedReceipt;
}

/** Three pages are delivered, the first two are acknowledged and cashed, half of the third is credited. */
async function credited(): Promise<Fraud> {
  const shop = await stage.shop();
  const reader = await stage.reader();
  const bought = [
    await reader.open(`${shop.origin}/page/1`, DEPOSIT),
    await reader.buy(`${shop.origin}/page/2`),
    await reader.buy(`${shop.origin}/page/3`),
  ];
  assert.equal((await shop.payment.claim()).paid, CASHED);
  const credit = await shop.payment.creditNote(reader.id, 3n, CREDIT);
  assert.equal((await bookOf(shop.payment, reader)).book.charged, DUE);
  return { shop, reader, pages: bought.map(signedReceiptOf), credit };
}

/** Closes with the highest state at this total. Resolves to the deadline of the challenge period. */
async function startClose({ shop, reader }: Fraud, amount: bigint): Promise<number> {
  const { top } = await bookOf(shop.payment, reader);
  assert.ok(top);
  assert.deepEqual([top.state.owed, top.state.earned, top.state.credited], [CEILING, CASHED, 0n]);
  await stage.as(stage.payee).write.startClose([channelOf(reader), top.state, amount, top.signature]);
  const [pending] = await stage.as(stage.payee).read.pendingCloses([[reader.id]]);
  assert.ok(pending);
  return pending.deadline;
}

// With a fixed amount of gas a call that fails is mined as well, in the block whose time was chosen for it.
const challenge = (reader: Payer, { receipt, receiptSignature }: SignedReceipt) =>
  stage.as(stage.stranger).write.challenge([channelOf(reader), receipt, receiptSignature], { gas: 300_000n });
const finalize = (reader: Payer) =>
  stage.as(stage.stranger).write.finalizeClose([channelOf(reader)], { gas: 300_000n });

/** The channel is closed, and the payee got this much over its whole life. */
async function expectEnd(reader: Payer, paid: bigint): Promise<void> {
  const end: Balances = { reader: PURSE - paid, payee: paid, escrow: 0n };
  await stage.expectBalances(reader.account.address, end);
  assert.equal((await stage.as(stage.stranger).read.channelState([reader.id])).status, CLOSED);
}

describe("the provider closes at the ceiling although it credited", () => {
  test("the receipt of the credit note takes all that is left back to the reader; those of the pages prove nothing", async () => {
    const fraud = await credited();
    await startClose(fraud, CEILING);
    for (const honest of fraud.pages) await assert.rejects(challenge(fraud.reader, honest), /NoFraud/);
    await challenge(fraud.reader, fraud.credit);
    await expectEnd(fraud.reader, CASHED);
  });

  test("one unit above what is due is enough to lose it", async () => {
    const fraud = await credited();
    await startClose(fraud, DUE + 1n);
    await challenge(fraud.reader, fraud.credit);
    await expectEnd(fraud.reader, CASHED);
  });

  test("what is due is safe from every receipt that the provider ever signed, and paid after its day", async () => {
    const fraud = await credited();
    const deadline = await startClose(fraud, DUE);
    for (const any of [...fraud.pages, fraud.credit]) await assert.rejects(challenge(fraud.reader, any), /NoFraud/);
    await stage.at(deadline);
    await finalize(fraud.reader);
    await expectEnd(fraud.reader, DUE);
  });
});

describe("a watchtower that holds the reader's receipt, and no key", () => {
  test("answers in the last second of the last minute, and the reader has all that was left", async () => {
    const fraud = await credited();
    const deadline = await startClose(fraud, CEILING);
    await stage.at(deadline - 60);
    await assert.rejects(finalize(fraud.reader), /ChallengePeriodNotOver/);
    await stage.at(deadline - 1);
    await challenge(fraud.reader, fraud.credit);
    assert.equal(await stage.now(), deadline - 1);
    await expectEnd(fraud.reader, CASHED);
  });

  test("is too late at the deadline itself: the provider has the ceiling, and the reader has lost the credit", async () => {
    const fraud = await credited();
    const deadline = await startClose(fraud, CEILING);
    await stage.at(deadline);
    await assert.rejects(challenge(fraud.reader, fraud.credit), /ChallengePeriodOver/);
    await finalize(fraud.reader);
    await expectEnd(fraud.reader, CEILING);
  });
});
