/** What is on the chain: balances, used authorizations, and the state of channels at one block. */
import { NATIVE, stateChannelsAbi, tokenAbi } from "@tollpass/protocol";
import type { Address, Client, Hex } from "viem";
import { getBalance, getBlock, readContract } from "viem/actions";
import { ChainError } from "./error.ts";

/** Names of the contract's `Status`, by number. */
const STATUSES = ["none", "open", "exiting", "closing", "closed"] as const;
export type OnChainStatus = (typeof STATUSES)[number];

/** One channel as the contract remembers it. Amounts in atomic units; `exitAt` in seconds since 1970, 0 if not exiting. */
export interface OnChainChannel {
  readonly id: Hex;
  readonly status: OnChainStatus;
  /** All that was paid in, less what was refunded. */
  readonly deposit: bigint;
  /** All that the payee has taken. */
  readonly settled: bigint;
  readonly exitAt: number;
  readonly refundNonce: number;
  /** The payee's close that can still be challenged or waits to be finalized; there while the status is closing. */
  readonly payeeClose?: PayeeClose;
}

/** A close that the payee started by itself. Amounts in atomic units, the deadline in seconds since 1970. */
export interface PayeeClose {
  /** What the payee asks for over the channel's whole life. */
  readonly amount: bigint;
  /** A receipt of the payee with more than this credited proves that it asks for too much. */
  readonly headroom: bigint;
  /** Before it the close can be challenged, from then on finalized. */
  readonly deadline: number;
}

/** A block that the network's `confirmations` treat as final. `timestamp` in seconds since 1970. */
export interface BlockRef {
  readonly number: bigint;
  readonly timestamp: number;
}

/** Ids per call, so that the calldata stays within what servers take. */
const BATCH = 500;

/** The newest block that has `confirmations` blocks, itself included. */
export async function confirmedBlock(client: Client, confirmations: number): Promise<BlockRef> {
  const head = await getBlock(client, { includeTransactions: false });
  const depth = BigInt(Math.max(confirmations, 1) - 1);
  if (depth === 0n) return { number: head.number, timestamp: Number(head.timestamp) };
  const number = head.number > depth ? head.number - depth : 0n;
  const block = await getBlock(client, { blockNumber: number, includeTransactions: false });
  return { number, timestamp: Number(block.timestamp) };
}

export async function balanceOf(client: Client, token: Address, owner: Address): Promise<bigint> {
  if (token === NATIVE) return getBalance(client, { address: owner });
  return readContract(client, { address: token, abi: tokenAbi, functionName: "balanceOf", args: [owner] });
}

export async function readStates(
  client: Client,
  contract: Address,
  ids: readonly Hex[],
  blockNumber: bigint,
): Promise<OnChainChannel[]> {
  const channels: OnChainChannel[] = [];
  for (let at = 0; at < ids.length; at += BATCH) {
    const batch = ids.slice(at, at + BATCH);
    const states = await readContract(client, {
      address: contract,
      abi: stateChannelsAbi,
      functionName: "channelStates",
      args: [batch],
      blockNumber,
    });
    for (const [index, id] of batch.entries()) {
      const state = states[index];
      const status = state && STATUSES[state.status];
      if (!status || states.length !== batch.length) throw new ChainError("bad_answer");
      const { deposit, settled, exitAt, refundNonce } = state;
      if (settled > deposit) throw new ChainError("bad_answer");
      channels.push({ id, status, deposit, settled, exitAt, refundNonce });
    }
  }
  return withCloses(client, contract, channels, blockNumber);
}

/** Adds to channels that are closing what their payee asks for, at the block at which they were read. */
async function withCloses(
  client: Client,
  contract: Address,
  channels: readonly OnChainChannel[],
  blockNumber: bigint,
): Promise<OnChainChannel[]> {
  const closing = channels.flatMap(({ id, status }) => (status === "closing" ? [id] : []));
  const closes = new Map<Hex, PayeeClose>();
  for (let at = 0; at < closing.length; at += BATCH) {
    const batch = closing.slice(at, at + BATCH);
    const found = await readContract(client, {
      address: contract,
      abi: stateChannelsAbi,
      functionName: "pendingCloses",
      args: [batch],
      blockNumber,
    });
    for (const [index, id] of batch.entries()) {
      const close = found[index];
      if (!close?.deadline || found.length !== batch.length) throw new ChainError("bad_answer");
      closes.set(id, { amount: close.amount, headroom: close.headroom, deadline: close.deadline });
    }
  }
  return channels.map((channel) => {
    const payeeClose = closes.get(channel.id);
    return payeeClose ? { ...channel, payeeClose } : channel;
  });
}
