// What each operation may cost. Gas is deterministic, so these are plain tests; figures are whole transactions in which
// the recipient already holds the token.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Hex } from "viem";
import { actor, type Channel, DAY, FOREVER, NATIVE, start } from "./harness.ts";

/**
 * The ceilings of docs/protocol.md. For a refund, the transaction, its calldata, one slot, one signature, one event and
 * one token transfer between accounts that both keep a balance come to 51,000 before the contract does anything.
 */
const CEILINGS = {
  "open EIP-3009": 104_000n,
  "open pull": 77_000n,
  "open native": 55_000n,
  "top-up": 55_800n,
  "claim 1": 58_000n,
  "claim 10": 195_000n,
  "claim 100": 1_570_000n,
  refund: 55_100n,
  "cooperative close": 71_000n,
  "request exit": 32_000n,
  exit: 49_000n,
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

  test("requesting the exit, and the exit", async () => {
    const s = await chain();
    const channel = await s.open(5_000_000n);
    await s.within("request exit", await s.channels.write.requestExit([channel], { account: s.payer.account }));
    await s.networkHelpers.time.increase(7 * DAY);
    await s.within("exit", await s.channels.write.exit([channel]));
  });
});
