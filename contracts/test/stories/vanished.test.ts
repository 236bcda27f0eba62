// One side is gone: what the other gets without it, and when.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { sqliteStore } from "@tollpass/provider";
import type { Payer } from "../../../provider/test/payer.ts";
import type { Shop } from "../../../provider/test/shop.ts";
import { bookOf, CLOSED, channelOf, DAY, DEPOSIT, openStage, PRICE, PURSE, type Stage, signExit } from "./stage.ts";

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

/** Opens a channel and reads so many pages; all but the last are acknowledged by the state that bought the next. */
async function read(shop: Shop, pages: number): Promise<Payer> {
  const reader = await stage.reader();
  await reader.open(`${shop.origin}/page/1`, DEPOSIT);
  for (let page = 2; page <= pages; page++) {
    assert.equal((await reader.buy(`${shop.origin}/page/${page}`)).answer.status, 200);
  }
  return reader;
}

describe("the reader vanishes", () => {
  test("the provider has every page it delivered after one day, and the rest lies in the reader's account", async () => {
    const shop = await stage.shop();
    const reader = await read(shop, 5);
    const channel = channelOf(reader);
    await stage.expectBalances(channel.payer, { reader: PURSE - DEPOSIT, payee: 0n, escrow: DEPOSIT });

    // Acknowledged are four: these are money at any time. The fifth needs a close and its day.
    assert.equal((await shop.payment.claim()).paid, 4n * PRICE);
    const { top, book } = await bookOf(shop.payment, reader);
    assert.ok(top);
    assert.deepEqual([book.charged, top.state.owed, top.state.earned], [5n * PRICE, 5n * PRICE, 4n * PRICE]);
    await stage.as(stage.payee).write.startClose([channel, top.state, book.charged, top.signature]);
    await stage.expectBalances(channel.payer, {
      reader: PURSE - DEPOSIT,
      payee: 4n * PRICE,
      escrow: DEPOSIT - 4n * PRICE,
    });

    await stage.chain.advance(channel.challengePeriod);
    await stage.as(stage.stranger).write.finalizeClose([channel]);
    await stage.expectBalances(channel.payer, { reader: PURSE - 5n * PRICE, payee: 5n * PRICE, escrow: 0n });
    assert.equal((await stage.as(stage.stranger).read.channelState([reader.id])).status, CLOSED);
  });
});

describe("the provider vanishes on day 3", () => {
  test("the reader, without gas and without its help, has all that was not cashed on day 10", async () => {
    const shop = await stage.shop();
    const reader = await read(shop, 3);
    const channel = channelOf(reader);
    await stage.chain.advance(DAY);
    assert.equal((await shop.payment.claim()).paid, 2n * PRICE);
    await stage.chain.advance(2 * DAY);
    assert.equal((await reader.buy(`${shop.origin}/page/4`)).answer.status, 200);
    assert.equal((await bookOf(shop.payment, reader)).claimable, PRICE);
    await stage.end(shop);

    const anyone = stage.as(stage.stranger);
    const deadline = (await stage.now()) + 3600;
    await anyone.write.requestExitWithSignature([channel, deadline, await signExit(reader, deadline)]);
    const { exitAt } = await anyone.read.channelState([reader.id]);
    assert.equal(exitAt, (await stage.now()) + 7 * DAY);
    await stage.at(exitAt - 1);
    await assert.rejects(anyone.write.exit([channel], { gas: 200_000n }), /ExitNotDue/);
    await stage.expectBalances(channel.payer, {
      reader: PURSE - DEPOSIT,
      payee: 2n * PRICE,
      escrow: DEPOSIT - 2n * PRICE,
    });
    await stage.at(exitAt);
    await anyone.write.exit([channel]);
    // The third page was acknowledged and never cashed, the fourth never acknowledged: both are the provider's loss.
    await stage.expectBalances(channel.payer, { reader: PURSE - 2n * PRICE, payee: 2n * PRICE, escrow: 0n });
    assert.equal(await stage.client.getBalance({ address: channel.payer }), 0n);
  });
});

describe("the provider returns on day 6.9 of an exit", () => {
  /** A shop that was gone when its reader asked to exit, and its reader. */
  async function gone() {
    const store = sqliteStore(join(folder, "provider.sqlite"));
    const shop = await stage.shop({ store });
    const reader = await read(shop, 6);
    const channel = channelOf(reader);
    await stage.end(shop);
    const deadline = (await stage.now()) + 3600;
    const anyone = stage.as(stage.stranger);
    await anyone.write.requestExitWithSignature([channel, deadline, await signExit(reader, deadline)]);
    const { exitAt } = await anyone.read.channelState([reader.id]);
    return { reader, channel, exitAt, anyone };
  }
  const comeBack = () => stage.shop({ store: sqliteStore(join(folder, "provider.sqlite")) });

  test("it is still paid every page, and the reader has the rest on day 7.9 instead of day 7", async () => {
    const { reader, channel, exitAt, anyone } = await gone();
    await stage.chain.advance(6.9 * DAY);
    const shop = await comeBack();
    // It sees the exit by itself and takes what was acknowledged.
    await shop.payment.look();
    await stage.expectBalances(channel.payer, {
      reader: PURSE - DEPOSIT,
      payee: 5n * PRICE,
      escrow: DEPOSIT - 5n * PRICE,
    });
    const { top, book } = await bookOf(shop.payment, reader);
    assert.ok(top);
    await stage.as(stage.payee).write.startClose([channel, top.state, book.charged, top.signature]);
    const [pending] = await anyone.read.pendingCloses([[reader.id]]);
    assert.ok(pending);
    assert.ok(pending.deadline <= exitAt + channel.challengePeriod);

    // The exit is due and does not end what is being closed; the close ends it, a day late at most.
    await stage.at(exitAt);
    await assert.rejects(anyone.write.exit([channel], { gas: 200_000n }), /WrongStatus/);
    await stage.at(pending.deadline);
    await anyone.write.finalizeClose([channel]);
    await stage.expectBalances(channel.payer, { reader: PURSE - 6n * PRICE, payee: 6n * PRICE, escrow: 0n });
  });

  test("a minute after day 7 it can take what was acknowledged, and no close any more", async () => {
    const { reader, channel, exitAt, anyone } = await gone();
    await stage.at(exitAt + 60);
    await stage.client.mine({ blocks: 1 });
    const shop = await comeBack();
    const { top, book } = await bookOf(shop.payment, reader);
    assert.ok(top);
    const close = stage.as(stage.payee).write.startClose([channel, top.state, book.charged, top.signature]);
    await assert.rejects(close, /ExitDue/);
    assert.equal((await shop.payment.claim()).paid, 5n * PRICE);
    await anyone.write.exit([channel]);
    await stage.expectBalances(channel.payer, { reader: PURSE - 5n * PRICE, payee: 5n * PRICE, escrow: 0n });
  });
});
