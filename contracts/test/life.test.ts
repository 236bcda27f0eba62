// Whole lives of a channel as a wallet and a server see them, through viem; every message is hashed and signed by two
// independent libraries that must agree.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Address, getAddress, type Hex, parseEventLogs, recoverTypedDataAddress } from "viem";
import { DAY, FOREVER, NATIVE, start } from "./harness.ts";
import { actor, compact, sign, TYPES, typedDataHash } from "./typedData.ts";

type World = Awaited<ReturnType<typeof start>>;
const balance = (s: World, of: Address) => s.dollar.read.balanceOf([of]);

describe("typed data", () => {
  test("the contract, viem and eth-sig-util agree on channel ids, whatever the terms", async () => {
    const s = await start();
    for (const changes of [{}, { token: NATIVE }, { exitDelay: 30 * DAY, challengePeriod: 3600 }]) {
      const channel = s.channelOf(changes);
      assert.equal(await s.channels.read.channelId([channel]), s.idOf(channel));
    }
  });

  test("the contract tells its domain by ERC-5267", async () => {
    const { channels, domain } = await start();
    const [fields, name, version, chainId, verifyingContract, salt, extensions] = await channels.read.eip712Domain();
    assert.equal(fields, "0x0f");
    assert.deepEqual(
      { name, version, chainId: Number(chainId), verifyingContract: getAddress(verifyingContract) },
      {
        ...domain,
        verifyingContract: getAddress(domain.verifyingContract),
      },
    );
    assert.equal(BigInt(salt), 0n);
    assert.deepEqual(extensions, []);
  });

  test("a signature for one chain, contract or message type is worth nothing elsewhere", async () => {
    const s = await start();
    const channel = await s.open(100n);
    const id = s.idOf(channel);
    const state = { channelId: id, nonce: 7n, owed: 40n, earned: 40n, credited: 0n };
    const domains = [
      { ...s.domain, chainId: 1 },
      { ...s.domain, verifyingContract: s.dollar.address },
      { ...s.domain, version: "2" },
      { ...s.domain, name: "x402 State Channel" },
    ];
    for (const domain of domains) {
      const signature = await sign(s.payerSigner, domain, "State", state);
      const row = { ...(await s.rowOf(channel, 40n)), ...compact(signature) };
      const { result } = await s.channels.simulate.claim([s.termsOf(channel), [row]]);
      assert.deepEqual(result, [0n, [4]]);
    }
    // An exit request and a close of the same numbers are different messages.
    const asExit = await s.signExit(s.payeeSigner, channel);
    await s.viem.assertions.revertWithCustomError(
      s.channels.write.refund([channel, 0, 40n, FOREVER, asExit]),
      s.channels,
      "InvalidSignature",
    );
  });

  test("all messages recover to their signer in viem as well", async () => {
    const s = await start();
    const channelId = s.idOf(s.channelOf());
    const messages = {
      State: { channelId, nonce: 2n ** 64n - 1n, owed: 2n ** 96n - 1n, earned: 0n, credited: 1n },
      Refund: { channelId, refundNonce: 1, amount: 5n, deadline: FOREVER },
      CooperativeClose: { channelId, paid: 2n ** 96n - 1n, deadline: FOREVER },
      RequestExit: { channelId, deadline: 0 },
      Receipt: { channelId, nonce: 2n ** 64n - 1n, charged: 0n, credited: 2n ** 96n - 1n, ref: channelId },
    } as const;
    for (const primaryType of ["State", "Refund", "CooperativeClose", "RequestExit", "Receipt"] as const) {
      const message = messages[primaryType];
      const signature = await sign(s.payerSigner, s.domain, primaryType, message);
      typedDataHash(s.domain, primaryType, message);
      const recovered = await recoverTypedDataAddress({
        domain: s.domain,
        types: TYPES,
        primaryType,
        message,
        signature,
      } as Parameters<typeof recoverTypedDataAddress>[0]);
      assert.equal(recovered, s.payerSigner.address);
    }
  });
});

describe("lives", () => {
  test("a gasless reader opens, reads, the provider cashes in, both close", async () => {
    const s = await start();
    const reader = actor("reader without ETH");
    await s.dollar.write.mint([reader.address, 5_000_000n]);
    const channel = s.channelOf({ payer: reader.address });
    const hash = await s.channels.write.depositWithAuthorization(
      await s.authorize(reader, channel, 5_000_000n, channel.salt),
    );
    const { logs } = await s.client.getTransactionReceipt({ hash });
    const [opened] = parseEventLogs({ abi: s.channels.abi, logs, eventName: "Opened" });
    assert.deepEqual(opened?.args.channel, channel);
    assert.equal(opened?.args.channelId, s.idOf(channel));

    await s.channels.write.claim([s.termsOf(channel), [await s.rowOf(channel, 30_000n, 40_000n)]]);
    assert.equal(await balance(s, channel.payee), 30_000n);

    await s.channels.write.closeCooperative([
      channel,
      40_000n,
      FOREVER,
      await s.signClose(s.payerSigner, channel, 40_000n),
      await s.signClose(s.payeeSigner, channel, 40_000n),
    ]);
    assert.equal(await balance(s, channel.payee), 40_000n);
    assert.equal(await balance(s, reader.address), 4_960_000n);
    assert.equal(await balance(s, s.channels.address), 0n);
    assert.equal(await s.client.getBalance({ address: reader.address }), 0n);
  });

  test("the provider vanishes; the reader asks through a relayer and has the rest after seven days", async () => {
    const s = await start();
    const channel = await s.open(1_000n);
    await s.channels.write.claim([s.termsOf(channel), [await s.rowOf(channel, 1n)]]);
    await s.channels.write.requestExitWithSignature([channel, FOREVER, await s.signExit(s.payerSigner, channel)]);
    const { exitAt, status } = await s.channels.read.channelState([s.idOf(channel)]);
    assert.equal(status, 2);
    await s.networkHelpers.time.increaseTo(exitAt - 2);
    await s.viem.assertions.revertWithCustomErrorWithArgs(s.channels.write.exit([channel]), s.channels, "ExitNotDue", [
      BigInt(exitAt),
    ]);
    await s.networkHelpers.time.increaseTo(exitAt);
    await s.channels.write.exit([channel], { account: s.stranger.account });
    assert.equal(await balance(s, channel.payer), 999n);
    assert.equal((await s.channels.read.channelState([s.idOf(channel)])).status, 4);
  });

  test("refunds in the compact form of ERC-2098 go to the reader at once", async () => {
    const s = await start();
    const channel = await s.open(1_000n);
    const { r, vs } = compact(await s.signRefund(channel, 0, 250n));
    const signature: Hex = `${r}${vs.slice(2)}`;
    await s.channels.write.refund([channel, 0, 250n, FOREVER, signature]);
    assert.equal(await balance(s, channel.payer), 250n);
    const [read] = await s.channels.read.channelStates([[s.idOf(channel)]]);
    assert.deepEqual(read, { deposit: 750n, settled: 0n, exitAt: 0, refundNonce: 1, status: 1 });
  });

  test("everything in the native currency", async () => {
    const s = await start();
    const payee = actor("native payee").address;
    const payer = actor("native payer").address;
    const channel = s.channelOf({ token: NATIVE, payee, payer });
    await s.channels.write.deposit([channel, 1_000n], { value: 1_000n });
    await s.channels.write.claim([s.termsOf(channel), [await s.rowOf(channel, 300n)]]);
    await s.channels.write.requestExitWithSignature([channel, FOREVER, await s.signExit(s.payerSigner, channel)]);
    await s.networkHelpers.time.increase(7 * DAY);
    await s.channels.write.exit([channel]);
    assert.equal(await s.client.getBalance({ address: payee }), 300n);
    assert.equal(await s.client.getBalance({ address: payer }), 700n);
    assert.equal(await s.client.getBalance({ address: s.channels.address }), 0n);
  });

  test("a batch reports each row's fate and announces the skipped ones", async () => {
    const s = await start();
    const good = await s.open(100n);
    const stale = await s.open(100n);
    const closed = await s.open(100n);
    const forged = await s.open(100n);
    await s.channels.write.claim([s.termsOf(stale), [await s.rowOf(stale, 10n)]]);
    await s.channels.write.closeCooperative([
      closed,
      0n,
      FOREVER,
      await s.signClose(s.payerSigner, closed, 0n),
      await s.signClose(s.payeeSigner, closed, 0n),
    ]);
    const rows = [
      await s.rowOf(stale, 10n),
      await s.rowOf(good, 60n),
      await s.rowOf(closed, 10n),
      await s.rowOf(forged, 10n, 10n, actor("thief")),
      await s.rowOf(forged, 10n, 9n),
    ];
    const { result } = await s.channels.simulate.claim([s.termsOf(good), rows]);
    assert.deepEqual(result, [60n, [3, 0, 1, 4, 2]]);
    const hash = await s.channels.write.claim([s.termsOf(good), rows]);
    const { logs } = await s.client.getTransactionReceipt({ hash });
    const skipped = parseEventLogs({ abi: s.channels.abi, logs, eventName: "ClaimSkipped" });
    assert.deepEqual(
      skipped.map(({ args }) => args),
      [
        { channelId: s.idOf(stale), reason: 3 },
        { channelId: s.idOf(closed), reason: 1 },
        { channelId: s.idOf(forged), reason: 4 },
        { channelId: s.idOf(forged), reason: 2 },
      ],
    );
    assert.equal(await balance(s, good.payee), 70n);
  });
});
