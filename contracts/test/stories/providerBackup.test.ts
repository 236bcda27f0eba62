// A provider loses its disk and goes on with an old backup of its store.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type SignedReceipt, sqliteStore } from "@tollpass/provider";
import type { Payer } from "../../../provider/test/payer.ts";
import type { Shop } from "../../../provider/test/shop.ts";
import {
  bookOf,
  CLOSED,
  CLOSING,
  channelOf,
  DAY,
  DEPOSIT,
  openStage,
  PRICE,
  PURSE,
  type Stage,
  signedReceiptOf,
} from "./stage.ts";

let stage: Stage;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tollpass-story-"));
  stage = await openStage();
});
afterEach(async () => {
  await stage.close();
  rmSync(folder, { recursive: true });
});

const shopOn = (file: string): Promise<Shop> => stage.shop({ store: sqliteStore(join(folder, file)) });

/**
 * Three pages are read, the store is saved, three more are read (the fifth fails and is credited), the disk dies. The
 * reader holds the receipt that credits the fifth; the shop that is open again knows of three pages.
 */
async function restored(): Promise<{ shop: Shop; reader: Payer; credit: SignedReceipt; latest: SignedReceipt }> {
  const first = await shopOn("provider.sqlite");
  const reader = await stage.reader();
  await reader.open(`${first.origin}/page/1`, DEPOSIT);
  for (const page of [2, 3]) await reader.buy(`${first.origin}/page/${page}`);
  await stage.end(first);
  copyFileSync(join(folder, "provider.sqlite"), join(folder, "backup.sqlite"));

  const second = await shopOn("provider.sqlite");
  await reader.buy(`${second.origin}/page/4`);
  const failed = await reader.buy(`${second.origin}/broken`);
  assert.equal(failed.answer.status, 500);
  const last = await reader.buy(`${second.origin}/page/6`);
  await stage.end(second);
  const [credit, latest] = [signedReceiptOf(failed), signedReceiptOf(last)];
  return { shop: await shopOn("backup.sqlite"), reader, credit, latest };
}

describe("an old backup of the provider's store is restored", () => {
  test("the returning reader's receipt brings its books up to date, and both part with what is theirs", async () => {
    const { shop, reader, latest } = await restored();
    const refused = await reader.buy(`${shop.origin}/page/7`);
    assert.equal(((await refused.answer.json()) as { code: string }).code, "receipt_required");
    reader.abandoned.add(refused.nonce);

    const asked = await reader.ask(`${shop.origin}/page/7`);
    const { header, nonce } = await reader.pay(asked, { ...latest });
    assert.equal((await reader.send(`${shop.origin}/page/7`, header, nonce)).answer.status, 200);
    // Six pages were delivered over the channel's life, one request failed.
    assert.equal(reader.earned, 6n * PRICE);
    const close = { channelId: reader.id, paid: reader.earned, deadline: Math.floor(Date.now() / 1_000) + 3_600 };
    assert.equal((await reader.close(asked, close)).status, 200);
    await stage.expectBalances(reader.account.address, {
      reader: PURSE - 6n * PRICE,
      payee: 6n * PRICE,
      escrow: 0n,
    });
  });

  test("with a reader that vanished it closes at what was acknowledged, is paid at once and cannot be challenged", async () => {
    const { shop, reader, credit } = await restored();
    const channel = channelOf(reader);
    const { best } = await bookOf(shop.payment, reader);
    assert.ok(best);
    assert.equal(best.state.earned, 2n * PRICE);
    await stage.as(stage.payee).write.startClose([channel, best.state, best.state.earned, best.signature]);
    // What was delivered after the last acknowledgement in the backup is lost: three pages.
    await stage.expectBalances(channel.payer, { reader: PURSE - 2n * PRICE, payee: 2n * PRICE, escrow: 0n });
    assert.equal((await stage.as(stage.stranger).read.channelState([reader.id])).status, CLOSED);
    const challenge = stage.as(stage.stranger).write.challenge([channel, credit.receipt, credit.receiptSignature]);
    await assert.rejects(challenge, /WrongStatus/);
  });

  test("if it asks for more than was acknowledged, a receipt that it has forgotten takes all that is left", async () => {
    const { shop, reader, credit } = await restored();
    const channel = channelOf(reader);
    assert.equal((await shop.payment.claim()).paid, 2n * PRICE);
    const { top, book } = await bookOf(shop.payment, reader);
    assert.ok(top);
    assert.deepEqual([book.charged, book.credited, credit.receipt.credited], [3n * PRICE, 0n, PRICE]);
    await stage.as(stage.payee).write.startClose([channel, top.state, book.charged, top.signature]);
    assert.equal((await stage.as(stage.stranger).read.channelState([reader.id])).status, CLOSING);
    await stage.chain.advance(DAY / 2);
    await stage.as(stage.stranger).write.challenge([channel, credit.receipt, credit.receiptSignature]);
    // It has delivered five pages and keeps the two that it had cashed: that is why it must close at `earned`.
    await stage.expectBalances(channel.payer, { reader: PURSE - 2n * PRICE, payee: 2n * PRICE, escrow: 0n });
  });
});
