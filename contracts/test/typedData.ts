// The protocol's messages and those of tokens, Permit2 and Safe, hashed and signed by two independent libraries.
import assert from "node:assert/strict";
import {
  type MessageTypes,
  SignTypedDataVersion,
  signTypedData,
  TypedDataUtils,
  type TypedMessage,
} from "@metamask/eth-sig-util";
import { type Address, type Hex, hashTypedData, keccak256, numberToHex, size } from "viem";
import { privateKeyToAccount } from "viem/accounts";

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
  Receipt: [
    { name: "channelId", type: "bytes32" },
    { name: "nonce", type: "uint64" },
    { name: "charged", type: "uint96" },
    { name: "credited", type: "uint96" },
    { name: "ref", type: "bytes32" },
  ],
  ReceiveWithAuthorization: [
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "validAfter", type: "uint256" },
    { name: "validBefore", type: "uint256" },
    { name: "nonce", type: "bytes32" },
  ],
  PermitWitnessTransferFrom: [
    { name: "permitted", type: "TokenPermissions" },
    { name: "spender", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
    { name: "witness", type: "DepositWitness" },
  ],
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  TokenPermissions: [
    { name: "token", type: "address" },
    { name: "amount", type: "uint256" },
  ],
  DepositWitness: [{ name: "channelId", type: "bytes32" }],
  SafeMessage: [{ name: "message", type: "bytes" }],
} as const;

const DOMAIN_FIELDS = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
];

export type MessageType = keyof typeof TYPES;
export type Message = { [field: string]: string | number | bigint | Message };
/** Some contracts (Permit2, Safe) leave out the name or the version. */
export type Domain = { name?: string; version?: string; chainId: number; verifyingContract: Address };
/** A key and its address. Fixed, so that failures repeat. */
export function actor(name: string) {
  const key = keccak256(new TextEncoder().encode(`tollpass test key of ${name}`));
  return { key, account: privateKeyToAccount(key), address: privateKeyToAccount(key).address };
}
export type Actor = ReturnType<typeof actor>;

/** The types that a message of this type is made of, itself included. */
const typesOf = (type: string): Record<string, { name: string; type: string }[]> => {
  const fields = Object.entries(TYPES).find(([name]) => name === type)?.[1] ?? [];
  const parts = fields.map((field) => typesOf(field.type));
  return Object.assign({}, ...parts, fields.length > 0 ? { [type]: [...fields] } : {});
};

/** eth-sig-util takes integers as decimal strings. */
const plain = (message: Message): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(message).map(([name, value]) => {
      if (typeof value === "object") return [name, plain(value)];
      return [name, typeof value === "bigint" ? value.toString() : value];
    }),
  );

const payload = (domain: Domain, primaryType: MessageType, message: Message): TypedMessage<MessageTypes> => ({
  domain,
  types: { ...typesOf(primaryType), EIP712Domain: DOMAIN_FIELDS.filter(({ name }) => name in domain) },
  primaryType,
  message: plain(message),
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
