// Closes by one side as a wallet, a server and a watchtower see them: receipts and states signed off chain, the chain
// as the judge.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseEventLogs, parseSignature, zeroHash } from "viem";
import { DAY, FOREVER, PERMIT2, start } from "./harness.ts";
import { actor, sign } from "./typedData.ts";

describe("disputes", () => {
  test("a provider closes above what was acknowledged; a watchtower shows a receipt in the last minute", async () => {
    const s = await start();
    const channel = await s.open(1_000n);
    // Ten requests of 50 authorised, three acknowledged; two were credited after this state was signed.
    const state = { nonce: 10n, owed: 500n, earned: 150n, credited: 0n };
    const receipt = { nonce: 10n, charged: 0n, credited: 100n, ref: zeroHash };
    const signature = await s.signState(channel, state);
    const hash = await s.channels.write.startClose([channel, state, 500n, signature], { account: s.payee.account });
    const { logs } = await s.client.getTransactionReceipt({ hash });
    const [started] = parseEventLogs({ abi: s.channels.abi, logs, eventName: "CloseStarted" });
    assert.ok(started);
    assert.equal(started.args.headroom, 0n);
    const [pending] = await s.channels.read.pendingCloses([[s.idOf(channel)]]);
    assert.deepEqual(pending, { amount: 500n, headroom: 0n, deadline: Number(started.args.deadline) });

    await s.networkHelpers.time.increaseTo(started.args.deadline - 60n);
    const proof = [channel, receipt, await s.signReceipt(channel, receipt)] as const;
    await s.channels.write.challenge(proof, { account: s.stranger.account });
    assert.equal(await s.dollar.read.balanceOf([channel.payer]), 1_000n);
    assert.equal(await s.dollar.read.balanceOf([channel.payee]), 0n);
  });

  test("an honest provider whose reader vanished has all it delivered after the challenge period", async () => {
    const s = await start();
    const channel = await s.open(1_000n);
    const state = { nonce: 10n, owed: 500n, earned: 150n, credited: 100n };
    await s.channels.write.claim([s.termsOf(channel), [await s.rowOf(channel, 150n, 500n)]]);
    const signature = await s.signState(channel, state);
    await s.channels.write.startClose([channel, state, 400n, signature], { account: s.payee.account });
    // All 600 ever authorised, less the 400 asked for: any receipt up to 200 is consistent with the close.
    const receipt = { nonce: 3n, charged: 50n, credited: 200n, ref: zeroHash };
    await s.viem.assertions.revertWithCustomErrorWithArgs(
      s.channels.write.challenge([channel, receipt, await s.signReceipt(channel, receipt)]),
      s.channels,
      "NoFraud",
      [200n, 200n],
    );
    await s.networkHelpers.time.increase(DAY);
    await s.channels.write.finalizeClose([channel], { account: s.stranger.account });
    assert.equal(await s.dollar.read.balanceOf([channel.payee]), 400n);
    assert.equal(await s.dollar.read.balanceOf([channel.payer]), 600n);
    const [closed] = await s.channels.read.channelStates([[s.idOf(channel)]]);
    assert.deepEqual(closed, { deposit: 1_000n, settled: 400n, exitAt: 0, refundNonce: 0, status: 4 });
  });
});

test("a reader without gas deposits through the real Permit2, signed alike by two libraries", async () => {
  const s = await start();
  await s.deployPermit2();
  const reader = actor("reader without ETH");
  await s.dollar.write.mint([reader.address, 5_000n]);
  const permit = parseSignature(await sign(reader, ...s.permit(reader, PERMIT2, 5_000n)));
  await s.dollar.write.permit([reader.address, PERMIT2, 5_000n, BigInt(FOREVER), Number(permit.v), permit.r, permit.s]);
  const channel = s.channelOf({ payer: reader.address });
  const signature = await sign(reader, ...s.permit2Deposit(channel, 5_000n, 1n));
  await s.channels.write.depositWithPermit2([channel, 5_000n, 1n, BigInt(FOREVER), signature]);
  assert.equal((await s.channels.read.channelState([s.idOf(channel)])).deposit, 5_000n);
  assert.equal(await s.client.getBalance({ address: reader.address }), 0n);
});
