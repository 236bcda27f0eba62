/** Reads and own-gas transactions against the real contract on the local chain. */
import {
  channelId,
  depositNonce,
  NATIVE,
  receiveAuthorizationTypedData,
  requestExitTypedData,
} from "@tollpass/protocol";
import type { Hex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalChain, localNetwork, startChain } from "#demo/chain/index.ts";
import { type Chain, createChain, transactionHash } from "./index.ts";
import { freshChannel, IMPATIENT, perform } from "./testing.ts";

const ABSENT: Hex = `0x${"ee".repeat(32)}`;

let local: LocalChain;
let chain: Chain;

beforeAll(async () => {
  local = await startChain();
  chain = createChain(localNetwork(local), IMPATIENT);
  await local.mint(local.accounts.alice.address, 1_000_000_000n);
});
afterAll(() => local.close());

const contract = () => ({ chainId: local.chainId, address: local.stateChannels });
const newcomer = () => privateKeyToAccount(generatePrivateKey());

async function authorized(amount: bigint, account = local.accounts.alice) {
  const channel = freshChannel(local);
  const id = channelId(contract(), channel);
  const salt: Hex = `0x${"07".repeat(32)}`;
  const times = { validAfter: 0n, validBefore: BigInt(Math.floor(Date.now() / 1000) + 3600) };
  const token = { chainId: local.chainId, address: local.dollar, name: "USD Coin", version: "2" };
  const nonce = depositNonce(id, salt);
  const message = { from: channel.payer, to: local.stateChannels, value: amount, ...times, nonce };
  const signature = await account.signTypedData(receiveAuthorizationTypedData(token, message));
  return { channel, id, nonce, deposit: { amount, ...times, salt, signature } };
}

test("the local chain passes the check, and balances are read to the unit", async () => {
  await chain.check();
  const { address } = newcomer();
  await local.mint(address, 12_345n);
  await local.setGas(address, 678n);
  expect(await chain.tokenBalance(local.dollar, address)).toBe(12_345n);
  expect(await chain.nativeBalance(address)).toBe(678n);
  expect(await chain.tokenBalance(NATIVE, address)).toBe(678n);
});

test("a channel is opened with an authorization, and both are seen on chain", async () => {
  const { channel, id, nonce, deposit } = await authorized(5_000_000n);
  const before = await chain.channelStates([id]);
  expect(before.channels).toEqual([{ id, status: "none", deposit: 0n, settled: 0n, exitAt: 0, refundNonce: 0 }]);
  expect((await chain.authorizationUsed(local.dollar, channel.payer, nonce)).used).toBe(false);
  await perform(chain, { kind: "depositWithAuthorization", channel, deposit });
  const { block, channels } = await chain.channelStates([id, ABSENT]);
  expect(channels.map(({ status, deposit: held }) => [status, held])).toEqual([
    ["open", 5_000_000n],
    ["none", 0n],
  ]);
  expect(block.number).toBeGreaterThan(before.block.number);
  expect((await chain.authorizationUsed(local.dollar, channel.payer, nonce)).used).toBe(true);
});

test("a channel in a token is opened by approval and deposit, one in the chain's coin by sending it along", async () => {
  const channel = freshChannel(local);
  await perform(chain, { kind: "approve", token: local.dollar, amount: 700n });
  expect(await chain.allowance(local.dollar, channel.payer)).toBe(700n);
  await perform(chain, { kind: "deposit", channel, amount: 700n });
  const coins = freshChannel(local, { token: NATIVE });
  await perform(chain, { kind: "deposit", channel: coins, amount: 900n });
  const { channels } = await chain.channelStates([channel, coins].map((terms) => channelId(contract(), terms)));
  expect(channels.map(({ deposit }) => deposit)).toEqual([700n, 900n]);
});

test("more channels than fit one call come back in order", async () => {
  const ids = Array.from({ length: 1_203 }, (_, index): Hex => `0x${index.toString(16).padStart(64, "0")}`);
  const { channels } = await chain.channelStates(ids);
  expect(channels.map(({ id }) => id)).toEqual(ids);
});

test("what the contract refuses is refused before anything is signed, with its reason in plain words", async () => {
  const { channel, deposit } = await authorized(1_000n);
  const alice = local.accounts.alice.address;
  const never = chain.prepare({ kind: "exit", channel }, alice);
  await expect(never).rejects.toMatchObject({ code: "reverted", reason: "WrongStatus" });
  await perform(chain, { kind: "depositWithAuthorization", channel, deposit });
  const cases = [
    [{ kind: "exit", channel }, "WrongStatus"],
    [{ kind: "deposit", channel, amount: 0n }, "ZeroAmount"],
    [{ kind: "withdraw", token: local.dollar, owner: alice }, "NothingToWithdraw"],
    [{ kind: "requestExitWithSignature", channel, deadline: 1, signature: `0x${"00".repeat(65)}` }, "Expired"],
    [{ kind: "deposit", channel: freshChannel(local, { exitDelay: 1 }), amount: 1n }, "ExitDelayOutOfBounds"],
  ] as const;
  for (const [call, reason] of cases) {
    await expect(chain.prepare(call, alice), reason).rejects.toMatchObject({ code: "reverted", reason });
  }
  const stranger = chain.prepare({ kind: "requestExit", channel }, local.accounts.faucet.address);
  await expect(stranger).rejects.toMatchObject({
    reason: "NotPayer",
    message: "Only the account that opened this channel can do this.",
  });
});

test("an exit is requested with a signature that another account pays for, waits, and ends", async () => {
  const own = await startChain();
  try {
    const there = createChain(localNetwork(own), IMPATIENT);
    const channel = freshChannel(own, { token: NATIVE });
    const id = channelId(contract(), channel);
    await perform(there, { kind: "deposit", channel, amount: 1_000n });
    const deadline = Math.floor(Date.now() / 1000) + 3600;
    const signature = await own.accounts.bob.signTypedData(
      requestExitTypedData(contract(), { channelId: id, deadline }),
    );
    await perform(there, { kind: "requestExitWithSignature", channel, deadline, signature }, own.accounts.faucet);
    const { block, channels } = await there.channelStates([id]);
    expect(channels).toMatchObject([{ status: "exiting", exitAt: block.timestamp + channel.exitDelay }]);
    const early = there.prepare({ kind: "exit", channel }, channel.payer);
    await expect(early).rejects.toMatchObject({ reason: "ExitNotDue" });
    await own.advance(channel.exitDelay);
    await perform(there, { kind: "exit", channel }, own.accounts.faucet);
    expect((await there.channelStates([id])).channels).toMatchObject([
      { status: "closed", deposit: 1_000n, settled: 0n },
    ]);
    await expect(there.prepare({ kind: "deposit", channel, amount: 1n }, channel.payer)).rejects.toMatchObject({
      reason: "WrongStatus",
    });
  } finally {
    await own.close();
  }
});

test("an account without coins is told how much it needs, and that much is enough", async () => {
  const account = newcomer();
  const channel = freshChannel(local, { payer: account.address });
  await local.mint(account.address, 500n);
  const call = { kind: "approve", token: local.dollar, amount: 500n } as const;
  const refusal = await chain.prepare(call, account.address).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: "short_of_gas", have: 0n });
  const { need } = refusal as { need: bigint };
  expect(need).toBeGreaterThan(0n);
  // Room for the base fee to move between asking and sending.
  await local.setGas(account.address, need * 2n);
  const prepared = await chain.prepare(call, account.address);
  expect(prepared.have).toBe(need * 2n);
  expect(prepared.need).toBeLessThanOrEqual(prepared.have);
  await chain.waitForReceipt(await chain.send(await account.signTransaction(prepared.transaction)), { everyMs: 20 });
  expect(await chain.allowance(local.dollar, channel.payer)).toBe(500n);
});

test("coins to be deposited count as needed too", async () => {
  const account = newcomer();
  await local.setGas(account.address, 10n ** 15n);
  const channel = freshChannel(local, { token: NATIVE, payer: account.address });
  const refusal = await chain
    .prepare({ kind: "deposit", channel, amount: 10n ** 16n }, account.address)
    .catch((e) => e);
  expect(refusal).toMatchObject({ code: "short_of_gas", have: 10n ** 15n });
  expect(refusal.need).toBeGreaterThan(10n ** 16n);
});

test("what a transaction costs is never more than was said", async () => {
  const { alice } = local.accounts;
  const before = await chain.nativeBalance(alice.address);
  const channel = freshChannel(local, { token: NATIVE });
  const { transaction, need } = await chain.prepare({ kind: "deposit", channel, amount: 5n }, alice.address);
  await chain.waitForReceipt(await chain.send(await alice.signTransaction(transaction)), { everyMs: 20 });
  const cost = before - (await chain.nativeBalance(alice.address));
  expect(cost).toBeGreaterThan(5n);
  expect(cost).toBeLessThanOrEqual(need);
});

test("the hash is known before sending, and sending again is harmless, before and after it was mined", async () => {
  const { alice } = local.accounts;
  const call = { kind: "approve", token: local.dollar, amount: 1n } as const;
  const raw = await alice.signTransaction((await chain.prepare(call, alice.address)).transaction);
  await local.setAutomine(false);
  try {
    expect(await chain.send(raw)).toBe(transactionHash(raw));
    expect(await chain.send(raw)).toBe(transactionHash(raw));
    const waiting = chain.waitForReceipt(transactionHash(raw), { timeoutMs: 0, everyMs: 1 });
    await expect(waiting).rejects.toMatchObject({ code: "timeout" });
    await local.mine();
  } finally {
    await local.setAutomine(true);
  }
  await chain.waitForReceipt(transactionHash(raw), { everyMs: 20 });
  expect(await chain.send(raw)).toBe(transactionHash(raw));
});

test("a transaction that fails when it is mined is reported as reverted", async () => {
  const { alice } = local.accounts;
  const channel = freshChannel(local, { token: NATIVE });
  await perform(chain, { kind: "deposit", channel, amount: 5n });
  const { transaction } = await chain.prepare({ kind: "requestExit", channel }, alice.address);
  await local.setAutomine(false);
  try {
    const first = await chain.send(await alice.signTransaction(transaction));
    const second = await alice.signTransaction({ ...transaction, nonce: (transaction.nonce ?? 0) + 1 });
    await chain.send(second);
    await local.mine();
    await chain.waitForReceipt(first, { everyMs: 20 });
    const failed = chain.waitForReceipt(transactionHash(second), { everyMs: 20 });
    await expect(failed).rejects.toMatchObject({ code: "reverted" });
  } finally {
    await local.setAutomine(true);
  }
});

test("a receipt counts once it has the network's confirmations, and reads stay behind the head", async () => {
  const careful = createChain({ ...localNetwork(local), confirmations: 3 }, IMPATIENT);
  const { alice } = local.accounts;
  const channel = freshChannel(local, { token: NATIVE });
  const id = channelId(contract(), channel);
  const { transaction } = await careful.prepare({ kind: "deposit", channel, amount: 5n }, alice.address);
  const hash = await careful.send(await alice.signTransaction(transaction));
  const soon = careful.waitForReceipt(hash, { timeoutMs: 0, everyMs: 1 });
  await expect(soon).rejects.toMatchObject({ code: "timeout" });
  expect((await careful.channelStates([id])).channels).toMatchObject([{ status: "none" }]);
  await local.mine();
  await local.mine();
  const { blockNumber } = await careful.waitForReceipt(hash, { everyMs: 20 });
  const { block, channels } = await careful.channelStates([id]);
  expect(block.number).toBe(blockNumber);
  expect(channels).toMatchObject([{ status: "open", deposit: 5n }]);
});
