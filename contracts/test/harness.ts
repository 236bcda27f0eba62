// A fresh chain with the contracts on it and everyone who takes part in a channel, for the tests written in TypeScript.
import assert from "node:assert/strict";
import { SignTypedDataVersion, signTypedData, TypedDataUtils } from "@metamask/eth-sig-util";
import { network } from "hardhat";
import {
  type Address,
  encodeAbiParameters,
  getAddress,
  getContract,
  type Hex,
  hashTypedData,
  keccak256,
  numberToHex,
  size,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { stateChannelsAbi } from "../../lib/protocol/src/abi/stateChannels.gen.ts";
import { testDollarAbi } from "../generated/testDollar.gen.ts";

const HOUR = 3600;
export const DAY = 24 * HOUR;
/** Later than any block of a test. */
export const FOREVER = 2 ** 40 - 1;
export const NATIVE: Address = "0x0000000000000000000000000000000000000000";

/** The protocol's messages, spelled out here once more on purpose: the contract is held against this text. */
export const TYPES = {
  Channel: [
    { name: "payer", type: "address" },
    { name: "payerSigner", type: "address" },
    { name: "payee", type: "address" },
    { name: "payeeSigner", type: "address" },
    { name: "token", type: "address" },
    { name: "exitDelay", type: "uint32" },
    { name: "challengePeriod", type: "uint32" },
    { name: "salt", type: "bytes32" },
  ],
  State: [
    { name: "channelId", type: "bytes32" },
    { name: "nonce", type: "uint64" },
    { name: "owed", type: "uint96" },
    { name: "earned", type: "uint96" },
    { name: "credited", type: "uint96" },
  ],
  Refund: [
    { name: "channelId", type: "bytes32" },
    { name: "refundNonce", type: "uint32" },
    { name: "amount", type: "uint96" },
    { name: "deadline", type: "uint40" },
  ],
  CooperativeClose: [
    { name: "channelId", type: "bytes32" },
    { name: "paid", type: "uint96" },
    { name: "deadline", type: "uint40" },
  ],
  RequestExit: [
    { name: "channelId", type: "bytes32" },
    { name: "deadline", type: "uint40" },
  ],
  ReceiveWithAuthorization: [
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "validAfter", type: "uint256" },
    { name: "validBefore", type: "uint256" },
    { name: "nonce", type: "bytes32" },
  ],
} as const;

const DOMAIN_TYPE = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
];

export type MessageType = keyof typeof TYPES;
export type Message = Record<string, string | number | bigint>;
export type Domain = { name: string; version: string; chainId: number; verifyingContract: Address };
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

/** A key and its address. Fixed, so that failures repeat. */
export function actor(name: string) {
  const key = keccak256(new TextEncoder().encode(`tollpass test key of ${name}`));
  return { key, account: privateKeyToAccount(key), address: privateKeyToAccount(key).address };
}
export type Actor = ReturnType<typeof actor>;

const payload = (domain: Domain, primaryType: MessageType, message: Message) => ({
  domain,
  types: { EIP712Domain: DOMAIN_TYPE, [primaryType]: [...TYPES[primaryType]] },
  primaryType,
  // eth-sig-util takes integers as decimal strings.
  message: Object.fromEntries(
    Object.entries(message).map(([name, value]) => [name, typeof value === "bigint" ? value.toString() : value]),
  ),
});

/** The EIP-712 hash of a message, computed by viem and by eth-sig-util, which must agree. */
export function typedDataHash(domain: Domain, primaryType: MessageType, message: Message): Hex {
  const hash = hashTypedData({ domain, types: TYPES, primaryType, message } as Parameters<typeof hashTypedData>[0]);
  const oracle = TypedDataUtils.eip712Hash(payload(domain, primaryType, message), SignTypedDataVersion.V4);
  assert.equal(hash, `0x${oracle.toString("hex")}`);
  return hash;
}

/** Signs with viem and with eth-sig-util, which must make the same bytes (RFC 6979 nonces). */
export async function sign(signer: Actor, domain: Domain, primaryType: MessageType, message: Message): Promise<Hex> {
  const signature = await signer.account.signTypedData({ domain, types: TYPES, primaryType, message } as Parameters<
    typeof signer.account.signTypedData
  >[0]);
  const oracle = signTypedData({
    privateKey: Buffer.from(signer.key.slice(2), "hex"),
    data: payload(domain, primaryType, message),
    version: SignTypedDataVersion.V4,
  });
  assert.equal(signature, oracle);
  return signature;
}

/** The ERC-2098 form of a 65-byte signature, as its two words. */
export function compact(signature: Hex): { r: Hex; vs: Hex } {
  assert.equal(size(signature), 65);
  const s = BigInt(`0x${signature.slice(66, 130)}`);
  const parity = BigInt(`0x${signature.slice(130)}`) - 27n;
  return { r: `0x${signature.slice(2, 66)}`, vs: numberToHex((parity << 255n) | s, { size: 32 }) };
}

/** Starts a chain of its own; nothing is shared between two calls. */
export async function start() {
  const { viem, networkHelpers } = await network.create();
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
    const signature = await sign(signer, domain, "State", { channelId: idOf(channel), ...state });
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
    signExit,
    authorize,
    gasOf,
  };
}
