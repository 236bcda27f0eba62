// Payers and payees whose accounts have code: wallets like Safe, and externally owned accounts under EIP-7702.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Address, concat, encodeAbiParameters, encodeFunctionData, type Hex, keccak256, parseAbi } from "viem";
import { type Channel, FOREVER, NATIVE, PERMIT2, start } from "./harness.ts";
import { type Actor, actor, sign, typedDataHash } from "./typedData.ts";

type World = Awaited<ReturnType<typeof start>>;

const tokenAbi = parseAbi([
  "function mint(address to, uint256 amount)",
  "function approve(address spender, uint256 amount) returns (bool)",
  "function balanceOf(address account) view returns (uint256)",
]);
const walletAbi = parseAbi([
  "struct Call { address to; uint256 value; bytes data; }",
  "function execute(Call call, bytes signatures)",
  "function execute(Call[] calls)",
  "function nonce() view returns (uint256)",
]);
const CALL = {
  type: "tuple",
  components: [
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "data", type: "bytes" },
  ],
} as const;
type Call = { to: Address; value: bigint; data: Hex };

async function world() {
  const s = await start("prague");
  await s.deployPermit2();
  const { address } = await s.viem.deployContract("UsdcLike");
  const token = { abi: tokenAbi, address } as const;
  const write = (functionName: "mint" | "approve", args: readonly [Address, bigint]) =>
    s.relayer.sendTransaction({ to: address, data: encodeFunctionData({ abi: tokenAbi, functionName, args }) });
  const balance = (of: Address) => s.client.readContract({ ...token, functionName: "balanceOf", args: [of] });

  /** What the owner of an EIP-3009 authorization for exactly this channel has to sign: domain, type, message. */
  const authorization = (channel: Channel, amount: bigint) =>
    [
      { name: "USD Coin", version: "1", chainId: 31337, verifyingContract: address },
      "ReceiveWithAuthorization",
      {
        from: channel.payer,
        to: s.channels.address,
        value: amount,
        validAfter: 0n,
        validBefore: BigInt(FOREVER),
        nonce: keccak256(
          encodeAbiParameters([{ type: "bytes32" }, { type: "bytes32" }], [s.idOf(channel), channel.salt]),
        ),
      },
    ] as const;
  const depositWithAuthorization = (channel: Channel, amount: bigint, signature: Hex) =>
    s.channels.write.depositWithAuthorization([channel, amount, 0n, BigInt(FOREVER), channel.salt, signature]);
  return {
    ...s,
    token: address,
    mint: (to: Address, amount: bigint) => write("mint", [to, amount]),
    balance,
    authorization,
    depositWithAuthorization,
  };
}

/** A wallet like Safe of which all owners have to sign, and what it signs and does. */
async function safe(s: World, owners: Actor[]) {
  const sorted = owners.toSorted((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
  const { address } = await s.viem.deployContract("SafeLike", [
    sorted.map((owner) => owner.address),
    BigInt(owners.length),
  ]);
  const approve = async (message: Hex): Promise<Hex> => {
    const domain = { chainId: 31337, verifyingContract: address };
    return concat(await Promise.all(sorted.map((owner) => sign(owner, domain, "SafeMessage", { message }))));
  };
  /** The wallet's ERC-1271 signature of a hash. */
  const signHash = (hash: Hex) => approve(encodeAbiParameters([{ type: "bytes32" }], [hash]));
  const execute = async (to: Address, data: Hex) => {
    const call: Call = { to, value: 0n, data };
    const nonce = await s.client.readContract({ abi: walletAbi, address, functionName: "nonce" });
    const signatures = await approve(encodeAbiParameters([{ type: "uint256" }, CALL], [nonce, call]));
    return s.relayer.sendTransaction({
      to: address,
      data: encodeFunctionData({ abi: walletAbi, functionName: "execute", args: [call, signatures] }),
    });
  };
  return { address, signHash, execute };
}

/** Lets an account without gas delegate to a contract, in a transaction that somebody else sends. */
async function delegate(s: World, account: Actor, contract: Address) {
  const nonce = await s.client.getTransactionCount({ address: account.address });
  const authorization = await account.account.signAuthorization({ contractAddress: contract, chainId: 31337, nonce });
  await s.relayer.sendTransaction({ to: s.relayer.account.address, authorizationList: [authorization] });
  assert.equal(await s.client.getCode({ address: account.address }), concat(["0xef0100", contract]));
}

describe("a payer with a wallet like Safe", () => {
  for (const count of [1, 3]) {
    test(`deposits by EIP-3009 and by Permit2, asks to exit and is paid, all relayed (${count} owners)`, async () => {
      const s = await world();
      const wallet = await safe(
        s,
        Array.from({ length: count }, (_, i) => actor(`owner ${i}`)),
      );
      await s.mint(wallet.address, 1_000n);
      const channel = s.channelOf({ payer: wallet.address, token: s.token });

      await s.depositWithAuthorization(
        channel,
        600n,
        await wallet.signHash(typedDataHash(...s.authorization(channel, 600n))),
      );
      await wallet.execute(
        s.token,
        encodeFunctionData({ abi: tokenAbi, functionName: "approve", args: [PERMIT2, 400n] }),
      );
      const deposit = s.permit2Deposit(channel, 400n, 5n);
      const signature = await wallet.signHash(typedDataHash(...deposit));
      await s.channels.write.depositWithPermit2([channel, 400n, 5n, BigInt(FOREVER), signature]);
      assert.equal((await s.channels.read.channelState([s.idOf(channel)])).deposit, 1_000n);

      await s.channels.write.claim([s.termsOf(channel), [await s.rowOf(channel, 100n)]]);
      const request = typedDataHash(s.domain, "RequestExit", { channelId: s.idOf(channel), deadline: FOREVER });
      await s.channels.write.requestExitWithSignature([channel, FOREVER, await wallet.signHash(request)]);
      await s.networkHelpers.time.increase(channel.exitDelay);
      await s.channels.write.exit([channel]);
      assert.equal(await s.balance(wallet.address), 900n);
    });
  }

  test("gets native currency back although noting it down costs gas", async () => {
    const s = await world();
    const wallet = await safe(s, [actor("owner")]);
    const channel = s.channelOf({ payer: wallet.address, token: NATIVE });
    await s.channels.write.deposit([channel, 1_000n], { value: 1_000n });
    await s.channels.write.refund([channel, 0, 1_000n, FOREVER, await s.signRefund(channel, 0, 1_000n)]);
    assert.equal(await s.client.getBalance({ address: wallet.address }), 1_000n);
  });

  test("is not spoken for by one of two owners, or by signatures for another wallet of the same owners", async () => {
    const s = await world();
    const owners = [actor("first owner"), actor("second owner")];
    const wallet = await safe(s, owners);
    const twin = await safe(s, owners);
    await s.mint(wallet.address, 1_000n);
    const channel = s.channelOf({ payer: wallet.address, token: s.token });
    const hash = typedDataHash(...s.authorization(channel, 600n));
    for (const signature of [await (await safe(s, [actor("first owner")])).signHash(hash), await twin.signHash(hash)]) {
      await assert.rejects(s.depositWithAuthorization(channel, 600n, signature), /ERC3009InvalidSignature/);
    }
    assert.equal(await s.balance(wallet.address), 1_000n);
  });
});

test("a payee with a wallet like Safe starts a close and is paid", async () => {
  const s = await world();
  const wallet = await safe(s, [actor("first owner"), actor("second owner")]);
  const channel = await s.open(1_000n, { payee: wallet.address });
  const state = { nonce: 9n, owed: 500n, earned: 100n, credited: 0n };
  const data = encodeFunctionData({
    abi: s.channels.abi,
    functionName: "startClose",
    args: [channel, state, 400n, await s.signState(channel, state)],
  });
  await wallet.execute(s.channels.address, data);
  await s.networkHelpers.time.increase(channel.challengePeriod);
  await s.channels.write.finalizeClose([channel]);
  assert.equal(await s.dollar.read.balanceOf([wallet.address]), 400n);
});

describe("a payer whose account delegates to a contract (EIP-7702)", () => {
  test("deposits by EIP-3009 without gas, asks to exit by its key and is paid", async () => {
    const s = await world();
    const reader = actor("reader under EIP-7702");
    await delegate(s, reader, (await s.viem.deployContract("AccountDelegate")).address);
    await s.mint(reader.address, 600n);

    const channel = s.channelOf({ payer: reader.address, token: s.token });
    await s.depositWithAuthorization(channel, 600n, await sign(reader, ...s.authorization(channel, 600n)));
    assert.equal((await s.channels.read.channelState([s.idOf(channel)])).deposit, 600n);

    await s.channels.write.requestExitWithSignature([channel, FOREVER, await s.signExit(reader, channel)]);
    await s.networkHelpers.time.increase(channel.exitDelay);
    await s.channels.write.exit([channel]);
    assert.equal(await s.balance(reader.address), 600n);
  });

  test("approves and opens in one transaction of its own, and deposits by Permit2", async () => {
    const s = await world();
    const reader = actor("reader under EIP-7702");
    await delegate(s, reader, (await s.viem.deployContract("AccountDelegate")).address);
    await s.networkHelpers.setBalance(reader.address, 10n ** 18n);
    await s.mint(reader.address, 1_000n);
    const channel = s.channelOf({ payer: reader.address, token: s.token });
    const approve = (spender: Address, amount: bigint): Call => ({
      to: s.token,
      value: 0n,
      data: encodeFunctionData({ abi: tokenAbi, functionName: "approve", args: [spender, amount] }),
    });
    const open: Call = {
      to: s.channels.address,
      value: 0n,
      data: encodeFunctionData({ abi: s.channels.abi, functionName: "deposit", args: [channel, 700n] }),
    };
    const calls = [approve(s.channels.address, 700n), approve(PERMIT2, 300n), open];
    const data = encodeFunctionData({ abi: walletAbi, functionName: "execute", args: [calls] });
    const signed = await reader.account.signTransaction({
      chainId: 31337,
      type: "eip1559",
      nonce: await s.client.getTransactionCount({ address: reader.address }),
      to: reader.address,
      data,
      gas: 500_000n,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 1n,
    });
    await s.client.sendRawTransaction({ serializedTransaction: signed });
    assert.equal((await s.channels.read.channelState([s.idOf(channel)])).deposit, 700n);

    const signature = await sign(reader, ...s.permit2Deposit(channel, 300n, 0n));
    await s.channels.write.depositWithPermit2([channel, 300n, 0n, BigInt(FOREVER), signature]);
    assert.equal((await s.channels.read.channelState([s.idOf(channel)])).deposit, 1_000n);
  });

  test("keeps its exit and its money whatever its delegate says, and cannot take back a state", async () => {
    const s = await world();
    const reader = actor("reader under EIP-7702");
    const channel = s.channelOf({ payer: reader.address, token: NATIVE });
    await s.channels.write.deposit([channel, 1_000n], { value: 1_000n });
    const row = await s.rowOf(channel, 300n);
    const refusing = (await s.viem.deployContract("RefusingDelegate")).address;
    await delegate(s, reader, refusing);
    await delegate(s, s.payerSigner, refusing);

    await s.channels.write.claim([s.termsOf(channel), [row]]);
    assert.equal((await s.channels.read.channelState([s.idOf(channel)])).settled, 300n);
    await s.channels.write.requestExitWithSignature([channel, FOREVER, await s.signExit(reader, channel)]);
    await s.networkHelpers.time.increase(channel.exitDelay);
    await s.channels.write.exit([channel]);
    // The delegate takes no native currency: the money waits until the account can be paid again.
    assert.equal(await s.channels.read.pendingWithdrawal([NATIVE, reader.address]), 700n);
    await delegate(s, reader, (await s.viem.deployContract("AccountDelegate")).address);
    await s.channels.write.withdraw([NATIVE, reader.address]);
    assert.equal(await s.client.getBalance({ address: reader.address }), 700n);
  });
});
