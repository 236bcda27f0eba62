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
  return channels;
}
