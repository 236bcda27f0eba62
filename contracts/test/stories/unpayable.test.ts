// Somebody cannot be paid: nobody else is held up by that, and the money waits until it can be delivered.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { type Channel, NATIVE, type Token } from "@tollpass/protocol";
import hre from "hardhat";
import { type Address, encodeFunctionData, getAddress, type Hex, parseAbi } from "viem";
import { localNetwork } from "../../../demo/chain/index.ts";
import type { Payer } from "../../../provider/test/payer.ts";
import type { Shop } from "../../../provider/test/shop.ts";
import { channelOf, DEPOSIT, openStage, PRICE, PURSE, type Stage, signExit } from "./stage.ts";

const abi = parseAbi([
  "function mint(address to, uint256 amount)",
  "function setBlocked(address account, bool isBlocked)",
  "function setAccepts(bool nowAccepts)",
]);

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

/** A dollar that can block accounts, as USDC does, and a network record that lists nothing else. */
async function usdc() {
  const { bytecode } = await hre.artifacts.readArtifact("UsdcLike");
  const sender = stage.sender(stage.stranger);
  const hash = await sender.sendTransaction({ data: bytecode as Hex });
  const { contractAddress } = await stage.client.waitForTransactionReceipt({ hash });
  const address = getAddress(contractAddress ?? "0x");
  const token: Token = {
    address,
    symbol: "USDC",
    decimals: 6,
    dollar: true,
    eip712: { name: "USD Coin", version: "1" },
    eip3009: true,
  };
  const block = (account: Address, isBlocked: boolean) =>
    sender.writeContract({ address, abi, functionName: "setBlocked", args: [account, isBlocked] });
  const shop = await stage.shop({ network: { ...localNetwork(stage.chain), tokens: [token] } });
  const reader = await stage.reader(0n);
  await sender.writeContract({ address, abi, functionName: "mint", args: [reader.account.address, PURSE] });
  return { token: address, block, shop, reader };
}

async function readThree(shop: Shop, reader: Payer): Promise<Channel> {
  await reader.open(`${shop.origin}/page/1`, DEPOSIT);
  for (const page of [2, 3]) assert.equal((await reader.buy(`${shop.origin}/page/${page}`)).answer.status, 200);
  return channelOf(reader);
}

/** The exit from beginning to end, relayed by a stranger. */
async function leave(reader: Payer, channel: Channel): Promise<void> {
  const anyone = stage.as(stage.stranger);
  const deadline = (await stage.now()) + 600;
  await anyone.write.requestExitWithSignature([channel, deadline, await signExit(reader, deadline)]);
  await stage.chain.advance(channel.exitDelay);
  await anyone.write.exit([channel]);
}

test("a payee on a token's blocklist loses nothing: its claim is held for it, and the reader leaves undisturbed", async () => {
  const { token, block, shop, reader } = await usdc();
  const channel = await readThree(shop, reader);
  await block(stage.payee.address, true);
  const { paid, batches } = await shop.payment.claim();
  assert.deepEqual([paid, batches[0]?.skipped], [2n * PRICE, []]);
  const anyone = stage.as(stage.stranger);
  assert.equal(await anyone.read.pendingWithdrawal([token, stage.payee.address]), 2n * PRICE);
  await stage.expectBalances(channel.payer, { reader: PURSE - DEPOSIT, payee: 0n, escrow: DEPOSIT }, token);

  await leave(reader, channel);
  await stage.expectBalances(channel.payer, { reader: PURSE - 2n * PRICE, payee: 0n, escrow: 2n * PRICE }, token);
  await assert.rejects(anyone.write.withdraw([token, stage.payee.address]), /UndeliverablePayout/);
  await block(stage.payee.address, false);
  await anyone.write.withdraw([token, stage.payee.address]);
  await stage.expectBalances(channel.payer, { reader: PURSE - 2n * PRICE, payee: 2n * PRICE, escrow: 0n }, token);
});

test("a reader on a token's blocklist holds up no close: the payee is paid, the rest waits for the reader", async () => {
  const { token, block, shop, reader } = await usdc();
  const channel = await readThree(shop, reader);
  await block(channel.payer, true);
  const asked = await reader.ask(`${shop.origin}/page/4`);
  const close = { channelId: reader.id, paid: 3n * PRICE, deadline: (await stage.now()) + 600 };
  assert.equal((await reader.close(asked, close)).status, 200);
  const rest = DEPOSIT - 3n * PRICE;
  await stage.expectBalances(channel.payer, { reader: PURSE - DEPOSIT, payee: 3n * PRICE, escrow: rest }, token);
  await block(channel.payer, false);
  await stage.as(stage.stranger).write.withdraw([token, channel.payer]);
  await stage.expectBalances(channel.payer, { reader: PURSE - 3n * PRICE, payee: 3n * PRICE, escrow: 0n }, token);
});

test("a payee that refuses ETH is paid once it takes it, and the reader does not wait for that", async () => {
  const shop = await stage.shop({}, { "/page/*": { price: "0.00001", asset: "ETH" } });
  const page = 10n ** 13n;
  const deposit = 10n ** 15n;
  // The payout account is a contract that refuses.
  const { deployedBytecode } = await hre.artifacts.readArtifact("NativeRefuser");
  await stage.client.setCode({ address: stage.payee.address, bytecode: deployedBytecode as Hex });
  await stage.chain.setGas(stage.payee.address, 0n);
  const reader = await stage.reader(0n);
  const channel = reader.terms(await reader.ask(`${shop.origin}/page/1`));
  await stage.as(stage.stranger).write.deposit([channel, deposit], { value: deposit });
  for (const number of [1, 2, 3]) assert.equal((await reader.buy(`${shop.origin}/page/${number}`)).answer.status, 200);

  assert.equal((await shop.payment.claim()).paid, 2n * page);
  await stage.expectBalances(channel.payer, { reader: 0n, payee: 0n, escrow: deposit }, NATIVE);
  await leave(reader, channel);
  await stage.expectBalances(channel.payer, { reader: deposit - 2n * page, payee: 0n, escrow: 2n * page }, NATIVE);
  const anyone = stage.as(stage.stranger);
  await assert.rejects(anyone.write.withdraw([NATIVE, stage.payee.address]), /UndeliverablePayout/);
  const data = encodeFunctionData({ abi, functionName: "setAccepts", args: [true] });
  await stage.sender(stage.stranger).sendTransaction({ to: stage.payee.address, data });
  await anyone.write.withdraw([NATIVE, stage.payee.address]);
  await stage.expectBalances(channel.payer, { reader: deposit - 2n * page, payee: 2n * page, escrow: 0n }, NATIVE);
});
