// Many readers, many pages, one transaction: what makes prices of a cent possible.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { stateChannelsAbi } from "@tollpass/protocol";
import { encodeFunctionData, erc20Abi, parseEventLogs } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { Payer } from "../../../provider/test/payer.ts";
import { channelOf, openStage, PRICE, type Stage } from "./stage.ts";

const CHANNELS = 50;
const PAGES = 40;
const VOUCHERS = BigInt(CHANNELS * PAGES);
/** What each reader has in its channel: enough for its pages and one unit. */
const EACH = BigInt(PAGES) * PRICE + 1n;

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

test("2,000 vouchers on 50 channels are cashed in one transaction with one transfer, under 500 gas each", async () => {
  const shop = await stage.shop();
  const page = `${shop.origin}/page/1`;
  const contract = { chainId: stage.chain.chainId, address: stage.chain.stateChannels };
  const readers = Array.from(
    { length: CHANNELS },
    () => new Payer(privateKeyToAccount(generatePrivateKey()), contract),
  );
  const [first] = readers;
  assert.ok(first);
  const asked = await first.ask(page);

  // One benefactor opens all channels at once; only their payers can ever have what is left.
  const [total, funder] = [BigInt(CHANNELS) * EACH, stage.stranger];
  await stage.chain.mint(funder.address, total);
  await stage.sender(funder).writeContract({
    address: stage.chain.dollar,
    abi: erc20Abi,
    functionName: "approve",
    args: [contract.address, total],
  });
  const deposits = readers.map((reader) =>
    encodeFunctionData({ abi: stateChannelsAbi, functionName: "deposit", args: [reader.terms(asked), EACH] }),
  );
  await stage.as(funder).write.multicall([deposits]);

  await Promise.all(
    readers.map(async (reader) => {
      for (let bought = 0; bought < PAGES; bought++) {
        const { header, nonce } = await reader.pay(asked);
        assert.equal((await reader.send(page, header, nonce)).answer.status, 200);
      }
      assert.equal((await reader.ack(asked)).status, 200);
    }),
  );
  assert.equal((await shop.payment.receipts(Number(VOUCHERS) + 1)).length, Number(VOUCHERS));

  const { paid, batches, unsent } = await shop.payment.claim();
  assert.deepEqual([paid, unsent, batches.length, batches[0]?.skipped], [VOUCHERS * PRICE, [], 1, []]);
  const { logs, gasUsed } = await stage.client.getTransactionReceipt({ hash: batches[0]?.transaction ?? "0x" });
  const transfers = parseEventLogs({ abi: erc20Abi, eventName: "Transfer", logs });
  assert.deepEqual(
    transfers.map(({ args }) => [args.to, args.value]),
    [[stage.payee.address, VOUCHERS * PRICE]],
  );
  assert.ok(gasUsed < VOUCHERS * 500n, `${gasUsed} gas`);

  const states = await stage.as(funder).read.channelStates([readers.map((reader) => reader.id)]);
  assert.ok(states.every(({ deposit, settled }) => deposit === EACH && settled === EACH - 1n));
  // One unit of each reader is left, and nothing else.
  await stage.expectBalances(channelOf(first).payer, {
    reader: 0n,
    payee: VOUCHERS * PRICE,
    escrow: BigInt(CHANNELS),
  });
});
