// A whole life in the chain's own coin: no token, no authorization by signature, every wei accounted for.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { NATIVE } from "@tollpass/protocol";
import type { Hex } from "viem";
import { bookOf, openStage, type Stage, signExit } from "./stage.ts";

const PAGE = 10n ** 13n;
const PURSE = 10n ** 18n;
const DEPOSIT = 10n ** 15n;

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
  // The relay pays for all gas of the provider's side.
  await stage.chain.setGas(stage.payee.address, 0n);
});
afterEach(() => stage.close());

test("a reader pays in ETH, tops up, is refunded and credited, and both part with every wei that is theirs", async () => {
  const shop = await stage.shop({}, { "/page/*": { price: "0.00001", asset: "ETH" } });
  const page = (number: number) => `${shop.origin}/page/${number}`;
  const reader = await stage.reader(0n);
  const { address } = reader.account;
  await stage.chain.setGas(address, PURSE);
  const asked = await reader.ask(page(1));
  assert.equal(asked.price, PAGE);
  const channel = reader.terms(asked);
  assert.equal(channel.token, NATIVE);

  let purse = PURSE;
  /** Pays in from the reader's own account, which also pays the gas. */
  const payIn = async (value: bigint) => {
    const hash: Hex = await stage.as(reader.account).write.deposit([channel, value], { value });
    const { gasUsed, effectiveGasPrice } = await stage.client.waitForTransactionReceipt({ hash });
    purse -= value + gasUsed * effectiveGasPrice;
  };
  const expect = (payee: bigint, escrow: bigint) =>
    stage.expectBalances(address, { reader: purse, payee, escrow }, NATIVE);

  await payIn(DEPOSIT);
  await expect(0n, DEPOSIT);
  for (const number of [1, 2, 3]) assert.equal((await reader.buy(page(number))).answer.status, 200);
  assert.equal((await shop.payment.claim()).paid, 2n * PAGE);
  await expect(2n * PAGE, DEPOSIT - 2n * PAGE);

  await payIn(1n);
  await expect(2n * PAGE, DEPOSIT + 1n - 2n * PAGE);

  const deadline = (await stage.now()) + 600;
  const refund = { channelId: reader.id, refundNonce: 0, amount: DEPOSIT / 2n, deadline };
  assert.equal((await reader.refund(asked, refund)).status, 200);
  purse += DEPOSIT / 2n;
  await expect(2n * PAGE, DEPOSIT / 2n + 1n - 2n * PAGE);

  const { receipt, receiptSignature } = await shop.payment.creditNote(reader.id, 3n, PAGE - 1n);
  await reader.take(3n, receipt, receiptSignature);
  assert.equal((await bookOf(shop.payment, reader)).book.charged, 2n * PAGE + 1n);
  const closed = await reader.close(asked, { channelId: reader.id, paid: 2n * PAGE + 1n, deadline });
  assert.equal(closed.status, 200);
  purse += DEPOSIT / 2n - 2n * PAGE;
  await expect(2n * PAGE + 1n, 0n);
});

test("a reader in ETH leaves alone: a stranger relays the exit, and the rest is in its account after seven days", async () => {
  const shop = await stage.shop({}, { "/page/*": { price: "0.00001", asset: "ETH" } });
  const reader = await stage.reader(0n);
  const channel = reader.terms(await reader.ask(`${shop.origin}/page/1`));
  // Somebody else may pay in; what is left goes to the payer of the channel all the same.
  await stage.as(stage.stranger).write.deposit([channel, DEPOSIT], { value: DEPOSIT });
  for (const number of [1, 2]) assert.equal((await reader.buy(`${shop.origin}/page/${number}`)).answer.status, 200);
  const anyone = stage.as(stage.stranger);
  const deadline = (await stage.now()) + 600;
  await anyone.write.requestExitWithSignature([channel, deadline, await signExit(reader, deadline)]);
  await shop.payment.look();
  await stage.expectBalances(channel.payer, { reader: 0n, payee: PAGE, escrow: DEPOSIT - PAGE }, NATIVE);
  await stage.chain.advance(channel.exitDelay);
  await anyone.write.exit([channel]);
  await stage.expectBalances(channel.payer, { reader: DEPOSIT - PAGE, payee: PAGE, escrow: 0n }, NATIVE);
});
