// What each operation may cost. Gas is deterministic, so these are plain tests; figures are whole transactions in which
// the recipient already holds the token.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { type Hex, zeroHash } from "viem";
import { type Channel, DAY, FOREVER, NATIVE, PERMIT2, start } from "./harness.ts";
import { actor, sign } from "./typedData.ts";

/**
 * What was reached, rounded up: a change that costs more fails here. For a refund, the transaction, its calldata, one
 * slot, one signature, one event and one token transfer between accounts that both keep a balance come to 51,000 before
 * the contract does anything; for a start of a close, which fills a new slot, to 58,700.
 */
const CEILINGS = {
  "open EIP-3009": 102_600n,
  "open pull": 76_100n,
  "open native": 52_800n,
  "top-up": 55_500n,
  "claim 1": 54_800n,
  "claim 10": 183_300n,
  "claim 100": 1_469_000n,
  refund: 54_800n,
  "cooperative close": 68_400n,
  "request exit": 31_800n,
  exit: 48_300n,
  "start close": 61_500n,
  challenge: 56_000n,
  "finalize close": 59_000n,
  "open EIP-2612": 105_000n,
  "open Permit2": 110_600n,
  "open Permit2, later": 88_700n,
} as const;
type Operation = keyof typeof CEILINGS;

const measured = new Map<Operation, bigint>();
after(() => {
  for (const [operation, gas] of measured) {
    console.log(`${operation.padEnd(20)} ${String(gas).padStart(9)} of ${String(CEILINGS[operation]).padStart(9)}`);
  }
});

async function chain() {
  const s = await start();
  // Everyone has held the token before, and has signed before.
  await s.dollar.write.mint([s.payee.account.address, 1n]);
  await s.dollar.write.mint([s.payer.account.address, 1_000_000n]);
  await s.dollar.write.approve([s.channels.address, 10n ** 18n], { account: s.payer.account });
  await s.dollar.write.mint([s.channels.address, 1n]);
  const within = async (operation: Operation, hash: Hex) => {
    const gas = await s.gasOf(hash);
    measured.set(operation, gas);
    assert.ok(gas <= CEILINGS[operation], `${operation}: ${gas} gas, ceiling ${CEILINGS[operation]}`);
  };
  return { ...s, within };
}

describe("gas ceilings", () => {
  test("opening by EIP-3009", async () => {
    const s = await chain();
    const payer = actor("gasless payer");
    await s.dollar.write.mint([payer.address, 10_000_000n]);
    const channel = s.channelOf({ payer: payer.address });
    const deposit = await s.authorize(payer, channel, 5_000_000n, channel.salt);
    await s.within("open EIP-3009", await s.channels.write.depositWithAuthorization(deposit));
  });

  test("opening and topping up from an approval", async () => {
    const s = await chain();
    const channel = s.channelOf();
    const account = s.payer.account;
    await s.within("open pull", await s.channels.write.deposit([channel, 5_000n], { account }));
    await s.within("top-up", await s.channels.write.deposit([channel, 5_000n], { account }));
  });

  test("opening in the native currency", async () => {
    const s = await chain();
    const channel = s.channelOf({ token: NATIVE });
    const hash = await s.channels.write.deposit([channel, 5_000n], { account: s.payer.account, value: 5_000n });
    await s.within("open native", hash);
  });

  for (const count of [1, 10, 100] as const) {
    test(`claiming ${count} with payout`, async () => {
      const s = await chain();
      const opened: Channel[] = [];
      for (let i = 0; i < count; i++) opened.push(await s.open(5_000_000n));
      const rows = await Promise.all(opened.map((channel, i) => s.rowOf(channel, 1_000_000n + BigInt(i), 1_200_000n)));
      const [first] = opened;
      assert.ok(first);
      await s.within(`claim ${count}`, await s.channels.write.claim([s.termsOf(first), rows]));
    });
  }

  test("a refund", async () => {
    const s = await chain();
    const channel = await s.open(5_000_000n);
    const signature = await s.signRefund(channel, 0, 1_000_000n);
    await s.within("refund", await s.channels.write.refund([channel, 0, 1_000_000n, FOREVER, signature]));
  });

  test("a cooperative close that pays both", async () => {
    const s = await chain();
    const channel = await s.open(5_000_000n);
    const signatures = [
      await s.signClose(s.payerSigner, channel, 2_000_000n),
      await s.signClose(s.payeeSigner, channel, 2_000_000n),
    ] as const;
    const hash = await s.channels.write.closeCooperative([channel, 2_000_000n, FOREVER, ...signatures]);
    await s.within("cooperative close", hash);
  });

  test("opening by EIP-2612", async () => {
    const s = await chain();
    const owner = actor("owner");
    await s.networkHelpers.setBalance(owner.address, 10n ** 18n);
    await s.dollar.write.mint([owner.address, 10_000_000n]);
    const channel = s.channelOf({ payer: owner.address });
    const permit = await sign(owner, ...s.permit(owner, s.channels.address, 5_000_000n));
    const call = [channel, 5_000_000n, BigInt(FOREVER), permit] as const;
    await s.networkHelpers.impersonateAccount(owner.address);
    await s.within("open EIP-2612", await s.channels.write.depositWithPermit(call, { account: owner.address }));
  });

  test("opening by Permit2", async () => {
    const s = await chain();
    await s.deployPermit2();
    const owner = actor("owner");
    await s.networkHelpers.setBalance(owner.address, 10n ** 18n);
    await s.dollar.write.mint([owner.address, 10_000_000n]);
    await s.networkHelpers.impersonateAccount(owner.address);
    await s.dollar.write.approve([PERMIT2, 2n ** 256n - 1n], { account: owner.address });
    // The first of 256 nonces fills a slot of Permit2, the others share it.
    const [first, second] = [s.channelOf({ payer: owner.address }), s.channelOf({ payer: owner.address })];
    for (const [operation, channel, nonce] of [
      ["open Permit2", first, 0n],
      ["open Permit2, later", second, 1n],
    ] as const) {
      const signature = await sign(owner, ...s.permit2Deposit(channel, 5_000_000n, nonce));
      const call = [channel, 5_000_000n, nonce, BigInt(FOREVER), signature] as const;
      await s.within(operation, await s.channels.write.depositWithPermit2(call));
    }
  });

  test("starting a close, challenging it, and finalizing one", async () => {
    const s = await chain();
    const state = { nonce: 9n, owed: 2_000_000n, earned: 1_000_000n, credited: 100_000n };
    const receipt = { nonce: 9n, charged: 10_000n, credited: 110_000n, ref: zeroHash };
    const account = s.payee.account;
    for (const end of ["challenge", "finalize close"] as const) {
      const channel = await s.open(5_000_000n);
      const started = [channel, state, 2_000_000n, await s.signState(channel, state)] as const;
      await s.within("start close", await s.channels.write.startClose(started, { account }));
      if (end === "challenge") {
        const proof = [channel, receipt, await s.signReceipt(channel, receipt)] as const;
        await s.within(end, await s.channels.write.challenge(proof));
      } else {
        await s.networkHelpers.time.increase(DAY);
        await s.within(end, await s.channels.write.finalizeClose([channel]));
      }
    }
  });

  test("requesting the exit, and the exit", async () => {
    const s = await chain();
    const channel = await s.open(5_000_000n);
    await s.within("request exit", await s.channels.write.requestExit([channel], { account: s.payer.account }));
    await s.networkHelpers.time.increase(7 * DAY);
    await s.within("exit", await s.channels.write.exit([channel]));
  });
});
