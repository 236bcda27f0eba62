// A fresh chain with the contracts on it and everyone who takes part in a channel, for the tests written in TypeScript.
import { network } from "hardhat";
import {
  type Address,
  encodeAbiParameters,
  getAddress,
  getContract,
  type Hex,
  keccak256,
  numberToHex,
  parseAbi,
} from "viem";
import { stateChannelsAbi } from "../../lib/protocol/src/abi/stateChannels.gen.ts";
import { testDollarAbi } from "../generated/testDollar.gen.ts";
import { type Actor, actor, compact, type Domain, sign, typedDataHash } from "./typedData.ts";

const HOUR = 3600;
export const DAY = 24 * HOUR;
/** Later than any block of a test. */
export const FOREVER = 2 ** 40 - 1;
export const NATIVE: Address = "0x0000000000000000000000000000000000000000";

export type Channel = {
  payer: Address;
  payerSigner: Address;
  payee: Address;
  payeeSigner: Address;
  token: Address;
  exitDelay: number;
  challengePeriod: number;
  salt: Hex;
};
export type State = { nonce: bigint; owed: bigint; earned: bigint; credited: bigint };
export type Receipt = { nonce: bigint; charged: bigint; credited: bigint; ref: Hex };

/** Uniswap's Permit2, at the same address on every chain. */
export const PERMIT2: Address = "0x000000000022D473030F116dDEE9F6B43aC78BA3";
const permit2CodeAbi = parseAbi([
  "function DEPLOYER() view returns (address)",
  "function DEPLOYER_CODE() view returns (bytes)",
  "function deployment() pure returns (bytes)",
]);

/** Starts a chain of its own; nothing is shared between two calls. */
export async function start(hardfork: "cancun" | "prague" = "cancun") {
  const { viem, networkHelpers } = await network.create({ override: { hardfork } });
  const [relayer, payer, payee, stranger] = await viem.getWalletClients();
  if (!relayer || !payer || !payee || !stranger) throw new Error("the chain has too few accounts");
  const client = await viem.getPublicClient();
  // Deployed from the compiler's output, typed by the generated ABI: types are there before anything is compiled.
  const clients = { public: client, wallet: relayer };
  const { address: channelsAddress } = await viem.deployContract("StateChannels");
  const { address: dollarAddress } = await viem.deployContract("TestDollar");
  const channels = getContract({ abi: stateChannelsAbi, address: channelsAddress, client: clients });
  const dollar = getContract({ abi: testDollarAbi, address: dollarAddress, client: clients });
  const payerSigner = actor("payerSigner");
  const payeeSigner = actor("payeeSigner");
  const domain: Domain = {
    name: "x402 State Channels",
    version: "1",
    chainId: 31337,
    verifyingContract: channels.address,
  };
  let salts = 0n;

  /** A channel between the usual parties with a salt of its own, unless `changes` say otherwise. */
  const channelOf = (changes: Partial<Channel> = {}): Channel => {
    salts += 1n;
    return {
      payer: getAddress(payer.account.address),
      payerSigner: payerSigner.address,
      payee: getAddress(payee.account.address),
      payeeSigner: payeeSigner.address,
      token: getAddress(dollar.address),
      exitDelay: 7 * DAY,
      challengePeriod: DAY,
      salt: keccak256(numberToHex(salts)),
      ...changes,
    };
  };
  const idOf = (channel: Channel): Hex => typedDataHash(domain, "Channel", channel);

  /** Opens a channel with the payer's dollars, pulled from an approval. */
  const open = async (amount: bigint, changes: Partial<Channel> = {}): Promise<Channel> => {
    const channel = channelOf(changes);
    await dollar.write.mint([payer.account.address, amount]);
    await dollar.write.approve([channels.address, amount], { account: payer.account });
    await channels.write.deposit([channel, amount], { account: payer.account });
    return channel;
  };

  /** A claim's row for a state with `earned` acknowledged of `owed`. */
  const rowOf = async (channel: Channel, earned: bigint, owed = earned, signer = payerSigner) => {
    const state: State = { nonce: 7n, owed, earned, credited: 0n };
    const signature = await signState(channel, state, signer);
    return { payer: channel.payer, payerSigner: channel.payerSigner, salt: channel.salt, state, ...compact(signature) };
  };
  const termsOf = ({ payee, payeeSigner, token, exitDelay, challengePeriod }: Channel) => ({
    payee,
    payeeSigner,
    token,
    exitDelay,
    challengePeriod,
  });

  const signRefund = (channel: Channel, refundNonce: number, amount: bigint, deadline = FOREVER, by = payeeSigner) =>
    sign(by, domain, "Refund", { channelId: idOf(channel), refundNonce, amount, deadline });
  const signClose = (by: Actor, channel: Channel, paid: bigint, deadline = FOREVER) =>
    sign(by, domain, "CooperativeClose", { channelId: idOf(channel), paid, deadline });
  const signState = (channel: Channel, state: State, by = payerSigner) =>
    sign(by, domain, "State", { channelId: idOf(channel), ...state });
  const signReceipt = (channel: Channel, receipt: Receipt, by = payeeSigner) =>
    sign(by, domain, "Receipt", { channelId: idOf(channel), ...receipt });
  const signExit = (by: Actor, channel: Channel, deadline = FOREVER) =>
    sign(by, domain, "RequestExit", { channelId: idOf(channel), deadline });

  /** The payer's EIP-3009 authorization of a deposit into exactly this channel, as `depositWithAuthorization` takes it. */
  const authorize = async (by: Actor, channel: Channel, amount: bigint, salt: Hex) => {
    const nonce = keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "bytes32" }], [idOf(channel), salt]));
    const signature = await sign(
      by,
      { name: "USD Coin", version: "2", chainId: 31337, verifyingContract: dollar.address },
      "ReceiveWithAuthorization",
      {
        from: by.address,
        to: channels.address,
        value: amount,
        validAfter: 0n,
        validBefore: BigInt(FOREVER),
        nonce,
      },
    );
    return [channel, amount, 0n, BigInt(FOREVER), salt, signature] as const;
  };

  /** Puts the real Permit2 where it stands on every chain. */
  const deployPermit2 = async (): Promise<void> => {
    const source = await viem.deployContract("Permit2Code");
    const code = { abi: permit2CodeAbi, address: source.address } as const;
    const proxy = await client.readContract({ ...code, functionName: "DEPLOYER" });
    await networkHelpers.setCode(proxy, await client.readContract({ ...code, functionName: "DEPLOYER_CODE" }));
    const data = await client.readContract({ ...code, functionName: "deployment" });
    await relayer.sendTransaction({ to: proxy, data });
  };

  /** The typed data of an EIP-2612 permit over dollars, the owner's first, as `sign` takes it. */
  const permit = (owner: Actor, spender: Address, value: bigint) =>
    [
      { name: "USD Coin", version: "2", chainId: 31337, verifyingContract: dollar.address } satisfies Domain,
      "Permit" as const,
      { owner: owner.address, spender, value, nonce: 0n, deadline: BigInt(FOREVER) },
    ] as const;

  /** The typed data of a deposit by Permit2, as `sign` takes it. */
  const permit2Deposit = (channel: Channel, amount: bigint, nonce: bigint) =>
    [
      { name: "Permit2", chainId: 31337, verifyingContract: PERMIT2 } satisfies Domain,
      "PermitWitnessTransferFrom" as const,
      {
        permitted: { token: channel.token, amount },
        spender: channels.address,
        nonce,
        deadline: BigInt(FOREVER),
        witness: { channelId: idOf(channel) },
      },
    ] as const;

  /** What the transaction used in all. */
  const gasOf = async (hash: Hex): Promise<bigint> => (await client.getTransactionReceipt({ hash })).gasUsed;

  return {
    viem,
    networkHelpers,
    client,
    channels,
    dollar,
    domain,
    relayer,
    payer,
    payee,
    stranger,
    payerSigner,
    payeeSigner,
    channelOf,
    idOf,
    open,
    rowOf,
    termsOf,
    signRefund,
    signClose,
    signState,
    signReceipt,
    signExit,
    permit,
    deployPermit2,
    permit2Deposit,
    authorize,
    gasOf,
  };
}
