/**
 * The EIP-712 messages of the state-channel scheme (protocol section 2): their types, and for each a function that
 * makes the complete typed data, ready to be hashed, signed or verified by any EIP-712 implementation.
 */
import type { Address, Hex, TypedDataDomain } from "viem";
import { encodeAbiParameters, keccak256 } from "viem/utils";
import { z } from "zod";
import { addressSchema, bytes32Schema } from "./address.ts";
import { amountSchema, nonceSchema } from "./amount.ts";
import { digestOf } from "./digest.ts";

export const CHANNEL_TYPES = {
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
  Receipt: [
    { name: "channelId", type: "bytes32" },
    { name: "nonce", type: "uint64" },
    { name: "charged", type: "uint96" },
    { name: "credited", type: "uint96" },
    { name: "ref", type: "bytes32" },
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
} as const;

const seconds = z.int().nonnegative().max(0xffff_ffff);
/** A uint40 of seconds since 1970, a JSON number on the wire. */
const timestamp = z.int().nonnegative().max(0xff_ffff_ffff);

/** The terms of one channel. Every one of them is part of its id, so a signature is good in one channel only. */
export const channelSchema = z.object({
  payer: addressSchema,
  payerSigner: addressSchema,
  payee: addressSchema,
  payeeSigner: addressSchema,
  token: addressSchema,
  exitDelay: seconds,
  challengePeriod: seconds,
  salt: bytes32Schema,
});
export type Channel = z.output<typeof channelSchema>;

/** What the payer signs per payment: the three running totals in atomic units (protocol section 1). */
export const stateSchema = z.object({
  channelId: bytes32Schema,
  nonce: nonceSchema,
  owed: amountSchema,
  earned: amountSchema,
  credited: amountSchema,
});
export type State = z.output<typeof stateSchema>;

/** What the payee's server signs per payment: the price taken for this nonce and the running total of credits. */
export const receiptSchema = z.object({
  channelId: bytes32Schema,
  nonce: nonceSchema,
  charged: amountSchema,
  credited: amountSchema,
  ref: bytes32Schema,
});
export type Receipt = z.output<typeof receiptSchema>;

/** Signed by the payee's server: unspent money that goes back to the payer on chain. */
export const refundSchema = z.object({
  channelId: bytes32Schema,
  refundNonce: seconds,
  amount: amountSchema,
  deadline: timestamp,
});
export type Refund = z.output<typeof refundSchema>;

/** Signed by both signers: the final total that the payee gets; the rest goes back at once. */
export const cooperativeCloseSchema = z.object({ channelId: bytes32Schema, paid: amountSchema, deadline: timestamp });
export type CooperativeClose = z.output<typeof cooperativeCloseSchema>;

/** Signed by the payer or its signer: starts the exit, relayed by anyone before `deadline`. */
export const requestExitSchema = z.object({ channelId: bytes32Schema, deadline: timestamp });
export type RequestExit = z.output<typeof requestExitSchema>;

/** Where a channel contract lives: with this, every message below is bound to one chain and one contract. */
export interface ChannelContract {
  readonly chainId: number;
  readonly address: Address;
}

function domain(contract: ChannelContract): TypedDataDomain & { chainId: number; verifyingContract: Address } {
  return { name: "x402 State Channels", version: "1", chainId: contract.chainId, verifyingContract: contract.address };
}

export function channelTypedData(contract: ChannelContract, message: Channel) {
  return { domain: domain(contract), types: CHANNEL_TYPES, primaryType: "Channel", message } as const;
}
export function stateTypedData(contract: ChannelContract, message: State) {
  return { domain: domain(contract), types: CHANNEL_TYPES, primaryType: "State", message } as const;
}
export function receiptTypedData(contract: ChannelContract, message: Receipt) {
  return { domain: domain(contract), types: CHANNEL_TYPES, primaryType: "Receipt", message } as const;
}
export function refundTypedData(contract: ChannelContract, message: Refund) {
  return { domain: domain(contract), types: CHANNEL_TYPES, primaryType: "Refund", message } as const;
}
export function cooperativeCloseTypedData(contract: ChannelContract, message: CooperativeClose) {
  return { domain: domain(contract), types: CHANNEL_TYPES, primaryType: "CooperativeClose", message } as const;
}
export function requestExitTypedData(contract: ChannelContract, message: RequestExit) {
  return { domain: domain(contract), types: CHANNEL_TYPES, primaryType: "RequestExit", message } as const;
}

/** The id of a channel: the EIP-712 hash of its terms, the same that the contract computes. */
export function channelId(contract: ChannelContract, channel: Channel): Hex {
  return digestOf(channelTypedData(contract, channel));
}

/** The EIP-3009 nonce of a deposit: it names the channel, so nobody can redirect the money to another one. */
export function depositNonce(id: Hex, salt: Hex): Hex {
  return keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "bytes32" }], [id, salt]));
}

/** Token terms of an EIP-3009 authorization: the token's own EIP-712 domain, from the registry, never from a server. */
export interface Eip3009Token {
  readonly chainId: number;
  readonly address: Address;
  readonly name: string;
  readonly version: string;
}

const AUTHORIZATION_FIELDS = [
  { name: "from", type: "address" },
  { name: "to", type: "address" },
  { name: "value", type: "uint256" },
  { name: "validAfter", type: "uint256" },
  { name: "validBefore", type: "uint256" },
  { name: "nonce", type: "bytes32" },
] as const;

/** An EIP-3009 transfer authorization: `value` in atomic units, validity in seconds since 1970 (exclusive bounds). */
export type TransferAuthorization = {
  readonly from: Address;
  readonly to: Address;
  readonly value: bigint;
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly nonce: Hex;
};

function tokenDomain(token: Eip3009Token) {
  return { name: token.name, version: token.version, chainId: token.chainId, verifyingContract: token.address };
}

/** Typed data of EIP-3009 `receiveWithAuthorization`: only the receiving contract itself can use it. */
export function receiveAuthorizationTypedData(token: Eip3009Token, message: TransferAuthorization) {
  return {
    domain: tokenDomain(token),
    types: { ReceiveWithAuthorization: AUTHORIZATION_FIELDS },
    primaryType: "ReceiveWithAuthorization",
    message,
  } as const;
}

/** Typed data of EIP-3009 `transferWithAuthorization`, as x402 `exact` settles it. */
export function transferAuthorizationTypedData(token: Eip3009Token, message: TransferAuthorization) {
  return {
    domain: tokenDomain(token),
    types: { TransferWithAuthorization: AUTHORIZATION_FIELDS },
    primaryType: "TransferWithAuthorization",
    message,
  } as const;
}

/**
 * The `ref` of a receipt: what was bought. `url` is the `resource.url` of the offer; `bodyDigest` is the SHA-256 that
 * the payer put into its payload, or 32 zero bytes where the wallet could not see the body; `status` of the answer.
 */
export function receiptRef(request: { method: string; url: string; bodyDigest: Hex; status: number }): Hex {
  return keccak256(
    encodeAbiParameters(
      [{ type: "string" }, { type: "string" }, { type: "bytes32" }, { type: "uint16" }],
      [request.method.toUpperCase(), request.url, request.bodyDigest, request.status],
    ),
  );
}

export const ZERO_BYTES32: Hex = `0x${"0".repeat(64)}`;
