/** Sending a signed transaction and waiting until it is confirmed. */
import { type Hex, keccak256, TransactionNotFoundError, TransactionReceiptNotFoundError } from "viem";
import { getBlockNumber, getTransaction, getTransactionReceipt, sendRawTransaction } from "viem/actions";
import type { Endpoints } from "./endpoints.ts";
import { ChainError } from "./error.ts";

/** Where a transaction was mined, with the network's `confirmations` on it. */
export interface Confirmed {
  readonly hash: Hex;
  readonly blockNumber: bigint;
}

export interface WaitOptions {
  /** Milliseconds until `timeout` is thrown. Default 120,000. */
  readonly timeoutMs?: number;
  /** Milliseconds between two looks. Default 1,000. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
}

/** The hash of a signed transaction: known, and worth writing down, before it is sent. */
export function transactionHash(raw: Hex): Hex {
  return keccak256(raw);
}

/** Sending the same bytes again is harmless: a transaction that the network knows already counts as sent. */
export async function sendRaw(endpoints: Endpoints, raw: Hex): Promise<Hex> {
  const hash = transactionHash(raw);
  try {
    await endpoints.ask((client) => sendRawTransaction(client, { serializedTransaction: raw }));
    return hash;
  } catch (error) {
    if (await endpoints.ask((client) => getTransaction(client, { hash })).catch(() => undefined)) return hash;
    throw error;
  }
}

/** Whether the network has the transaction, mined or waiting. */
export function isKnown(endpoints: Endpoints, hash: Hex): Promise<boolean> {
  return endpoints.ask(async (client) => {
    const found = await getTransaction(client, { hash }).catch((error: unknown) => {
      if (error instanceof TransactionNotFoundError) return undefined;
      throw error;
    });
    return found !== undefined;
  });
}

/**
 * Throws `reverted` if it was mined and failed, `timeout` if it was not confirmed in time; servers that do not answer
 * meanwhile are asked again.
 */
export async function waitUntilConfirmed(
  endpoints: Endpoints,
  confirmations: number,
  hash: Hex,
  options: WaitOptions = {},
): Promise<Confirmed> {
  const { timeoutMs = 120_000, everyMs = 1_000, signal } = options;
  const end = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const confirmed = await findConfirmed(endpoints, confirmations, hash).catch((error: unknown) => {
      if (error instanceof ChainError && error.code === "unreachable" && performance.now() < end) return undefined;
      throw error;
    });
    if (confirmed) return confirmed;
    if (performance.now() >= end) throw new ChainError("timeout");
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

function findConfirmed(endpoints: Endpoints, confirmations: number, hash: Hex): Promise<Confirmed | undefined> {
  return endpoints.ask(async (client) => {
    const receipt = await getTransactionReceipt(client, { hash }).catch((error: unknown) => {
      if (error instanceof TransactionReceiptNotFoundError) return undefined;
      throw error;
    });
    if (!receipt) return undefined;
    if (receipt.transactionHash !== hash) throw new ChainError("bad_answer");
    const needed = receipt.blockNumber + BigInt(Math.max(confirmations, 1) - 1);
    if (needed > receipt.blockNumber && (await getBlockNumber(client)) < needed) return undefined;
    if (receipt.status !== "success") throw new ChainError("reverted");
    return { hash, blockNumber: receipt.blockNumber };
  });
}
