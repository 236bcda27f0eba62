// Somebody buys one page and never comes back: the provider's money is on its account with the next block.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { channelAnswerSchema } from "@tollpass/protocol";
import { DEPOSIT, openStage, PRICE, PURSE, type Stage } from "./stage.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

test("a one-time buyer's page is cashed in the block after the one that opened the channel", async () => {
  const shop = await stage.shop();
  const buyer = await stage.reader();
  const { answer, response } = await buyer.open(`${shop.origin}/page/1`, DEPOSIT);
  assert.equal(answer.status, 200);
  // The state that paid acknowledges nothing yet, so there is nothing to be cashed.
  assert.deepEqual((await shop.payment.claim()).batches, []);

  assert.equal((await buyer.ack(await buyer.ask(`${shop.origin}/page/1`))).status, 200);
  const { paid, batches } = await shop.payment.claim();
  assert.equal(paid, PRICE);
  const [opened, cashed] = await Promise.all(
    [response?.transaction, batches[0]?.transaction].map((hash) =>
      stage.client.getTransactionReceipt({ hash: hash as `0x${string}` }),
    ),
  );
  assert.equal(cashed?.blockNumber, (opened?.blockNumber ?? 0n) + 1n);
  await stage.expectBalances(buyer.account.address, {
    reader: PURSE - DEPOSIT,
    payee: PRICE,
    escrow: DEPOSIT - PRICE,
  });
});

test("a one-time buyer that asks for its money back when leaving has the rest in one more block, without gas", async () => {
  const shop = await stage.shop();
  const buyer = await stage.reader();
  await buyer.open(`${shop.origin}/page/1`, DEPOSIT);
  const asked = await buyer.ask(`${shop.origin}/page/1`);
  const before = await stage.client.getBlockNumber();
  const deadline = (await stage.now()) + 600;
  const closed = await buyer.close(asked, { channelId: buyer.id, paid: PRICE, deadline });
  const { transaction = "0x" } = channelAnswerSchema.parse(await closed.json());
  assert.equal((await stage.client.getTransactionReceipt({ hash: transaction })).blockNumber, before + 1n);
  await stage.expectBalances(buyer.account.address, { reader: PURSE - PRICE, payee: PRICE, escrow: 0n });
  assert.equal(await stage.client.getBalance({ address: buyer.account.address }), 0n);
});
